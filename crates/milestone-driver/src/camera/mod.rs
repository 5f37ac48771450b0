//! One camera: a path, at most one publisher, any number of sessions.
//!
//! What comes in belongs to the camera: a [`PublisherSink`] turns messages into frames and puts them into the camera's
//! [`FrameRing`], whether anybody reads there or not. Sessions come and go without the publisher noticing.

mod drawing;
pub(crate) mod frame_ring;
mod latency;
mod meter;
mod offline;
mod publisher;
mod report;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rtmp_server::{ConnectionHandle, Publications, PublishCall, PublishRefusal, Status};

pub(crate) use drawing::DrawingQueue;
#[cfg(test)]
pub(crate) use frame_ring::{NewFrame, Publish};
pub(crate) use frame_ring::{ReaderWaker, RingRead, RingReader};
pub(crate) use offline::{Notice, Offer};
pub(crate) use publisher::PublisherSink;
use publisher::{Ingest, Source};

use crate::camera_name;
use crate::clock::UtcClock;
use crate::event::{DriverEvent, Events};
use crate::log::{Escaped, Log, LogLevel, cut};
use crate::outbox::Outbox;
use crate::statistics::{CameraStatistics, DropStatistics, PublisherStatistics, VideoStatistics};
use crate::stream_path::StreamPath;
use crate::time::Ticks;
use frame_ring::{Bounds, FrameRing, RingFrame};
use latency::LatencyMeter;
use meter::{InputMeter, OutputMeter, Rate};
use offline::OfflineScreen;
use report::Report;

/// What the cameras of a driver share.
pub(crate) struct Surroundings {
    pub(crate) log: Arc<Log>,
    pub(crate) events: Arc<Events>,
    pub(crate) clock: UtcClock,
    pub(crate) publications: Publications<PublishKey>,
    pub(crate) drawing: Arc<DrawingQueue>,
}

/// What a publisher holds: a camera under one of the paths that it has had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PublishKey {
    device: usize,
    moves: u64,
}

/// One of the 16 cameras.
pub(crate) struct Camera {
    device: usize,
    surroundings: Arc<Surroundings>,
    ring: Arc<FrameRing>,
    screen: Arc<OfflineScreen>,
    state: Mutex<State>,
    input: Mutex<InputMeter>,
    output: OutputMeter,
    latency: LatencyMeter,
    closed: AtomicBool,
}

struct State {
    path: StreamPath,
    /// How often the path was changed.
    moves: u64,
    sessions: usize,
    last_session_closed: Option<Instant>,
    publisher: Option<Publisher>,
    refused_codec: Option<(String, Instant)>,
    notice: Notice,
    output_rate: Rate,
    source: Option<Source>,
}

/// Who publishes.
struct Publisher {
    publish: u64,
    connection: ConnectionHandle,
    tls: bool,
    accepted: Instant,
    since: Ticks,
    encoder: Option<String>,
    video: Option<VideoStatistics>,
    declared: Option<String>,
    report: Report,
    ingest: Weak<Mutex<Ingest>>,
}

/// How long a path stays open to publishers after the camera's last session was closed.
pub(crate) const PATH_LINGERS: Duration = Duration::from_secs(60);
/// How often the statistics of a publish are logged.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(30);

impl Camera {
    pub(crate) fn new(device: usize, path: StreamPath, surroundings: Arc<Surroundings>) -> Self {
        let ring = Arc::new(FrameRing::new(Bounds::default()));
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
                output_rate: Rate::default(),
                source: None,
            }),
            input: Mutex::default(),
            output: OutputMeter::default(),
            latency: LatencyMeter::default(),
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn input(&self) -> MutexGuard<'_, InputMeter> {
        self.input.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sessions.
