//! From a publisher's video messages to its camera's track.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flv_h264::{AccessUnit, AccessUnitBuilder, Habit, ParameterSets, UnsupportedCodec, VideoEvent};
use rtmp_server::Payload;

use super::publish::{Arrival, Publish};
use super::words::in_words;
use crate::clock::{CountedIn, ShowingOrder, Timestamp, TrackClock};
use crate::device::Video;
use crate::statistics::{VideoCodec, VideoStatistics};
use crate::time::Ticks;
use crate::track::{Sample, Writer};

/// The pictures of a publish.
pub(super) struct VideoTrack {
    pub(super) writer: Writer<Video>,
    builder: AccessUnitBuilder,
    clock: TrackClock,
    /// If it may be another one than that of decoding.
    showing_order: Option<ShowingOrder>,
    first_message: Option<Instant>,
    /// When the last message came, …
    arrival: Option<Arrival>,
    /// … and was there as a whole.
    taken: Option<Instant>,
    /// A frame that sessions can start at has come.
    started: bool,
    /// The encoder sends pictures in another order than that in which they are shown.
    reorders: bool,
    /// Something has come that is video of a codec that is taken.
    has_come: bool,
}

/// For how long the first picture of a publish waits for the second one, whose arrival shows how
/// pictures are cut into messages: in silence, or beside sound. What is on its way is waited for.
const FIRST_PICTURE_WAITS: Duration = Duration::from_millis(500);
/// For how long to wait for an IDR picture until intra pictures will do.
const IDR_WAITED_FOR: Duration = Duration::from_secs(2);

impl VideoTrack {
    /// Pictures that `builder` makes, later than `after`.
    pub(super) fn new(
        builder: AccessUnitBuilder,
        writer: Writer<Video>,
        after: Option<Ticks>,
    ) -> Self {
        Self {
            writer,
            builder,
            clock: TrackClock::starting_after(after),
            showing_order: None,
            first_message: None,
            arrival: None,
            taken: None,
            started: false,
            reorders: false,
            has_come: false,
        }
    }

    /// What is known of the source from before.
    pub(super) fn begin(&mut self, publish: &Publish) {
        if let Some(sets) = self.builder.parameter_sets().cloned() {
            self.parameter_sets(publish, &sets);
        }
    }

    pub(super) fn message(
        &mut self,
        publish: &mut Publish,
        arrival: Arrival,
        timestamp: u32,
        payload: Payload,
    ) -> Result<(), UnsupportedCodec> {
        let received = arrival.received;
        let first_message = *self.first_message.get_or_insert(received);
        if !self.started && received.saturating_duration_since(first_message) >= IDR_WAITED_FOR {
            self.builder.start_at_intra_pictures();
        }
        let pushed = self.builder.push(timestamp, payload);
        let before = self.arrival.replace(arrival).unwrap_or(arrival);
        self.taken = publish.now;
        self.deliver(publish, before, arrival);
        pushed
    }

    /// Delivers what the builder has. What it has held back came with the message before.
    fn deliver(&mut self, publish: &mut Publish, before: Arrival, arrival: Arrival) {
        let mut usable = false;
        while let Some(event) = self.builder.poll_event() {
            usable |= !matches!(event, VideoEvent::Habit(_));
            match event {
                VideoEvent::AccessUnit(unit) if unit.held => self.picture(publish, before, unit),
                VideoEvent::AccessUnit(unit) => self.picture(publish, arrival, unit),
                VideoEvent::ParameterSets(sets) => self.parameter_sets(publish, &sets),
                VideoEvent::Habit(habit) => log_habit(publish, habit),
                _ => {}
            }
        }
        usable |= self.builder.holds_picture();
        self.has_come |= usable;
        if !usable {
            publish.meters.input().unusable_messages = self.unusable_messages();
        }
    }

    /// Pictures whose parameter sets have not come are video, too.
    pub(super) fn has_come(&self) -> bool {
        self.has_come || self.builder.counters().pictures_without_parameter_sets > 0
    }

    /// Delivers the first picture if nothing more has come for a while: not a byte since `silent_since`, or nothing but
    /// other messages.
    pub(super) fn release_first_picture(
        &mut self,
        publish: &mut Publish,
        now: Instant,
        silent_since: Instant,
    ) {
        let (Some(arrival), Some(taken)) = (self.arrival, self.taken) else {
            return;
        };
        let silence = now.saturating_duration_since(silent_since.max(taken));
        let others = publish
            .now
            .unwrap_or(taken)
            .saturating_duration_since(taken);
        if self.builder.holds_first_picture() && silence.max(others) >= FIRST_PICTURE_WAITS {
            publish.now = Some(now);
            self.builder.release();
            self.deliver(publish, arrival, arrival);
            self.flush();
        }
    }

