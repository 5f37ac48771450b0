//! One camera: a path, at most one publisher, any number of sessions.
//!
//! What comes in belongs to the camera: a [`PublisherSink`] turns messages into frames and puts them into the camera's
//! [`FrameRing`], whether anybody reads there or not. Sessions come and go without the publisher noticing.

mod demultiplexer;
pub(crate) mod meters;
mod publisher;
mod report;
mod shared;
mod statistics;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use demultiplexer::PublisherSink;
use demultiplexer::Source;
pub(crate) use shared::{Surroundings, no_such_path};
pub use statistics::{
    CameraStatistics, DropStatistics, FlowStatistics, LatencyStatistics, PublisherStatistics,
    SpacingStatistics, VideoStatistics,
};

use crate::device::{Notice, OfflineScreen};
use crate::identity::camera_name;
use crate::log::Log;
use crate::stream_path::StreamPath;
use crate::time::Ticks;
use crate::track::ring::{Bounds, FrameRing, RingReader, WhenSlow};
use meters::PublishMeters;
use publisher::Publisher;

/// One of the 16 cameras.
pub(crate) struct Camera {
    device: usize,
    pub(crate) surroundings: Arc<Surroundings>,
    pub(crate) ring: Arc<FrameRing>,
    pub(crate) screen: Arc<OfflineScreen>,
    state: Mutex<State>,
    closed: AtomicBool,
}

pub(crate) struct State {
    path: StreamPath,
    /// How often the path was changed.
    moves: u64,
    sessions: usize,
    last_session_closed: Option<Instant>,
    pub(crate) publisher: Option<Publisher>,
    pub(crate) refused_codec: Option<(String, Instant)>,
    pub(crate) notice: Notice,
    /// Who has published last, and may do so again.
    source: Option<Source>,
    /// Of the running publish, or of the last one.
    meters: Arc<PublishMeters>,
}

/// How long a path stays open to publishers after the camera's last session was closed.
pub(crate) const PATH_LINGERS: Duration = Duration::from_secs(60);
/// How often the statistics of a publish are logged.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(30);

impl Camera {
    pub(crate) fn new(device: usize, path: StreamPath, surroundings: Arc<Surroundings>) -> Self {
        let ring = FrameRing::new(Bounds::default(), Arc::clone(&surroundings.budget));
        let screen = OfflineScreen::new(
            camera_name(device),
            Arc::clone(&ring),
            Arc::clone(&surroundings),
        );
        Self {
            device,
            surroundings,
            ring,
            screen: Arc::new(screen),
            state: Mutex::new(State {
                path,
                moves: 0,
                sessions: 0,
                last_session_closed: None,
                publisher: None,
                refused_codec: None,
                notice: Notice::default(),
                source: None,
                meters: Arc::default(),
            }),
            closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn device(&self) -> usize {
        self.device
    }

    #[cfg(test)]
    pub(crate) fn frames(&self) -> &FrameRing {
        &self.ring
    }

    fn name(&self) -> String {
        camera_name(self.device)
    }

    fn log(&self) -> &Log {
        &self.surroundings.log
    }

    pub(crate) fn utc_now(&self) -> Ticks {
        self.surroundings.clock.now()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sessions.
impl Camera {
    /// A reader for a new session, unless the camera is closed.
    pub(crate) fn session_opened(&self, when_slow: WhenSlow, now: Instant) -> Option<RingReader> {
        let mut state = self.state();
        if self.is_closed() {
            return None;
        }
        state.sessions += 1;
        Some(self.ring.reader(when_slow, now))
    }

    pub(crate) fn session_closed(&self, now: Instant) {
        let mut state = self.state();
        state.sessions = state.sessions.saturating_sub(1);
        if state.sessions == 0 {
            state.last_session_closed = Some(now);
        }
    }

    /// A publisher's video is coming.
    pub(crate) fn is_live(&self) -> bool {
        self.ring.is_live()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Ends the sessions.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.screen.close();
        self.ring.wake_readers();
    }
}

/// Statistics.
impl Camera {
    pub(crate) fn statistics(&self, now: Instant) -> CameraStatistics {
        let state = self.state();
        let meters = &state.meters;
        // A publisher's frames wait for this one: it is held for no longer than it takes to copy numbers.
        let input = meters.input();
        let (received, drops, frame_spacing) = (input.flow(), input.drops(), input.spacing());
        drop(input);
        CameraStatistics {
            device: self.device,
            path: state.path.to_string(),
            open: state.is_open(now),
            sessions: state.sessions,
            publisher: state
                .publisher
                .as_ref()
                .map(|publisher| publisher.statistics(now)),
            problem: state.problem(self.is_live(), now),
            input: received,
            output: meters.output_flow(),
            drops: DropStatistics {
                slow_session: meters.total_dropped(),
                ..drops
            },
            queue_depth: self.ring.depth(),
            frame_spacing,
            latency: meters.latency(),
            kept_bytes: self.ring.kept_bytes(),
        }
    }
}

impl State {
    fn is_open(&self, now: Instant) -> bool {
        let lingers = |closed: Instant| now.saturating_duration_since(closed) < PATH_LINGERS;
        self.sessions > 0 || self.last_session_closed.is_some_and(lingers)
    }
}

#[cfg(test)]
mod tests;
