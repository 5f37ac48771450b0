//! Who publishes to a camera: its path, and one publisher at a time.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use rtmp_server::{ConnectionHandle, PublishCall, PublishRefusal, Status};

use super::demultiplexer::{Ingest, Source};
use super::meters::PublishMeters;
use super::report::Report;
use super::shared::{PublishKey, no_such_path};
use super::statistics::{PublisherStatistics, VideoStatistics};
use super::{Camera, PublisherSink, State};
use crate::event::DriverEvent;
use crate::log::{Escaped, LogLevel, Subject, cut};
use crate::stream_path::StreamPath;
use crate::time::Ticks;
use crate::track::ring;

/// Who publishes.
pub(crate) struct Publisher {
    pub(crate) meters: Arc<PublishMeters>,
    pub(crate) connection: ConnectionHandle,
    pub(crate) tls: bool,
    pub(crate) accepted: Instant,
    since: Ticks,
    pub(crate) encoder: Option<String>,
    pub(crate) video: Option<VideoStatistics>,
    found: Found,
    pub(crate) declared: Option<String>,
    pub(crate) report: Report,
    ingest: Weak<Mutex<Ingest>>,
}

/// What was told of the parameter sets of a publish, which some encoders change with every picture.
#[derive(Debug, Default)]
struct Found {
    latest: String,
    lines: u32,
}

impl Found {
    const MOST_LINES: u32 = 8;

    /// The line to write about it, if it is news, and not the next of many.
    fn line(&mut self, found: String) -> Option<String> {
        if self.latest == found || self.lines >= Self::MOST_LINES {
            return None;
        }
        self.latest.clone_from(&found);
        self.lines += 1;
        Some(match self.lines < Self::MOST_LINES {
            true => found,
            false => format!(
                "{found}; the parameter sets have changed often, and more of it is not told"
            ),
        })
    }
}

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
        if self.surroundings.events.is_full(self.device) {
            return Err(PublishRefusal::rejected(
                "Too many events of earlier publishers of this camera wait to be collected",
            ));
        }
        let key = PublishKey {
            device: self.device,
            moves: state.moves,
        };
        let claim = self.surroundings.claims.claim(key.clone(), &call.connection, call.at).map_err(|_| {
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
        let number = publish.meters.number;
        let camera = Arc::clone(self);
        let sink = PublisherSink::new(camera, publish, claim, connection, key, known);
        self.with_publisher(number, |publisher| {
            publisher.ingest = Arc::downgrade(sink.ingest());
        });
        Ok(sink)
    }

    /// A publisher has stopped publishing, but is still connected.
    pub(crate) fn remember(&self, source: Source) {
        self.state().source = Some(source);
    }

    fn begin_publish(&self, state: &mut State, call: &PublishCall) -> ring::Publish {
        let publish = self.ring.begin_publish(call.at);
        state.meters = Arc::clone(&publish.meters);
        let encoder = cut(
            &Escaped::foreign(&cut(&call.request.encoder, 80)).to_string(),
            80,
        )
        .into_owned();
        let encoder = (!encoder.is_empty()).then_some(encoder);
        let since = self.utc_now();
        self.surroundings.events.publish(
            self.device,
            DriverEvent::StreamStarted {
                device: self.device,
                path: state.path.to_string(),
                peer: call.peer,
                time: since,
            },
        );
        self.tell(
            LogLevel::Info,
            format_args!(
                "{} publishes to {} by {}{}",
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
            meters: Arc::clone(&publish.meters),
            connection: call.connection.clone(),
            tls: call.tls.is_some(),
            accepted: call.at,
            since,
            encoder,
            video: None,
            found: Found::default(),
            declared: None,
            report: Report::starting(call.at),
            ingest: Weak::new(),
        });
        publish
    }

    /// The publish `publish` is over, unless it was before.
    pub(crate) fn publish_ended(&self, publish: u64, reason: &str) {
        let mut state = self.state();
        if state.publisher_of(publish).is_some() {
            self.end_publish(&mut state, reason);
        }
    }

    fn end_publish(&self, state: &mut State, reason: &str) -> Option<ConnectionHandle> {
        let publisher = state.publisher.take()?;
        self.ring.end_publish(publisher.meters.number);
        let reason = cut(&Escaped::foreign(reason).to_string(), 300).into_owned();
        let peer = publisher.connection.peer();
        let lines = self.report(state, &publisher, Instant::now());
        let frames = publisher.meters.input().frames();
        self.tell(
            LogLevel::Info,
            format_args!("{peer} no longer publishes to {}: {reason}", state.path),
        );
        for line in lines {
            self.tell(LogLevel::Info, line);
        }
        self.surroundings.events.publish(
            self.device,
            DriverEvent::StreamStopped {
                device: self.device,
                path: state.path.to_string(),
                reason,
                frames,
                time: self.utc_now(),
            },
        );
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
        state.meters.tick(now);
        self.tell_overrun(self.ring.take_overrun_readers());
        if !state.is_open(now) {
            self.drop_publisher(&mut state, "The camera is disabled in XProtect");
        }
        if let Some(mut publisher) = state.publisher.take() {
            if publisher.report.is_due(now) {
                let name = self.name();
                for line in self.report(&state, &publisher, now) {
                    self.log().info(format_args!("{name}: {line}"));
                }
                publisher.report.done(now, &publisher.meters);
            }
            state.publisher = Some(publisher);
        }
    }
}

