//! The whole driver over real sockets: scripted publishers, recorded ones, RTMPS.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../publisher/mod.rs"]
mod publisher;

mod addresses;
mod authentication;
mod bench;
mod bursts;
mod connecting;
mod offline;
mod proxied;
mod publishing;
mod recorded;
mod settings;
mod sound;
mod tls;
