//! The server over real sockets, with scripted peers.

#![allow(unreachable_pub, reason = "nothing is public in a test binary")]

#[path = "../common/mod.rs"]
mod common;
mod peer;
mod running;

mod at_rest;
mod backpressure;
mod bursts;
mod client;
mod client_cannot_write;
mod client_under_attack;
mod connecting;
mod deadlines;
mod encrypted;
mod ending;
mod fairness;
mod isolation;
mod limits;
mod listening;
mod proxied;
mod under_attack;
