//! Sessions on a microphone: how a host takes its sound.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flv_h264::AudioFormat;

use super::reading::{FramesOf, Reading};
use super::wait::Look;
use super::{NextFrameError, OpenSessionError};
use crate::clock::RisingTime;
use crate::device::{Feed, Sound};
use crate::time::Ticks;
use crate::track::{Sample, WhenSlow};

/// A piece of sound.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoundFrame {
    /// How [`data`](Self::data) is coded.
    pub format: AudioFormat,
    /// AAC: a frame behind an ADTS header of 7 bytes. G.711: bytes. PCM: 16 bits, little endian, channels interleaved.
    /// Sessions of a microphone share the bytes.
    pub data: Bytes,
    /// Samples in every channel.
    pub samples: u32,
    /// When the sound was recorded, in whole milliseconds, by the same clock as the pictures of its publish: each frame
    /// of a session at least one later than the frame before.
    pub time: Ticks,
    /// Frames are missing between the session's previous frame and this one, or the source is another one.
    pub discontinuity: bool,
    /// Which publish of the camera the sound belongs to, as pictures count them.
    pub publish: u64,
    /// When the first byte arrived, as near as that can be told.
    pub received: Instant,
    /// The publisher's own clock as it came: see [`Frame::timestamp_ms`](super::Frame::timestamp_ms).
    pub timestamp_ms: u32,
}

impl SoundFrame {
    /// Sound of a camera's first publish. For tests of hosts, which set what else matters to them.
    #[must_use]
    pub fn new(format: AudioFormat, data: Bytes, time: Ticks) -> Self {
        Self {
            format,
            data,
            samples: 0,
            time,
            discontinuity: false,
            publish: 1,
            received: Instant::now(),
            timestamp_ms: 0,
        }
    }
}

/// The sound of one microphone while somebody publishes, else nothing.
///
/// Sessions are independent of each other, of the camera's and of the publisher. One that is opened in the middle of a
/// publish starts with the present. Two seconds are kept for a session; one that goes on taking frames loses none, as
/// its publisher is held back, and one that does not loses the oldest.
pub struct MicrophoneSession(Reading<Sound, SoundFrames>);

struct SoundFrames {
    feed: Arc<Feed<Sound>>,
    times: RisingTime,
    /// When to look again while sound comes.
    next_look: Instant,
}

/// How often a session that waits looks for sound while it comes. A thread that is woken for every frame of it is woken
/// more often than for pictures, and to wake a thread is what costs.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

impl MicrophoneSession {
    /// A session that the publisher waits for.
    pub(crate) fn open(
        microphone: Arc<Feed<Sound>>,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        Self::new(microphone, WhenSlow::HoldPublisher, now)
    }

    /// A session for a listener that nobody vouches for.
    pub(crate) fn open_preview(
        microphone: Arc<Feed<Sound>>,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        Self::new(microphone, WhenSlow::LoseSamples, now)
    }

    fn new(
        microphone: Arc<Feed<Sound>>,
        when_slow: WhenSlow,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        let frames = SoundFrames {
            feed: Arc::clone(&microphone),
            times: RisingTime::default(),
            next_look: now,
        };
        Reading::open(microphone, when_slow, frames, now).map(Self)
    }

    /// The microphone, counted from 0.
    #[must_use]
    pub fn device(&self) -> usize {
        self.0.device()
    }

    /// The session's next frame, or `None` if none came within `timeout`, which is a hard bound. While sound comes,
    /// several frames may come out at once, ten times a second.
    ///
    /// # Errors
    /// [`NextFrameError::Closed`] once the session is closed, also while this call waits, or once its driver is and every
    /// frame that came before has been handed out;
    /// [`NextFrameError::Busy`] if another call waits already.
    pub fn next_frame(&self, timeout: Duration) -> Result<Option<SoundFrame>, NextFrameError> {
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

impl fmt::Debug for MicrophoneSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MicrophoneSession")
            .field("device", &self.device())
            .finish_non_exhaustive()
    }
}

impl FramesOf<Sound> for SoundFrames {
    type Frame = SoundFrame;

    fn frame(&mut self, sample: Sample<Sound>, discontinuity: bool, _waiting: bool) -> SoundFrame {
        sample.publish.delivered(sample.data.len(), true);
        let sound = sample.medium;
        SoundFrame {
            format: sound.format,
            data: sample.data,
            samples: sound.samples,
            time: self.times.next(sample.time),
            discontinuity,
            publish: sample.publish.number,
            received: sample.received,
            timestamp_ms: sound.timestamp_ms,
        }
    }

    fn meanwhile(&mut self, _has_begun: bool, now: Instant) -> Look<SoundFrame> {
        if !self.feed.is_live() {
            return Look::Nothing(None);
        }
        if self.next_look <= now {
            self.next_look = now + LOOKS_EVERY;
        }
        Look::Nothing(Some(self.next_look))
    }
}

/// Of the data only its length.
impl fmt::Debug for SoundFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoundFrame")
            .field("format", &self.format)
            .field("bytes", &self.data.len())
            .field("samples", &self.samples)
            .field("time", &self.time)
            .field("discontinuity", &self.discontinuity)
            .field("publish", &self.publish)
            .finish_non_exhaustive()
    }
}
