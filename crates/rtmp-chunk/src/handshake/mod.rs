//! The handshake that comes before the chunk stream (RTMP 1.0 section 5.2).

mod error;
mod server;

pub use error::HandshakeError;
pub use server::ServerHandshake;

/// The length of C1, C2, S1 and S2 (sections 5.2.3 and 5.2.4).
const PACKET: usize = 1536;

/// The length of the random data in C1 and S1.
const RANDOM: usize = 1528;

/// The version of the protocol (section 5.2.2).
const VERSION: u8 = 3;
