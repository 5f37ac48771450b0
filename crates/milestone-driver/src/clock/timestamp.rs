//! A frame's time, on the wire and as hosts keep it.

use crate::time::Ticks;

/// A frame's timestamp on the wire: milliseconds that wrap, and nanoseconds beyond them (Enhanced RTMP's
/// `TimestampOffsetNano`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timestamp {
    pub(crate) milliseconds: u32,
    pub(crate) nanoseconds: u32,
}

impl Timestamp {
    /// The one `ticks` later.
    pub(super) fn plus(self, ticks: i64) -> Self {
        const NANOSECONDS: i64 = 1_000_000;
        let later = ticks % Ticks::PER_MILLISECOND * 100 + i64::from(self.nanoseconds);
        let milliseconds = ticks / Ticks::PER_MILLISECOND + later.div_euclid(NANOSECONDS);
        Self {
            milliseconds: self.milliseconds.wrapping_add(milliseconds as u32),
            nanoseconds: later.rem_euclid(NANOSECONDS) as u32,
        }
    }

    /// From `earlier` to this one in ticks, across wraps of the clock at 32, 31 or 24 bits.
    pub(super) fn ticks_since(self, earlier: Self) -> i64 {
        const LONG: u32 = 1 << 23;
        let apart = self.milliseconds.wrapping_sub(earlier.milliseconds);
        let mut milliseconds = apart.cast_signed();
        if milliseconds.unsigned_abs() >= LONG {
            milliseconds = across_shorter_wraps(apart).unwrap_or(milliseconds);
        }
        i64::from(milliseconds) * Ticks::PER_MILLISECOND
            + (i64::from(self.nanoseconds) - i64::from(earlier.nanoseconds)) / 100
    }
}

/// The milliseconds from one frame to another whose timestamps are `apart`, if the clock may have wrapped at fewer than
/// 32 bits between them, forwards or (frames that are not in order) backwards. The plain timestamp field of a chunk has
/// 24; programs that keep time in a signed number use 31. And who writes a step back into the 24 bits of a delta is ahead
/// by a wrap from then on, by one more with each such step: of its pictures and its sound one may have more than the other.
fn across_shorter_wraps(apart: u32) -> Option<i32> {
    const NEAR: u32 = 60_000;
    // What is left of `apart` in 24 bits, signed. 31 and 32 bits are multiples of that.
    let milliseconds = (apart << 8).cast_signed() >> 8;
    (milliseconds.unsigned_abs() <= NEAR).then_some(milliseconds)
}

/// Whole milliseconds, each later than the one before.
#[derive(Debug, Default)]
pub(crate) struct RisingTime {
    latest: Option<Ticks>,
}

impl RisingTime {
    /// Times that are later than `latest`.
    pub(crate) fn after(latest: Option<Ticks>) -> Self {
        Self { latest }
    }

    pub(crate) fn latest(&self) -> Option<Ticks> {
        self.latest
    }

    /// The millisecond that `time` lies in, or the first one after the latest.
    pub(crate) fn next(&mut self, time: Ticks) -> Ticks {
        let time = time.whole_milliseconds();
        let time = self
            .latest
            .map_or(time, |latest| time.max(latest.plus(Ticks::PER_MILLISECOND)));
        self.latest = Some(time);
        time
    }
}
