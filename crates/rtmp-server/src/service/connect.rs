//! The decision on a connect command.

use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tower_service::Service;

use crate::connection::{ConnectionHandle, TlsInfo};
use crate::proto::{ConnectRequest, EnhancedCapabilities, Status};

/// A peer asks to connect to an application.
///
/// A connect service answers with a [`ConnectAcceptance`], or with the [`Status`] that the peer is
/// told before its connection is closed. `Debug` shows neither keys nor passwords.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectCall {
    /// What the peer asked for.
    pub request: ConnectRequest,
    /// The address of the peer.
    pub peer: SocketAddr,
    /// The connection, to end it from anywhere and to learn when it was last heard of.
    pub connection: ConnectionHandle,
    /// How the connection is encrypted; `None` for plain RTMP.
    pub tls: Option<TlsInfo>,
    /// When the request arrived.
    pub at: Instant,
}

impl ConnectCall {
    /// A call for `request`, which arrived on `connection` at `at`, unencrypted.
    pub fn new(request: ConnectRequest, connection: ConnectionHandle, at: Instant) -> Self {
        Self {
            request,
            peer: connection.peer(),
            connection,
            tls: None,
            at,
        }
    }

    /// The same call over TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<TlsInfo>) -> Self {
        self.tls = tls;
        self
    }
}

/// A connect command is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectAcceptance {
    /// What is declared to a peer that declares capabilities of its own; by default nothing.
    pub capabilities: EnhancedCapabilities,
    /// Who the peer has shown to be, if anybody asked: handed on with each of its
    /// [`PublishCall`](super::PublishCall)s.
    pub user: Option<Arc<str>>,
}

impl ConnectAcceptance {
    /// Accepted without a word about capabilities, and without asking who it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with these capabilities.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: EnhancedCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// The same for this user.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<Arc<str>>) -> Self {
        self.user = Some(user.into());
        self
    }
}

/// The connect service that accepts everybody.
#[derive(Clone, Debug, Default)]
pub struct AcceptAll {
    acceptance: ConnectAcceptance,
}

impl AcceptAll {
    /// Accepts everybody, and declares `capabilities`.
    pub fn with_capabilities(capabilities: EnhancedCapabilities) -> Self {
        Self {
            acceptance: ConnectAcceptance::new().with_capabilities(capabilities),
        }
    }
}

impl Service<ConnectCall> for AcceptAll {
    type Response = ConnectAcceptance;
    type Error = Status;
    type Future = Ready<Result<ConnectAcceptance, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: ConnectCall) -> Self::Future {
        ready(Ok(self.acceptance.clone()))
    }
}
