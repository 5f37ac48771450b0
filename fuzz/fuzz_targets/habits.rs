//! Publishes and sessions with habits, on from where the property tests end: up to three habits of
//! media and three of sessions, one after the other, on every clip, recorded session and generated
//! stream. What comes out has to be what went in.
//!
//! The input is the source, which way it goes and how much room is free in front of messages, and
//! then five bytes for each habit.
#![no_main]

use habits::{recorded, sources};
use libfuzzer_sys::fuzz_target;

/// More of them leave nothing that could be understood.
const MOST: usize = 3;

fuzz_target!(|bytes: &[u8]| {
    let [source, way, rest @ ..] = bytes else {
        return;
    };
    let mut habits = rest.chunks_exact(5).map(|habit| {
        let [index, a, b, c, d] = *habit.first_chunk().expect("five bytes");
        (index, u32::from_be_bytes([a, b, c, d]))
    });
    let first: Vec<(u8, u32)> = habits.by_ref().take(MOST).collect();
    let second: Vec<(u8, u32)> = habits.take(MOST).collect();
    let source = usize::from(*source);
    let publish = &sources()[source % sources().len()];
    let checked = match way % 4 {
        0 => {
            let (name, session) = &recorded()[source % recorded().len()];
            let checked = session.check(&first);
            checked.map_err(|difference| format!("{name}: {difference}"))
        }
        1 => publish
            .check_all_the_way(&first, &second)
            .map_err(|difference| difference.to_string()),
        _ => publish
            .check(&first, usize::from(*way))
            .map_err(|difference| difference.to_string()),
    };
    if let Err(difference) = checked {
        panic!("{difference}");
    }
});
