//! The server on tokio: sockets, TLS, clocks and tasks around the sans-IO session.

mod accept;
mod arrival;
mod clock;
mod connection;
mod conversation;
mod encrypt;
mod gate;
mod ingest;
mod listen;
mod observer;
mod publishes;
mod random;
mod reload;
mod server;
mod transport;
mod turn;

pub use arrival::note_arrivals;
pub use listen::{ListenError, Listener, listen};
pub use observer::Observer;
pub use server::{RemainingConnections, Server, ServerBuilder};
