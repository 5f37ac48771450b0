//! The wall clock of a driver.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use crate::time::{Ticks, duration_ticks};

/// UTC that never runs backwards.
///
/// Follows the system clock. When that is set back, this clock goes on at half speed until the system clock has caught
/// up, so that what is recorded in the meantime keeps its order and some of its spacing.
pub(crate) struct UtcClock {
    latest: Mutex<Reading>,
}

#[derive(Clone, Copy)]
struct Reading {
    utc: Ticks,
    at: Instant,
}

impl UtcClock {
    pub(crate) fn new() -> Self {
        Self::starting(Ticks::now(), Instant::now())
    }

    fn starting(utc: Ticks, at: Instant) -> Self {
        Self {
            latest: Mutex::new(Reading { utc, at }),
        }
    }

    pub(crate) fn now(&self) -> Ticks {
        self.read(SystemTime::now().into(), Instant::now())
    }

    fn read(&self, system: Ticks, now: Instant) -> Ticks {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = duration_ticks(now.saturating_duration_since(latest.at));
        let utc = system.max(latest.utc.plus(elapsed / 2));
        // Not on every reading: halves of very short times would add up to nothing.
        if utc == system || elapsed > Ticks::PER_MILLISECOND {
            *latest = Reading {
                utc,
                at: now.max(latest.at),
            };
        }
        utc
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clock_that_is_set_back_is_caught_up_with() {
        let (start, began) = (Ticks::now(), Instant::now());
        let clock = UtcClock::starting(start, began);
        let ten_seconds = 10 * Ticks::PER_SECOND;
        for millisecond in 0..=20_000_u32 {
            let at = began + Duration::from_millis(millisecond.into());
            let system = start.plus(i64::from(millisecond) * Ticks::PER_MILLISECOND - ten_seconds);
            clock.read(system, at);
        }
        let at = began + Duration::from_secs(21);
        assert_eq!(
            clock.read(start.plus(21 * Ticks::PER_SECOND - ten_seconds), at),
            start.plus(11 * Ticks::PER_SECOND)
        );
    }

    proptest! {
        #[test]
        fn never_runs_backwards_and_never_behind(steps in prop::collection::vec((0_u64..3_000_000, -5_000_i64..5_000), 1..200)) {
            let (mut system, mut at) = (Ticks::now(), Instant::now());
            let clock = UtcClock::starting(system, at);
            let mut latest = system;
            for (microseconds, set_by_milliseconds) in steps {
                at += Duration::from_micros(microseconds);
                system = system.plus_duration(Duration::from_micros(microseconds));
                if microseconds % 7 == 0 {
                    system = system.plus(set_by_milliseconds * Ticks::PER_MILLISECOND);
                }
                let utc = clock.read(system, at);
                prop_assert!(utc >= latest && utc >= system);
                latest = utc;
            }
        }
    }
}
