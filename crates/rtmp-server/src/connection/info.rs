//! How a connection is encrypted.

use std::fmt;

/// How a connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The version of the protocol.
    pub version: TlsVersion,
    /// The name of the cipher suite.
    pub cipher_suite: String,
    /// The host name that the peer asked for, if it did.
    pub server_name: Option<String>,
    /// The protocol that was agreed on (ALPN, RFC 7301), if any was.
    pub protocol: Option<Vec<u8>>,
    /// The certificates that the peer has shown to be its own, in DER, its own one first: for a
    /// configuration of TLS that asks for them.
    pub client_certificates: Vec<Vec<u8>>,
}

/// A version of TLS.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}
