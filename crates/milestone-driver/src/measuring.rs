//! The way of a frame inside the driver, for benchmarks. No part of the interface: it changes with what it measures.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use flv_h264::nal::UnitLengths;

use crate::clock::{self, Timestamp, TrackClock};
use crate::device::Video;
use crate::statistics::VideoCodec;
use crate::time::Ticks;
use crate::track::{Budget, Cursor, Deliveries, Sample, Track, WhenSlow};

/// A camera's frames, while somebody publishes.
pub struct Ring {
    track: Arc<Track<Video>>,
    publish: Arc<Deliveries>,
    received: Instant,
}

/// A session's place in a [`Ring`].
pub struct Reader(Cursor<Video>);

/// What gives the frames of a publisher their times.
pub struct PublisherClock {
    clock: clock::PublisherClock,
    track: TrackClock,
}

impl Default for Ring {
    fn default() -> Self {
        let track = Track::new(Video::BOUNDS, &Budget::of_process());
        track.begin_publish(1);
        Self {
            track,
            publish: Arc::new(Deliveries::of_publish(1)),
            received: Instant::now(),
        }
    }
}

impl Ring {
    /// Whether it was taken.
    pub fn push(&self, data: Bytes, time: Ticks, sync: bool) -> bool {
        let sample = Sample {
            buffer_bytes: data.len(),
            data,
            time,
            received: self.received,
            publish: Arc::clone(&self.publish),
            first: false,
            medium: Video {
                codec: VideoCodec::H264,
                rasl: false,
                unit_lengths: UnitLengths::NONE,
                sync,
                timestamp_ms: 0,
                composition_offset_ms: 0,
            },
        };
        let taken = self.track.push(sample, self.received).is_some();
        self.track.wake_readers();
        taken
    }

    /// A session that begins.
    pub fn reader(&self) -> Reader {
        Reader(self.track.reader(WhenSlow::HoldPublisher, self.received))
    }
}

impl Reader {
    /// The next frame, if there is one.
    pub fn read(&mut self) -> Option<Bytes> {
        let sample = self.0.read(|_lost| {})?;
        Some(sample.data.clone())
    }
}

impl Default for PublisherClock {
    fn default() -> Self {
        Self {
            clock: clock::PublisherClock::default(),
            track: TrackClock::starting_after(None),
        }
    }
}

impl PublisherClock {
    /// The time of the next frame.
    pub fn place(&mut self, timestamp_ms: u32, arrival: Ticks) -> Ticks {
        let timestamp = Timestamp {
            milliseconds: timestamp_ms,
            ..Timestamp::default()
        };
        self.clock.place(&mut self.track, timestamp, arrival)
    }
}
