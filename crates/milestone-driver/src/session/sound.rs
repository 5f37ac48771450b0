//! Sessions on a microphone: how a host takes its sound.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flv_h264::AudioFormat;
use parking_lot::Mutex;

use super::wait::{LONGEST_WAIT, Look, wait_for, why_taken};
use super::{NextFrameError, OpenSessionError};
use crate::clock::RisingTime;
use crate::device::{Microphone, Sound};
use crate::time::Ticks;
use crate::track::{Cursor, CursorWaker, Sample, WhenSlow};

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
pub struct MicrophoneSession {
    microphone: Arc<Microphone>,
    waker: CursorWaker,
    closed: AtomicBool,
    dropped: AtomicU64,
    /// Held while somebody waits for a frame.
    reader: Mutex<Reader>,
}

struct Reader {
    /// None once the session is closed: frames are kept for open sessions only.
    cursor: Option<Cursor<Sound>>,
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
        microphone: Arc<Microphone>,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        Self::new(microphone, WhenSlow::HoldPublisher, now)
    }

    /// A session for a listener that nobody vouches for.
    pub(crate) fn open_preview(
        microphone: Arc<Microphone>,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        Self::new(microphone, WhenSlow::LoseSamples, now)
    }

    fn new(
        microphone: Arc<Microphone>,
        when_slow: WhenSlow,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        let cursor = microphone
            .open_session(when_slow, now)
            .ok_or(OpenSessionError::Closed)?;
        Ok(Self {
            microphone,
            waker: cursor.waker(),
            closed: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            reader: Mutex::new(Reader {
                cursor: Some(cursor),
                times: RisingTime::default(),
                next_look: now,
            }),
        })
    }

    /// The microphone, counted from 0.
    #[must_use]
    pub fn device(&self) -> usize {
        self.microphone.device()
    }

    /// The session's next frame, or `None` if none came within `timeout`, which is a hard bound. While sound comes,
    /// several frames may come out at once, ten times a second.
    ///
    /// # Errors
    /// [`NextFrameError::Closed`] once the session is closed, also while this call waits;
    /// [`NextFrameError::Busy`] if another call waits already.
    pub fn next_frame(&self, timeout: Duration) -> Result<Option<SoundFrame>, NextFrameError> {
        let now = Instant::now();
        let deadline = now + timeout.min(LONGEST_WAIT);
        let reader = self.reader.try_lock();
        let mut reader = reader.ok_or_else(|| why_taken(&self.closed))?;
        if let Look::Found(frame) = self.look(&mut reader, now)? {
            return Ok(Some(frame));
        }
        wait_for(&self.waker, now, deadline, |now| {
            self.look(&mut reader, now)
        })
    }

    /// Ends the session. A call that waits for a frame returns at once, later ones do not wait.
    pub fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.waker.wake();
        // Whoever waits has been woken and leaves.
        self.reader.lock().cursor = None;
        self.microphone.close_session(Instant::now());
    }

    /// Frames that the session has lost so far because it was too slow.
    #[must_use]
    pub fn dropped_frames(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn look(&self, reader: &mut Reader, now: Instant) -> Result<Look<SoundFrame>, NextFrameError> {
        if self.closed.load(Ordering::SeqCst) || self.microphone.is_closed() {
            return Err(NextFrameError::Closed);
        }
        let cursor = reader.cursor.as_mut().ok_or(NextFrameError::Closed)?;
        let count_lost = |frames| _ = self.dropped.fetch_add(frames, Ordering::Relaxed);
        if let Some(sample) = cursor.read(count_lost) {
            sample.publish.delivered(sample.data.len(), true);
            let discontinuity = sample.first || cursor.is_behind_gap();
            return Ok(Look::Found(reader.frame(&sample, discontinuity)));
        }
        if !self.microphone.is_live() {
            return Ok(Look::Nothing(None));
        }
        if reader.next_look <= now {
            reader.next_look = now + LOOKS_EVERY;
        }
        Ok(Look::Nothing(Some(reader.next_look)))
    }
}

impl Drop for MicrophoneSession {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for MicrophoneSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MicrophoneSession")
            .field("device", &self.device())
            .finish_non_exhaustive()
    }
}

impl Reader {
    fn frame(&mut self, sample: &Sample<Sound>, discontinuity: bool) -> SoundFrame {
        let sound = &sample.medium;
        SoundFrame {
            format: sound.format,
            data: sample.data.clone(),
            samples: sound.samples,
            time: self.times.next(sample.time),
            discontinuity,
            publish: sample.publish.number,
            received: sample.received,
            timestamp_ms: sound.timestamp_ms,
        }
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