/// What a publisher's messages tell.
impl Camera {
    fn with_publisher(&self, publish: u64, change: impl FnOnce(&mut Publisher)) {
        if let Some(publisher) = self.state().publisher_of(publish) {
            change(publisher);
        }
    }

    pub(crate) fn video_is(
        &self,
        publish: u64,
        video: Option<VideoStatistics>,
        sps: usize,
        pps: usize,
    ) {
        self.with_publisher(publish, |publisher| {
            let described = video
                .as_ref()
                .map_or_else(|| "of unknown size".to_owned(), ToString::to_string);
            let found = format!("found {sps} SPS and {pps} PPS: H.264 {described}");
            if let Some(line) = publisher.found.line(found) {
                self.tell(LogLevel::Info, line);
            }
            publisher.video = video;
        });
    }

    pub(crate) fn source_declares(&self, publish: u64, declared: String) {
        self.with_publisher(publish, |publisher| publisher.declared = Some(declared));
    }

    pub(crate) fn tell_first_frame(&self, publish: u64, received: Instant) {
        let mut state = self.state();
        let Some(publisher) = state.publisher_of(publish) else {
            return;
        };
        let waited = received.saturating_duration_since(publisher.accepted);
        state.refused_codec = None;
        self.tell(
            LogLevel::Info,
            format_args!("first key frame after {:.2} s", waited.as_secs_f64()),
        );
    }

    pub(crate) fn tell_reordering(&self, publish: u64) {
        self.with_publisher(publish, |_| {
            self.tell(
                LogLevel::Info,
                "the encoder uses B frames, which adds delay: switch them off if the picture should be as live as \
                 possible",
            );
        });
    }

    pub(crate) fn tell_of_publisher(&self, publish: u64, level: LogLevel, said: &str) {
        self.with_publisher(publish, |_| self.tell(level, said));
    }

    /// Sessions have become too slow.
    pub(crate) fn tell_overrun(&self, sessions: usize) {
        if sessions > 0 {
            self.tell(
                LogLevel::Warning,
                format_args!(
                    "{sessions} session(s) too slow: frames are dropped up to the next key frame"
                ),
            );
        }
    }

    /// Writes a line about the camera's publisher.
    fn tell(&self, level: LogLevel, text: impl fmt::Display) {
        let name = self.name();
        self.log().about(
            Subject::Camera(self.device),
            level,
            format_args!("{name}: {text}"),
        );
    }

    pub(crate) fn refuse_codec(&self, publish: u64, codec: &str, description: &str) {
        let mut state = self.state();
        let Some(publisher) = state.publisher_of(publish) else {
            return;
        };
        let peer = publisher.connection.peer();
        state.codec_refused(codec, Instant::now());
        self.end_publish(&mut state, description);
        self.surroundings.refused(
            Some(self.device),
            &state.path.to_string(),
            peer,
            description,
        );
    }
}

impl Publisher {
    pub(crate) fn statistics(&self, now: Instant) -> PublisherStatistics {
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
    /// Who publishes, if that is the publish `publish`.
    fn publisher_of(&mut self, publish: u64) -> Option<&mut Publisher> {
        self.publisher
            .as_mut()
            .filter(|publisher| publisher.meters.number == publish)
    }
}
