//! The session as real publishers and attackers use it, in virtual time and without sockets.

#[path = "../common/mod.rs"]
mod common;

mod attacks;
mod chunk_stream;
mod commands;
mod connecting;
mod deadlines;
mod handshake;
mod publishing;
mod replay;
