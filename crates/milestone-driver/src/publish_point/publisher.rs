//! Who publishes to a publish point, from its question whether it may to its end.

use std::sync::{Arc, Weak};
use std::time::Instant;

use flv_h264::{AudioFormat, LeftOut};
use parking_lot::Mutex;
use rtmp_server::{ConnectionHandle, PublishCall, Status};

use super::demultiplexer::Demultiplexer;
use super::meters::PublishMeters;
use super::publish::{Known, Publish, Source};
use super::shared::{ClaimKey, no_such_path};
use super::sink::PublisherSink;
use super::sound::SoundTrack;
use super::video::VideoTrack;
use super::{PublishPoint, State};
use crate::event::DriverEvent;
use crate::log::{Escaped, LogLevel, cut};
use crate::statistics::{PublisherStatistics, SoundDescription, VideoStatistics};
use crate::stream_path::StreamPath;
use crate::time::Ticks;
use crate::track::{Flow, Writer};

/// Who publishes.
pub(super) struct Publisher {
    pub(super) meters: Arc<PublishMeters>,
    pub(super) connection: ConnectionHandle,
    pub(super) tls: bool,
    pub(super) accepted: Instant,
    since: Ticks,
    pub(super) encoder: Option<String>,
    pub(super) video: Option<VideoStatistics>,
    found: Found,
    pub(super) sound: SoundDescription,
    found_sound: Found,
    pub(super) declared: Option<String>,
    pub(super) reported: Reported,
    pub(super) demultiplexer: Weak<Mutex<Demultiplexer>>,
}

/// When the statistics were logged last, and the totals then.
pub(super) struct Reported {
    pub(super) at: Instant,
    pub(super) input: Flow,
    pub(super) output: Flow,
    pub(super) sound: Flow,
}

/// What was logged of the contents of a publish, which some encoders change with every message.
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
            false => format!("{found}; this has changed often, and more of it is not told"),
        })
    }
}

impl PublishPoint {
    /// Decides on a publisher that asks for `path`, which is its own as far as the caller knows.
    pub(crate) fn publish(
        self: &Arc<Self>,
        call: &PublishCall,
        path: &StreamPath,
    ) -> Result<PublisherSink, Status> {
        let mut state = self.state.lock();
        if state.path != *path {
            return Err(no_such_path(path));
        }
        if self.sessions.have_ended() || !self.sessions.keep_path_open(call.at) {
            return Err(Status::bad_name(format!(
                "{} with the stream path {path} is disabled in XProtect: enable the camera and publish again",
                self.name()
            )));
        }
        if self.shared.events.is_full(self.device) {
            return Err(Status::rejected(
                "Too many events of earlier publishers of this camera wait to be collected",
            ));
        }
        let key = ClaimKey {
            device: self.device,
            moves: state.moves,
        };
        let claim = self.shared.claims.claim(key.clone(), &call.connection, call.at).map_err(|_| {
            Status::bad_name(format!(
                "The stream path {path} is already being published to: stop the other publisher, or use the stream \
                 path of another camera"
            ))
        })?;
        self.end_publish(&mut state, "replaced by a publisher from the same address");
        let connection = call.connection.id();
        let source = state.source.take();
        let known = source.and_then(|source| source.known_to(connection, &key));
        let demultiplexer = self.begin_publish(&mut state, call, known);
        drop(state);
        demultiplexer.lock().begin();
        Ok(PublisherSink::new(demultiplexer, claim, connection, key))
    }

    /// A publisher has stopped publishing, but is still connected.
    pub(super) fn remember(&self, source: Source) {
        self.state.lock().source = Some(source);
    }

