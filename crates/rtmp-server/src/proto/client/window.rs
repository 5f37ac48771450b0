//! How much may be sent that the server has not acknowledged (RTMP 1.0 section 5.4.5).

use std::time::{Duration, Instant};

use rtmp_chunk::{HANDSHAKE_LENGTH, LimitType};

/// A smaller window only makes publishers stutter.
const SMALLEST: u32 = 64 << 10;
/// Not every server counts the handshake.
const HANDSHAKE: u64 = HANDSHAKE_LENGTH as u64;

/// The window that the server set, and how far it has acknowledged.
#[derive(Debug, Default)]
pub(super) struct SendWindow {
    window: Option<u32>,
    /// The limit is a hard one.
    hard: bool,
    acknowledged: u64,
    full_since: Option<Instant>,
    /// It let a full window go by without a word.
    never_acknowledges: bool,
}

impl SendWindow {
    /// Set Peer Bandwidth. A window of 0 means nothing.
    pub(super) fn set(&mut self, window: u32, limit_type: LimitType) {
        let hard = match limit_type {
            LimitType::HARD => true,
            LimitType::SOFT => false,
            _ if self.hard => true,
            _ => return,
        };
        if window == 0 {
            return;
        }
        self.window = match self.window {
            Some(current) if !hard => Some(current.min(window)),
            _ => Some(window),
        };
        self.hard = hard;
    }

    /// The server has received so many of `sent` bytes, modulo 2³².
    pub(super) fn acknowledge(&mut self, sequence_number: u32, sent: u64) {
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
        let under_way = (sent as u32).wrapping_sub(sequence_number);
        // What has not been sent cannot have been received.
        let received = sent.saturating_sub(under_way.into());
        self.acknowledged = self.acknowledged.max(received);
    }

    pub(super) const fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Whether the server has to acknowledge something before more is sent.
    pub(super) fn is_full(&self, sent: u64) -> bool {
        let Some(window) = self.window.filter(|_| !self.never_acknowledges) else {
            return false;
        };
        let room = u64::from(window.max(SMALLEST)).saturating_add(HANDSHAKE);
        sent.saturating_sub(self.acknowledged) > room
    }

    /// Looks at the clock. To be called whenever something was sent or acknowledged.
    pub(super) fn watch(&mut self, now: Instant, sent: u64) {
        self.full_since = match self.full_since {
            _ if !self.is_full(sent) => None,
            None => Some(now),
            since => since,
        };
    }

    pub(super) fn deadline(&self, patience: Duration) -> Option<Instant> {
        self.full_since?.checked_add(patience)
    }

    /// It has been waited for in vain.
    pub(super) const fn give_up(&mut self) {
        self.never_acknowledges = true;
        self.full_since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: u32 = 100_000;
    const FULL: u64 = WINDOW as u64 + HANDSHAKE + 1;

    #[test]
    fn limit_types_of_section_5_4_5() {
        let mut window = SendWindow::default();
        window.set(WINDOW, LimitType::DYNAMIC);
        assert_eq!(window.window, None, "there was no hard one");
        window.set(WINDOW, LimitType::SOFT);
        window.set(2 * WINDOW, LimitType::SOFT);
        assert_eq!(window.window, Some(WINDOW), "the smaller one");
        window.set(3 * WINDOW, LimitType::HARD);
        window.set(2 * WINDOW, LimitType::DYNAMIC);
        assert_eq!(window.window, Some(2 * WINDOW));
        window.set(0, LimitType::HARD);
        assert_eq!(window.window, Some(2 * WINDOW));
    }

    #[test]
    fn acknowledgements_make_room_and_never_take_it_back() {
        let mut window = SendWindow::default();
        assert!(!window.is_full(u64::MAX), "there is no window");
        window.set(WINDOW, LimitType::HARD);
        assert!(!window.is_full(FULL - 1));
        assert!(window.is_full(FULL));
        window.acknowledge(1, FULL);
        assert!(!window.is_full(FULL));
        window.acknowledge(0, FULL);
        assert_eq!(window.acknowledged, 1);
        window.acknowledge(u32::MAX, FULL);
        assert_eq!(window.acknowledged, 1, "that was never sent");
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut window = SendWindow::default();
        let sent = (1 << 32) + 500;
        window.acknowledge(400, sent);
        assert_eq!(window.acknowledged, (1 << 32) + 400);
        window.acknowledge(u32::MAX, sent);
        assert_eq!(window.acknowledged, (1 << 32) + 400, "an old one");
    }

    #[test]
    fn a_tiny_window_is_no_window_at_all() {
        let mut window = SendWindow::default();
        window.set(1, LimitType::HARD);
        assert!(!window.is_full(SMALLEST.into()));
    }

    #[test]
    fn who_never_acknowledges_is_waited_for_once() {
        let patience = Duration::from_secs(2);
        let now = Instant::now();
        let mut window = SendWindow::default();
        window.set(WINDOW, LimitType::HARD);
        window.watch(now, FULL - 1);
        assert_eq!(window.deadline(patience), None);
        window.watch(now, FULL);
        window.watch(now + patience / 2, FULL);
        assert_eq!(window.deadline(patience), Some(now + patience));
        window.give_up();
        window.watch(now + patience, FULL);
        assert_eq!(window.deadline(patience), None);
        assert!(!window.is_full(FULL));
    }
}
