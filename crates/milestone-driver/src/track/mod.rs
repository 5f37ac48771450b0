//! Tracks: the samples of one device, shared by the sessions on it.
//!
//! One publisher appends, any number of readers follow with a [`Cursor`] each. All that lies behind one lock, which is
//! held for as long as it takes to look and to hand over a reference to the bytes; readers are woken without it.
//!
//! Kept is what a reader has not had yet, within [`Bounds`] and the [`Budget`] of the process, and of a [`Medium`] whose
//! readers can only begin at a sync point, what came since the latest one. A reader that is about to fall out of the
//! bounds and still takes samples holds the publisher back ([`poll_room`](Track::poll_room)); one that takes nothing
//! loses samples.

mod budget;
mod cursor;
mod deliveries;
mod place;
mod ring;
mod sample;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::time::Instant;

use atomic_waker::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};

pub(crate) use budget::Budget;
use budget::{Share, Shrink};
pub(crate) use cursor::{Cursor, CursorWaker};
pub(crate) use deliveries::{Deliveries, Flow};
pub(crate) use place::WhenSlow;
pub(crate) use ring::Bounds;
use ring::Ring;
pub(crate) use sample::{Medium, Sample};
pub(crate) use writer::Writer;

use crate::time::Ticks;

/// The samples of one device.
pub(crate) struct Track<M> {
    ring: Mutex<Ring<M>>,
    wakers: Mutex<Vec<Arc<AtomicWaker>>>,
    /// The publisher that is held back.
    publisher: AtomicWaker,
    live: AtomicBool,
    share: Share,
}

/// What became of a sample that was pushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// There is no room for more: see [`Track::poll_room`].
    pub(crate) full: bool,
    /// Readers that have just become too slow: they lose samples up to the next sync point.
    pub(crate) overrun_readers: usize,
}

impl<M: Medium + Send + Sync + 'static> Track<M> {
    pub(crate) fn new(bounds: Bounds, budget: &Arc<Budget>) -> Arc<Self> {
        let track = Arc::new(Self {
            ring: Mutex::new(Ring::new(bounds)),
            wakers: Mutex::default(),
            publisher: AtomicWaker::new(),
            live: AtomicBool::new(false),
            share: Share::new(Arc::clone(budget)),
        });
        budget.add(&track);
        track
    }
}

impl<M: Medium> Track<M> {
    /// The publish `publish` begins, and ends the one before if that is still running. The time of the latest sample
    /// before it.
    pub(crate) fn begin_publish(&self, publish: u64) -> Option<Ticks> {
        self.end(|_| true);
        self.ring().begin(publish)
    }

    /// The publish `publish` has ended: readers get what is left, new ones wait for the next publish.
    pub(crate) fn end_publish(&self, publish: u64) {
        self.end(|ring| ring.is_running(publish));
    }

    fn end(&self, which: impl FnOnce(&Ring<M>) -> bool) {
        let mut ring = self.ring();
        if !which(&ring) {
            return;
        }
        ring.end();
        self.live.store(false, Ordering::Relaxed);
        self.unlock(ring);
        self.wake_readers();
    }

    /// Appends a sample, without waking readers. None if another publish has begun, or that of the sample was ended.
    pub(crate) fn push(&self, sample: Sample<M>, now: Instant) -> Option<Pushed> {
        let mut ring = self.ring();
        if !ring.is_running(sample.publish.number) {
            return None;
        }
        self.live.store(true, Ordering::Relaxed);
        ring.push(sample, now);
        let pushed = Pushed {
            full: ring.is_full(self.share.when_scarce()),
            overrun_readers: ring.take_overrun_readers(),
        };
        self.unlock(ring);
        self.share.keep_within_budget();
        Some(pushed)
    }

    /// Whether `publish` has to wait until readers have made room: until when at most, unless `waker` is woken before.
    ///
    /// A hold ends when the readers have caught up a good deal, or after two seconds: a reader that has taken nothing
    /// for so long holds nobody back any more, one that has taken something has made room for as much.
    pub(crate) fn poll_room(&self, publish: u64, now: Instant, waker: &Waker) -> Option<Instant> {
        let mut ring = self.ring();
        // One that was replaced does not take the place of the one that waits.
        if !ring.is_running(publish) {
            return None;
        }
        // Before the lock is let go of: who makes room afterwards wakes it.
        self.publisher.register(waker);
        ring.hold_back(now, self.share.when_scarce())
    }

    /// A publish is running.
    pub(crate) fn is_published(&self) -> bool {
        self.ring().is_published()
    }

    /// A publish is running and has brought a sample.
    pub(crate) fn is_live(&self) -> bool {
        self.live.load(Ordering::Relaxed)
    }

    /// Wakes every reader that waits.
    pub(crate) fn wake_readers(&self) {
        for waker in &*self.wakers.lock() {
            waker.wake();
        }
    }

    /// A reader that starts at the latest sync point kept, or else with what comes next that it can start at.
    pub(crate) fn reader(self: &Arc<Self>, when_slow: WhenSlow, now: Instant) -> Cursor<M> {
        let waker = Arc::new(AtomicWaker::new());
        self.wakers.lock().push(Arc::clone(&waker));
        let index = self.ring().add_reader(when_slow, now);
        Cursor::new(Arc::clone(self), index, waker)
    }

    fn remove_reader(&self, index: usize, waker: &Arc<AtomicWaker>) {
        self.wakers
            .lock()
            .retain(|other| !Arc::ptr_eq(other, waker));
        let mut ring = self.ring();
        ring.remove_reader(index);
        self.unlock(ring);
        self.wake_publisher();
    }

    fn wake_publisher(&self) {
        self.publisher.wake();
    }

    /// How many there are.
    pub(crate) fn readers(&self) -> usize {
        self.wakers.lock().len()
    }

    /// Samples kept that the slowest reader has not had.
    pub(crate) fn depth(&self) -> u64 {
        self.ring().depth()
    }

    /// What is kept, in bytes.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.share.kept()
    }

    /// Readers that have become too slow since the latest push.
    pub(crate) fn take_overrun_readers(&self) -> usize {
        self.ring().take_overrun_readers()
    }

    fn ring(&self) -> MutexGuard<'_, Ring<M>> {
        self.ring.lock()
    }

    /// Lets go of the lock, after what is kept may have changed.
    fn unlock(&self, ring: MutexGuard<'_, Ring<M>>) {
        self.share.set(ring.window.bytes());
        drop(ring);
    }
}

impl<M: Medium + Send + Sync> Shrink for Track<M> {
    fn kept(&self) -> usize {
        self.share.kept()
    }

    fn shrink_by(&self, bytes: usize) {
        let mut ring = self.ring();
        let enough = ring.window.bytes().saturating_sub(bytes);
        ring.shrink_to(enough);
        self.unlock(ring);
        self.wake_publisher();
    }
}
