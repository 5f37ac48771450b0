//! When messages began to arrive.

use std::time::{Duration, Instant};

/// Knows when the first byte of a message arrived. The decoder keeps a mark for each message that
/// begins: nanoseconds since the start.
#[derive(Debug)]
pub(super) struct Arrivals {
    start: Instant,
    /// When the bytes arrived that come next, if somebody knows it.
    next: Option<Instant>,
    /// The mark for messages that begin now, and what it stands for.
    mark: (u64, Instant),
}

impl Arrivals {
    pub(super) const fn new(start: Instant) -> Self {
        Self {
            start,
            next: None,
            mark: (0, start),
        }
    }

    /// The bytes that come next arrived then.
    pub(super) const fn set_next(&mut self, at: Instant) {
        self.next = Some(at);
    }

    /// Bytes come at `now`: the mark for messages that begin with them, if it is another one.
    pub(super) fn mark(&mut self, now: Instant) -> Option<u64> {
        let at = self.next.take().unwrap_or(now);
        if at == self.mark.1 {
            return None;
        }
        let since_start = at.saturating_duration_since(self.start).as_nanos();
        let mark = u64::try_from(since_start).unwrap_or(u64::MAX);
        self.mark = (mark, at);
        Some(mark)
    }

    /// When the message with this mark began to arrive.
    pub(super) fn of(&self, mark: u64) -> Option<Instant> {
        if mark == self.mark.0 {
            return Some(self.mark.1);
        }
        self.start.checked_add(Duration::from_nanos(mark))
    }
}
