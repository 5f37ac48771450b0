//! The wall clock of a driver.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use crate::time::{Ticks, duration_ticks};

/// UTC that never runs backwards, but for one case.
///
/// Between two readings as much time passes as on the monotonic clock, and small differences from the system clock are
/// made up for slowly. When the system clock is set, by a person or by a time server, this clock goes on as it was until
/// that has [lasted](LASTS) for a while: recordings keep their order, so an hour that they were put ahead by a mistake
/// would have to be waited for. A setting that lasts is followed: forward at once; back by going at half speed, or
/// also at once if it is back by more than [`WAITED_FOR`], as that would take too long.
pub(crate) struct UtcClock {
    state: Mutex<State>,
}

struct State {
    /// A reading that time is counted from.
    base: Reading,
    /// The latest reading.
    latest: Ticks,
    set: Option<Set>,
    /// The latest change that is for the log, and not yet taken.
    unlogged: Option<ClockChange>,
    logged_at: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Reading {
    utc: Ticks,
    at: Instant,
}

/// The system clock was set.
struct Set {
    by: i64,
    since: Instant,
    /// It has lasted, and this clock waits for the system clock.
    waiting: bool,
    logged: bool,
}

/// What happened to the system clock, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockChange {
    /// It was set by so many ticks. Frame times go on as before.
    Set(i64),
    /// It is right again.
    Right,
    /// The setting has lasted: frame times follow.
    Followed(i64),
}

/// Differences that are made up for without a word.
const SMALL: i64 = 2 * Ticks::PER_SECOND;
/// How slowly: by 1 s in 200 s.
const MADE_UP: i64 = 200;
/// How long a setting has to last.
const LASTS: Duration = Duration::from_secs(180);
/// How far the system clock may have been set back to be waited for, which takes twice as long.
const WAITED_FOR: i64 = 120 * Ticks::PER_SECOND;
/// A system clock that is set over and over is not logged more often.
const LOGGED_EVERY: Duration = Duration::from_secs(60);

impl UtcClock {
    pub(crate) fn new() -> Self {
        Self::starting(Ticks::now(), Instant::now())
    }

    fn starting(utc: Ticks, at: Instant) -> Self {
        Self {
            state: Mutex::new(State {
                base: Reading { utc, at },
                latest: utc,
                set: None,
                unlogged: None,
                logged_at: None,
            }),
        }
    }

    pub(crate) fn now(&self) -> Ticks {
        self.read(SystemTime::now().into(), Instant::now())
    }

    /// What is for the log about the system clock. Every change is given out once.
    pub(crate) fn take_change(&self) -> Option<ClockChange> {
        self.state.lock().unlogged.take()
    }

    fn read(&self, system: Ticks, now: Instant) -> Ticks {
        self.state.lock().read(system, now)
    }
}

impl State {
    fn read(&mut self, system: Ticks, now: Instant) -> Ticks {
        let elapsed = duration_ticks(now.saturating_duration_since(self.base.at));
        let mut utc = self.base.utc.plus(elapsed);
        let off = system.since(utc);
        match self.follow(off, now) {
            Follow::Slowly => utc = utc.plus(off.clamp(-elapsed / MADE_UP, elapsed / MADE_UP)),
            Follow::Not => {}
            Follow::AtHalfSpeed => utc = utc.plus((-elapsed / 2).max(off)),
            Follow::AtOnce => {
                self.latest = system;
                utc = system;
            }
        }
        utc = utc.max(self.latest);
        self.latest = utc;
        // Not on every reading: parts of very short times would add up to nothing.
        if elapsed > Ticks::PER_MILLISECOND || utc == system {
            self.base = Reading {
                utc,
                at: now.max(self.base.at),
            };
        }
        utc
    }

    /// The system clock is `off` from this one.
    fn follow(&mut self, off: i64, now: Instant) -> Follow {
        let waiting = self.set.as_ref().is_some_and(|set| set.waiting) && off < 0;
        if off.abs() <= SMALL && !waiting {
            self.right_again(now);
            return Follow::Slowly;
        }
        let same = |set: &&mut Set| waiting || (off - set.by).abs() <= SMALL;
        let Some(set) = self.set.as_mut().filter(same) else {
            let logged = self.may_log(now);
            if logged {
                self.unlogged = Some(ClockChange::Set(off));
            }
            self.set = Some(Set {
                by: off,
                since: now,
                waiting: false,
                logged,
            });
            return Follow::Not;
        };
        if waiting {
            return Follow::AtHalfSpeed;
        }
        if now.saturating_duration_since(set.since) < LASTS {
            return Follow::Not;
        }
        self.unlogged = Some(ClockChange::Followed(set.by));
        if (-WAITED_FOR..0).contains(&set.by) {
            set.waiting = true;
            return Follow::AtHalfSpeed;
        }
        self.set = None;
        Follow::AtOnce
    }

    fn right_again(&mut self, now: Instant) {
        let Some(set) = self.set.take() else { return };
        if set.logged && !set.waiting {
            self.unlogged = Some(ClockChange::Right);
            self.logged_at = Some(now);
        }
    }

    fn may_log(&mut self, now: Instant) -> bool {
        let long_ago = self
            .logged_at
            .is_none_or(|logged| now.saturating_duration_since(logged) >= LOGGED_EVERY);
        if long_ago {
            self.logged_at = Some(now);
        }
        long_ago
    }
}

/// How the system clock is followed.
enum Follow {
    Slowly,
    Not,
    AtHalfSpeed,
    AtOnce,
}

