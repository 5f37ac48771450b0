//! From a publisher's clock to UTC.
//!
//! A publisher's timestamps say how far frames are apart, to the millisecond and untouched by the network; where they
//! lie in UTC only their arrival says. So a frame's time is its timestamp plus an offset, and the offset follows the
//! arrivals, slowly enough that spacing stays what the publisher made it, and at once when the publisher's clock has
//! jumped, stopped or been restarted.

use crate::time::Ticks;

/// Gives the frames of one publisher, in order of arrival, their times.
///
/// Times are strictly increasing and never more than 100 ms later than the frame's arrival.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// The latest time that was given.
    latest: Option<Ticks>,
    anchor: Option<Anchor>,
}

/// How the publisher's clock lies against UTC.
#[derive(Debug)]
struct Anchor {
    /// The latest timestamp as it came.
    timestamp: Timestamp,
    /// The same without wrapping, in ticks.
    publisher: i64,
    /// When it came.
    arrival: Ticks,
    /// UTC minus the publisher's clock.
    offset: i64,
    /// The least of what the offset would be by the arrivals of the last seconds: network delay only ever adds to it.
    earliest: WindowMinimum,
    /// Since when frames have been coming late.
    late_since: Option<Ticks>,
    /// Frames in a row with the same timestamp.
    standing_still: u32,
}

/// A frame's timestamp on the wire: milliseconds that wrap, and nanoseconds beyond them (Enhanced RTMP's
/// `TimestampOffsetNano`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timestamp {
    pub(crate) milliseconds: u32,
    pub(crate) nanoseconds: u32,
}

/// How far a frame may lie in the future when a publisher sends faster than time passes. The rest of the promised
/// 100 ms is room for frames that have to be later than their predecessor.
const LEAD: i64 = 90 * Ticks::PER_MILLISECOND;
/// Frames this late for [`LATE_FOR`] are not a hiccup of the network: the publisher's clock has lost time.
const LATE: i64 = 500 * Ticks::PER_MILLISECOND;
const LATE_FOR: i64 = Ticks::PER_SECOND;
/// No network holds frames back for so long: a frame this late is taken for a new beginning at once.
const HOPELESSLY_LATE: i64 = 5 * Ticks::PER_SECOND;
/// A timestamp this much further on than the time since the frame before is a jump ahead.
const JUMP_AHEAD: i64 = Ticks::PER_SECOND;
/// A timestamp this far back is a jump back; less is disorder.
const JUMP_BACK: i64 = -100 * Ticks::PER_MILLISECOND;
/// Frames in a row with the same timestamp after which the clock is taken to stand still.
const STANDING_STILL: u32 = 3;
/// Most that the offset changes from one frame to the next.
const LARGEST_CORRECTION: i64 = Ticks::PER_MILLISECOND / 2;
/// The part of the error that is corrected with each frame.
const CORRECTED_PART: i64 = 32;

impl Timeline {
    /// A timeline whose times are later than `after`.
    pub(crate) fn starting_after(after: Option<Ticks>) -> Self {
        Self {
            latest: after,
            anchor: None,
        }
    }

    /// The time of the frame that carries `timestamp` and came at `arrival`.
    pub(crate) fn place(&mut self, timestamp: Timestamp, arrival: Ticks) -> Ticks {
        let wanted = match &mut self.anchor {
            Some(anchor) => anchor.follow(timestamp, arrival),
            None => self.anchor.insert(Anchor::new(timestamp, arrival)).time(),
        };
        let time = self
            .latest
            .map_or(wanted, |latest| wanted.max(latest.plus(1)));
        self.latest = Some(time);
        time
    }
}

impl Anchor {
    fn new(timestamp: Timestamp, arrival: Ticks) -> Self {
        let publisher = 0;
        let offset = arrival.0;
        Self {
            timestamp,
            publisher,
            arrival,
            offset,
            earliest: WindowMinimum::starting(offset, arrival),
            late_since: None,
            standing_still: 0,
        }
    }

    fn time(&self) -> Ticks {
        Ticks(self.publisher.saturating_add(self.offset))
    }

    fn follow(&mut self, timestamp: Timestamp, arrival: Ticks) -> Ticks {
        let step = timestamp.ticks_since(self.timestamp);
        let waited = arrival.since(self.arrival).max(0);
        self.timestamp = timestamp;
        self.arrival = arrival;
        self.publisher = self.publisher.saturating_add(step);
        self.standing_still = if step == 0 {
            self.standing_still + 1
        } else {
            0
        };
        let jumped = step < JUMP_BACK || step - waited > JUMP_AHEAD;
        if jumped || self.standing_still >= STANDING_STILL || self.has_lost_time(arrival) {
            self.begin_anew();
        } else {
            self.correct(step);
        }
        self.time()
    }

    /// The offset by which this frame's time would be its arrival.
    fn offset_by_arrival(&self) -> i64 {
        self.arrival.0.saturating_sub(self.publisher)
    }

    fn has_lost_time(&mut self, arrival: Ticks) -> bool {
        let late = self.offset_by_arrival() - self.offset;
        if late <= LATE {
            self.late_since = None;
            return false;
        }
        let since = *self.late_since.get_or_insert(arrival);
        late > HOPELESSLY_LATE || arrival.since(since) >= LATE_FOR
    }

    fn begin_anew(&mut self) {
        self.offset = self.offset_by_arrival();
        self.earliest = WindowMinimum::starting(self.offset, self.arrival);
        self.late_since = None;
    }

    fn correct(&mut self, step: i64) {
        let by_arrival = self.offset_by_arrival();
        let error = self.earliest.with(by_arrival, self.arrival) - self.offset;
        let largest = LARGEST_CORRECTION.min(step / 2).max(0);
        self.offset += (error / CORRECTED_PART).clamp(-largest, largest);
        self.offset = self.offset.min(by_arrival + LEAD);
    }
}

impl Timestamp {
    /// From `earlier` to this one in ticks, across a wrap of the 32-bit clock, or of a 31-bit one.
    fn ticks_since(self, earlier: Self) -> i64 {
        const HALF: u32 = 1 << 31;
        const NEAR: u32 = 60_000;
        let apart = self.milliseconds.wrapping_sub(earlier.milliseconds);
        let wraps_at_31_bits = self.milliseconds < NEAR
            && earlier.milliseconds < HALF
            && earlier.milliseconds >= HALF - NEAR;
        let milliseconds = if wraps_at_31_bits {
            apart.wrapping_sub(HALF)
        } else {
            apart
        }
        .cast_signed();
        i64::from(milliseconds) * Ticks::PER_MILLISECOND
            + (i64::from(self.nanoseconds) - i64::from(earlier.nanoseconds)) / 100
    }
}

/// The least of the values of the last one to two [`WINDOW`]s.
#[derive(Debug)]
struct WindowMinimum {
    since: Ticks,
    current: i64,
    previous: i64,
}

const WINDOW: i64 = 2 * Ticks::PER_SECOND;

impl WindowMinimum {
    fn starting(value: i64, now: Ticks) -> Self {
        Self {
            since: now,
            current: value,
            previous: value,
        }
    }

    /// The minimum, `value` included.
    fn with(&mut self, value: i64, now: Ticks) -> i64 {
        if now.since(self.since) >= WINDOW {
            self.previous = self.current;
            self.current = value;
            self.since = now;
        }
        self.current = self.current.min(value);
        self.current.min(self.previous)
    }
}

#[cfg(test)]
mod tests;
