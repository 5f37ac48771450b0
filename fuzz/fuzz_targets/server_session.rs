//! Arbitrary bytes from a peer: no panic, no endless loop, and every publish that begins ends.
//!
//! The first byte says in which pieces the others come, and whether they come after a handshake.

#![no_main]

#[allow(dead_code, reason = "this target accepts everything")]
mod session;

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use session::{Watched, handshake};

fuzz_target!(|input: &[u8]| {
    let Some((how, bytes)) = input.split_first() else {
        return;
    };
    let mut watched = Watched::new();
    if how & 1 == 0 {
        watched.feed(&handshake());
    }
    let piece = match how >> 1 {
        0 => bytes.len().max(1),
        length => usize::from(length),
    };
    for mut rest in bytes.chunks(piece) {
        while !rest.is_empty() {
            let taken = watched.feed(rest);
            rest = &rest[taken..];
            while watched.poll_event() {
                watched.accept();
            }
            watched.now += Duration::from_millis(1);
            watched.timeout();
            watched.poll_transmit();
            watched.transmitted(usize::MAX);
        }
    }
    watched.finish();
});
