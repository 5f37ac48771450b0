//! What sessions on all devices have in common: one call at a time reads, and whoever waits is woken by the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::wait::{LONGEST_WAIT, Look, wait_for};
use super::{NextFrameError, OpenSessionError};
use crate::device::{End, Feed};
use crate::track::{Cursor, CursorWaker, Medium, Sample, WhenSlow};

/// How samples become the frames of a session.
pub(super) trait FramesOf<M> {
    type Frame;

    /// `waiting` if the session was there before the sample came.
    fn frame(&mut self, sample: Sample<M>, discontinuity: bool, waiting: bool) -> Self::Frame;

    /// What a session has that finds no sample; `has_begun` if it has read some of what is published.
    fn meanwhile(&mut self, has_begun: bool, now: Instant) -> Look<Self::Frame>;
}

/// A session on a device.
pub(super) struct Reading<M: Medium, F> {
    feed: Arc<Feed<M>>,
    waker: CursorWaker,
    closed: AtomicBool,
    dropped: AtomicU64,
    /// Held while somebody waits for a frame.
    pub(super) reader: Mutex<Reader<M, F>>,
}

pub(super) struct Reader<M: Medium, F> {
    /// None once the session is closed: samples are kept for open sessions only.
    cursor: Option<Cursor<M>>,
    frames: F,
}

impl<M: Medium, F: FramesOf<M>> Reading<M, F> {
    pub(super) fn open(
        feed: Arc<Feed<M>>,
        when_slow: WhenSlow,
        frames: F,
        now: Instant,
    ) -> Result<Self, OpenSessionError> {
        let cursor = feed
            .open_session(when_slow, now)
            .ok_or(OpenSessionError::Closed)?;
        Ok(Self {
            feed,
            waker: cursor.waker(),
            closed: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            reader: Mutex::new(Reader {
                cursor: Some(cursor),
                frames,
            }),
        })
    }

    pub(super) fn next_frame(&self, timeout: Duration) -> Result<Option<F::Frame>, NextFrameError> {
        let now = Instant::now();
        let deadline = now + timeout.min(LONGEST_WAIT);
        let reader = self.reader.try_lock();
        let mut reader = reader.ok_or_else(|| self.why_taken())?;
        if let Look::Found(frame) = self.look(&mut reader, now, false)? {
            return Ok(Some(frame));
        }
        wait_for(&self.waker, now, deadline, |now| {
            self.look(&mut reader, now, true)
        })
    }

    /// Why another call has the reader: it waits for a frame, or closes the session.
    fn why_taken(&self) -> NextFrameError {
        match self.closed.load(Ordering::SeqCst) {
            true => NextFrameError::Closed,
            false => NextFrameError::Busy,
        }
    }

    /// Looks for a frame; `waiting` if the session was there before it came.
    pub(super) fn look(
        &self,
        reader: &mut Reader<M, F>,
        now: Instant,
        waiting: bool,
    ) -> Result<Look<F::Frame>, NextFrameError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(NextFrameError::Closed);
        }
        // Before the read: what is there when that is so is still read.
        let end = self.feed.end();
        let cursor = reader.cursor.as_mut().ok_or(NextFrameError::Closed)?;
        let count_lost = |samples| _ = self.dropped.fetch_add(samples, Ordering::Relaxed);
        let Some(sample) = cursor.read(count_lost) else {
            let has_begun = !cursor.awaits_first_sample();
            return match end {
                End::Reached => Err(NextFrameError::Closed),
                End::Near => Ok(Look::Nothing(None)),
                End::Open => Ok(reader.frames.meanwhile(has_begun, now)),
            };
        };
        let discontinuity = sample.first || cursor.is_behind_gap();
        let frame = reader.frames.frame(sample, discontinuity, waiting);
        Ok(Look::Found(frame))
    }
}

impl<M: Medium, F> Reading<M, F> {
    pub(super) fn device(&self) -> usize {
        self.feed.device()
    }

    pub(super) fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.waker.wake();
        // Whoever waits has been woken and leaves.
        self.reader.lock().cursor = None;
        self.feed.close_session(Instant::now());
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl<M: Medium, F> Drop for Reading<M, F> {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::device::{Sessions, Sound};
    use crate::track::Budget;

    /// Of a device that nobody publishes to.
    struct NoFrames;

    impl FramesOf<Sound> for NoFrames {
        type Frame = ();

        fn frame(&mut self, _: Sample<Sound>, _: bool, _: bool) {}

        fn meanwhile(&mut self, _: bool, _: Instant) -> Look<()> {
            Look::Nothing(None)
        }
    }

    fn session() -> Reading<Sound, NoFrames> {
        let sessions = Arc::<Sessions>::default();
        let feed = Feed::new(0, Sound::BOUNDS, sessions, &Budget::of_process());
        Reading::open(
            Arc::new(feed),
            WhenSlow::LoseSamples,
            NoFrames,
            Instant::now(),
        )
        .expect("the device is open")
    }

    #[test]
    fn who_finds_another_call_there_is_told_whether_that_waits_or_closes() {
        let session = session();
        let ask = || session.next_frame(Duration::ZERO);
        assert_eq!(ask(), Ok(None));
        // As a call has it that waits.
        let reader = session.reader.lock();
        assert_eq!(ask(), Err(NextFrameError::Busy));
        thread::scope(|scope| {
            // It has to wait for the reader, and is closed meanwhile.
            scope.spawn(|| session.close());
            while ask() == Err(NextFrameError::Busy) {
                thread::yield_now();
            }
            assert_eq!(ask(), Err(NextFrameError::Closed));
            drop(reader);
        });
        assert_eq!(ask(), Err(NextFrameError::Closed));
    }
}
