//! Scripted publishers: what they send, byte for byte, and what they are told.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test binary uses its part"
)]

pub mod chunks;
mod client;
mod scene;

pub use client::{Answer, Client, Handshake, amf0, command_body};
pub use scene::{Decision, Scene};
