//! What a process has used, by the kernel's own accounting (proc(5)).

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use tokio::time::sleep;

/// A program that has started is looked at so often, and at most so many times, until it rests.
const SETTLING_LOOK: Duration = Duration::from_millis(300);
const SETTLING_LOOKS: usize = 100;
/// One look may fall into a pause between two things that are done at the start.
const RESTFUL_LOOKS: usize = 3;
/// It rests when it uses less than this part of a core: offline cameras still send a picture every second.
const RESTING_SHARE: u32 = 20;

/// What the kernel counts in towards programs (USER_HZ), whatever its own clock.
const TICK: Duration = Duration::from_millis(10);

/// CPU time and memory of a process up to a moment.
#[derive(Debug, Clone)]
pub(crate) struct Usage {
    /// Nanoseconds on a processor, by thread.
    threads: HashMap<OsString, u64>,
    /// Ticks of the clock that fell outside the kernel and inside, those of threads that have ended included.
    ticks: (u32, u32),
    /// Resident memory in KiB.
    pub(crate) resident_kib: u64,
}

/// CPU time between two moments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) total: Duration,
    /// The part spent outside the kernel.
    pub(crate) user: Duration,
}

impl Usage {
    /// What process `id` has used so far.
    ///
    /// The scheduler counts a thread's time in nanoseconds, but does not tell user from system time; that comes from
    /// where the clock's ticks fell.
    pub(crate) fn of(id: u32) -> Result<Usage, String> {
        let failed = |error| format!("process {id}: {error}");
        let read = |file: &str| fs::read_to_string(format!("/proc/{id}/{file}")).map_err(failed);
        let threads = fs::read_dir(format!("/proc/{id}/task")).map_err(failed)?;
        // A thread may end between being listed and being read.
        let threads = threads.filter_map(|thread| {
            let thread = thread.ok()?;
            let schedule = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            let nanoseconds = schedule.split_whitespace().next()?.parse().ok()?;
            Some((thread.file_name(), nanoseconds))
        });
        Ok(Usage {
            threads: threads.collect(),
            ticks: ticks(&read("stat")?).ok_or("unreadable process statistics")?,
            resident_kib: resident(&read("status")?).ok_or("unreadable process status")?,
        })
    }

    /// Usage of process `id` once starting up is over: hardly anything is used from one look to the next.
    pub(crate) async fn settled(id: u32) -> Result<Usage, String> {
        let mut usage = Usage::of(id)?;
        let mut restful = 0;
        for _ in 0..SETTLING_LOOKS {
            sleep(SETTLING_LOOK).await;
            let now = Usage::of(id)?;
            let rests = now.since(&usage).total < SETTLING_LOOK / RESTING_SHARE;
            restful = if rests { restful + 1 } else { 0 };
            usage = now;
            if restful == RESTFUL_LOOKS {
                return Ok(usage);
            }
        }
        Err(format!("process {id} does not come to rest"))
    }

    /// What the process has used since it began, threads that have ended included, in ticks of the clock.
    pub(crate) fn whole_process(&self) -> Duration {
        TICK * (self.ticks.0 + self.ticks.1)
    }

    /// What was used since `earlier`, but for the last that threads did which have ended: those of a pool have long
    /// been idle then.
    pub(crate) fn since(&self, earlier: &Usage) -> Spent {
        let nanoseconds = self.threads.iter().map(|(thread, now)| {
            now.saturating_sub(earlier.threads.get(thread).copied().unwrap_or_default())
        });
        let total = Duration::from_nanos(nanoseconds.sum());
        let user = self.ticks.0.saturating_sub(earlier.ticks.0);
        let system = self.ticks.1.saturating_sub(earlier.ticks.1);
        Spent {
            total,
            user: total.mul_f64(f64::from(user) / f64::from((user + system).max(1))),
        }
    }
}

/// utime and stime, the 14th and 15th field. The second is the program's name in parentheses, with anything in it.
fn ticks(stat: &str) -> Option<(u32, u32)> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn resident(status: &str) -> Option<u64> {
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_any_name() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 31 12 0 0 20 0 3 0";
        assert_eq!(ticks(stat), Some((31, 12)));
        assert_eq!(resident("Name:\tx\nVmRSS:\t    5120 kB\n"), Some(5120));
    }

    #[test]
    fn threads_that_have_ended_take_nothing_back() {
        let usage = |threads: &[(&str, u64)], ticks| Usage {
            threads: threads
                .iter()
                .map(|(thread, nanoseconds)| ((*thread).into(), *nanoseconds))
                .collect(),
            ticks,
            resident_kib: 0,
        };
        let earlier = usage(&[("1", 100), ("2", 5000)], (40, 10));
        assert_eq!(earlier.whole_process(), Duration::from_millis(500));
        let now = usage(&[("1", 400), ("3", 100)], (43, 11));
        let spent = now.since(&earlier);
        assert_eq!(spent.total, Duration::from_nanos(400));
        assert_eq!(spent.user, Duration::from_nanos(300));
    }
}
