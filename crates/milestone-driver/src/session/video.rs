//! Live sessions: how a host takes frames from a camera.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::frame::{Codec, Frame};
use crate::clock::HEAD_ROOM;
use crate::device::Offer;
use crate::picture::Phase;
use crate::publish_point::Camera;
use crate::time::Ticks;
use crate::track::ring::{ReaderWaker, RingFrame, RingRead, RingReader, WhenSlow};

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
    waker: ReaderWaker,
    closed: AtomicBool,
    dropped: AtomicU64,
    /// Held while somebody waits for a frame.
    reader: Mutex<Reader>,
}

/// Why there is no next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextFrameError {
    /// The session or its driver was closed.
    Closed,
    /// Another call waits for the session's next frame.
    Busy,
}

/// Why a session was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenSessionError {
    /// Cameras are counted from 0 to 15.
    NoSuchCamera,
    /// The driver was closed.
    Closed,
}

struct Reader {
    /// None once the session is closed: frames are kept for open sessions only.
    ring: Option<RingReader>,
    latest: Option<Ticks>,
    sync_time: Ticks,
    next_picture: Instant,
    phase: Phase,
}

enum Step {
    /// A frame of the publisher.
    Live(RingRead),
    Picture(Frame),
    /// Nothing before this time, unless the camera wakes the session.
    Wait(Option<Instant>),
}

/// How often an offline picture comes.
const PICTURE_INTERVAL: Duration = Duration::from_secs(1);
/// How long ago an offline picture was taken, so to speak. A publish begins [`HEAD_ROOM`] before its first frame comes,
/// which may be held for half a second, and has to be later than the picture that was shown until then.
const PICTURE_LIES_BACK: i64 = HEAD_ROOM + 600 * Ticks::PER_MILLISECOND;
/// Longest time that a call waits, whatever it was asked to.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

impl LiveSession {
    pub(crate) fn open(
        camera: Arc<Camera>,
        when_slow: WhenSlow,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        let ring = camera
            .session_opened(when_slow, now)
            .ok_or(OpenSessionError::Closed)?;
        Ok(Self {
            camera,
            waker: ring.waker(),
            closed: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            reader: Mutex::new(Reader {
                ring: Some(ring),
                latest: None,
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
        let mut now = Instant::now();
        let deadline = now + timeout.min(LONGEST_WAIT);
        let mut reader = match self.reader.try_lock() {
            Ok(reader) => reader,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(NextFrameError::Busy),
        };
        match self.step(&mut reader, now)? {
            Step::Live(read) => return Ok(Some(reader.live_frame(&read))),
            Step::Picture(picture) => return Ok(Some(picture)),
            Step::Wait(_) => {}
        }
        let waker = waker_of_this_thread();
        loop {
            self.waker.register(&waker);
            match self.step(&mut reader, now)? {
                Step::Live(read) => {
                    // `now` may be from before the frame came.
                    read.frame
                        .publish
                        .waited_for(read.frame.sample.received.elapsed());
                    return Ok(Some(reader.live_frame(&read)));
                }
                Step::Picture(picture) => return Ok(Some(picture)),
                Step::Wait(_) if now >= deadline => return Ok(None),
                Step::Wait(picture) => {
                    let until = picture.map_or(deadline, |picture| picture.min(deadline));
                    thread::park_timeout(until.saturating_duration_since(now));
                }
            }
            now = Instant::now();
        }
    }

    /// Ends the session. A call that waits for a frame returns at once, later ones do not wait.
    pub fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.waker.wake();
        // Whoever waits has been woken and leaves.
        self.lock_reader().ring = None;
        self.camera.session_closed(Instant::now());
    }

    /// Frames that the session has lost so far because it was too slow.
    #[must_use]
    pub fn dropped_frames(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn step(&self, reader: &mut Reader, now: Instant) -> Result<Step, NextFrameError> {
        if self.closed.load(Ordering::SeqCst) || self.camera.is_closed() {
            return Err(NextFrameError::Closed);
        }
        let ring = reader.ring.as_mut().ok_or(NextFrameError::Closed)?;
        let count_lost = |frames| _ = self.dropped.fetch_add(frames, Ordering::Relaxed);
        if let Some(read) = ring.read(count_lost) {
            read.frame.publish.delivered(&read.frame.sample);
            return Ok(Step::Live(read));
        }
        if self.camera.is_live() && !ring.awaits_first_frame() {
            return Ok(Step::Wait(None));
        }
        if now < reader.next_picture {
            return Ok(Step::Wait(Some(reader.next_picture)));
        }
        match self.camera.offline_picture(reader.phase.next(), now) {
            Offer::Jpeg(jpeg) => Ok(Step::Picture(reader.offline_picture(
                jpeg,
                self.camera.utc_now(),
                now,
            ))),
            Offer::NotBefore(at) => Ok(Step::Wait(Some(at))),
        }
    }

    fn lock_reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn live_frame(&mut self, read: &RingRead) -> Frame {
        let RingFrame {
            sample,
            publish,
            first,
            ..
        } = &*read.frame;
        let time = self.after_latest(sample.time);
        if sample.sync {
            self.sync_time = time;
        }
        Frame {
            codec: Codec::H264,
            data: sample.data.clone(),
            time,
            sync_time: self.sync_time,
            key: sample.sync,
            discontinuity: read.gap || *first,
            placeholder: false,
            publish: publish.number,
            received: sample.received,
            timestamp_ms: sample.timestamp_ms,
            composition_offset_ms: sample.composition_offset_ms,
        }
    }

    fn offline_picture(&mut self, data: Bytes, utc: Ticks, now: Instant) -> Frame {
        self.next_picture = now + PICTURE_INTERVAL;
        self.phase = self.phase.next();
        let time = self.after_latest(utc.plus(-PICTURE_LIES_BACK).whole_milliseconds());
        self.sync_time = time;
        Frame {
            codec: Codec::Jpeg,
            data,
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

    /// `time`, or the earliest one after the session's latest frame: hosts keep milliseconds.
    fn after_latest(&mut self, time: Ticks) -> Ticks {
        let time = self
            .latest
            .map_or(time, |latest| time.max(latest.plus(Ticks::PER_MILLISECOND)));
        self.latest = Some(time);
        time
    }
}

fn waker_of_this_thread() -> Waker {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            self.0.unpark();
        }
    }

    thread_local! {
        static WAKER: Waker = Waker::from(Arc::new(Unpark(thread::current())));
    }
    WAKER.with(Waker::clone)
}

impl fmt::Display for NextFrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the session is closed",
            Self::Busy => "another call waits for the session's next frame",
        })
    }
}

impl std::error::Error for NextFrameError {}

impl fmt::Display for OpenSessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchCamera => "there is no such camera",
            Self::Closed => "the driver is closed",
        })
    }
}

impl std::error::Error for OpenSessionError {}

#[cfg(test)]
mod tests;
