//! The way of a frame inside the driver, for benchmarks. No part of the interface: it changes with what it measures.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use crate::camera::frame_ring::{Bounds, FrameRing, NewFrame, RingReader};
use crate::clock::{self, Timestamp, Track};
use crate::time::Ticks;

/// A camera's frames, while somebody publishes.
pub struct Ring {
    ring: Arc<FrameRing>,
    publish: u64,
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
        let ring = FrameRing::new(Bounds::default());
        Self {
            publish: ring.begin_publish().number,
            ring: Arc::new(ring),
            received: Instant::now(),
        }
    }
}

impl Ring {
    /// Whether it was taken.
    pub fn push(&self, data: Bytes, time: Ticks, sync: bool) -> bool {
        let frame = NewFrame {
            data,
            time,
            sync,
            received: self.received,
            timestamp_ms: 0,
            composition_offset_ms: 0,
        };
        let taken = self.ring.push(self.publish, frame).is_some();
        self.ring.wake_readers();
        taken
    }

    /// A session that begins.
    pub fn reader(&self) -> Reader {
        Reader(self.ring.reader())
    }
}

impl Reader {
    /// The next frame, if there is one.
    pub fn read(&mut self) -> Option<Bytes> {
        let read = self.0.read(|_dropped| {})?;
        Some(read.frame.data.clone())
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
