//! The handshake that comes before the chunk stream (RTMP 1.0 section 5.2), and the variant with digests.

mod client;
mod digest;
mod error;
mod packet;
mod server;

pub use client::{ClientHandshake, HandshakeKind};
pub use digest::DigestScheme;
pub use error::HandshakeError;
pub use packet::HANDSHAKE_LENGTH;
pub use server::ServerHandshake;
