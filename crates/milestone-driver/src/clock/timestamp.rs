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
    /// From `earlier` to this one in ticks, across a wrap of the clock at 32, 31 or 24 bits.
    pub(super) fn ticks_since(self, earlier: Self) -> i64 {
        const LONG: u32 = 1 << 23;
        let apart = self.milliseconds.wrapping_sub(earlier.milliseconds);
        let mut milliseconds = apart.cast_signed();
        if milliseconds.unsigned_abs() >= LONG {
            milliseconds = across_a_shorter_wrap(apart).unwrap_or(milliseconds);
        }
        i64::from(milliseconds) * Ticks::PER_MILLISECOND
            + (i64::from(self.nanoseconds) - i64::from(earlier.nanoseconds)) / 100
    }
}

/// The milliseconds from one frame to another whose timestamps are `apart`, if the clock may have wrapped at fewer than
/// 32 bits between them, forwards or (frames that are not in order) backwards. The plain timestamp field of a chunk has
/// 24; programs that keep time in a signed number use 31.
fn across_a_shorter_wrap(apart: u32) -> Option<i32> {
    const NEAR: u32 = 60_000;
    [1_u32 << 24, 1 << 31]
        .into_iter()
        .flat_map(|span| [apart.wrapping_add(span), apart.wrapping_sub(span)])
        .map(u32::cast_signed)
        .find(|milliseconds| milliseconds.unsigned_abs() <= NEAR)
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