    /// To wake a thread costs more than all the rest of a frame's way: once for a burst is enough.
    pub(super) fn flush(&mut self) {
        if self.writer.take_has_pushed() {
            self.writer.wake_readers();
        }
    }

    /// Delivers what is held back.
    pub(super) fn finish(&mut self, publish: &mut Publish) {
        self.builder.finish();
        if let Some(arrival) = self.arrival {
            self.deliver(publish, arrival, arrival);
            self.flush();
        }
    }

    /// What has learned about the source.
    pub(super) fn take_builder(&mut self) -> AccessUnitBuilder {
        std::mem::take(&mut self.builder)
    }

    fn picture(&mut self, publish: &mut Publish, arrival: Arrival, unit: AccessUnit) {
        let received = arrival.received;
        if let Some(sets) = &unit.new_parameter_sets {
            self.parameter_sets(publish, sets);
        }
        let sync = unit.sync.is_sync();
        if !self.started && !sync {
            publish.meters.input().before_key_frame += 1;
            return;
        }
        let time = self.time(publish, arrival, &unit);
        let bytes = unit.data.len();
        let sample = Sample {
            data: unit.data,
            buffer_bytes: unit.buffer_bytes,
            time,
            received,
            publish: Arc::clone(&publish.meters.video),
            first: !self.started,
            medium: Video {
                codec: taken(unit.codec),
                sync,
                rasl: unit.rasl,
                unit_lengths: unit.unit_lengths,
                timestamp_ms: unit.timestamp_ms,
                composition_offset_ms: unit.composition_offset_ms,
            },
        };
        // Whoever has had a frame finds it counted.
        let mut input = publish.meters.input();
        let now = publish.now.unwrap_or(received);
        let Some(overrun_readers) = self.writer.push(sample, now) else {
            return;
        };
        input.frame(time, bytes, sync);
        drop(input);
        publish.point.log_overrun(overrun_readers);
        if !std::mem::replace(&mut self.started, true) {
            publish.point.first_frame_came(publish.number(), received);
        }
        let reorders = self.builder.counters().reordered_pictures > 0;
        if reorders && !std::mem::replace(&mut self.reorders, true) {
            publish.point.log_reordering(publish.number());
        }
    }

    fn time(&mut self, publish: &mut Publish, arrival: Arrival, unit: &AccessUnit) -> Ticks {
        if let Some(order) = &mut self.showing_order
            && let Some(lsb) = unit.pic_order_cnt_lsb
        {
            let ahead = order.picture(lsb);
            // Else the timestamp is the time of decoding.
            self.clock
                .next_is(ahead.filter(|_| unit.composition_offset_ms == 0));
        }
        let timestamp = Timestamp {
            milliseconds: unit.timestamp_ms,
            nanoseconds: unit.timestamp_nanos,
        };
        publish.clock.place(&mut self.clock, timestamp, arrival.utc)
    }

    fn parameter_sets(&mut self, publish: &Publish, sets: &ParameterSets) {
        let codec = taken(sets.codec);
        let info = sets.info.as_ref();
        let counted_in = match codec {
            VideoCodec::H264 => CountedIn::Fields,
            VideoCodec::H265 => CountedIn::Pictures,
        };
        self.showing_order = info.filter(|info| info.reorders).map(|info| {
            let frames_per_second = info.frame_rate.map(flv_h264::nal::FrameRate::as_f64);
            ShowingOrder::new(counted_in, frames_per_second)
        });
        let video = info.map(|info| VideoStatistics {
            codec,
            profile: info.profile.clone(),
            level: info.level.clone(),
            width: info.width,
            height: info.height,
            frame_rate: info.frame_rate.map(flv_h264::nal::FrameRate::as_f64),
        });
        let (sps, pps) = (sets.sps.len(), sets.pps.len());
        let found = match codec {
            VideoCodec::H264 => format!("{sps} SPS and {pps} PPS"),
            VideoCodec::H265 => format!("{} VPS, {sps} SPS and {pps} PPS", sets.vps.len()),
        };
        publish.point.set_video(publish.number(), video, &found);
    }

    /// Messages without a picture that are no parameter sets either.
    fn unusable_messages(&self) -> u64 {
        let counters = self.builder.counters();
        counters.empty_messages
            + counters.malformed_messages
            + counters.messages_of_other_codecs
            + counters.undefined_codec_ids
            + counters.broken_sequence_headers
            + counters.pictures_without_parameter_sets
    }
}

/// The builder makes pictures of these codecs alone.
fn taken(codec: flv_h264::VideoCodec) -> VideoCodec {
    match codec {
        flv_h264::VideoCodec::Hevc => VideoCodec::H265,
        _ => VideoCodec::H264,
    }
}

/// What a person may want to know about the publisher, once.
fn log_habit(publish: &Publish, habit: Habit) {
    let (level, said) = in_words(habit);
    publish
        .point
        .log_of_publisher(publish.number(), level, &said);
}
