//! From a publisher's audio messages to its microphone's track.

use std::sync::Arc;

use flv_h264::{
    AudioEncoding, AudioEvent, AudioFormat, AudioFrame, AudioFrameBuilder, flv::OnMetaData,
};
use rtmp_server::Payload;

use super::publish::{Arrival, Publish};
use super::words::sound_in_words;
use crate::clock::{SoundClock, Timestamp};
use crate::device::Sound;
use crate::time::Ticks;
use crate::track::{Sample, Writer};

/// The sound of a publish.
pub(super) struct SoundTrack {
    pub(super) writer: Writer<Sound>,
    builder: AudioFrameBuilder,
    clock: SoundClock,
    /// Sound has come.
    started: bool,
    /// Sessions that wait know that sound comes: they look for it themselves.
    woken: bool,
}

impl SoundTrack {
    /// Sound that `builder` makes, later than `after`.
    pub(super) fn new(
        builder: AudioFrameBuilder,
        writer: Writer<Sound>,
        after: Option<Ticks>,
    ) -> Self {
        Self {
            writer,
            builder,
            clock: SoundClock::starting_after(after),
            started: false,
            woken: false,
        }
    }

    pub(super) fn message(
        &mut self,
        publish: &mut Publish,
        arrival: Arrival,
        timestamp: u32,
        payload: Payload,
    ) {
        self.builder.push(timestamp, payload);
        while let Some(event) = self.builder.poll_event() {
            match event {
                AudioEvent::Frame(frame) => self.frame(publish, arrival, frame),
                AudioEvent::Format(format) => self.format(publish, format),
                AudioEvent::LeftOut(reason) => {
                    publish.point.sound_left_out(publish.number(), reason);
                }
                AudioEvent::Habit(habit) => {
                    let (level, said) = sound_in_words(habit);
                    publish
                        .point
                        .log_of_publisher(publish.number(), level, &said);
                }
                _ => {}
            }
        }
        let counters = self.builder.counters();
        publish.meters.sound_input().left_out = counters.left_out
            + counters.malformed_messages
            + counters.broken_sequence_headers
            + counters.surplus_frames;
    }

    /// What the source says of its sound.
    pub(super) fn declare(&mut self, declared: &OnMetaData) {
        self.builder.declare(declared);
    }

    /// Sessions that wait look for sound by themselves as long as it comes, a few times a second.
    pub(super) fn flush(&mut self) {
        if self.writer.take_has_pushed() && !std::mem::replace(&mut self.woken, true) {
            self.writer.wake_readers();
        }
    }

    /// What has learned about the source.
    pub(super) fn take_builder(&mut self) -> AudioFrameBuilder {
        std::mem::take(&mut self.builder)
    }

    fn frame(&mut self, publish: &mut Publish, arrival: Arrival, frame: AudioFrame) {
        let timestamp = Timestamp {
            milliseconds: frame.timestamp_ms,
            nanoseconds: frame.timestamp_nanos,
        };
        let lasts =
            i64::from(frame.samples) * Ticks::PER_SECOND / i64::from(frame.format.sample_rate);
        let time = self
            .clock
            .place(&publish.clock, timestamp, lasts, arrival.utc);
        let bytes = frame.data.len();
        let sample = Sample {
            data: frame.data,
            buffer_bytes: frame.buffer_bytes,
            time,
            received: arrival.received,
            publish: Arc::clone(&publish.meters.sound),
            first: !std::mem::replace(&mut self.started, true),
            medium: Sound {
                format: frame.format,
                samples: frame.samples,
                timestamp_ms: frame.timestamp_ms,
            },
        };
        // Whoever has had a frame finds it counted.
        let mut input = publish.meters.sound_input();
        let now = publish.now.unwrap_or(arrival.received);
        let Some(overrun_readers) = self.writer.push(sample, now) else {
            return;
        };
        input.frame(bytes);
        drop(input);
        publish.point.log_sound_overrun(overrun_readers);
    }

    fn format(&mut self, publish: &Publish, format: AudioFormat) {
        // The profile says more than the codec, but of AAC with headers of its own nothing is known.
        let profile = self
            .builder
            .audio_specific_config()
            .filter(|_| format.encoding == AudioEncoding::Aac)
            .map(ToString::to_string);
        publish.point.set_sound(publish.number(), format, profile);
    }
}
