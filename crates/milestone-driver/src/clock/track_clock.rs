//! How the frames of one track go on, by their publisher's clock.

use super::order::{Ahead, DecodingOrder};
use super::timestamp::RisingTime;
use crate::time::Ticks;

/// Steps shorter than this are those of more frames than a camera has …
pub(super) const FASTEST_FRAME: i64 = 8 * Ticks::PER_MILLISECOND;
/// … and of a clock that hardly advances, if so many in a row came one by one and took four times as long together.
const HARDLY_ADVANCING: u32 = 6;
/// Frames that are at least so far apart have come one by one.
const ONE_BY_ONE: i64 = 8 * Ticks::PER_MILLISECOND;
/// After so many frames it is known what is usual between them.
const SOON_LEARNED: u32 = 8;
/// A shorter wait for a frame is not the network's fault.
const LONG_WAIT: i64 = 100 * Ticks::PER_MILLISECOND;
/// Frames in a row without a step for which a publisher may merely have rounded its timestamps.
const ROUNDED: u32 = 8;
/// A track whose frames are no further apart than this may have some that are closer than [`FASTEST_FRAME`].
const MANY_FRAMES: i64 = 10 * Ticks::PER_MILLISECOND;
/// How long a clock is compared with time.
const COMPARED_FOR: i64 = 600 * Ticks::PER_MILLISECOND;

/// Frames of one kind, in the order in which they come. Their times are whole milliseconds, each later than the one
/// before.
#[derive(Debug)]
pub(crate) struct TrackClock {
    /// Those that were given.
    pub(super) times: RisingTime,
    pub(super) course: Option<Course>,
    /// What is known of the next frame.
    pub(super) ahead: Option<Ahead>,
}

/// How a track goes on.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) order: DecodingOrder,
    pub(super) arrival: Ticks,
    /// What is usual from a frame to the next.
    pub(super) usual: i64,
    /// How many frames that was learned from.
    learned: u32,
    /// Frames in a row without a step.
    pub(super) standing_still: u32,
    /// Frames in a row that came one by one, with timestamps of more frames than a camera has, …
    pub(super) hardly_advancing: u32,
    /// … and how much longer than four times their steps they took to come.
    overdue: i64,
    /// Whether there are so many frames indeed.
    pub(super) pace: Pace,
    /// By how much frames that have the timestamp of the one before were placed later: the next step is longer by it.
    pub(super) borrowed: i64,
}

/// Whether a track has more frames than a camera has, and a clock that goes as fast as time nevertheless: then its steps
/// are short because they should be, and when they take long it is the network.
#[derive(Debug)]
pub(super) struct Pace {
    since: Ticks,
    publisher: i64,
    /// Those that had come.
    frames: u32,
    kept: bool,
}

/// Since when a clock that was none has been one again.
#[derive(Debug)]
pub(super) struct Probation {
    since: Ticks,
    publisher: i64,
    agreed: u32,
}

/// A frame that comes.
#[derive(Clone, Copy)]
pub(super) struct Coming {
    pub(super) arrival: Ticks,
    /// Since the frame before.
    pub(super) waited: i64,
    /// When it is decoded, by the publisher's clock.
    pub(super) decoded: i64,
    /// Where the frame before was placed.
    pub(super) before: i64,
    /// How late that was, compared with the earliest.
    pub(super) late: i64,
}

impl TrackClock {
    /// A track whose times are later than `after`.
    pub(crate) fn starting_after(after: Option<Ticks>) -> Self {
        Self {
            times: RisingTime::after(after),
            course: None,
            ahead: None,
        }
    }

    /// The next frame is shown so far behind the one before, and its timestamp may be the time of that.
    pub(crate) fn next_is(&mut self, ahead: Option<Ahead>) {
        self.ahead = ahead;
    }
}

impl Course {
    pub(super) fn starting(publisher: i64, arrival: Ticks) -> Self {
        Self {
            order: DecodingOrder::starting(publisher),
            arrival,
            usual: 0,
            learned: 0,
            standing_still: 0,
            hardly_advancing: 0,
            overdue: 0,
            pace: Pace::beginning(publisher, arrival, 0),
            borrowed: 0,
        }
    }

    /// A frame that is shown further behind the one before than it is decoded has a timestamp that is further away than
    /// usual, if that is the time of showing. Tells by how much the clock appears to be back then.
    #[cold]
    pub(super) fn expect_others(&mut self, ahead: Ahead, publisher: i64, waited: i64) -> i64 {
        let usual = [self.usual, ahead.interval]
            .into_iter()
            .find(|usual| *usual > 0)
            .unwrap_or(waited);
        let step = publisher - self.order.decoded();
        if self.order.is_plain() && step > usual + usual / 2 {
            self.order.expect_others(ahead.pictures, step)
        } else {
            0
        }
    }

