//! From a publisher's messages to the camera's frames.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use flv_h264::{
    AccessUnit, AccessUnitBuilder, Habit, OnMetaData, ParameterSets, UnsupportedCodec, VideoCodec,
    VideoEvent,
};
use rtmp_server::{
    Claim, ConnectionId, Deadline, EndReason, Media, MediaKind, MediaSink, Payload, PublishRefusal,
    SessionError,
};
use tokio::time::{Sleep, sleep_until};

use super::Camera;
use super::meters::PublishMeters;
use super::shared::PublishKey;
use super::statistics::VideoStatistics;
use crate::clock::{PublisherClock, ShowingOrder, Timestamp, Track};
use crate::log::{Escaped, LogLevel, cut};
use crate::time::Ticks;
use crate::track::ring::{Publish, Sample};

/// The publish that a camera has accepted. Lives on the publisher's connection.
pub(crate) struct PublisherSink {
    ingest: Arc<Mutex<Ingest>>,
    /// Who publishes, and under which of the camera's paths.
    connection: ConnectionId,
    key: PublishKey,
    /// The camera may have no room for more.
    full: bool,
    /// Ends the wait for room.
    hold: Option<Pin<Box<Sleep>>>,
    ended: bool,
    /// Held until the publish ends: nobody else can publish to the camera.
    _claim: Claim<PublishKey>,
}

/// What becomes of the messages of a publish.
pub(crate) struct Ingest {
    camera: Arc<Camera>,
    /// The publish, and what is counted of it.
    meters: Arc<PublishMeters>,
    builder: AccessUnitBuilder,
    clock: PublisherClock,
    track: Track,
    /// If it may be another one than that of decoding.
    showing_order: Option<ShowingOrder>,
    /// The time that it was told last.
    now: Option<Instant>,
    first_video: Option<Instant>,
    /// When the last video message came.
    arrival: Option<Arrival>,
    /// A frame that sessions can start at has come.
    started: bool,
    /// The encoder sends pictures in another order than that in which they are shown.
    reorders: bool,
    /// Something has come that is video of a codec that is taken.
    has_video: bool,
    /// What `onMetaData` says of the video.
    declared_codec: Option<VideoCodec>,
    /// Sessions may wait for a frame that has come.
    pushed: bool,
    /// The camera may have no room for more.
    full: bool,
}

#[derive(Clone, Copy)]
struct Arrival {
    received: Instant,
    utc: Ticks,
}

/// What is known of the source that has published to a camera last. It may publish again on the
/// same connection, and need not say again what it has said.
pub(crate) struct Source {
    connection: ConnectionId,
    key: PublishKey,
    builder: AccessUnitBuilder,
}

/// For how long the first picture of a publish waits for the second one, whose arrival shows how
/// pictures are cut into messages.
const FIRST_PICTURE_WAITS: Duration = Duration::from_millis(500);
/// For how long to wait for an IDR picture until intra pictures will do.
const IDR_WAITED_FOR: Duration = Duration::from_secs(2);

impl Source {
    /// What is known, if `connection` is the source's, and `key` what it had.
    pub(crate) fn known_to(
        self,
        connection: ConnectionId,
        key: &PublishKey,
    ) -> Option<AccessUnitBuilder> {
        (self.connection == connection && self.key == *key).then_some(self.builder)
    }
}

impl PublisherSink {
    pub(crate) fn new(
        camera: Arc<Camera>,
        publish: Publish,
        claim: Claim<PublishKey>,
        connection: ConnectionId,
        key: PublishKey,
        known: Option<AccessUnitBuilder>,
    ) -> Self {
        let mut ingest = Ingest {
            camera,
            meters: publish.meters,
            builder: known.unwrap_or_default(),
            clock: PublisherClock::default(),
            track: Track::starting_after(publish.after),
            showing_order: None,
            now: None,
            first_video: None,
            arrival: None,
            started: false,
            reorders: false,
            has_video: false,
            declared_codec: None,
            pushed: false,
            full: false,
        };
        if let Some(sets) = ingest.builder.parameter_sets().cloned() {
            ingest.parameter_sets(&sets);
        }
        Self {
            ingest: Arc::new(Mutex::new(ingest)),
            connection,
            key,
            full: false,
            hold: None,
            ended: false,
            _claim: claim,
        }
    }

