//! Where a reader is, as the publisher sees it.

use std::time::{Duration, Instant};

/// What a reader that does not keep up gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenSlow {
    /// Patience: the publisher is held back as long as the reader goes on taking samples.
    HoldPublisher,
    /// Gaps.
    LoseSamples,
}

/// How long a publisher is held back at a time, and how long a reader may take nothing.
pub(crate) const HELD_BACK: Duration = Duration::from_secs(2);
/// For how long a reader may hold the publisher back again and again without catching up. No burst takes as long: it
/// takes samples, but fewer than come.
pub(super) const CATCHING_UP: Duration = Duration::from_secs(60);
/// No reader gets there.
const NEVER: u64 = u64::MAX;

pub(super) struct Place {
    /// The sample that the reader has next.
    pub(super) next: u64,
    when_slow: WhenSlow,
    /// Where it was when somebody looked, and since when it has been there though there was something to take.
    seen: u64,
    since: Instant,
    /// Samples that were let go of before the reader had them, and of which it does not know yet.
    lost: u64,
    /// It has held the publisher back or lost samples, and has not caught up since.
    slow: bool,
    /// It has lost samples meanwhile.
    has_lost: bool,
    /// The publisher does not wait for it until it has caught up.
    given_up: bool,
    /// Since when it has held the publisher back without catching up.
    holding_since: Option<Instant>,
    /// The publisher waits for the reader to get there; for none of them if that is never.
    awaited_at: u64,
}

impl Place {
    pub(super) fn new(next: u64, when_slow: WhenSlow, now: Instant) -> Self {
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

    /// Somebody looks, when `end` is the number of the next sample to come.
    pub(super) fn look(&mut self, end: u64, now: Instant) {
        if self.next != self.seen || self.next == end {
            self.seen = self.next;
            self.since = now;
        }
    }

    /// It is in an episode of being slow.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    /// The episode is over.
    pub(super) fn has_caught_up(&mut self) {
        self.slow = false;
        self.has_lost = false;
        self.given_up = false;
        self.holding_since = None;
    }

    /// The sample that it has next is gone. True if that is the first of the episode.
    pub(super) fn lose_sample(&mut self) -> bool {
        self.next += 1;
        self.lost += 1;
        self.slow = true;
        !std::mem::replace(&mut self.has_lost, true)
    }

    /// How many samples it has lost since this was asked for.
    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    pub(super) fn may_hold_publisher(&self) -> bool {
        self.when_slow == WhenSlow::HoldPublisher && !self.given_up
    }

    /// A hold that began at `since` and ends at `ends` would go on because of this reader: until when, if it is worth
    /// waiting for.
    pub(super) fn hold_publisher(
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

    /// The publisher waits for the reader to get to `sample`, or no longer does.
    pub(super) fn await_at(&mut self, sample: Option<u64>) {
        self.awaited_at = sample.unwrap_or(NEVER);
    }

    /// The reader has got where the publisher waits for it. True once.
    pub(super) fn makes_room(&mut self) -> bool {
        let there = self.next >= self.awaited_at;
        if there {
            self.awaited_at = NEVER;
        }
        there
    }
}
