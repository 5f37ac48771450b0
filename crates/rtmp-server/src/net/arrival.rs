//! When bytes arrived at a socket, as near as that can be told.
//!
//! The kernel does not tell, and what was there for a while before somebody looked is just what a
//! latency should show. But what a thread finds when it looks at its sockets has arrived since it
//! looked before, or, if it slept meanwhile, has woken it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use tokio::runtime;

use super::clock;

/// A look at the sockets that takes no longer found something at once.
const LOOK: Duration = Duration::from_micros(20);

thread_local! {
    static LOOKS: Cell<Looks> = const { Cell::new(Looks::NONE) };
}

/// When a thread has looked at its sockets.
#[derive(Clone, Copy)]
struct Looks {
    count: u64,
    latest: Option<Instant>,
    parked: Option<Instant>,
    /// What the latest look found has arrived after this.
    found_since: Option<Instant>,
}

impl Looks {
    const NONE: Self = Self {
        count: 0,
        latest: None,
        parked: None,
        found_since: None,
    };

    /// The thread has nothing to do, and looks at its sockets until there is something.
    fn park(&mut self, now: Instant) {
        self.parked = Some(now);
    }

    /// There is something to do.
    fn unpark(&mut self, now: Instant) {
        let slept = |parked| now.saturating_duration_since(parked) > LOOK;
        self.found_since = if self.parked.is_some_and(slept) {
            Some(now)
        } else {
            self.latest
        };
        self.latest = Some(now);
        self.count = self.count.wrapping_add(1);
    }

    /// The turn of a task has come that gave way after so many looks. There has been another since,
    /// just now if it is the first such task.
    fn turn(&mut self, gave_way_after: u64, now: Instant) {
        if self.count == gave_way_after {
            self.count = self.count.wrapping_add(1);
            self.latest = Some(now);
            // For those who come after the next look.
            self.found_since = Some(now);
        }
    }
}

/// Has the threads of a current-thread runtime note when they slept, so that
/// [`Media::first_byte_at`](crate::Media::first_byte_at) tells how long bytes had to wait in a socket.
/// Without it that is the time at which they were read.
///
/// It takes the place of other callbacks of [`on_thread_park`](runtime::Builder::on_thread_park) and
/// [`on_thread_unpark`](runtime::Builder::on_thread_unpark).
pub fn note_arrivals(runtime: &mut runtime::Builder) -> &mut runtime::Builder {
    runtime
        .on_thread_park(|| change(|looks| looks.park(clock::now())))
        .on_thread_unpark(|| change(|looks| looks.unpark(clock::now())))
}

fn change(change: impl FnOnce(&mut Looks)) {
    LOOKS.with(|cell| {
        let mut looks = cell.get();
        change(&mut looks);
        cell.set(looks);
    });
}

/// How often this thread has looked at its sockets, as far as that was noted: for
/// [`turn_has_come`].
pub(super) fn looks() -> u64 {
    LOOKS.with(|looks| looks.get().count)
}

/// The task goes on that gave way after so many looks.
pub(super) fn turn_has_come(gave_way_after: u64, now: Instant) {
    change(|looks| looks.turn(gave_way_after, now));
}

/// When the bytes of a socket arrived.
#[derive(Clone, Copy, Default)]
pub(super) struct Arrival {
    /// When it was read last, and whether there was anything.
    last_read: Option<(Instant, bool)>,
}

impl Arrival {
    /// There was nothing to read at `now`.
    pub(super) fn nothing(&mut self, now: Instant) {
        self.last_read = Some((now, false));
    }

    /// There was something to read at `now`: since when it may have been there.
    pub(super) fn something(&mut self, now: Instant) -> Instant {
        let found_since = LOOKS.with(|looks| looks.get().found_since);
        let since = match self.last_read {
            // What is left of a backlog may have come with what was read before.
            Some((read, true)) => read,
            Some((nothing, false)) => found_since.map_or(now, |found| found.max(nothing)),
            None => now,
        };
        self.last_read = Some((now, true));
        since.min(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn what_wakes_a_thread_has_arrived_then() {
        let start = clock::now();
        let mut looks = Looks::NONE;
        looks.unpark(start);
        looks.park(start + MILLISECOND);
        looks.unpark(start + 20 * MILLISECOND);
        assert_eq!(looks.found_since, Some(start + 20 * MILLISECOND));
    }

    #[test]
    fn what_is_there_at_once_came_while_the_thread_was_busy() {
        let start = clock::now();
        let mut looks = Looks::NONE;
        looks.unpark(start);
        looks.park(start + 7 * MILLISECOND);
        looks.unpark(start + 7 * MILLISECOND + LOOK / 2);
        assert_eq!(looks.found_since, Some(start));
    }

    #[test]
    fn those_who_give_way_tell_the_others_of_the_look_between() {
        let start = clock::now();
        let mut looks = Looks::NONE;
        looks.unpark(start);
        let gave_way_after = looks.count;
        looks.turn(gave_way_after, start + MILLISECOND);
        looks.turn(gave_way_after, start + 2 * MILLISECOND);
        assert_eq!(
            looks.found_since,
            Some(start + MILLISECOND),
            "the first one knows best"
        );
        looks.turn(looks.count, start + 3 * MILLISECOND);
        assert_eq!(looks.found_since, Some(start + 3 * MILLISECOND));
    }

    #[test]
    fn a_socket_that_was_empty_has_nothing_older() {
        let start = clock::now();
        change(|looks| looks.found_since = Some(start));
        let mut arrival = Arrival::default();
        assert_eq!(arrival.something(start + MILLISECOND), start + MILLISECOND);
        assert_eq!(
            arrival.something(start + 2 * MILLISECOND),
            start + MILLISECOND
        );
        arrival.nothing(start + 3 * MILLISECOND);
        assert_eq!(
            arrival.something(start + 9 * MILLISECOND),
            start + 3 * MILLISECOND
        );
        arrival.nothing(start - MILLISECOND);
        assert_eq!(arrival.something(start + 9 * MILLISECOND), start);
        change(|looks| *looks = Looks::NONE);
        arrival.nothing(start);
        assert_eq!(arrival.something(start + MILLISECOND), start + MILLISECOND);
    }
}
