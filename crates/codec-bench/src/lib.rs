//! Measures codecs against each other: see `benches/codecs` and `docs/performance.md`.

pub mod race;
pub mod recording;
pub mod report;
