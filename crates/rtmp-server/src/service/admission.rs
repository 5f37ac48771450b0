//! Admission: the decision on a connection that was just accepted from the listener.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Instant;

use tower_service::Service;

use crate::connection::ConnectionHandle;
use crate::proxy_protocol::ProxyHeaderError;

/// A connection that asks to be admitted.
///
/// IPv4 peers of a dual-stack listener appear with their IPv4 address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incoming {
    /// The address of the peer; of one that comes through a [trusted proxy](crate::net::TrustedProxies)
    /// its own one.
    pub peer: SocketAddr,
    /// The address it connected to, which may be that of the proxy.
    pub local: SocketAddr,
    /// When it was accepted from the listener.
    pub at: Instant,
    /// The connection that it is to become, to end it from anywhere and to learn what it does.
    pub connection: ConnectionHandle,
}

impl Incoming {
    /// A connection from `peer` to `local`, accepted at `at`.
    pub fn new(peer: SocketAddr, local: SocketAddr, at: Instant) -> Self {
        Self {
            peer,
            local,
            at,
            connection: ConnectionHandle::new(peer, at),
        }
    }

    /// A connection from `peer` to `local` through `proxy`, accepted at `at`.
    pub fn relayed(peer: SocketAddr, proxy: SocketAddr, local: SocketAddr, at: Instant) -> Self {
        Self {
            peer,
            local,
            at,
            connection: ConnectionHandle::relayed(peer, proxy, at),
        }
    }
}

/// A connection is admitted, and these are the permits it holds.
///
/// A layer that counts connections puts its permit in here; all permits are dropped when the
/// connection has ended.
#[derive(Default)]
pub struct Admission {
    permits: Vec<Box<dyn Any + Send>>,
}

impl Admission {
    /// An admission without permits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps `permit` for as long as the connection lives.
    pub fn hold(&mut self, permit: impl Send + 'static) {
        self.permits.push(Box::new(permit));
    }

    /// Keeps `permit` for as long as the connection lives.
    #[must_use]
    pub fn holding(mut self, permit: impl Send + 'static) -> Self {
        self.hold(permit);
        self
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission")
            .field("permits", &self.permits.len())
            .finish()
    }
}

/// Why a connection is closed before a handshake is spent on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdmissionRefusal {
    /// As many connections as allowed exist already.
    ConnectionLimit {
        /// The limit that was reached.
        limit: usize,
    },
    /// As many connections as allowed from one address (IPv6: from one /64) exist already.
    PerIpLimit {
        /// The limit that was reached.
        limit: usize,
        /// The address of the peer.
        address: IpAddr,
    },
    /// As many connections as allowed from one address (IPv6: from one /64) exist already on which
    /// nothing is published.
    UnpublishedPerIpLimit {
        /// The limit that was reached.
        limit: usize,
        /// The address of the peer.
        address: IpAddr,
    },
    /// The address (IPv6: the /64) opens connections faster than allowed.
    RateLimit {
        /// The limit that was passed, in connections per second.
        per_second: u32,
        /// The address of the peer.
        address: IpAddr,
    },
    /// The connection comes from a [trusted proxy](crate::net::TrustedProxies), which did not say for
    /// whom.
    ProxyHeader(ProxyHeaderError),
    /// More connections from trusted proxies than allowed have yet to say where they come from, and
    /// this one has waited longest.
    ProxyHeaderLimit {
        /// The limit that was reached.
        limit: usize,
    },
    /// Refused for a reason of the application's own.
    Other(Cow<'static, str>),
}

impl fmt::Display for AdmissionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionLimit { limit } => {
                write!(f, "the limit of {limit} concurrent connections is reached")
            }
            Self::PerIpLimit { limit, address } => {
                write!(
                    f,
                    "the limit of {limit} concurrent connections from {address} is reached"
                )
            }
            Self::UnpublishedPerIpLimit { limit, address } => {
                write!(
                    f,
                    "the limit of {limit} concurrent connections from {address} that publish nothing yet is reached"
                )
            }
            Self::RateLimit {
                per_second,
                address,
            } => {
                write!(
                    f,
                    "{address} opens more than {per_second} connections per second"
                )
            }
            Self::ProxyHeader(error) => write!(f, "it comes from a trusted proxy, and {error}"),
            Self::ProxyHeaderLimit { limit } => {
                write!(
                    f,
                    "more than {limit} connections from trusted proxies have yet to say where they come from"
                )
            }
            Self::Other(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for AdmissionRefusal {}

/// The admission service that lets everybody in: what the limiting layers are put around.
#[derive(Copy, Clone, Debug, Default)]
pub struct AdmitAll;

impl Service<Incoming> for AdmitAll {
    type Response = Admission;
    type Error = AdmissionRefusal;
    type Future = Ready<Result<Admission, AdmissionRefusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Incoming) -> Self::Future {
        ready(Ok(Admission::new()))
    }
}