impl Camera {
    /// A reader for a new session, unless the camera is closed.
    pub(crate) fn session_opened(&self) -> Option<RingReader> {
        let mut state = self.state();
        if self.is_closed() {
            return None;
        }
        state.sessions += 1;
        Some(self.ring.reader())
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

    pub(crate) fn count_delivered(&self, frame: &RingFrame) {
        self.output.frame(frame);
    }

    pub(crate) fn count_latency(&self, latency: Duration) {
        self.latency.frame(latency);
    }

    pub(crate) fn count_dropped_for_slow_session(&self, frames: u64) {
        self.output.dropped(frames);
    }
}

/// Publishers.
impl Camera {
    /// Decides on a publisher that asks for `path`, which is the camera's as far as the caller knows.
    pub(crate) fn publish(
        self: &Arc<Self>,
        call: &PublishCall,
        path: &StreamPath,
    ) -> Result<PublisherSink, PublishRefusal> {
        let mut state = self.state();
        if state.path != *path {
            return Err(no_such_path(path));
        }
        if self.is_closed() || !state.is_open(call.at) {
            return Err(PublishRefusal::bad_name(format!(
                "{} with the stream path {path} is disabled in XProtect: enable the camera and publish again",
                self.name()
            )));
        }
        if self.surroundings.events.is_full() {
            return Err(PublishRefusal::rejected(
                "Too many events of earlier publishers wait to be collected",
            ));
        }
        let key = PublishKey {
            device: self.device,
            moves: state.moves,
        };
        let claim = self.surroundings.publications.claim(key.clone(), &call.connection, call.at).map_err(|_| {
            PublishRefusal::bad_name(format!(
                "The stream path {path} is already being published to: stop the other publisher, or use the stream \
                 path of another camera"
            ))
        })?;
        self.end_publish(&mut state, "replaced by a publisher from the same address");
        let connection = call.connection.id();
        let source = state.source.take();
        let known = source.and_then(|source| source.known_to(connection, &key));
        let publish = self.begin_publish(&mut state, call);
        drop(state);
        let number = publish.number;
        let camera = Arc::clone(self);
        let sink = PublisherSink::new(camera, publish, claim, connection, key, known);
        self.with_publisher(number, |publisher| {
            publisher.ingest = Arc::downgrade(sink.ingest());
        });
        Ok(sink)
    }

    /// A publisher has stopped publishing, but is still connected.
    fn remember(&self, source: Source) {
        self.state().source = Some(source);
    }

    fn begin_publish(&self, state: &mut State, call: &PublishCall) -> frame_ring::Publish {
        let publish = self.ring.begin_publish();
        *self.input() = InputMeter::starting(call.at);
        self.output.reset();
        self.latency.reset();
        state.output_rate = Rate::starting(call.at);
        let encoder = cut(
            &Escaped::foreign(&cut(&call.request.encoder, 80)).to_string(),
            80,
        )
        .into_owned();
        let encoder = (!encoder.is_empty()).then_some(encoder);
        let since = self.utc_now();
        self.surroundings
            .events
            .started(DriverEvent::StreamStarted {
                device: self.device,
                path: state.path.to_string(),
                peer: call.peer,
                time: since,
            });
        self.log().about_peer(
            LogLevel::Info,
            call.peer.ip(),
            format_args!(
                "{}: {} publishes to {} by {}{}",
                self.name(),
                call.peer,
                state.path,
                if call.tls.is_some() { "RTMPS" } else { "RTMP" },
                encoder
                    .as_ref()
                    .map(|encoder| format!(", encoder {encoder}"))
                    .unwrap_or_default()
            ),
        );
        state.publisher = Some(Publisher {
            publish: publish.number,
            connection: call.connection.clone(),
            tls: call.tls.is_some(),
            accepted: call.at,
            since,
            encoder,
            video: None,
            declared: None,
            report: Report::starting(call.at),
            ingest: Weak::new(),
        });
        publish
    }

    /// The publish `publish` is over, unless it was before.
    fn publish_ended(&self, publish: u64, reason: &str) {
        let mut state = self.state();
        if state
            .publisher
            .as_ref()
            .is_some_and(|publisher| publisher.publish == publish)
        {
            self.end_publish(&mut state, reason);
        }
    }

