//! A microphone: the sound of a publish, and nothing otherwise.

use std::sync::Arc;
use std::time::Instant;

use super::sessions::Sessions;
use super::sound::Sound;
use crate::time::Ticks;
use crate::track::{Budget, Cursor, Track, WhenSlow};

/// One of the 16 microphones.
pub(crate) struct Microphone {
    device: usize,
    track: Arc<Track<Sound>>,
    sessions: Arc<Sessions>,
}

impl Microphone {
    pub(crate) fn new(device: usize, sessions: Arc<Sessions>, budget: &Arc<Budget>) -> Self {
        Self {
            device,
            track: Track::new(Sound::BOUNDS, budget),
            sessions,
        }
    }

    pub(crate) fn device(&self) -> usize {
        self.device
    }

    pub(crate) fn track(&self) -> &Track<Sound> {
        &self.track
    }

    /// A cursor for a new session, unless there are to be none any more. It begins with the present.
    pub(crate) fn open_session(&self, when_slow: WhenSlow, now: Instant) -> Option<Cursor<Sound>> {
        self.sessions
            .open()
            .then(|| self.track.reader(when_slow, now))
    }

    pub(crate) fn close_session(&self, now: Instant) {
        self.sessions.close(now);
    }

    /// A publisher's sound is coming.
    pub(crate) fn is_live(&self) -> bool {
        self.track.is_live()
    }

    /// The sessions are to end.
    pub(crate) fn is_closed(&self) -> bool {
        self.sessions.have_ended()
    }

    /// Nobody listens any more: the sessions have been ended.
    pub(crate) fn close(&self) {
        self.track.wake_readers();
    }

    /// The publish `publish` begins. The time of the latest sound before it.
    pub(crate) fn begin_publish(&self, publish: u64) -> Option<Ticks> {
        self.track.begin_publish(publish)
    }

    /// The running publish, which is `publish`, has ended.
    pub(crate) fn end_publish(&self, publish: u64) {
        self.track.end_publish(publish);
    }
}
