use core::fmt;

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The peer's first byte is no version of RTMP that is spoken here.
    UnsupportedVersion(u8),
    /// The server signed S1, but its S2 has no valid signature for our C1.
    InvalidSignature,
    /// The output has too little room.
    OutputFull {
        /// The bytes that have to be written.
        needed: usize,
    },
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::UnsupportedVersion(version @ (6 | 8 | 9)) => {
                write!(
                    f,
                    "encrypted RTMP (RTMPE, version {version}) is not supported"
                )
            }
            Self::UnsupportedVersion(21 | 22) => {
                f.write_str("TLS (RTMPS) where plain RTMP is spoken")
            }
            Self::UnsupportedVersion(byte @ 0x20..0x7F) => {
                write!(
                    f,
                    "not RTMP: the first byte is {:?}, as of a text protocol",
                    char::from(byte)
                )
            }
            Self::UnsupportedVersion(version) => {
                write!(f, "not RTMP: the first byte is {version:#04x}, not 3")
            }
            Self::InvalidSignature => f.write_str("the server's signature in S2 is not valid"),
            Self::OutputFull { needed } => write!(f, "the output has no room for {needed} bytes"),
        }
    }
}

impl core::error::Error for HandshakeError {}
