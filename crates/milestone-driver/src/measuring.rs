//! The way of a frame inside the driver, for benchmarks. No part of the interface: it changes with what it measures.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use crate::clock::{self, Timestamp, Track};
use crate::publish_point::meters::PublishMeters;
use crate::time::Ticks;
use crate::track::budget::Budget;
use crate::track::ring::{Bounds, FrameRing, RingReader, Sample, WhenSlow};

/// A camera's frames, while somebody publishes.
pub struct Ring {
    ring: Arc<FrameRing>,
    publish: Arc<PublishMeters>,
    received: Instant,
}

/// A session's place in a [`Ring`].
pub struct Reader(RingReader);

/// What gives the frames of a publisher their times.
pub struct PublisherClock {
    clock: clock::PublisherClock,
    track: Track,
}

impl Default for Ring {
    fn default() -> Self {
        let (ring, now) = (
            FrameRing::new(Bounds::default(), Budget::of_process()),
            Instant::now(),
        );
        Self {
            publish: ring.begin_publish(now).meters,
            ring,
            received: now,
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
            sync,
            received: self.received,
            timestamp_ms: 0,
            composition_offset_ms: 0,
        };
        let taken = self
            .ring
            .push(&self.publish, sample, self.received)
            .is_some();
        self.ring.wake_readers();
        taken
    }

    /// A session that begins.
    pub fn reader(&self) -> Reader {
        Reader(self.ring.reader(WhenSlow::HoldPublisher, self.received))
    }
}

impl Reader {
    /// The next frame, if there is one.
    pub fn read(&mut self) -> Option<Bytes> {
        let read = self.0.read(|_lost| {})?;
        Some(read.frame.sample.data.clone())
    }
}

impl Default for PublisherClock {
    fn default() -> Self {
        Self {
            clock: clock::PublisherClock::default(),
            track: Track::starting_after(None),
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
