//! From the driver's time to what people and programs read.

use jiff::{Timestamp, fmt::temporal::DateTimePrinter, tz::TimeZone};
use milestone_driver::Ticks;

const NANOSECONDS_PER_TICK: i128 = 100;

/// The same instant as a timestamp. Ticks outside the calendar become 1970.
fn timestamp(ticks: Ticks) -> Timestamp {
    let since_epoch = i128::from(ticks.since(Ticks::UNIX_EPOCH));
    Timestamp::from_nanosecond(since_epoch * NANOSECONDS_PER_TICK).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// RFC 3339 in UTC with microseconds: `2026-05-04T12:00:00.040000Z`.
pub(crate) fn rfc3339(ticks: Ticks) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    PRINTER.timestamp_to_string(&timestamp(ticks))
}

/// The time of day where the program runs: `14:00:00`.
pub(crate) fn local_time_of_day(ticks: Ticks) -> String {
    timestamp(ticks)
        .to_zoned(TimeZone::system())
        .strftime("%H:%M:%S")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_rfc_3339_with_microseconds() {
        assert_eq!(rfc3339(Ticks::UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
        // .NET: new DateTime(2026, 5, 4, 12, 0, 0, DateTimeKind.Utc).Ticks, 40 ms later
        assert_eq!(
            rfc3339(Ticks(639_134_928_000_400_000)),
            "2026-05-04T12:00:00.040000Z"
        );
    }

    #[test]
    fn ticks_outside_the_calendar_do_not_panic() {
        for ticks in [i64::MIN, -1, i64::MAX] {
            assert!(rfc3339(Ticks(ticks)).ends_with('Z'));
        }
    }
}
