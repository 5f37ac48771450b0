//! What a process has used, by the kernel's own accounting (proc(5)).

use std::fs;
use std::time::Duration;

/// CPU time and memory of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// CPU time of all threads.
    pub(crate) total: Duration,
    /// The part spent outside the kernel.
    pub(crate) user: Duration,
    /// Resident memory in KiB.
    pub(crate) resident_kib: u64,
}

impl Usage {
    /// What process `id` has used so far, as far as its threads still run.
    ///
    /// The scheduler counts a thread's time in nanoseconds, but does not tell user from system time; that comes from
    /// where the clock's ticks fell.
    pub(crate) fn of(id: u32) -> Result<Usage, String> {
        let failed = |error| format!("process {id}: {error}");
        let read = |file: &str| fs::read_to_string(format!("/proc/{id}/{file}")).map_err(failed);
        let (user_ticks, system_ticks) =
            ticks(&read("stat")?).ok_or("unreadable process statistics")?;
        let resident_kib = resident(&read("status")?).ok_or("unreadable process status")?;
        let threads = fs::read_dir(format!("/proc/{id}/task")).map_err(failed)?;
        // A thread may end between being listed and being read.
        let nanoseconds = threads.filter_map(|thread| {
            let schedule = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            schedule.split_whitespace().next()?.parse::<u64>().ok()
        });
        let total = Duration::from_nanos(nanoseconds.sum());
        let user_part = f64::from(user_ticks) / f64::from((user_ticks + system_ticks).max(1));
        Ok(Usage {
            total,
            user: total.mul_f64(user_part),
            resident_kib,
        })
    }

    /// What was used since `earlier`; memory as it is now.
    pub(crate) fn since(&self, earlier: &Usage) -> Usage {
        Usage {
            total: self.total.saturating_sub(earlier.total),
            user: self.user.saturating_sub(earlier.user),
            resident_kib: self.resident_kib,
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
}
