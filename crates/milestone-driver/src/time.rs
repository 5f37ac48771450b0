//! Points in time as the Recording Server counts them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// UTC as 100 ns steps since 0001-01-01 00:00:00, as .NET's `DateTime.Ticks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(pub i64);

/// Ticks of 1970-01-01 00:00:00.
const UNIX_EPOCH_TICKS: i64 = 621_355_968_000_000_000;

impl Ticks {
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
        (self.0 - UNIX_EPOCH_TICKS) as f64 / Self::PER_SECOND as f64
    }
}

/// A duration in ticks; longest one on overflow.
pub(crate) fn duration_ticks(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX)
}

impl From<SystemTime> for Ticks {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(UNIX_EPOCH_TICKS.saturating_add(duration_ticks(after))),
            Err(before) => Self(UNIX_EPOCH_TICKS.saturating_sub(duration_ticks(before.duration()))),
        }
    }
}

/// ISO 8601 in UTC with milliseconds, such as `2024-05-01T12:00:00.000Z`.
impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.div_euclid(Self::PER_MILLISECOND);
        let (seconds, millisecond) = (milliseconds.div_euclid(1000), milliseconds.rem_euclid(1000));
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z"
        )
    }
}

/// Year, month and day of the proleptic Gregorian calendar, `days` after 0001-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // Years are counted from 0000-03-01 so that the leap day is the last of its year.
    let days = days + 306;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
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
    }
}
