//! From a publisher's messages to the camera's frames.

use std::sync::Arc;
use std::time::Instant;

use flv_h264::{
    AccessUnit, AccessUnitBuilder, OnMetaData, ParameterSets, UnsupportedCodec, VideoCodec,
    VideoEvent,
};
use rtmp_server::{
    Claim, Deadline, EndReason, Media, MediaKind, MediaSink, Payload, PublishRefusal, SessionError,
};

use super::frame_ring::{NewFrame, Publish};
use super::{Camera, PublishKey};
use crate::log::{Escaped, cut};
use crate::statistics::VideoStatistics;
use crate::timeline::{Timeline, Timestamp};

/// The publish that a camera has accepted. Lives on the publisher's connection.
pub(crate) struct PublisherSink {
    camera: Arc<Camera>,
    publish: u64,
    builder: AccessUnitBuilder,
    timeline: Timeline,
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
    ended: bool,
    /// Held until the publish ends: nobody else can publish to the camera.
    _claim: Claim<PublishKey>,
}

impl PublisherSink {
    pub(super) fn new(camera: Arc<Camera>, publish: Publish, claim: Claim<PublishKey>) -> Self {
        Self {
            camera,
            publish: publish.number,
            builder: AccessUnitBuilder::new(),
            timeline: Timeline::starting_after(publish.after),
            started: false,
            reorders: false,
            has_video: false,
            declared_codec: None,
            pushed: false,
            ended: false,
            _claim: claim,
        }
    }

    fn video(
        &mut self,
        received: Instant,
        timestamp: u32,
        payload: Payload,
    ) -> Result<(), PublishRefusal> {
        let (buffer, body_start) = payload.into_parts();
        let outcome = self.builder.push(timestamp, buffer, body_start);
        self.has_video |= matches!(outcome, Ok(Some(_)));
        match outcome {
            Ok(Some(VideoEvent::AccessUnit(unit))) => self.picture(received, unit),
            Ok(Some(VideoEvent::ParameterSets(sets))) => self.parameter_sets(&sets),
            Ok(_) => self.camera.input().unusable_messages = self.unusable_messages(),
            Err(unsupported) => return Err(self.refuse(unsupported)),
        }
        Ok(())
    }

    fn picture(&mut self, received: Instant, unit: AccessUnit) {
        if let Some(sets) = &unit.new_parameter_sets {
            self.parameter_sets(sets);
        }
        let sync = unit.sync.is_sync();
        if !self.started && !sync {
            self.camera.input().before_key_frame += 1;
            return;
        }
        let timestamp = Timestamp {
            milliseconds: unit.timestamp_ms,
            nanoseconds: unit.timestamp_nanos,
        };
        let time = self.timeline.place(timestamp, self.camera.utc_now());
        let bytes = unit.data.len();
        let frame = NewFrame {
            data: unit.data,
            time,
            sync,
            received,
            timestamp_ms: unit.timestamp_ms,
            composition_offset_ms: unit.composition_offset_ms,
        };
        // Whoever has had a frame finds it counted.
        let mut input = self.camera.input();
        let Some(pushed) = self.camera.ring.push(self.publish, frame) else {
            return;
        };
        input.frame(time, bytes, sync);
        drop(input);
        self.pushed = true;
        if pushed.overrun_readers > 0 {
            self.camera.tell_overrun(pushed.overrun_readers);
        }
        if !std::mem::replace(&mut self.started, true) {
            self.camera.tell_first_frame(self.publish, received);
        }
        if unit.composition_offset_ms != 0 && !std::mem::replace(&mut self.reorders, true) {
            self.camera.tell_reordering(self.publish);
        }
    }

    fn parameter_sets(&self, sets: &ParameterSets) {
        let video = sets.info.map(|info| VideoStatistics {
            profile: info.profile.to_string(),
            level: info.level.to_string(),
            width: info.width,
            height: info.height,
            frame_rate: info.frame_rate.map(flv_h264::FrameRate::as_f64),
        });
        self.camera
            .video_is(self.publish, video, sets.sps.len(), sets.pps.len());
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
            .refuse_codec(self.publish, &codec, &refusal.description);
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
            self.camera.refuse_codec(self.publish, &codec, &description);
        }
    }
}

impl MediaSink for PublisherSink {
    fn media(&mut self, now: Instant, media: Media) -> Result<(), PublishRefusal> {
        match media.kind {
            MediaKind::Video => return self.video(now, media.timestamp.0, media.payload),
            MediaKind::Audio => self.camera.input().audio_messages += 1,
            MediaKind::Data => {
                if let Some(declared) = OnMetaData::parse(&media.payload) {
                    self.declared_codec = declared.video_codec.or(self.declared_codec);
                    self.camera
                        .source_declares(self.publish, in_a_line(&declared));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Pictures whose parameter sets have not come are video, too.
    fn has_video(&self) -> bool {
        self.has_video || self.builder.counters().pictures_without_parameter_sets > 0
    }

    /// To wake a thread costs more than all the rest of a frame's way: once for a burst is enough.
    fn flush(&mut self) {
        if std::mem::take(&mut self.pushed) {
            self.camera.ring.wake_readers();
        }
    }

    fn end(&mut self, _now: Instant, reason: &EndReason) {
        self.ended = true;
        if *reason == EndReason::Failed(SessionError::Timeout(Deadline::FirstVideo)) {
            self.refuse_declared_codec();
        }
        self.camera.publish_ended(self.publish, &reason.to_string());
    }
}

/// The server ends every publish; this is for a connection that is torn down because something else failed.
impl Drop for PublisherSink {
    fn drop(&mut self) {
        if !self.ended {
            self.camera
                .publish_ended(self.publish, "the connection was cut off");
        }
    }
}

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
            .map(|encoder| format!("encoder {encoder}")),
    ];
    let line = items.into_iter().flatten().collect::<Vec<_>>().join(", ");
    cut(&Escaped::foreign(&line).to_string(), 200).into_owned()
}
