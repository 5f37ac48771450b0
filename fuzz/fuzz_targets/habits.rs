//! Publishes with habits through the access unit builder, on from where the property tests end: up
//! to three habits, one after the other, on every clip, recorded session and generated stream. What
//! comes out has to be what went in.
//!
//! The input is the source, how much room is free in front of messages, and then five bytes for
//! each habit.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// More of them leave nothing that could be understood.
const MOST: usize = 3;

fuzz_target!(|bytes: &[u8]| {
    let [source, room, habits @ ..] = bytes else {
        return;
    };
    let sources = habits::sources();
    let habits: Vec<(u8, u32)> = habits
        .chunks_exact(5)
        .take(MOST)
        .map(|habit| {
            (
                habit[0],
                u32::from_be_bytes([habit[1], habit[2], habit[3], habit[4]]),
            )
        })
        .collect();
    let source = &sources[usize::from(*source) % sources.len()];
    if let Err(difference) = source.check(&habits, usize::from(*room)) {
        panic!("{difference}");
    }
});