impl fmt::Display for ClockChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = |by: &i64| {
            let direction = if *by < 0 { "back" } else { "forward" };
            let seconds = by.unsigned_abs() / Ticks::PER_SECOND.unsigned_abs();
            format!("{direction} by {seconds} s")
        };
        match self {
            Self::Set(by) => write!(
                f,
                "the system clock was set {}: the times of frames go on as before, and follow if that lasts for {} s",
                set(by),
                LASTS.as_secs()
            ),
            Self::Right => {
                f.write_str("the system clock is right again: the times of frames went on")
            }
            Self::Followed(by) if *by < -WAITED_FOR => write!(
                f,
                "the system clock stays set {}: the times of frames follow. In live sessions that are open already they \
                 cannot go back, and go on by 1 ms a frame until the clock has caught up: open these anew to have \
                 right times at once",
                set(by)
            ),
            Self::Followed(by) => write!(
                f,
                "the system clock stays set {}: the times of frames follow",
                set(by)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = Ticks::PER_SECOND;
    const HOUR: i64 = 3_600 * SECOND;

    /// A clock that is read 20 times a second, and a system clock that can be set.
    struct Stage {
        clock: UtcClock,
        /// True time since the start.
        passed: Duration,
        began: Instant,
        start: Ticks,
        wrong_by: i64,
        changes: Vec<ClockChange>,
    }

    impl Stage {
        fn new() -> Self {
            let (start, began) = (Ticks::now(), Instant::now());
            Self {
                clock: UtcClock::starting(start, began),
                passed: Duration::ZERO,
                began,
                start,
                wrong_by: 0,
                changes: Vec::new(),
            }
        }

        fn truth(&self) -> Ticks {
            self.start.plus_duration(self.passed)
        }

        /// How far times are ahead of the truth after so many seconds, and the smallest step on the way.
        fn seconds(&mut self, seconds: u32) -> (i64, i64) {
            let mut smallest = i64::MAX;
            let mut before = None;
            for _ in 0..seconds * 20 {
                self.passed += Duration::from_millis(50);
                let system = self.truth().plus(self.wrong_by);
                let utc = self.clock.read(system, self.began + self.passed);
                if let Some(before) = before.replace(utc) {
                    smallest = smallest.min(utc.since(before));
                }
                self.changes.extend(self.clock.take_change());
            }
            (before.expect("a reading").since(self.truth()), smallest)
        }
    }

    #[test]
    fn an_hour_forward_and_back_is_not_seen() {
        for lasts in [1, 30, 170] {
            for by in [HOUR, -HOUR, 10 * SECOND, -10 * SECOND] {
                let mut stage = Stage::new();
                stage.seconds(5);
                stage.wrong_by = by;
                let (ahead, smallest) = stage.seconds(lasts);
                assert_eq!((ahead, smallest), (0, SECOND / 20));
                stage.wrong_by = 0;
                let (ahead, smallest) = stage.seconds(600);
                assert_eq!((ahead, smallest), (0, SECOND / 20));
                assert_eq!(stage.changes, [ClockChange::Set(by), ClockChange::Right]);
            }
        }
    }

    #[test]
    fn what_lasts_is_followed_within_minutes() {
        for by in [HOUR, 10 * SECOND, -10 * SECOND, -100 * SECOND, -HOUR] {
            let mut stage = Stage::new();
            stage.wrong_by = by;
            let (ahead, _) = stage.seconds(420);
            assert_eq!(ahead, by);
            assert_eq!(
                stage.changes,
                [ClockChange::Set(by), ClockChange::Followed(by)]
            );
        }
    }

    #[test]
    fn a_clock_set_back_by_less_than_two_minutes_is_waited_for() {
        let mut stage = Stage::new();
        stage.wrong_by = -100 * SECOND;
        let (_, smallest) = stage.seconds(420);
        assert!(smallest >= SECOND / 40, "{smallest}");
    }

    #[test]
    fn an_hour_that_lasted_too_long_is_left_again_within_minutes() {
        let mut stage = Stage::new();
        stage.wrong_by = HOUR;
        assert_eq!(stage.seconds(1_000).0, HOUR);
        stage.wrong_by = 0;
        assert_eq!(stage.seconds(200).0, 0);
        let last = stage.changes.last().expect("a change");
        assert!(last.to_string().contains("open these anew"), "{last}");
    }

    #[test]
    fn small_differences_are_made_up_for_slowly() {
        for by in [SECOND, -SECOND] {
            let mut stage = Stage::new();
            stage.wrong_by = by;
            let (ahead, smallest) = stage.seconds(100);
            assert!(ahead.abs() < SECOND * 6 / 10, "{ahead}");
            assert!(smallest * 100 >= SECOND / 20 * 99, "{smallest}");
            assert_eq!(stage.seconds(120).0, by);
            assert!(stage.changes.is_empty());
        }
    }

    #[test]
    fn a_clock_that_is_set_over_and_over_does_not_flood_the_log() {
        let mut stage = Stage::new();
        for second in 0..600 {
            stage.wrong_by = HOUR * (second % 2);
            stage.seconds(1);
        }
        assert!(stage.changes.len() <= 22, "{}", stage.changes.len());
    }

    proptest! {
        #[test]
        fn never_runs_backwards(steps in prop::collection::vec((0_u64..3_000_000, -5_000_i64..5_000), 1..200)) {
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
                prop_assert!(utc >= latest);
                latest = utc;
            }
        }
    }
}
