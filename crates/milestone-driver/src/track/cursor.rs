//! A reader of a track.

use std::sync::Arc;
use std::task::Waker;

use atomic_waker::AtomicWaker;

use super::Track;
use super::sample::{Medium, Sample};

/// One reader of a track.
pub(crate) struct Cursor<M: Medium> {
    track: Arc<Track<M>>,
    index: usize,
    waker: Arc<AtomicWaker>,
    beginning: Beginning,
    /// Samples were lost, and the next one will be behind that gap.
    overrun: bool,
    /// The sample that was read last is.
    behind_gap: bool,
}

/// Where a reader has begun.
struct Beginning {
    /// It has yet to begin, or to begin again.
    awaits_sync: bool,
    /// It began at the sync point that it has read last.
    at_latest_sync: bool,
}

impl Beginning {
    /// Whether the next sample is of use to the reader.
    fn takes(&mut self, medium: &impl Medium) -> bool {
        if medium.is_sync() {
            self.at_latest_sync = std::mem::take(&mut self.awaits_sync);
            return true;
        }
        let is_behind_beginning = self.at_latest_sync && medium.reaches_behind_sync();
        !(self.awaits_sync || is_behind_beginning)
    }
}

/// The end of a cursor that is held elsewhere as well: wakes it.
#[derive(Clone)]
pub(crate) struct CursorWaker(Arc<AtomicWaker>);

impl CursorWaker {
    pub(crate) fn wake(&self) {
        self.0.wake();
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.0.register(waker);
    }
}

impl<M: Medium> Cursor<M> {
    pub(super) fn new(track: Arc<Track<M>>, index: usize, waker: Arc<AtomicWaker>) -> Self {
        Self {
            track,
            index,
            waker,
            beginning: Beginning {
                awaits_sync: true,
                at_latest_sync: false,
            },
            overrun: false,
            behind_gap: false,
        }
    }

    pub(crate) fn waker(&self) -> CursorWaker {
        CursorWaker(Arc::clone(&self.waker))
    }

    /// The cursor has read nothing of what is published, and there is nothing that it could start with.
    pub(crate) fn awaits_first_sample(&self) -> bool {
        self.beginning.awaits_sync && !self.overrun
    }

    /// Samples are missing in front of the one that was read last: the cursor was too slow.
    pub(crate) fn is_behind_gap(&self) -> bool {
        self.behind_gap
    }

    /// The next sample, if there is one; calls `lost` with the number of samples that the cursor was too slow for.
    pub(crate) fn read(&mut self, lost: impl FnOnce(u64)) -> Option<Sample<M>> {
        let mut ring = self.track.ring();
        let (window, place) = ring.read(self.index)?;
        let mut missed = place.take_lost();
        if missed > 0 {
            self.beginning.awaits_sync = true;
            self.overrun = true;
        }
        let mut found = None;
        while let Some(sample) = window.get(place.next) {
            place.next += 1;
            if self.beginning.takes(&sample.medium) {
                self.behind_gap = std::mem::take(&mut self.overrun);
                found = Some(sample);
                break;
            }
            if self.beginning.awaits_sync && self.overrun {
                missed += 1;
                sample.publish.dropped(1);
            }
        }
        let makes_room = place.makes_room();
        let read = found.cloned();
        drop(ring);
        if missed > 0 {
            lost(missed);
        }
        if makes_room {
            self.track.wake_publisher();
        }
        read
    }
}

impl<M: Medium> Drop for Cursor<M> {
    fn drop(&mut self) {
        self.track.remove_reader(self.index, &self.waker);
    }
}
