//! Where a reader is, as the publisher sees it.

use std::time::Instant;

use super::ring::{CATCHING_UP, HELD_BACK, WhenSlow};

/// No reader gets there.
const NEVER: u64 = u64::MAX;

pub(crate) struct Place {
    /// The frame that the reader has next.
    pub(crate) next: u64,
    when_slow: WhenSlow,
    /// Where it was when somebody looked, and since when it has been there though there was something to take.
    seen: u64,
    since: Instant,
    /// Frames that were let go of before the reader had them, and of which it does not know yet.
    lost: u64,
    /// It has held the publisher back or lost frames, and has not caught up since.
    slow: bool,
    /// It has lost frames meanwhile.
    has_lost: bool,
    /// The publisher does not wait for it until it has caught up.
    given_up: bool,
    /// Since when it has held the publisher back without catching up.
    holding_since: Option<Instant>,
    /// The publisher waits for the reader to get there; for none of them if that is never.
    awaited_at: u64,
}

impl Place {
    pub(crate) fn new(next: u64, when_slow: WhenSlow, now: Instant) -> Self {
        Self {
            next,
            when_slow,
            seen: next,
            since: now,
            lost: 0,
            slow: false,
            has_lost: false,
            given_up: false,
            holding_since: None,
            awaited_at: NEVER,
        }
    }

    /// Somebody looks, when `end` is the number of the next frame to come.
    pub(crate) fn look(&mut self, end: u64, now: Instant) {
        if self.next != self.seen || self.next == end {
            self.seen = self.next;
            self.since = now;
        }
    }

    /// It is in an episode of being slow.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow
    }

    /// The episode is over.
    pub(crate) fn has_caught_up(&mut self) {
        self.slow = false;
        self.has_lost = false;
        self.given_up = false;
        self.holding_since = None;
    }

    /// The frame that it has next is gone. True if that is the first of the episode.
    pub(crate) fn lose_frame(&mut self) -> bool {
        self.next += 1;
        self.lost += 1;
        self.slow = true;
        !std::mem::replace(&mut self.has_lost, true)
    }

    /// How many frames it has lost, told once.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    pub(crate) fn may_hold_publisher(&self) -> bool {
        self.when_slow == WhenSlow::HoldPublisher && !self.given_up
    }

    /// A hold that began at `since` and ends at `ends` would go on because of this reader: until when, if it is worth
    /// waiting for.
    pub(crate) fn hold_publisher(
        &mut self,
        since: Instant,
        ends: Instant,
        now: Instant,
    ) -> Option<Instant> {
        self.slow = true;
        let holding_since = *self.holding_since.get_or_insert(since);
        let takes_something_until = self.since + HELD_BACK;
        if now >= takes_something_until || now >= holding_since + CATCHING_UP {
            self.given_up = true;
            return None;
        }
        (now < ends).then(|| ends.min(takes_something_until))
    }

    /// The publisher waits for the reader to get to `frame`, or no longer does.
    pub(crate) fn await_at(&mut self, frame: Option<u64>) {
        self.awaited_at = frame.unwrap_or(NEVER);
    }

    /// The reader has got where the publisher waits for it. True once.
    pub(crate) fn makes_room(&mut self) -> bool {
        let there = self.next >= self.awaited_at;
        if there {
            self.awaited_at = NEVER;
        }
        there
    }
}
