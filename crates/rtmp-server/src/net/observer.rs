//! What the server tells its application about connections.

use std::fmt;
use std::io;
use std::time::Duration;

use super::ConnectionHandle;
use crate::proto::{CloseReason, ConnectInfo, EndReason, PublishRequest, Status};
use crate::service::{AdmissionRefusal, Incoming};
use crate::tls::{TlsIdentity, TlsIdentityError, TlsInfo};

/// Is told what happens to each connection, for a log or for figures.
///
/// Every method has an empty default. They are called on the server's tasks and must not block.
/// Text that came from the peer is passed as it came, within the limits of the session: whoever
/// writes it somewhere escapes it. Application and stream names are keys.
///
/// For each connection either [`refused`](Self::refused) alone, or
/// [`accepted`](Self::accepted) first and [`closed`](Self::closed) last.
pub trait Observer: Send + Sync + 'static {
    /// A connection was admitted.
    fn accepted(&self, connection: &ConnectionHandle) {
        let _ = connection;
    }

    /// A connection was refused and closed before a handshake was spent on it.
    fn refused(&self, incoming: &Incoming, refusal: &AdmissionRefusal) {
        let _ = (incoming, refusal);
    }

    /// The TLS handshake succeeded.
    fn encrypted(&self, connection: &ConnectionHandle, tls: &TlsInfo) {
        let _ = (connection, tls);
    }

    /// The peer connected to an application.
    fn connected(&self, connection: &ConnectionHandle, info: &ConnectInfo) {
        let _ = (connection, info);
    }

    /// A publish was accepted.
    fn publish_accepted(&self, connection: &ConnectionHandle, request: &PublishRequest) {
        let _ = (connection, request);
    }

    /// A publish was refused; the connection will be closed.
    fn publish_refused(
        &self,
        connection: &ConnectionHandle,
        request: &PublishRequest,
        status: &Status,
    ) {
        let _ = (connection, request, status);
    }

    /// An accepted publish ended. Its sink has been told already. Called exactly once for each, even
    /// if the sink panics.
    fn publish_ended(
        &self,
        connection: &ConnectionHandle,
        request: &PublishRequest,
        reason: &EndReason,
    ) {
        let _ = (connection, request, reason);
    }

    /// The connection is closed.
    fn closed(&self, connection: &ConnectionHandle, summary: &ConnectionSummary) {
        let _ = (connection, summary);
    }

    /// The listener could not accept a connection; it goes on after a pause.
    fn accept_failed(&self, error: &io::Error) {
        let _ = error;
    }

    /// A changed certificate was picked up; new connections get it.
    fn certificate_reloaded(&self, identity: &TlsIdentity) {
        let _ = identity;
    }

    /// A changed certificate cannot be used; new connections go on to get the one before.
    fn certificate_rejected(&self, error: &TlsIdentityError) {
        let _ = error;
    }
}

/// The observer that looks away.
impl Observer for () {}

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
    /// The TLS handshake failed. The text says what the peer did.
    TlsHandshake(String),
    /// The TLS handshake was not done within the limit.
    TlsHandshakeTimeout,
    /// The server ended it before there was a session.
    Stopped(Status),
    /// The connection was lost.
    Lost(io::ErrorKind),
    /// A service or a sink of the application panicked.
    Panicked,
}

impl fmt::Display for ConnectionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(reason) => reason.fmt(f),
            Self::TlsHandshake(error) => write!(f, "the TLS handshake failed: {error}"),
            Self::TlsHandshakeTimeout => f.write_str("the TLS handshake took too long"),
            Self::Stopped(status) => f.write_str(&status.description),
            Self::Lost(kind) => write!(f, "the connection was lost: {kind}"),
            Self::Panicked => f.write_str("an internal error ended the connection"),
        }
    }
}