    fn end_publish(&self, state: &mut State, reason: &str) -> Option<ConnectionHandle> {
        let publisher = state.publisher.take()?;
        self.ring.end_publish(publisher.publish);
        let reason = cut(&Escaped::foreign(reason).to_string(), 300).into_owned();
        let peer = publisher.connection.peer();
        let lines = self.report(state, &publisher, Instant::now());
        let frames = self.input().frames();
        self.log().about_peer(
            LogLevel::Info,
            peer.ip(),
            format_args!(
                "{}: {peer} no longer publishes to {}: {reason}",
                self.name(),
                state.path
            ),
        );
        for line in lines {
            self.log().about_peer(LogLevel::Info, peer.ip(), line);
        }
        self.surroundings
            .events
            .stopped(DriverEvent::StreamStopped {
                device: self.device,
                path: state.path.to_string(),
                reason,
                frames,
                time: self.utc_now(),
            });
        Some(publisher.connection)
    }

    /// Ends the running publish, if there is one, and tells the publisher `description`.
    fn drop_publisher(&self, state: &mut State, description: &str) {
        if let Some(connection) = self.end_publish(state, description) {
            connection.disconnect(Status::bad_name(description));
        }
    }

    /// Gives the camera another path. Whoever publishes to the old one is dropped.
    pub(crate) fn move_to(&self, path: &StreamPath) {
        let mut state = self.state();
        if state.path != *path {
            self.drop_publisher(&mut state, "The stream path of this camera was changed");
            state.moves += 1;
        }
        state.path = path.clone();
    }

    /// Housekeeping, once a second.
    pub(crate) fn tick(&self, now: Instant) {
        let ingest = self
            .state()
            .publisher
            .as_ref()
            .and_then(|publisher| publisher.ingest.upgrade());
        if let Some(ingest) = ingest {
            Ingest::lock(&ingest).release_first_picture(now);
        }
        let mut state = self.state();
        self.input().tick(now);
        state.output_rate.tick(now, self.output.totals());
        if !state.is_open(now) {
            self.drop_publisher(&mut state, "The camera is disabled in XProtect");
        }
        if let Some(mut publisher) = state.publisher.take() {
            if publisher.report.is_due(now) {
                for line in self.report(&state, &publisher, now) {
                    self.log().info(line);
                }
                publisher
                    .report
                    .done(now, self.input().totals(), self.output.totals());
            }
            state.publisher = Some(publisher);
        }
    }
}

/// What a publisher's messages tell.
impl Camera {
    fn with_publisher(&self, publish: u64, change: impl FnOnce(&mut Publisher)) {
        if let Some(publisher) = &mut self.state().publisher
            && publisher.publish == publish
        {
            change(publisher);
        }
    }

    fn video_is(&self, publish: u64, video: Option<VideoStatistics>, sps: usize, pps: usize) {
        self.with_publisher(publish, |publisher| {
            let described = video
                .as_ref()
                .map_or_else(|| "of unknown size".to_owned(), ToString::to_string);
            self.log().about_peer(
                LogLevel::Info,
                publisher.connection.peer().ip(),
                format_args!(
                    "{}: found {sps} SPS and {pps} PPS: H.264 {described}",
                    self.name()
                ),
            );
            publisher.video = video;
        });
    }

    fn source_declares(&self, publish: u64, declared: String) {
        self.with_publisher(publish, |publisher| publisher.declared = Some(declared));
    }

    fn tell_first_frame(&self, publish: u64, received: Instant) {
        self.state().refused_codec = None;
        self.with_publisher(publish, |publisher| {
            let waited = received.saturating_duration_since(publisher.accepted);
            self.log().about_peer(
                LogLevel::Info,
                publisher.connection.peer().ip(),
                format_args!(
                    "{}: first key frame after {:.2} s",
                    self.name(),
                    waited.as_secs_f64()
                ),
            );
        });
    }

