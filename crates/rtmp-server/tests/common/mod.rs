//! Scripted publishers: what they send, byte for byte, and what they are told.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test binary uses its part"
)]

pub mod chunks;
mod scene;
mod wire;

pub use scene::{Decision, Scene, accept};
pub use wire::{Answer, Handshake, Wire, amf0, command_body, plain_publisher};
