//! The sans-IO sessions on tokio: the server's with sockets, TLS, clocks and tasks around it, and the
//! client's.

mod accept;
mod arrival;
mod arrivals;
#[cfg(feature = "client")]
mod client;
mod connection;
mod conversation;
#[cfg(feature = "tls")]
mod encrypt;
mod ingest;
mod listen;
mod observer;
mod panics;
#[cfg(feature = "tls")]
mod rationed;
#[cfg(feature = "pkcs12")]
mod reload;
mod server;
mod services;
mod sinks;
mod transport;
mod trusted;
mod turn;

pub use arrival::note_arrivals;
#[cfg(feature = "client")]
pub use client::{Client, ClientError};
pub use listen::{ListenError, Listener, listen};
pub use observer::Observer;
pub use server::{RemainingConnections, Server, ServerBuilder};
pub use trusted::TrustedProxies;

/// The one place that reads the clock.
mod clock {
    use std::time::Instant;

    /// Now, by the clock of the runtime: tests may pause it.
    pub(super) fn now() -> Instant {
        tokio::time::Instant::now().into_std()
    }
}
