//! The limits, adjustable while the server runs.

#[cfg(feature = "governor")]
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The limits on connections, shared by the layer that enforces them and whoever adjusts them.
///
/// A changed limit applies to the next connection; nobody who is connected is touched.
#[derive(Debug)]
pub struct Limits {
    connections: AtomicUsize,
    connections_per_ip: AtomicUsize,
    unpublished_per_ip: AtomicUsize,
    #[cfg(feature = "governor")]
    rate_limit_enabled: AtomicBool,
    #[cfg(feature = "governor")]
    rate_per_second: AtomicU32,
}

impl Limits {
    /// Concurrent connections in all. 32 by default.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Sets the number of concurrent connections in all.
    pub fn set_connections(&self, limit: usize) {
        self.connections.store(limit, Ordering::Relaxed);
    }

    /// Concurrent connections per IPv4 address or IPv6 /64. 32 by default.
    pub fn connections_per_ip(&self) -> usize {
        self.connections_per_ip.load(Ordering::Relaxed)
    }

    /// Sets the number of concurrent connections per IPv4 address or IPv6 /64.
    pub fn set_connections_per_ip(&self, limit: usize) {
        self.connections_per_ip.store(limit, Ordering::Relaxed);
    }

    /// Concurrent connections per IPv4 address or IPv6 /64 on which nothing is published: not yet, or
    /// no more. 16 by default.
    pub fn unpublished_per_ip(&self) -> usize {
        self.unpublished_per_ip.load(Ordering::Relaxed)
    }

    /// Sets the number of concurrent connections per IPv4 address or IPv6 /64 on which nothing is
    /// published.
    pub fn set_unpublished_per_ip(&self, limit: usize) {
        self.unpublished_per_ip.store(limit, Ordering::Relaxed);
    }

    /// Whether new connections per second are limited. They are by default.
    #[cfg(feature = "governor")]
    pub fn rate_limit_enabled(&self) -> bool {
        self.rate_limit_enabled.load(Ordering::Relaxed)
    }

    /// Switches the limit on new connections per second on or off.
    #[cfg(feature = "governor")]
    pub fn set_rate_limit_enabled(&self, enabled: bool) {
        self.rate_limit_enabled.store(enabled, Ordering::Relaxed);
    }

    /// New connections per second and IPv4 address or IPv6 /64. 10 by default.
    #[cfg(feature = "governor")]
    pub fn rate_per_second(&self) -> u32 {
        self.rate_per_second.load(Ordering::Relaxed)
    }

    /// Sets the number of new connections per second and IPv4 address or IPv6 /64; zero counts as
    /// one.
    #[cfg(feature = "governor")]
    pub fn set_rate_per_second(&self, rate: u32) {
        self.rate_per_second.store(rate.max(1), Ordering::Relaxed);
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: AtomicUsize::new(32),
            connections_per_ip: AtomicUsize::new(32),
            unpublished_per_ip: AtomicUsize::new(16),
            #[cfg(feature = "governor")]
            rate_limit_enabled: AtomicBool::new(true),
            #[cfg(feature = "governor")]
            rate_per_second: AtomicU32::new(10),
        }
    }
}
