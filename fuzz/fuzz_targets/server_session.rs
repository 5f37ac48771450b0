//! Arbitrary bytes from a peer: no panic, no endless loop, every publish that begins ends, and the
//! pieces in which the bytes come make no difference.
//!
//! The first byte says in which pieces that is, and whether they come after a handshake.

#![no_main]

#[allow(
    dead_code,
    reason = "this target accepts everything, and no time passes"
)]
mod session;

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use session::{Watched, handshake};

fuzz_target!(|input: &[u8]| {
    let Some((how, bytes)) = input.split_first() else {
        return;
    };
    let after_handshake = how & 1 == 0;
    let piece = usize::from(how >> 1).max(1);
    let now = Instant::now();
    let whole = history(now, after_handshake, [bytes]);
    let pieces = history(now, after_handshake, bytes.chunks(piece));
    assert_eq!(whole, pieces, "pieces of {piece}");
});

/// What a session makes of the bytes.
fn history<'a>(
    now: Instant,
    after_handshake: bool,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<(String, u64)> {
    let mut watched = Watched::starting_at(now);
    if after_handshake {
        watched.feed(&handshake());
    }
    for mut rest in pieces {
        while !rest.is_empty() {
            let taken = watched.feed(rest);
            rest = &rest[taken..];
            while watched.poll_event() {
                watched.accept();
            }
            watched.poll_transmit();
            watched.transmitted(usize::MAX);
        }
    }
    watched.finish()
}
