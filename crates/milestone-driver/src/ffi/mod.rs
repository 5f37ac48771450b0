//! The C ABI: how the C# adapter, or any other host, uses the driver.
//!
//! A host creates a *core* for each hardware, gives it settings, starts it and opens *sessions* on its cameras and
//! microphones. It then polls: sessions for frames, the core for events and log lines. Nothing ever calls back into the
//! host.
//!
//! - **Handles** are checked identifiers, not pointers, and none is given twice: a stale one gives
//!   [`RTMP_PUSH_CLOSED`].
//! - **Structs** begin with their size in bytes. The host sets it; what a newer side knows more is left out.
//! - **Text** goes in as UTF-8 pointer and length and comes out in a buffer of the host. Settings and the
//!   details of events are `key=value` lines.
//! - **Results** are `i32`: negative is a failure, of which [`rtmp_push_v1_last_error`] tells more.
//! - **Waiting** is bounded by a time in milliseconds; 0 and less asks once, more than a minute counts as a minute. No
//!   call waits for another one: what takes longer than a call was to wait goes on by itself ([`RTMP_PUSH_PENDING`]).
//! - **Panics** stop at the boundary: the call gives [`RTMP_PUSH_PANICKED`], and so does every later call on that core,
//!   except destroying it. Other cores are not affected.
//! - **Threads**: every function may be called from any thread at any time. One thread at a time waits for a session's next
//!   frame, another one gets [`RTMP_PUSH_BAD_STATE`].
//!
//! `include/rtmp_push_driver.h` is generated from these files and compared with them by the test `header`.

#![allow(unsafe_code)]
#![deny(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

mod boundary;
mod core;
mod exports;
mod frame;
mod lines;
mod registry;
mod session;
mod setting_table;
mod sized;
#[cfg(test)]
mod tests;
mod text;
mod types;

pub use exports::*;
pub use types::*;