    #[inline]
    pub(super) fn learn(&mut self, step: i64, waited: i64) {
        self.learned = self.learned.saturating_add(1);
        if self.usual == 0 {
            self.usual = step;
        } else if waited <= (8 * self.usual).max(LONG_WAIT) {
            // Not from a frame that the network has held up.
            self.usual += (step.min(10 * Ticks::PER_SECOND) - self.usual) >> 3;
        }
    }

    /// The step to a frame whose timestamp says nothing: the time since the frame before came, brought nearer to what
    /// is usual, as far as that does not make the frame earlier than any before. After a `jump` a long wait is
    /// believed, otherwise the network may have been held up.
    pub(super) fn step_by_arrival(&self, coming: Coming, jump: bool) -> i64 {
        let waited = coming.waited;
        if self.learned < SOON_LEARNED {
            return waited.min(LONG_WAIT);
        }
        if waited <= self.usual {
            self.usual.min(waited + coming.late.max(0))
        } else if waited <= (2 * self.usual).max(LONG_WAIT) {
            self.usual + (waited - self.usual) / 2
        } else if jump {
            waited
        } else {
            self.usual
        }
    }

    /// Whether the clock is known by this `step` for one that hardly advances. Then what was usual by it is not.
    /// It is one of `frames` that have come.
    pub(super) fn hardly_advances(&mut self, step: i64, coming: Coming, frames: u32) -> bool {
        let waited = coming.waited;
        if step >= FASTEST_FRAME || self.pace.is_kept(coming, frames) || waited < ONE_BY_ONE {
            self.hardly_advancing = 0;
            return false;
        }
        if self.hardly_advancing == 0 {
            self.overdue = 0;
        }
        self.hardly_advancing += 1;
        self.overdue += waited.min(LONG_WAIT) - 4 * step;
        let hardly = self.hardly_advancing >= HARDLY_ADVANCING && self.overdue >= 0;
        if hardly {
            self.usual = 0;
            self.learned = 0;
        }
        hardly
    }

    /// The step to a frame whose timestamp is about that of the frame before.
    pub(super) fn stand_still(&mut self, step: i64, coming: Coming) -> i64 {
        self.standing_still += 1;
        if coming.waited < ONE_BY_ONE && self.standing_still <= ROUNDED {
            return step;
        }
        let by_arrival = self.step_by_arrival(coming, false).max(step);
        if self.standing_still > ROUNDED {
            // What a clock loses that stands still does not come back.
            self.borrowed = 0;
        } else {
            self.borrowed += by_arrival - step;
        }
        by_arrival
    }
}

impl Pace {
    fn beginning(publisher: i64, arrival: Ticks, frames: u32) -> Self {
        Self {
            since: arrival,
            publisher,
            frames,
            kept: false,
        }
    }

    /// Whether it has been kept for once; a frame comes with a step that is [too short](FASTEST_FRAME).
    fn is_kept(&mut self, coming: Coming, frames: u32) -> bool {
        let passed = coming.arrival.since(self.since);
        if !self.kept && passed >= COMPARED_FOR {
            let advanced = coming.decoded - self.publisher;
            let many = i64::from(frames.saturating_sub(self.frames)) * MANY_FRAMES > advanced;
            *self = Self {
                kept: many && goes_with_time(advanced, passed),
                ..Self::beginning(coming.decoded, coming.arrival, frames)
            };
        }
        self.kept
    }

    pub(super) fn was_kept(&self) -> bool {
        self.kept
    }
}

/// Whether a clock that `advanced` while so much time `passed` agrees with it, as far as jitter lets it be seen.
fn goes_with_time(advanced: i64, passed: i64) -> bool {
    (advanced - passed).abs() < passed / 8
}

impl Probation {
    const WINDOWS: u32 = 4;

    pub(super) fn beginning(publisher: i64, arrival: Ticks) -> Self {
        Self {
            since: arrival,
            publisher,
            agreed: 0,
        }
    }

    /// Whether the publisher's clock has gone as fast as time for long enough.
    pub(super) fn is_served(&mut self, publisher: i64, arrival: Ticks) -> bool {
        let passed = arrival.since(self.since);
        if passed < COMPARED_FOR {
            return false;
        }
        let agrees = goes_with_time(publisher - self.publisher, passed);
        self.agreed = if agrees { self.agreed + 1 } else { 0 };
        self.since = arrival;
        self.publisher = publisher;
        self.agreed >= Self::WINDOWS
    }
}
