//! Points in time as the Recording Server counts them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;
use jiff::civil::date;

/// UTC as 100 ns steps since 0001-01-01 00:00:00, as .NET's `DateTime.Ticks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(pub i64);

impl Ticks {
    /// 1970-01-01 00:00:00.
    pub const UNIX_EPOCH: Self = Self(621_355_968_000_000_000);
    /// Ticks in a millisecond.
    pub const PER_MILLISECOND: i64 = 10_000;
    /// Ticks in a second.
    pub const PER_SECOND: i64 = 10_000_000;

    /// The time that the system clock shows.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Ticks from `earlier` to this time; negative if this one is the earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time `ticks` later.
    #[must_use]
    pub fn plus(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }

    /// The whole millisecond that this time lies in.
    #[must_use]
    pub fn whole_milliseconds(self) -> Self {
        Self(self.0 - self.0.rem_euclid(Self::PER_MILLISECOND))
    }

    /// The time `duration` later.
    #[must_use]
    pub fn plus_duration(self, duration: Duration) -> Self {
        self.plus(duration_ticks(duration))
    }

    /// Seconds since 1970, for hosts that count so.
    #[must_use]
    pub fn unix_seconds(self) -> f64 {
        self.since(Self::UNIX_EPOCH) as f64 / Self::PER_SECOND as f64
    }
}

/// A duration in ticks; longest one on overflow.
pub(crate) fn duration_ticks(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX)
}

impl From<SystemTime> for Ticks {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self::UNIX_EPOCH.plus_duration(after),
            Err(before) => Self::UNIX_EPOCH.plus(-duration_ticks(before.duration())),
        }
    }
}

/// ISO 8601 in UTC with milliseconds, such as `2024-05-01T12:00:00.000Z`; the end of the year 9999 for what lies behind
/// it.
impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = date(1, 1, 1).at(0, 0, 0, 0);
        let since_start = SignedDuration::from_millis(self.0.div_euclid(Self::PER_MILLISECOND));
        write!(f, "{:.3}Z", start.saturating_add(since_start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_iso_8601_in_utc() {
        assert_eq!(Ticks(0).to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(
            Ticks::from(UNIX_EPOCH).to_string(),
            "1970-01-01T00:00:00.000Z"
        );
        let leap_day = UNIX_EPOCH + Duration::from_millis(951_782_400_000 + 86_399_999);
        assert_eq!(
            Ticks::from(leap_day).to_string(),
            "2000-02-29T23:59:59.999Z"
        );
        let before = UNIX_EPOCH - Duration::from_millis(1);
        assert_eq!(Ticks::from(before).to_string(), "1969-12-31T23:59:59.999Z");
        // .NET: DateTime.MaxValue
        assert_eq!(
            Ticks(3_155_378_975_999_999_999).to_string(),
            "9999-12-31T23:59:59.999Z"
        );
        assert_eq!(Ticks(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Ticks(-1).to_string(), "0000-12-31T23:59:59.999Z");
    }
}
