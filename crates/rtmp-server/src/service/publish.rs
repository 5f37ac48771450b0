//! The decision on a publish.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::connection::{ConnectionHandle, TlsInfo};
use crate::proto::PublishRequest;

/// A peer asks to publish.
///
/// A publish service answers with the sink that takes the media, or with the refusal that the
/// peer is told before its connection is closed. `Debug` shows no stream key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PublishCall {
    /// What the peer asked for.
    pub request: PublishRequest,
    /// The address of the peer.
    pub peer: SocketAddr,
    /// The connection, to end it from anywhere and to learn when it was last heard of.
    pub connection: ConnectionHandle,
    /// How the connection is encrypted; `None` for plain RTMP.
    pub tls: Option<TlsInfo>,
    /// Who the peer has shown to be when it connected
    /// ([`ConnectAcceptance::user`](super::ConnectAcceptance::user)).
    pub user: Option<Arc<str>>,
    /// When the request arrived.
    pub at: Instant,
}

impl PublishCall {
    /// A call for `request`, which arrived on `connection` at `at`, unencrypted.
    pub fn new(request: PublishRequest, connection: ConnectionHandle, at: Instant) -> Self {
        Self {
            request,
            peer: connection.peer(),
            connection,
            tls: None,
            user: None,
            at,
        }
    }

    /// The same call over TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<TlsInfo>) -> Self {
        self.tls = tls;
        self
    }

    /// The same call from a user.
    #[must_use]
    pub fn with_user(mut self, user: Option<Arc<str>>) -> Self {
        self.user = user;
        self
    }
}
