//! What keeps video from coming, with words for the log, the status and error messages. Pictures have words of their
//! own.

use std::fmt;

/// Why no video comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The server port is held by another program or another hardware.
    PortInUse {
        /// The port that was asked for.
        port: u16,
    },
    /// TLS is enabled and there is no certificate file.
    CertificateMissing {
        /// Where the file was looked for.
        file: String,
    },
    /// The certificate file cannot be opened with the password of the settings.
    WrongCertificatePassword,
    /// The certificate file is there and of no use for another reason.
    CertificateUnusable {
        /// The reason, to be read by a person.
        reason: String,
    },
    /// The listener does not run for another reason.
    ListenerDown {
        /// The reason, to be read by a person.
        reason: String,
    },
    /// Publishers have to log in as the hardware's user, and the hardware has no password.
    NoPublisherPassword,
    /// A publisher was refused because of its codec.
    CodecRefused {
        /// The codec's name, such as "AV1".
        codec: String,
    },
    /// A publisher is connected and has not sent a key frame yet.
    NoKeyFrameYet,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortInUse { port } => {
                write!(
                    f,
                    "port {port} is in use by another program or another hardware"
                )
            }
            Self::CertificateMissing { file } => {
                write!(f, "the certificate file {file} is missing")
            }
            Self::WrongCertificatePassword => {
                f.write_str("the TLS Certificate Password does not open rtmp.pfx")
            }
            Self::CertificateUnusable { reason } => write!(f, "rtmp.pfx cannot be used: {reason}"),
            Self::ListenerDown { reason } => write!(f, "the server does not run: {reason}"),
            Self::NoPublisherPassword => f.write_str(
                "Publisher Authentication is UserAndPassword, and the hardware has no password: nobody may publish",
            ),
            Self::CodecRefused { codec } => {
                write!(
                    f,
                    "a publisher sent {codec}, only H.264 and H.265 can be recorded: switch the encoder to one of them"
                )
            }
            Self::NoKeyFrameYet => {
                f.write_str("a publisher is connected and has not sent a key frame yet")
            }
        }
    }
}
