//! One camera: a path, at most one publisher, any number of sessions.

mod frame_ring;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

pub(crate) use frame_ring::{ReaderWaker, RingRead, RingReader};

use crate::camera_name;
use crate::clock::UtcClock;
use crate::event::Events;
use crate::log::Log;
use crate::picture::{OfflineInfo, OfflinePictures, Phase, PictureState, Problem};
use crate::statistics::{CameraStatistics, DropStatistics, FlowStatistics};
use crate::stream_path::StreamPath;
use crate::time::Ticks;
use frame_ring::{Bounds, FrameRing, RingFrame};

/// What the cameras of a driver share.
pub(crate) struct Surroundings {
    pub(crate) log: Log,
    pub(crate) events: Events,
    pub(crate) clock: UtcClock,
}

/// One of the 16 cameras.
pub(crate) struct Camera {
    device: usize,
    surroundings: Arc<Surroundings>,
    ring: Arc<FrameRing>,
    pictures: OfflinePictures,
    state: Mutex<State>,
    closed: AtomicBool,
    delivered: Delivered,
    dropped_for_slow_reader: AtomicU64,
}

struct State {
    path: StreamPath,
    sessions: usize,
    last_session_closed: Option<Instant>,
    notice: Notice,
}

/// What the driver tells by a camera's offline picture.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) show_info: bool,
    pub(crate) push_url: String,
    pub(crate) problem: Option<Problem>,
}

#[derive(Default)]
struct Delivered {
    frames: AtomicU64,
    bytes: AtomicU64,
    key_frames: AtomicU64,
}

/// How long a path stays open to publishers after the camera's last session.
pub(crate) const PATH_LINGERS: Duration = Duration::from_secs(60);

impl Camera {
    pub(crate) fn new(
        device: usize,
        path: StreamPath,
        notice: Notice,
        surroundings: Arc<Surroundings>,
    ) -> Self {
        Self {
            device,
            surroundings,
            ring: Arc::new(FrameRing::new(Bounds::default())),
            pictures: OfflinePictures::new(),
            state: Mutex::new(State {
                path,
                sessions: 0,
                last_session_closed: None,
                notice,
            }),
            closed: AtomicBool::new(false),
            delivered: Delivered::default(),
            dropped_for_slow_reader: AtomicU64::new(0),
        }
    }

    pub(crate) fn device(&self) -> usize {
        self.device
    }

    /// A reader for a new session.
    pub(crate) fn session_opened(&self) -> RingReader {
        self.state().sessions += 1;
        self.ring.reader()
    }

    pub(crate) fn session_closed(&self, now: Instant) {
        let mut state = self.state();
        state.sessions = state.sessions.saturating_sub(1);
        if state.sessions == 0 {
            state.last_session_closed = Some(now);
        }
    }

    /// The path takes publishers.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.state().is_open(now)
    }

    pub(crate) fn set_notice(&self, notice: Notice) {
        self.state().notice = notice;
    }

    /// A publisher's video is coming.
    pub(crate) fn is_live(&self) -> bool {
        self.ring.is_live()
    }

    /// The driver is closed: sessions end.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.ring.wake_readers();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn utc_now(&self) -> Ticks {
        self.surroundings.clock.now()
    }

    /// What to show while no video comes.
    pub(crate) fn offline_picture(&self, phase: Phase, _now: Instant) -> Bytes {
        let state = self.state().picture(self.device);
        self.pictures.jpeg(&state, phase)
    }

    pub(crate) fn count_delivered(&self, frame: &RingFrame) {
        self.delivered.frames.fetch_add(1, Ordering::Relaxed);
        self.delivered
            .bytes
            .fetch_add(frame.data.len() as u64, Ordering::Relaxed);
        self.delivered
            .key_frames
            .fetch_add(u64::from(frame.sync), Ordering::Relaxed);
    }

    pub(crate) fn count_dropped_for_slow_reader(&self, frames: u64) {
        self.dropped_for_slow_reader
            .fetch_add(frames, Ordering::Relaxed);
    }

    pub(crate) fn statistics(&self, now: Instant) -> CameraStatistics {
        let state = self.state();
        CameraStatistics {
            device: self.device,
            path: state.path.to_string(),
            open: state.is_open(now),
            sessions: state.sessions,
            publisher: None,
            problem: state.notice.problem.clone(),
            input: FlowStatistics::default(),
            output: self.delivered.flow(),
            drops: DropStatistics {
                slow_session: self.dropped_for_slow_reader.load(Ordering::Relaxed),
                ..DropStatistics::default()
            },
            queue_depth: self.ring.depth(),
            frame_spacing: None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivered {
    fn flow(&self) -> FlowStatistics {
        FlowStatistics {
            frames: self.frames.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            key_frames: self.key_frames.load(Ordering::Relaxed),
            ..FlowStatistics::default()
        }
    }
}

impl State {
    fn is_open(&self, now: Instant) -> bool {
        let lingers = |closed: Instant| now.saturating_duration_since(closed) < PATH_LINGERS;
        self.sessions > 0 || self.last_session_closed.is_some_and(lingers)
    }

    fn picture(&self, device: usize) -> PictureState {
        if !self.notice.show_info {
            return PictureState::Plain;
        }
        let info = OfflineInfo::new(camera_name(device), self.notice.push_url.clone());
        PictureState::Info(info.with_problem(self.notice.problem.clone()))
    }
}
