//! A connection's turn on its thread.

use std::future::Future;
use std::pin::pin;
use std::task::Context;
use std::time::{Duration, Instant};

use super::clock;

/// How long a connection may go on before the others on its thread have their turn.
const LONGEST: Duration = Duration::from_millis(1);
/// How much it may do in that time, however quickly it is done.
const MOST_WORK: usize = 2 << 20;
/// After so much work the clock is looked at.
const LOOK_AFTER: usize = 16 << 10;
/// Work is counted in bytes; a message is as much work as so many, whatever its length.
const MESSAGE: usize = 1 << 10;

/// What a connection has left of its turn.
pub(super) struct Turn {
    ends: Option<Instant>,
    work: usize,
    next_look: usize,
}

impl Turn {
    /// A turn that begins at `now`.
    pub(super) fn starting(now: Instant) -> Self {
        Self {
            ends: now.checked_add(LONGEST),
            work: 0,
            next_look: LOOK_AFTER,
        }
    }

    /// So many bytes were dealt with.
    pub(super) fn spend_bytes(&mut self, bytes: usize) {
        self.work = self.work.saturating_add(bytes);
    }

    /// A message was dealt with.
    pub(super) fn spend_message(&mut self, bytes: usize) {
        self.spend_bytes(bytes.saturating_add(MESSAGE));
    }

    /// How much was dealt with.
    #[cfg(all(test, feature = "pkcs12"))]
    pub(super) const fn work(&self) -> usize {
        self.work
    }

    /// Whether it is over.
    pub(super) fn is_over(&mut self) -> bool {
        if self.work >= self.next_look {
            self.next_look = self.work.saturating_add(LOOK_AFTER);
            if self.ends.is_some_and(|ends| clock::now() >= ends) {
                self.work = MOST_WORK;
            }
        }
        self.work >= MOST_WORK
    }
}

/// Has the task polled again when the others have had their turn: those that wait already, and
/// those whose sockets became ready meanwhile.
///
/// A task that merely woke itself would go on before the runtime has looked at its sockets, which it
/// does every so many tasks only.
pub(super) fn give_way(cx: &mut Context<'_>) {
    // Polled once, it puts the task behind the next look at the sockets.
    let _ = pin!(tokio::task::yield_now()).poll(cx);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_over_after_so_much_work_or_time() {
        let long = clock::now() + Duration::from_secs(3600);
        let mut turn = Turn::starting(long);
        let mut messages = 0;
        while !turn.is_over() {
            turn.spend_message(0);
            messages += 1;
        }
        assert_eq!(messages, MOST_WORK / MESSAGE);
        assert!(turn.is_over(), "it stays over");

        let long_ago = clock::now() - LONGEST;
        let mut turn = Turn::starting(long_ago);
        assert!(!turn.is_over(), "a turn begins with some work");
        turn.spend_bytes(LOOK_AFTER);
        assert!(turn.is_over());
    }
}