    /// The part that the camera can reach as well.
    pub(crate) fn ingest(&self) -> &Arc<Mutex<Ingest>> {
        &self.ingest
    }

    fn lock(&self) -> MutexGuard<'_, Ingest> {
        Ingest::lock(&self.ingest)
    }

    fn finish(&mut self, reason: &str) -> Option<AccessUnitBuilder> {
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        Some(self.lock().end(reason))
    }
}

impl Ingest {
    pub(crate) fn lock(ingest: &Mutex<Self>) -> MutexGuard<'_, Self> {
        ingest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self) -> u64 {
        self.meters.number
    }

    /// Until when the publisher has to wait for room in the camera, unless `waker` is woken before.
    fn poll_room(&mut self, now: Instant, waker: &Waker) -> Option<Instant> {
        let until = self.camera.ring.poll_room(self.publish(), now, waker);
        self.full = until.is_some();
        until
    }

    fn video(
        &mut self,
        received: Instant,
        timestamp: u32,
        payload: Payload,
    ) -> Result<(), PublishRefusal> {
        let first_video = *self.first_video.get_or_insert(received);
        if !self.started && received.saturating_duration_since(first_video) >= IDR_WAITED_FOR {
            self.builder.start_at_intra_pictures();
        }
        let pushed = self.builder.push(timestamp, payload);
        let arrival = Arrival {
            received,
            utc: self.camera.utc_now(),
        };
        let before = self.arrival.replace(arrival).unwrap_or(arrival);
        self.deliver(before, arrival);
        pushed.map_err(|unsupported| self.refuse(unsupported))
    }

    /// Delivers what the builder has. What it has held back came with the message before.
    fn deliver(&mut self, before: Arrival, arrival: Arrival) {
        let mut usable = false;
        while let Some(event) = self.builder.poll_event() {
            usable |= !matches!(event, VideoEvent::Habit(_));
            match event {
                VideoEvent::AccessUnit(unit) if unit.held => self.picture(before, unit),
                VideoEvent::AccessUnit(unit) => self.picture(arrival, unit),
                VideoEvent::ParameterSets(sets) => self.parameter_sets(&sets),
                VideoEvent::Habit(habit) => self.tell_habit(habit),
                _ => {}
            }
        }
        usable |= self.builder.holds_picture();
        self.has_video |= usable;
        if !usable {
            self.meters.input().unusable_messages = self.unusable_messages();
        }
    }

    /// Pictures whose parameter sets have not come are video, too.
    fn has_video(&self) -> bool {
        self.has_video || self.builder.counters().pictures_without_parameter_sets > 0
    }

    /// Delivers the first picture if nothing more has come for a while.
    pub(crate) fn release_first_picture(&mut self, now: Instant) {
        let Some(arrival) = self.arrival else { return };
        let waited = now.saturating_duration_since(arrival.received);
        if self.builder.holds_first_picture() && waited >= FIRST_PICTURE_WAITS {
            self.now = Some(now);
            self.builder.release();
            self.deliver(arrival, arrival);
            self.flush();
        }
    }

    /// To wake a thread costs more than all the rest of a frame's way: once for a burst is enough.
    fn flush(&mut self) {
        if std::mem::take(&mut self.pushed) {
            self.camera.ring.wake_readers();
        }
    }

    /// Delivers what is held back, and ends the publish.
    fn end(&mut self, reason: &str) -> AccessUnitBuilder {
        self.builder.finish();
        if let Some(arrival) = self.arrival {
            self.deliver(arrival, arrival);
            self.flush();
        }
        self.camera.publish_ended(self.publish(), reason);
        std::mem::take(&mut self.builder).into_successor()
    }

    fn picture(&mut self, arrival: Arrival, unit: AccessUnit) {
        let received = arrival.received;
        if let Some(sets) = &unit.new_parameter_sets {
            self.parameter_sets(sets);
        }
        let sync = unit.sync.is_sync();
        if !self.started && !sync {
            self.meters.input().before_key_frame += 1;
            return;
        }
        let timestamp = Timestamp {
            milliseconds: unit.timestamp_ms,
            nanoseconds: unit.timestamp_nanos,
        };
        if let Some(order) = &mut self.showing_order
            && let Some(lsb) = unit.pic_order_cnt_lsb
        {
            let ahead = order.picture(lsb);
            // Else the timestamp is the time of decoding.
            self.track
                .next_is(ahead.filter(|_| unit.composition_offset_ms == 0));
        }
        let time = self.clock.place(&mut self.track, timestamp, arrival.utc);
        let bytes = unit.data.len();
        let sample = Sample {
            data: unit.data,
            buffer_bytes: unit.buffer_bytes,
            time,
            sync,
            received,
            timestamp_ms: unit.timestamp_ms,
            composition_offset_ms: unit.composition_offset_ms,
        };
        // Whoever has had a frame finds it counted.
        let mut input = self.meters.input();
        let now = self.now.unwrap_or(received);
        let Some(pushed) = self.camera.ring.push(&self.meters, sample, now) else {
            return;
        };
        input.frame(time, bytes, sync);
        drop(input);
        self.pushed = true;
        self.full = pushed.full;
        self.camera.tell_overrun(pushed.overrun_readers);
        if !std::mem::replace(&mut self.started, true) {
            self.camera.tell_first_frame(self.publish(), received);
        }
        let reorders = self.builder.counters().reordered_pictures > 0;
        if reorders && !std::mem::replace(&mut self.reorders, true) {
            self.camera.tell_reordering(self.publish());
        }
    }

    fn parameter_sets(&mut self, sets: &ParameterSets) {
        self.showing_order = sets
            .info
            .filter(|info| info.reorders)
            .map(|info| ShowingOrder::new(info.frame_rate.map(flv_h264::FrameRate::as_f64)));
        let video = sets.info.map(|info| VideoStatistics {
            profile: info.profile.to_string(),
            level: info.level.to_string(),
            width: info.width,
            height: info.height,
            frame_rate: info.frame_rate.map(flv_h264::FrameRate::as_f64),
        });
        self.camera
            .video_is(self.publish(), video, sets.sps.len(), sets.pps.len());
    }

    /// What a person may want to know about the publisher, once.
    fn tell_habit(&self, habit: Habit) {
        let (level, said) = in_words(habit);
        self.camera.tell_of_publisher(self.publish(), level, &said);
    }

    /// Messages without a picture that are no parameter sets either.
    fn unusable_messages(&self) -> u64 {
        let counters = self.builder.counters();
        counters.empty_messages
            + counters.malformed_messages
            + counters.undefined_codec_ids
            + counters.broken_sequence_headers
            + counters.pictures_without_parameter_sets
    }

    fn refuse(&self, unsupported: UnsupportedCodec) -> PublishRefusal {
        let codec = Escaped::foreign(&unsupported.codec.to_string()).to_string();
        let refusal = PublishRefusal::rejected(format!(
            "The video is {codec}, but H.264 is needed: set the encoder's video codec to H.264 (AVC)"
        ));
        self.camera
            .refuse_codec(self.publish(), &codec, &refusal.description);
        refusal
    }

    /// No message was video of any codec that has a name; what the source declares tells what it may have been.
    fn refuse_declared_codec(&self) {
        if let Some(codec) = self
            .declared_codec
            .filter(|codec| *codec != VideoCodec::Avc)
        {
            let codec = Escaped::foreign(&codec.to_string()).to_string();
            let description = format!(
                "Nothing that came is video, and onMetaData declares {codec}, but H.264 is needed: set the encoder's \
                 video codec to H.264 (AVC)"
            );
            self.camera
                .refuse_codec(self.publish(), &codec, &description);
        }
    }
}

