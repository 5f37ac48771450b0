//! How fast a flood comes, and what others may wait meanwhile.

use std::fmt;
use std::time::Duration;

use crate::kinds::Flood;

/// How fast a flood comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speed {
    /// At 40 Mbit/s over each connection.
    Paced,
    /// As fast as it is taken.
    Full,
}

impl Speed {
    pub(super) const PACED_BYTES_A_SECOND: usize = 40_000_000 / 8;
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Speed::Paced => "40 Mbit/s",
            Speed::Full => "full",
        })
    }
}

/// What the 99th percentile of the others may be.
pub(super) fn limit(flood: Option<Flood>, speed: Speed) -> Duration {
    match (flood, speed) {
        (None, _) | (_, Speed::Paced) => Duration::from_millis(50),
        (Some(flood), Speed::Full) if flood.is_for_anybody() => Duration::from_millis(100),
        (Some(_), Speed::Full) => Duration::from_millis(150),
    }
}
