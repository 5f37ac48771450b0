use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::{Medium, Sample, Track};

/// A publish's end of a track.
pub(crate) struct Writer<M> {
    track: Arc<Track<M>>,
    publish: u64,
    /// Readers may wait for what was pushed.
    has_pushed: bool,
    /// The track may have no room for more.
    full: bool,
}

impl<M: Medium> Writer<M> {
    pub(crate) fn new(track: &Arc<Track<M>>, publish: u64) -> Self {
        Self {
            track: Arc::clone(track),
            publish,
            has_pushed: false,
            full: false,
        }
    }

    /// Appends a sample of the publish, without waking readers. How many readers have just become too slow; none if the
    /// publish is over: see [`Track::push`].
    pub(crate) fn push(&mut self, sample: Sample<M>, now: Instant) -> Option<usize> {
        let pushed = self.track.push(sample, now)?;
        self.has_pushed = true;
        self.full = pushed.full;
        Some(pushed.overrun_readers)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Until when the publisher has to wait for room, unless `waker` is woken before: see [`Track::poll_room`].
    pub(crate) fn poll_room(&mut self, now: Instant, waker: &Waker) -> Option<Instant> {
        let until = self.track.poll_room(self.publish, now, waker);
        self.full = until.is_some();
        until
    }

    /// Whether samples were pushed since the last time that this was asked.
    pub(crate) fn take_has_pushed(&mut self) -> bool {
        std::mem::take(&mut self.has_pushed)
    }

    pub(crate) fn wake_readers(&self) {
        self.track.wake_readers();
    }
}