    fn tell_reordering(&self, publish: u64) {
        self.with_publisher(publish, |publisher| {
            self.log().about_peer(
                LogLevel::Info,
                publisher.connection.peer().ip(),
                format_args!(
                    "{}: the encoder uses B frames, which adds delay: switch them off if the picture should be as \
                     live as possible",
                    self.name()
                ),
            );
        });
    }

    fn tell_of_publisher(&self, publish: u64, level: LogLevel, said: &str) {
        self.with_publisher(publish, |publisher| {
            self.log().about_peer(
                level,
                publisher.connection.peer().ip(),
                format_args!("{}: {said}", self.name()),
            );
        });
    }

    fn tell_overrun(&self, sessions: usize) {
        self.log().warning(format_args!(
            "{}: {sessions} session(s) too slow: frames are dropped up to the next key frame",
            self.name()
        ));
    }

    fn refuse_codec(&self, publish: u64, codec: &str, description: &str) {
        let mut state = self.state();
        let Some(publisher) = state
            .publisher
            .as_ref()
            .filter(|publisher| publisher.publish == publish)
        else {
            return;
        };
        let peer = publisher.connection.peer();
        state.codec_refused(codec, Instant::now());
        self.end_publish(&mut state, description);
        self.surroundings
            .refused(&state.path.to_string(), peer, description);
    }
}

impl Surroundings {
    #[cfg(test)]
    pub(crate) fn new() -> Self {
        Self::telling(Outbox::new())
    }

    /// Of cameras whose driver tells by way of `outbox`.
    pub(crate) fn telling(outbox: Outbox) -> Self {
        Self {
            log: outbox.log,
            events: outbox.events,
            clock: UtcClock::new(),
            publications: Publications::new(),
            drawing: Arc::default(),
        }
    }

    /// Tells if the system clock was set, also while nobody asks for the time.
    pub(crate) fn look_at_the_clock(&self) {
        self.clock.now();
        if let Some(change) = self.clock.take_change() {
            self.log.warning(change);
        }
    }

    /// Tells that a publisher was refused. `path` is escaped already.
    pub(crate) fn refused(&self, path: &str, peer: std::net::SocketAddr, reason: &str) {
        self.log.about_peer(
            LogLevel::Warning,
            peer.ip(),
            format_args!("{peer} may not publish to {path}: {reason}"),
        );
        self.events.refused(DriverEvent::PublishRefused {
            path: path.to_owned(),
            peer,
            reason: reason.to_owned(),
            time: self.clock.now(),
        });
    }
}

/// The refusal for a path that no camera has. Does not tell which there are: they are keys.
pub(crate) fn no_such_path(path: &StreamPath) -> PublishRefusal {
    let shown = Escaped::foreign(path.as_str()).to_string();
    PublishRefusal::bad_name(format!(
        "No camera has the stream path {}: use the RTMP Push Stream Path of a camera, which its settings and its \
         offline picture show",
        cut(&shown, 100)
    ))
}

/// Statistics.
impl Camera {
    pub(crate) fn statistics(&self, now: Instant) -> CameraStatistics {
        let latency = self.latency.statistics();
        let state = self.state();
        // A publisher's frames wait for this one: it is held for no longer than it takes to copy numbers.
        let input = self.input();
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
            output: state.output_rate.flow(self.output.totals()),
            drops: DropStatistics {
                slow_session: self.output.total_dropped(),
                ..drops
            },
            queue_depth: self.ring.depth(),
            frame_spacing,
            latency,
        }
    }
}

impl Publisher {
    fn statistics(&self, now: Instant) -> PublisherStatistics {
        PublisherStatistics {
            peer: self.connection.peer(),
            tls: self.tls,
            since: self.since,
            uptime: now.saturating_duration_since(self.accepted),
            encoder: self.encoder.clone(),
            video: self.video.clone(),
            declared: self.declared.clone(),
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