    fn begin_publish(
        self: &Arc<Self>,
        state: &mut State,
        call: &PublishCall,
        known: Option<Known>,
    ) -> Arc<Mutex<Demultiplexer>> {
        state.publishes += 1;
        let meters = Arc::new(PublishMeters::starting(state.publishes, call.at));
        state.meters = Arc::clone(&meters);
        let after = self.camera.begin_publish(state.publishes);
        let sound_after = self.microphone.begin_publish(state.publishes);
        let known = known.unwrap_or_default();
        let pictures = Writer::new(self.camera.feed().track(), state.publishes);
        let video = VideoTrack::new(known.video, pictures, after);
        let sounds = Writer::new(self.microphone.track(), state.publishes);
        let sound = SoundTrack::new(known.sound, sounds, sound_after);
        let publish = Publish::new(Arc::clone(self), Arc::clone(&meters));
        let demultiplexer = Arc::new(Mutex::new(Demultiplexer::new(publish, video, sound)));
        let encoder = cut(
            &Escaped::foreign(&cut(&call.request.encoder, 80)).to_string(),
            80,
        )
        .into_owned();
        let encoder = (!encoder.is_empty()).then_some(encoder);
        let since = self.shared.clock.now();
        self.shared.events.publish(
            self.device,
            DriverEvent::StreamStarted {
                device: self.device,
                path: state.path.to_string(),
                peer: call.peer,
                time: since,
            },
        );
        self.log(
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
            meters,
            connection: call.connection.clone(),
            tls: call.tls.is_some(),
            accepted: call.at,
            since,
            encoder,
            video: None,
            found: Found::default(),
            sound: SoundDescription::default(),
            found_sound: Found::default(),
            declared: None,
            reported: Reported {
                at: call.at,
                input: Flow::default(),
                output: Flow::default(),
                sound: Flow::default(),
            },
            demultiplexer: Arc::downgrade(&demultiplexer),
        });
        demultiplexer
    }

    /// The publish `publish` is over, unless it was before.
    pub(super) fn publish_ended(&self, publish: u64, reason: &str) {
        let mut state = self.state.lock();
        if state.publisher_of(publish).is_some() {
            self.end_publish(&mut state, reason);
        }
    }

    /// Ends the publish that nobody has ended, though there are no connections any more.
    pub(crate) fn end_abandoned_publish(&self) {
        self.end_publish(&mut self.state.lock(), "its end was missed");
    }

    fn end_publish(&self, state: &mut State, reason: &str) -> Option<ConnectionHandle> {
        let publisher = state.publisher.take()?;
        self.camera.end_publish(publisher.meters.number());
        self.microphone.end_publish(publisher.meters.number());
        let reason = cut(&Escaped::foreign(reason).to_string(), 300).into_owned();
        let peer = publisher.connection.peer();
        let lines = self.report(&publisher, Instant::now());
        let frames = publisher.meters.input().frames();
        self.log(
            LogLevel::Info,
            format_args!("{peer} no longer publishes to {}: {reason}", state.path),
        );
        for line in lines {
            self.log(LogLevel::Info, line);
        }
        self.shared.events.publish(
            self.device,
            DriverEvent::StreamStopped {
                device: self.device,
                path: state.path.to_string(),
                reason,
                frames,
                time: self.shared.clock.now(),
            },
        );
        Some(publisher.connection)
    }

    /// Ends the running publish, if there is one, and tells the publisher `description`.
    pub(super) fn drop_publisher(&self, state: &mut State, description: &str) {
        if let Some(connection) = self.end_publish(state, description) {
            connection.disconnect(Status::bad_name(description));
        }
    }
}

/// What a publisher's messages say.
impl PublishPoint {
    fn with_publisher(&self, publish: u64, change: impl FnOnce(&mut Publisher)) {
        if let Some(publisher) = self.state.lock().publisher_of(publish) {
            change(publisher);
        }
    }

    pub(super) fn set_video(&self, publish: u64, video: Option<VideoStatistics>, sets: &str) {
        self.with_publisher(publish, |publisher| {
            let described = video
                .as_ref()
                .map_or_else(|| "of unknown size".to_owned(), ToString::to_string);
            let found = format!("found {sets}: {described}");
            if let Some(line) = publisher.found.line(found) {
                self.log(LogLevel::Info, line);
            }
            publisher.video = video;
        });
    }

    pub(super) fn set_sound(&self, publish: u64, format: AudioFormat, profile: Option<String>) {
        self.with_publisher(publish, |publisher| {
            publisher.sound = SoundDescription {
                format: Some(format),
                profile,
                left_out: None,
            };
            let found = format!("found sound: {}", publisher.sound);
            if let Some(line) = publisher.found_sound.line(found) {
                self.log(LogLevel::Info, line);
            }
        });
    }

    /// Sound is left out, which harms nothing else.
    pub(super) fn sound_left_out(&self, publish: u64, reason: LeftOut) {
        self.with_publisher(publish, |publisher| {
            let reason = Escaped::foreign(&reason.to_string()).to_string();
            let found = format!("sound is left out: {reason}; the video goes on");
            if let Some(line) = publisher.found_sound.line(found) {
                self.log(LogLevel::Warning, line);
            }
            publisher.sound.left_out = Some(reason);
        });
    }

    pub(super) fn set_declared(&self, publish: u64, declared: String) {
        self.with_publisher(publish, |publisher| publisher.declared = Some(declared));
    }

    pub(super) fn first_frame_came(&self, publish: u64, received: Instant) {
        let mut state = self.state.lock();
        let Some(publisher) = state.publisher_of(publish) else {
            return;
        };
        let waited = received.saturating_duration_since(publisher.accepted);
        self.camera.video_has_begun();
        self.log(
            LogLevel::Info,
            format_args!("first key frame after {:.2} s", waited.as_secs_f64()),
        );
    }

    pub(super) fn log_reordering(&self, publish: u64) {
        self.with_publisher(publish, |_| {
            self.log(
                LogLevel::Info,
                "the encoder uses B frames, which adds delay: switch them off if the picture should be as live as \
                 possible",
            );
        });
    }

    pub(super) fn log_of_publisher(&self, publish: u64, level: LogLevel, said: &str) {
        self.with_publisher(publish, |_| self.log(level, said));
    }

    pub(super) fn refuse_codec(&self, publish: u64, codec: &str, description: &str) {
        let mut state = self.state.lock();
        let Some(publisher) = state.publisher_of(publish) else {
            return;
        };
        let peer = publisher.connection.peer();
        self.camera.codec_was_refused(codec, Instant::now());
        self.end_publish(&mut state, description);
        self.shared.refused(
            Some(self.device),
            &state.path.to_string(),
            peer,
            description,
        );
    }
}

impl Publisher {
    pub(super) fn statistics(&self, now: Instant) -> PublisherStatistics {
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
            .filter(|publisher| publisher.meters.number() == publish)
    }
}
