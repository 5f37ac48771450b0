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
    awaits_sync: bool,
    /// Samples were lost, and the next one will be behind that gap.
    overrun: bool,
    /// The sample that was read last is.
    behind_gap: bool,
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
            awaits_sync: true,
            overrun: false,
            behind_gap: false,
        }
    }

    pub(crate) fn waker(&self) -> CursorWaker {
        CursorWaker(Arc::clone(&self.waker))
    }

    /// The cursor has read nothing of what is published, and there is nothing that it could start with.
    pub(crate) fn awaits_first_sample(&self) -> bool {
        self.awaits_sync && !self.overrun
    }

    /// Samples are missing in front of the one that was read last: the cursor was too slow.
    pub(crate) fn is_behind_gap(&self) -> bool {
        self.behind_gap
    }

    /// The next sample, if there is one; calls `lost` with the number of samples that the cursor was too slow for.
    pub(crate) fn read(&mut self, lost: impl FnOnce(u64)) -> Option<Arc<Sample<M>>> {
        let mut ring = self.track.ring();
        let (window, place) = ring.read(self.index)?;
        let mut missed = place.take_lost();
        if missed > 0 {
            self.awaits_sync = true;
            self.overrun = true;
        }
        let mut read = None;
        while let Some(sample) = window.get(place.next) {
            place.next += 1;
            if !self.awaits_sync || sample.medium.is_sync() {
                self.awaits_sync = false;
                self.behind_gap = std::mem::take(&mut self.overrun);
                read = Some(Arc::clone(sample));
                break;
            }
            if self.overrun {
                missed += 1;
                sample.publish.dropped(1);
            }
        }
        let makes_room = place.makes_room();
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
