//! How far the peer's socket has got with what is sent to it.

use std::time::{Duration, Instant};

/// Bytes ever queued, those of them that were handed out, and those of them that the peer's socket took.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    queued: u64,
    handed_out: u64,
    taken: u64,
    overdue: Option<Watch>,
}

/// Everything up to byte `until` waits since `since`.
#[derive(Debug, Clone, Copy)]
struct Watch {
    until: u64,
    since: Instant,
}

impl Backlog {
    pub(super) const fn queued(&mut self, bytes: usize) {
        self.queued = self.queued.saturating_add(bytes as u64);
    }

    pub(super) const fn handed_out(&mut self, bytes: usize) {
        self.handed_out = self.handed_out.saturating_add(bytes as u64);
    }

    /// The peer's socket took `bytes` of what was handed out.
    pub(super) fn taken(&mut self, now: Instant, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes as u64).min(self.handed_out);
        if self.overdue.is_some_and(|watch| self.taken >= watch.until) {
            self.overdue = None;
        }
        self.watch(now);
    }

    /// Starts the clock if something waits. To be called whenever something may have been queued.
    pub(super) fn watch(&mut self, now: Instant) {
        if self.overdue.is_none() && self.unsent() > 0 {
            self.overdue = Some(Watch {
                until: self.queued,
                since: now,
            });
        }
    }

    /// Starts the clock anew.
    #[cfg(feature = "client")]
    pub(super) fn restart(&mut self, now: Instant) {
        self.overdue = None;
        self.watch(now);
    }

    /// Bytes ever queued.
    #[cfg(feature = "client")]
    pub(super) const fn total(&self) -> u64 {
        self.queued
    }

    /// Bytes that the peer's socket has not taken yet.
    pub(super) const fn unsent(&self) -> u64 {
        self.queued.saturating_sub(self.taken)
    }

    /// When the peer has to have taken what waits for it.
    pub(super) fn deadline(&self, timeout: Duration) -> Option<Instant> {
        self.overdue?.since.checked_add(timeout)
    }
}
