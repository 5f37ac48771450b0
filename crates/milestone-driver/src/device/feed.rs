//! What sessions on a device read.

use std::sync::Arc;
use std::time::Instant;

use super::sessions::Sessions;
use crate::time::Ticks;
use crate::track::{Bounds, Budget, Cursor, Medium, Track, WhenSlow};

/// A device's track, and who reads it. A microphone is nothing else: without a publisher it is silent.
pub(crate) struct Feed<M> {
    device: usize,
    track: Arc<Track<M>>,
    sessions: Arc<Sessions>,
}

/// How far the end of the sessions has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// They go on.
    Open,
    /// They are to end: with what the running publish has yet to bring, as it ends, too.
    Near,
    /// Nothing comes any more.
    Reached,
}

impl<M: Medium + Send + Sync + 'static> Feed<M> {
    pub(crate) fn new(
        device: usize,
        bounds: Bounds,
        sessions: Arc<Sessions>,
        budget: &Arc<Budget>,
    ) -> Self {
        Self {
            device,
            track: Track::new(bounds, budget),
            sessions,
        }
    }
}

impl<M: Medium> Feed<M> {
    pub(crate) fn device(&self) -> usize {
        self.device
    }

    pub(crate) fn track(&self) -> &Arc<Track<M>> {
        &self.track
    }

    /// A cursor for a new session, unless there are to be none any more.
    pub(crate) fn open_session(&self, when_slow: WhenSlow, now: Instant) -> Option<Cursor<M>> {
        self.sessions
            .open()
            .then(|| self.track.reader(when_slow, now))
    }

    pub(crate) fn close_session(&self, now: Instant) {
        self.sessions.close(now);
    }

    /// What a publisher sends for this device is coming.
    pub(crate) fn is_live(&self) -> bool {
        self.track.is_live()
    }

    /// Whether the sessions go on.
    pub(crate) fn end(&self) -> End {
        if !self.sessions.have_ended() {
            End::Open
        } else if self.track.is_published() {
            End::Near
        } else {
            End::Reached
        }
    }

    /// The sessions are to end: whoever waits is to see it.
    pub(crate) fn close(&self) {
        self.track.wake_readers();
    }

    /// The publish `publish` begins. The time of the latest sample before it.
    pub(crate) fn begin_publish(&self, publish: u64) -> Option<Ticks> {
        self.track.begin_publish(publish)
    }

    /// The running publish, which is `publish`, has ended.
    pub(crate) fn end_publish(&self, publish: u64) {
        self.track.end_publish(publish);
    }
}
