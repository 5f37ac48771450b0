//! Live sessions: how a host takes frames from a camera.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flv_h264::nal::UnitLengths;

use super::frame::{Codec, Frame};
use super::reading::{FramesOf, Reading};
use super::wait::Look;
use super::{NextFrameError, OpenSessionError};
use crate::clock::{HEAD_ROOM, RisingTime};
use crate::device::{Camera, Offer, Video};
use crate::picture::Phase;
use crate::time::Ticks;
use crate::track::{Sample, WhenSlow};

/// A stream of pictures from one camera: its video while somebody publishes, else an offline picture every second.
///
/// Sessions are independent of each other and of the publisher. The first frame of a publish is a sync point, a
/// session that is opened in the middle starts at the latest one still held, and time never stands still or runs
/// backwards.
///
/// A burst is not lost: 1000 frames and 64 MiB are kept for a session, and when that is not enough its publisher is held
/// back as long as the session goes on taking frames. A session that takes none for two seconds, or for a minute fewer
/// than come, loses frames up to the next sync point.
pub struct LiveSession(Reading<Video, Pictures>);

/// A camera's pictures: its video, and what is shown meanwhile.
struct Pictures {
    camera: Arc<Camera>,
    times: RisingTime,
    sync_time: Ticks,
    next_picture: Instant,
    phase: Phase,
}

/// How often an offline picture comes.
const PICTURE_INTERVAL: Duration = Duration::from_secs(1);
/// How long ago an offline picture was taken, so to speak. A publish begins [`HEAD_ROOM`] before its first frame comes,
/// which may be held for half a second, and has to be later than the picture that was shown until then.
const PICTURE_LIES_BACK: i64 = HEAD_ROOM + 600 * Ticks::PER_MILLISECOND;

impl LiveSession {
    /// A session that the publisher waits for.
    pub(crate) fn open(camera: Arc<Camera>, now: Instant) -> Result<Self, OpenSessionError> {
        Self::new(camera, WhenSlow::HoldPublisher, now)
    }

    /// A session for a viewer that nobody vouches for.
    pub(crate) fn open_preview(
        camera: Arc<Camera>,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        Self::new(camera, WhenSlow::LoseSamples, now)
    }

    fn new(
        camera: Arc<Camera>,
        when_slow: WhenSlow,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        let feed = Arc::clone(camera.feed());
        let pictures = Pictures {
            camera,
            times: RisingTime::default(),
            sync_time: Ticks::default(),
            next_picture: now,
            phase: Phase::default(),
        };
        Reading::open(feed, when_slow, pictures, now).map(Self)
    }

    /// The camera, counted from 0.
    #[must_use]
    pub fn device(&self) -> usize {
        self.0.device()
    }

    /// The session's next frame, or `None` if none came within `timeout`, which is a hard bound.
    ///
    /// # Errors
    /// [`NextFrameError::Closed`] once the session is closed, also while this call waits, or once its driver is and every
    /// frame that came before has been handed out;
    /// [`NextFrameError::Busy`] if another call waits already.
    pub fn next_frame(&self, timeout: Duration) -> Result<Option<Frame>, NextFrameError> {
        self.0.next_frame(timeout)
    }

    /// Ends the session. A call that waits for a frame returns at once, later ones do not wait.
    pub fn close(&self) {
        self.0.close();
    }

    /// Frames that the session has lost so far because it was too slow.
    #[must_use]
    pub fn dropped_frames(&self) -> u64 {
        self.0.dropped()
    }
}

impl fmt::Debug for LiveSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSession")
            .field("device", &self.device())
            .finish_non_exhaustive()
    }
}

impl FramesOf<Video> for Pictures {
    type Frame = Frame;

    fn frame(&mut self, sample: Sample<Video>, discontinuity: bool, waiting: bool) -> Frame {
        let video = sample.medium;
        sample.publish.delivered(sample.data.len(), video.sync);
        if waiting {
            // When the session looked may be from before the frame came.
            sample.publish.waited_for(sample.received.elapsed());
        }
        let time = self.times.next(sample.time);
        if video.sync {
            self.sync_time = time;
        }
        Frame {
            codec: video.codec.into(),
            data: sample.data,
            unit_lengths: video.unit_lengths,
            time,
            sync_time: self.sync_time,
            key: video.sync,
            discontinuity,
            offline_picture: false,
            publish: sample.publish.number,
            received: sample.received,
            timestamp_ms: video.timestamp_ms,
            composition_offset_ms: video.composition_offset_ms,
        }
    }

    fn meanwhile(&mut self, has_begun: bool, now: Instant) -> Look<Frame> {
        if self.camera.feed().is_live() && has_begun {
            return Look::Nothing(None);
        }
        if now < self.next_picture {
            return Look::Nothing(Some(self.next_picture));
        }
        match self.camera.offline_picture(self.phase.next(), now) {
            Offer::Jpeg(jpeg) => {
                Look::Found(self.offline_picture(jpeg, self.camera.utc_now(), now))
            }
            Offer::NotBefore(at) => Look::Nothing(Some(at)),
        }
    }
}

impl Pictures {
    fn offline_picture(&mut self, data: Bytes, utc: Ticks, now: Instant) -> Frame {
        self.next_picture = now + PICTURE_INTERVAL;
        self.phase = self.phase.next();
        let time = self.times.next(utc.plus(-PICTURE_LIES_BACK));
        self.sync_time = time;
        Frame {
            codec: Codec::Jpeg,
            data,
            unit_lengths: UnitLengths::NONE,
            time,
            sync_time: time,
            key: true,
            discontinuity: false,
            offline_picture: true,
            publish: 0,
            received: now,
            timestamp_ms: 0,
            composition_offset_ms: 0,
        }
    }
}

#[cfg(test)]
mod tests;
