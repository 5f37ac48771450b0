//! Publish points: a path that is published to, one publisher at a time, and the devices that show it.
//!
//! What comes in belongs to the publish point: a [`PublisherSink`](sink::PublisherSink) turns messages into samples and puts them on the
//! tracks of its devices, whether anybody reads there or not. Sessions come and go without the publisher noticing; that
//! there are any keeps the path open.

mod demultiplexer;
mod meters;
mod publish;
mod publisher;
mod report;
mod shared;
mod sink;
mod sound;
#[cfg(test)]
mod tests;
mod video;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

pub(crate) use shared::{Shared, no_such_path};

use crate::device::{Camera, Feed, Notice, Sessions, Sound};
use crate::identity::camera_name;
use crate::log::{LogLevel, Subject};
use crate::statistics::{CameraStatistics, DropStatistics, SoundStatistics};
use crate::stream_path::StreamPath;
use meters::PublishMeters;
use publish::Source;
use publisher::Publisher;

/// Where one camera is published to.
pub(crate) struct PublishPoint {
    device: usize,
    shared: Arc<Shared>,
    sessions: Arc<Sessions>,
    camera: Arc<Camera>,
    microphone: Arc<Feed<Sound>>,
    state: Mutex<State>,
}

struct State {
    path: StreamPath,
    /// How often the path was changed.
    moves: u64,
    /// How many publishes there were.
    publishes: u64,
    publisher: Option<Publisher>,
    /// Who has published last, and may do so again.
    source: Option<Source>,
    /// Of the running publish, or of the last one.
    meters: Arc<PublishMeters>,
}

impl PublishPoint {
    /// The one of the camera `device`.
    pub(crate) fn new(device: usize, path: StreamPath, shared: Arc<Shared>) -> Self {
        let sessions = Arc::<Sessions>::default();
        let camera = Camera::new(
            device,
            Arc::clone(&sessions),
            &shared.budget,
            Arc::clone(&shared.clock),
            Arc::clone(&shared.log),
            Arc::clone(&shared.drawing),
        );
        let microphone = Feed::new(device, Sound::BOUNDS, Arc::clone(&sessions), &shared.budget);
        Self {
            device,
            shared,
            sessions,
            camera: Arc::new(camera),
            microphone: Arc::new(microphone),
            state: Mutex::new(State {
                path,
                moves: 0,
                publishes: 0,
                publisher: None,
                source: None,
                meters: Arc::default(),
            }),
        }
    }

    pub(crate) fn camera(&self) -> &Arc<Camera> {
        &self.camera
    }

    pub(crate) fn microphone(&self) -> &Arc<Feed<Sound>> {
        &self.microphone
    }

    pub(crate) fn set_notice(&self, notice: Notice) {
        self.camera.set_notice(notice);
    }

    /// Gives it another path. Whoever publishes to the old one is dropped.
    pub(crate) fn move_to(&self, path: &StreamPath) {
        let mut state = self.state.lock();
        if state.path != *path {
            self.drop_publisher(&mut state, "The stream path of this camera was changed");
            state.moves += 1;
        }
        state.path = path.clone();
    }

    /// Housekeeping, once a second.
    pub(crate) fn tick(&self, now: Instant) {
        let publisher = self.state.lock().publisher.as_ref().and_then(|publisher| {
            let silent_since = publisher.connection.last_received();
            Some((publisher.demultiplexer.upgrade()?, silent_since))
        });
        if let Some((demultiplexer, silent_since)) = publisher {
            demultiplexer
                .lock()
                .release_first_picture(now, silent_since);
        }
        let mut state = self.state.lock();
        state.meters.tick(now);
        self.log_overrun(self.camera.feed().track().take_overrun_readers());
        self.log_sound_overrun(self.microphone.track().take_overrun_readers());
        if !self.sessions.keep_path_open(now) {
            self.drop_publisher(&mut state, "The camera is disabled in XProtect");
        }
        if let Some(publisher) = &mut state.publisher {
            for line in self.due_report(publisher, now).into_iter().flatten() {
                self.shared
                    .log
                    .info(format_args!("{}: {line}", self.name()));
            }
        }
    }

    pub(crate) fn statistics(&self, now: Instant) -> CameraStatistics {
        let state = self.state.lock();
        let meters = &state.meters;
        // A publisher's frames wait for this one: it is held for no longer than it takes to copy numbers.
        let input = meters.input();
        let (received, drops, frame_spacing) = (input.flow(), input.drops(), input.spacing());
        drop(input);
        let track = self.camera.feed().track();
        let sound = self.sound_statistics(&state);
        CameraStatistics {
            device: self.device,
            path: state.path.to_string(),
            open: self.sessions.keep_path_open(now),
            sessions: self.camera.feed().track().readers(),
            publisher: state
                .publisher
                .as_ref()
                .map(|publisher| publisher.statistics(now)),
            problem: self.camera.problem(now),
            input: received,
            output: meters.output_flow(),
            drops: DropStatistics {
                slow_session: meters.video.total_dropped(),
                ..drops
            },
            queue_depth: track.depth(),
            frame_spacing,
            latency: meters.video.latency(),
            kept_bytes: track.kept_bytes(),
            sound,
        }
    }

    fn sound_statistics(&self, state: &State) -> SoundStatistics {
        let meters = &state.meters;
        let track = self.microphone.track();
        let publisher = state.publisher.as_ref();
        let input = meters.sound_input();
        SoundStatistics {
            described: publisher
                .map(|publisher| publisher.sound.clone())
                .unwrap_or_default(),
            input: input.flow(),
            left_out: input.left_out,
            output: meters.sound_output_flow(),
            slow_session: meters.sound.total_dropped(),
            queue_depth: track.depth(),
            kept_bytes: track.kept_bytes(),
        }
    }

    /// Ends the sessions, each when it has had what came. Nobody can begin to publish any more; whoever publishes is to be
    /// told by his connection.
    pub(crate) fn close(&self) {
        // Locked: a publish has begun by now, so that sessions wait for its end, or is refused.
        let state = self.state.lock();
        self.sessions.end();
        drop(state);
        self.camera.close();
        self.microphone.close();
    }

    fn name(&self) -> String {
        camera_name(self.device)
    }

    /// Writes a line about the publisher.
    fn log(&self, level: LogLevel, text: impl fmt::Display) {
        self.shared.log.about(
            Subject::Camera(self.device),
            level,
            format_args!("{}: {text}", self.name()),
        );
    }

    /// Sessions have become too slow.
    fn log_overrun(&self, sessions: usize) {
        if sessions > 0 {
            self.log(
                LogLevel::Warning,
                format_args!(
                    "{sessions} session(s) too slow: frames are dropped up to the next key frame"
                ),
            );
        }
    }

    /// Sessions on the microphone have become too slow.
    fn log_sound_overrun(&self, sessions: usize) {
        if sessions > 0 {
            self.log(
                LogLevel::Warning,
                format_args!("{sessions} session(s) too slow: sound is dropped"),
            );
        }
    }
}
