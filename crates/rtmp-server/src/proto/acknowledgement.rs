//! When received bytes are acknowledged (RTMP 1.0 section 5.4.3).

use std::time::{Duration, Instant};

/// Acknowledging more often helps nobody, whatever window the peer asks for.
const SHORTEST_INTERVAL: u32 = 1024;

/// Counts what was received and tells when to acknowledge it: at half the peer's window, for a
/// peer that stops at a full window must never have to wait, and after a while, for some peers give
/// up when they have not heard of the server for long.
#[derive(Debug)]
pub(super) struct Acknowledgements {
    received: u64,
    acknowledged: u64,
    /// In bytes.
    interval: u32,
    longest_wait: Duration,
    /// The last one, or the beginning.
    latest: Instant,
}

impl Acknowledgements {
    pub(super) const fn new(window: u32, longest_wait: Duration, now: Instant) -> Self {
        Self {
            received: 0,
            acknowledged: 0,
            interval: interval(window),
            longest_wait,
            latest: now,
        }
    }

    /// The peer's Window Acknowledgement Size (section 5.4.4). A window of 0 means nothing and
    /// changes nothing.
    pub(super) const fn set_window(&mut self, window: u32) {
        if window != 0 {
            self.interval = interval(window);
        }
    }

    pub(super) const fn received(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes as u64);
    }

    /// The sequence number to acknowledge now, if it is time.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<u32> {
        let is_due = self.unacknowledged() >= u64::from(self.interval)
            || self.due_at().is_some_and(|at| at <= now);
        if !is_due {
            return None;
        }
        self.acknowledged = self.received;
        self.latest = now;
        Some(sequence_number(self.received))
    }

    /// When there is one to send even if no more bytes come; none if there is nothing to acknowledge.
    pub(super) fn due_at(&self) -> Option<Instant> {
        if self.unacknowledged() == 0 {
            return None;
        }
        self.latest.checked_add(self.longest_wait)
    }

    const fn unacknowledged(&self) -> u64 {
        self.received.saturating_sub(self.acknowledged)
    }

    pub(super) const fn total(&self) -> u64 {
        self.received
    }
}

const fn interval(window: u32) -> u32 {
    let half = window / 2;
    if half < SHORTEST_INTERVAL {
        SHORTEST_INTERVAL
    } else {
        half
    }
}

/// The running total is sent modulo 2³².
const fn sequence_number(received: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
    {
        received as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_secs(9);

    fn start(window: u32) -> (Acknowledgements, Instant) {
        let now = Instant::now();
        (Acknowledgements::new(window, WAIT, now), now)
    }

    #[test]
    fn acknowledges_at_half_the_window() {
        let (mut acknowledgements, now) = start(10_000);
        acknowledgements.received(4_999);
        assert_eq!(acknowledgements.take_due(now), None);
        acknowledgements.received(1);
        assert_eq!(acknowledgements.take_due(now), Some(5_000));
        assert_eq!(acknowledgements.take_due(now), None);
        acknowledgements.received(5_000);
        assert_eq!(acknowledgements.take_due(now), Some(10_000));
    }

    #[test]
    fn acknowledges_by_the_clock_as_long_as_bytes_come() {
        let (mut acknowledgements, start) = start(10_000);
        assert_eq!(acknowledgements.due_at(), None, "nothing came");
        acknowledgements.received(1);
        assert_eq!(acknowledgements.due_at(), Some(start + WAIT));
        let just_before = start + WAIT - Duration::from_millis(1);
        assert_eq!(acknowledgements.take_due(just_before), None);
        assert_eq!(acknowledgements.take_due(start + WAIT), Some(1));
        assert_eq!(acknowledgements.due_at(), None, "nothing came since");
        assert_eq!(acknowledgements.take_due(start + 10 * WAIT), None);
        acknowledgements.received(5_000);
        let at = start + 10 * WAIT;
        assert_eq!(acknowledgements.take_due(at), Some(5_001));
        acknowledgements.received(1);
        assert_eq!(acknowledgements.due_at(), Some(at + WAIT));
    }

    #[test]
    fn sequence_numbers_wrap() {
        let (mut acknowledgements, now) = start(10_000);
        acknowledgements.received = (1 << 32) - 1;
        assert_eq!(acknowledgements.take_due(now), Some(u32::MAX));
        acknowledgements.received(6_000);
        assert_eq!(acknowledgements.take_due(now), Some(5_999));
    }

    #[test]
    fn odd_windows_neither_storm_nor_divide_by_zero() {
        for window in [0, 1, 2, 3] {
            let (mut acknowledgements, now) = start(window);
            acknowledgements.received(SHORTEST_INTERVAL as usize - 1);
            assert_eq!(acknowledgements.take_due(now), None, "window {window}");
            acknowledgements.received(1);
            assert_eq!(acknowledgements.take_due(now), Some(SHORTEST_INTERVAL));
        }
        let (mut acknowledgements, now) = start(u32::MAX);
        acknowledgements.received(1 << 30);
        assert_eq!(acknowledgements.take_due(now), None);
        acknowledgements.received(1 << 30);
        assert_eq!(acknowledgements.take_due(now), Some(1 << 31));
    }

    #[test]
    fn window_of_zero_changes_nothing() {
        let (mut acknowledgements, now) = start(10_000);
        acknowledgements.set_window(0);
        acknowledgements.received(4_999);
        assert_eq!(acknowledgements.take_due(now), None);
        acknowledgements.set_window(8_000);
        assert_eq!(acknowledgements.take_due(now), Some(4_999));
    }
}
