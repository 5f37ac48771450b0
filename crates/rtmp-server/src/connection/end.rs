//! How a connection ended.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::proto::{CloseReason, Status};

/// A connection, told at its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionSummary {
    /// Why it ended.
    pub end: ConnectionEnd,
    /// How long it lasted.
    pub duration: Duration,
    /// Bytes received from the peer, within TLS.
    pub bytes_received: u64,
    /// Bytes sent to the peer, within TLS.
    pub bytes_sent: u64,
}

/// Why a connection ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectionEnd {
    /// The session ended, for this reason.
    Session(CloseReason),
    /// The peer began with a PROXY protocol header, though it is no
    /// [trusted proxy](crate::net::TrustedProxies), or with a second one.
    ProxyHeader,
    /// The TLS handshake failed. The text says what the peer did.
    TlsHandshake(String),
    /// The TLS handshake was not done within the limit.
    TlsHandshakeTimeout,
    /// The server ended it before there was a session.
    Stopped(Status),
    /// The connection was lost.
    Lost(io::ErrorKind),
    /// The server was dropped, or cut it off after it had been told to end.
    CutOff,
    /// A service or a sink of the application panicked.
    Panicked,
}

impl fmt::Display for ConnectionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(reason) => reason.fmt(f),
            Self::ProxyHeader => f.write_str(
                "it sent a PROXY protocol header, which only trusted proxies may, and once",
            ),
            Self::TlsHandshake(error) => write!(f, "the TLS handshake failed: {error}"),
            Self::TlsHandshakeTimeout => f.write_str("the TLS handshake took too long"),
            Self::Stopped(status) => f.write_str(&status.description),
            Self::Lost(kind) => write!(f, "the connection was lost: {kind}"),
            Self::CutOff => f.write_str("the server cut it off"),
            Self::Panicked => f.write_str("an internal error ended the connection"),
        }
    }
}
