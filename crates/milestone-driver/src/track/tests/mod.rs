//! A track with a source and readers, in virtual time.

mod budget;
mod held_back;
mod kept;
mod leading;
mod sound;
mod together;

use std::time::Duration;

use super::place::{CATCHING_UP, HELD_BACK};
use super::ring::MUCH;
use super::*;

/// A sample is a sync point or not, and readers have to begin at one.
#[derive(Clone)]
struct Picture {
    sync: bool,
    reaches_back: bool,
}

impl Medium for Picture {
    const KEPT_SINCE_SYNC: bool = true;

    fn is_sync(&self) -> bool {
        self.sync
    }

    fn reaches_behind_sync(&self) -> bool {
        self.reaches_back
    }
}

const BOUNDS: Bounds = Bounds {
    samples: 1000,
    bytes: 64 << 20,
    duration: Duration::MAX,
};
const OVERHEAD: usize = Sample::<Picture>::OVERHEAD;

/// Frames that carry their number in their time, pushed at a time that the test tells.
struct Source<M = Picture> {
    track: Arc<Track<M>>,
    publish: Arc<Deliveries>,
    frames: i64,
    now: Instant,
}

/// No bound of the ring depends on the process in these tests.
fn plenty() -> Arc<Budget> {
    Arc::new(Budget::new(usize::MAX))
}

impl<M: Medium + Send + Sync + 'static> Source<M> {
    fn sharing(bounds: Bounds, budget: &Arc<Budget>) -> Self {
        let mut source = Self {
            track: Track::new(bounds, budget),
            publish: Arc::default(),
            frames: 0,
            now: Instant::now(),
        };
        source.republish();
        source
    }

    /// Another publish begins. The time of the latest sample before it.
    fn republish(&mut self) -> Option<Ticks> {
        let number = self.publish.number + 1;
        self.publish = Arc::new(Deliveries::of_publish(number));
        self.track.begin_publish(number)
    }

    fn push_sample(&mut self, medium: M, time: Ticks, bytes: usize) -> Option<Pushed> {
        let sample = Sample {
            data: vec![0; bytes].into(),
            buffer_bytes: bytes,
            time,
            received: self.now,
            publish: Arc::clone(&self.publish),
            first: false,
            medium,
        };
        self.track.push(sample, self.now)
    }

    fn reader(&self) -> Cursor<M> {
        self.track.reader(WhenSlow::HoldPublisher, self.now)
    }

    fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    /// For how long the publisher is held back from now on, unless it is woken.
    fn hold(&self) -> Option<Duration> {
        self.hold_with(Waker::noop())
    }

    fn hold_with(&self, waker: &Waker) -> Option<Duration> {
        let until = self.track.poll_room(self.publish.number, self.now, waker)?;
        Some(until.duration_since(self.now))
    }

    fn bytes(&self) -> usize {
        self.track.ring().window.bytes()
    }
}

impl Source {
    fn new(bounds: Bounds) -> Self {
        Self::sharing(bounds, &plenty())
    }

    fn push_bytes(&mut self, sync: bool, bytes: usize) -> Option<Pushed> {
        self.frames += 1;
        let picture = Picture {
            sync,
            reaches_back: false,
        };
        self.push_sample(picture, Ticks(self.frames), bytes)
    }

    fn push(&mut self, sync: bool) -> Pushed {
        self.push_bytes(sync, 10).expect("the publish is running")
    }

    /// A frame that refers to the group before.
    fn push_reaching_back(&mut self) {
        self.frames += 1;
        let picture = Picture {
            sync: false,
            reaches_back: true,
        };
        self.push_sample(picture, Ticks(self.frames), 10);
    }

    /// A key frame and `others` other frames.
    fn push_group(&mut self, others: usize) {
        self.push(true);
        for _ in 0..others {
            self.push(false);
        }
    }

    /// Pushes until there is no room.
    fn fill(&mut self) {
        while !self.push(false).full {}
    }
}

fn number<M>(read: Option<Sample<M>>) -> Option<i64> {
    read.map(|sample| sample.time.0)
}

fn read_all<M: Medium>(reader: &mut Cursor<M>) -> Vec<i64> {
    std::iter::from_fn(|| number(reader.read(|_| {}))).collect()
}

fn held<M: Medium + Send + Sync + 'static>(source: &Source<M>) -> usize {
    source.track.ring().window.sizes().0
}