impl Ingest {
    fn media(&mut self, now: Instant, media: Media) -> Result<(), PublishRefusal> {
        self.now = Some(now);
        match media.kind {
            MediaKind::Video => {
                let received = media.first_byte_at.unwrap_or(now);
                return self.video(received, media.timestamp.0, media.payload);
            }
            MediaKind::Audio => self.meters.input().audio_messages += 1,
            MediaKind::Data => {
                if let Some(declared) = OnMetaData::parse(&media.payload) {
                    self.declared_codec = declared.video_codec.or(self.declared_codec);
                    self.camera
                        .source_declares(self.publish(), in_a_line(&declared));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl MediaSink for PublisherSink {
    fn media(&mut self, now: Instant, media: Media) -> Result<(), PublishRefusal> {
        let mut ingest = Ingest::lock(&self.ingest);
        let taken = ingest.media(now, media);
        self.full = ingest.full;
        taken
    }

    fn has_video(&self) -> bool {
        self.lock().has_video()
    }

    fn flush(&mut self) {
        self.lock().flush();
    }

    /// The publisher is held back while a session that takes frames has no room for more.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.full {
            let now = tokio::time::Instant::now();
            let until = self.lock().poll_room(now.into_std(), cx.waker());
            let Some(until) = until else {
                self.full = false;
                self.hold = None;
                break;
            };
            let until = until.into();
            let hold = self
                .hold
                .get_or_insert_with(|| Box::pin(sleep_until(until)));
            hold.as_mut().reset(until);
            ready!(hold.as_mut().poll(cx));
        }
        Poll::Ready(())
    }

    fn end(&mut self, _now: Instant, reason: &EndReason) {
        if *reason == EndReason::Failed(SessionError::Timeout(Deadline::FirstVideo)) {
            self.lock().refuse_declared_codec();
        }
        let known = self.finish(&reason.to_string());
        // Only who goes on talking can publish again.
        if let (Some(builder), EndReason::Unpublished) = (known, reason) {
            let source = Source {
                connection: self.connection,
                key: self.key.clone(),
                builder,
            };
            self.lock().camera.remember(source);
        }
    }
}

/// The server ends every publish; this is for a connection that is torn down because something else failed.
impl Drop for PublisherSink {
    fn drop(&mut self) {
        self.finish("the connection was cut off");
    }
}

fn in_words(habit: Habit) -> (LogLevel, String) {
    match habit {
        Habit::OtherLengthSize { declared, found } => (
            LogLevel::Warning,
            format!(
                "the sequence header says that NAL lengths have {} byte(s), but they have {}: read as they are",
                declared.get(),
                found.get()
            ),
        ),
        Habit::StartCodes => (
            LogLevel::Info,
            "the encoder sends start codes (Annex B) where NAL lengths belong: read as they are".to_owned(),
        ),
        Habit::StartCodesBehindLengths => (
            LogLevel::Info,
            "the encoder puts several NAL units behind one length, with start codes in between: taken apart".to_owned(),
        ),
        Habit::SplitPictures => (
            LogLevel::Info,
            "the encoder sends a picture in several messages: put together, which delays each by up to one frame \
             interval"
                .to_owned(),
        ),
        Habit::SeveralPictures => (
            LogLevel::Info,
            "the encoder sends several pictures in one message: taken apart, their times are estimated".to_owned(),
        ),
        Habit::IntraPictures => (
            LogLevel::Warning,
            "the encoder sends key frames that are no IDR pictures and have no recovery point: video starts at \
             them, and may look wrong for a moment; let the encoder send IDR pictures (closed GOP) if it can"
                .to_owned(),
        ),
        _ => (LogLevel::Info, format!("{habit:?}")),
    }
}

/// The longest line that a source can say about itself, in bytes.
const MAX_LINE: usize = 200;

/// What a source says about itself, in a line.
fn in_a_line(declared: &OnMetaData) -> String {
    let size = declared.width.zip(declared.height);
    let items = [
        declared.video_codec.map(|codec| codec.to_string()),
        size.map(|(width, height)| format!("{width}x{height}")),
        declared.frame_rate.map(|rate| format!("{rate:.2} fps")),
        declared
            .video_data_rate
            .map(|rate| format!("{rate:.0} kbit/s")),
        declared.audio_codec.map(|codec| format!("audio {codec}")),
        declared
            .encoder
            .as_ref()
            .map(|encoder| format!("encoder {}", cut(encoder, MAX_LINE))),
    ];
    let line = items.into_iter().flatten().collect::<Vec<_>>().join(", ");
    cut(
        &Escaped::foreign(&cut(&line, MAX_LINE)).to_string(),
        MAX_LINE,
    )
    .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_before_it_is_escaped() {
        let mut declared = OnMetaData::default();
        declared.encoder = Some("\u{1}".repeat(10_000_000));
        let line = in_a_line(&declared);
        assert!(line.len() <= MAX_LINE, "{line}");
        declared.encoder = Some("\u{1}".repeat(MAX_LINE));
        assert_eq!(in_a_line(&declared), line);
    }
}
