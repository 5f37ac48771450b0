//! Whose PROXY protocol headers are believed.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

use crate::proxy_protocol::Networks;

/// The load balancers in front, shared by the server and whoever changes them while it runs.
///
/// A connection from one of these addresses has to begin with a PROXY protocol header, version 1 or
/// 2, in front of TLS. The address in it is the peer's from then on: for every limit, for
/// [`Claims`](crate::Claims) and for the observer. So whoever has one of these addresses can claim to
/// be anybody. A connection from elsewhere that begins with a header is refused.
///
/// A change applies to the next connection; nobody who is connected is touched.
#[derive(Debug, Default)]
pub struct TrustedProxies {
    networks: RwLock<Networks>,
    awaiting_header: AtomicUsize,
}

/// A connection that has yet to say where it comes from.
pub(super) struct AwaitingHeader(Arc<TrustedProxies>);

impl TrustedProxies {
    /// These, until others are [set](Self::set).
    pub fn new(networks: Networks) -> Self {
        Self {
            networks: RwLock::new(networks),
            awaiting_header: AtomicUsize::new(0),
        }
    }

    /// From now on it is these.
    pub fn set(&self, networks: Networks) {
        *self.networks.write() = networks;
    }

    /// Those that are trusted now.
    pub fn networks(&self) -> Networks {
        self.networks.read().clone()
    }

    /// Connections from these addresses that have yet to say whose they are, of all servers that share
    /// this. They are not admitted, so no limit counts them and no observer knows of them.
    pub fn awaiting_header(&self) -> usize {
        self.awaiting_header.load(Ordering::Relaxed)
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.networks.read().contains(address)
    }
}

impl AwaitingHeader {
    /// One of `proxies`, as long as this lives.
    pub(super) fn of(proxies: &Arc<TrustedProxies>) -> Self {
        proxies.awaiting_header.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(proxies))
    }
}

impl Drop for AwaitingHeader {
    fn drop(&mut self) {
        self.0.awaiting_header.fetch_sub(1, Ordering::Relaxed);
    }
}
