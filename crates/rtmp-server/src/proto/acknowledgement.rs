//! When received bytes are acknowledged (RTMP 1.0 section 5.4.3).

/// Acknowledging more often helps nobody, whatever window the peer asks for.
const SHORTEST_INTERVAL: u32 = 1024;

/// Counts what was received and tells when to acknowledge it: at half the peer's window, for a
/// peer that stops at a full window must never have to wait.
#[derive(Debug)]
pub(super) struct Acknowledgements {
    received: u64,
    acknowledged: u64,
    interval: u32,
}

impl Acknowledgements {
    pub(super) const fn new(window: u32) -> Self {
        Self {
            received: 0,
            acknowledged: 0,
            interval: interval(window),
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
    pub(super) fn take_due(&mut self) -> Option<u32> {
        let unacknowledged = self.received.saturating_sub(self.acknowledged);
        if unacknowledged < u64::from(self.interval) {
            return None;
        }
        self.acknowledged = self.received;
        Some(sequence_number(self.received))
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

    #[test]
    fn acknowledges_at_half_the_window() {
        let mut acknowledgements = Acknowledgements::new(10_000);
        acknowledgements.received(4_999);
        assert_eq!(acknowledgements.take_due(), None);
        acknowledgements.received(1);
        assert_eq!(acknowledgements.take_due(), Some(5_000));
        assert_eq!(acknowledgements.take_due(), None);
        acknowledgements.received(5_000);
        assert_eq!(acknowledgements.take_due(), Some(10_000));
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut acknowledgements = Acknowledgements::new(10_000);
        acknowledgements.received = (1 << 32) - 1;
        assert_eq!(acknowledgements.take_due(), Some(u32::MAX));
        acknowledgements.received(6_000);
        assert_eq!(acknowledgements.take_due(), Some(5_999));
    }

    #[test]
    fn odd_windows_neither_storm_nor_divide_by_zero() {
        for window in [0, 1, 2, 3] {
            let mut acknowledgements = Acknowledgements::new(window);
            acknowledgements.received(SHORTEST_INTERVAL as usize - 1);
            assert_eq!(acknowledgements.take_due(), None, "window {window}");
            acknowledgements.received(1);
            assert_eq!(acknowledgements.take_due(), Some(SHORTEST_INTERVAL));
        }
        let mut acknowledgements = Acknowledgements::new(u32::MAX);
        acknowledgements.received(1 << 30);
        assert_eq!(acknowledgements.take_due(), None);
        acknowledgements.received(1 << 30);
        assert_eq!(acknowledgements.take_due(), Some(1 << 31));
    }

    #[test]
    fn window_of_zero_changes_nothing() {
        let mut acknowledgements = Acknowledgements::new(10_000);
        acknowledgements.set_window(0);
        acknowledgements.received(4_999);
        assert_eq!(acknowledgements.take_due(), None);
        acknowledgements.set_window(8_000);
        assert_eq!(acknowledgements.take_due(), Some(4_999));
    }
}
