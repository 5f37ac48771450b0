//! Live sessions: how a host takes frames from a camera.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flv_h264::UnitLengths;
use parking_lot::Mutex;

use super::frame::{Codec, Frame};
use super::wait::{LONGEST_WAIT, Look, wait_for, why_taken};
use super::{NextFrameError, OpenSessionError};
use crate::clock::{HEAD_ROOM, RisingTime};
use crate::device::{Camera, Offer, Video};
use crate::picture::Phase;
use crate::time::Ticks;
use crate::track::{Cursor, CursorWaker, Sample, WhenSlow};

/// A stream of pictures from one camera: its video while somebody publishes, else an offline picture every second.
///
/// Sessions are independent of each other and of the publisher. The first frame of a publish is a sync point, a
/// session that is opened in the middle starts at the latest one still held, and time never stands still or runs
/// backwards.
///
/// A burst is not lost: 1000 frames and 64 MiB are kept for a session, and when that is not enough its publisher is held
/// back as long as the session goes on taking frames. A session that takes none for two seconds, or for a minute fewer
/// than come, loses frames up to the next sync point.
pub struct LiveSession {
    camera: Arc<Camera>,
    waker: CursorWaker,
    closed: AtomicBool,
    dropped: AtomicU64,
    /// Held while somebody waits for a frame.
    reader: Mutex<Reader>,
}

struct Reader {
    /// None once the session is closed: frames are kept for open sessions only.
    cursor: Option<Cursor<Video>>,
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
        let cursor = camera
            .open_session(when_slow, now)
            .ok_or(OpenSessionError::Closed)?;
        Ok(Self {
            camera,
            waker: cursor.waker(),
            closed: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            reader: Mutex::new(Reader {
                cursor: Some(cursor),
                times: RisingTime::default(),
                sync_time: Ticks::default(),
                next_picture: now,
                phase: Phase::default(),
            }),
        })
    }

    /// The camera, counted from 0.
    #[must_use]
    pub fn device(&self) -> usize {
        self.camera.device()
    }

    /// The session's next frame, or `None` if none came within `timeout`, which is a hard bound.
    ///
    /// # Errors
    /// [`NextFrameError::Closed`] once the session is closed, also while this call waits;
    /// [`NextFrameError::Busy`] if another call waits already.
    pub fn next_frame(&self, timeout: Duration) -> Result<Option<Frame>, NextFrameError> {
        let now = Instant::now();
        let deadline = now + timeout.min(LONGEST_WAIT);
        let reader = self.reader.try_lock();
        let mut reader = reader.ok_or_else(|| why_taken(&self.closed))?;
        if let Look::Found(frame) = self.look(&mut reader, now, false)? {
            return Ok(Some(frame));
        }
        wait_for(&self.waker, now, deadline, |now| {
            self.look(&mut reader, now, true)
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
        self.camera.close_session(Instant::now());
    }

    /// Frames that the session has lost so far because it was too slow.
    #[must_use]
    pub fn dropped_frames(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Looks for a frame; `waiting` if the session was there before it came.
    fn look(
        &self,
        reader: &mut Reader,
        now: Instant,
        waiting: bool,
    ) -> Result<Look<Frame>, NextFrameError> {
        if self.closed.load(Ordering::SeqCst) || self.camera.is_closed() {
            return Err(NextFrameError::Closed);
        }
        let cursor = reader.cursor.as_mut().ok_or(NextFrameError::Closed)?;
        let count_lost = |frames| _ = self.dropped.fetch_add(frames, Ordering::Relaxed);
        if let Some(sample) = cursor.read(count_lost) {
            let Sample { publish, .. } = &*sample;
            publish.delivered(sample.data.len(), sample.medium.sync);
            if waiting {
                // `now` may be from before the frame came.
                publish.waited_for(sample.received.elapsed());
            }
            let discontinuity = sample.first || cursor.is_behind_gap();
            return Ok(Look::Found(reader.live_frame(&sample, discontinuity)));
        }
        if self.camera.is_live() && !cursor.awaits_first_sample() {
            return Ok(Look::Nothing(None));
        }
        if now < reader.next_picture {
            return Ok(Look::Nothing(Some(reader.next_picture)));
        }
        Ok(
            match self.camera.offline_picture(reader.phase.next(), now) {
                Offer::Jpeg(jpeg) => {
                    Look::Found(reader.offline_picture(jpeg, self.camera.utc_now(), now))
                }
                Offer::NotBefore(at) => Look::Nothing(Some(at)),
            },
        )
    }
}

impl Drop for LiveSession {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for LiveSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSession")
            .field("device", &self.device())
            .finish_non_exhaustive()
    }
}

impl Reader {
    fn live_frame(&mut self, sample: &Sample<Video>, discontinuity: bool) -> Frame {
        let video = &sample.medium;
        let time = self.times.next(sample.time);
        if video.sync {
            self.sync_time = time;
        }
        Frame {
            codec: video.codec.into(),
            data: sample.data.clone(),
            unit_lengths: video.unit_lengths.clone(),
            time,
            sync_time: self.sync_time,
            key: video.sync,
            discontinuity,
            placeholder: false,
            publish: sample.publish.number,
            received: sample.received,
            timestamp_ms: video.timestamp_ms,
            composition_offset_ms: video.composition_offset_ms,
        }
    }

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
            placeholder: true,
            publish: 0,
            received: now,
            timestamp_ms: 0,
            composition_offset_ms: 0,
        }
    }
}

#[cfg(test)]
mod tests;
