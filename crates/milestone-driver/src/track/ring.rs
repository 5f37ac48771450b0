//! The frames of one camera, shared by its sessions.
//!
//! One publisher appends, any number of readers follow with a place each. All that lies behind one lock, which is held
//! for as long as it takes to look and to hand over a reference; readers are woken without it.
//!
//! Kept are the frames since the latest sync point (a new reader starts there) and those that a reader has not had
//! yet, within [`Bounds`] and the [`Budget`] of the process. A reader that is about to fall out of the bounds and still
//! takes frames holds the publisher back ([`poll_room`](FrameRing::poll_room)); one that takes nothing loses frames.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use atomic_waker::AtomicWaker;
use bytes::Bytes;

use super::budget::{Budget, Share};
use super::place::Place;
use crate::publish_point::meters::PublishMeters;
use crate::time::Ticks;

/// What is kept at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) frames: usize,
    pub(crate) bytes: usize,
}

/// What a reader has not had yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Backlog {
    frames: usize,
    bytes: usize,
}

/// An access unit on its way to the sessions.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) data: Bytes,
    /// Size of the buffer that `data` keeps from being freed.
    pub(crate) buffer_bytes: usize,
    pub(crate) time: Ticks,
    /// A reader can start here.
    pub(crate) sync: bool,
    /// When its first byte came in.
    pub(crate) received: Instant,
    pub(crate) timestamp_ms: u32,
    pub(crate) composition_offset_ms: i32,
}

/// A sample in the ring.
#[derive(Debug)]
pub(crate) struct RingFrame {
    pub(crate) sample: Sample,
    pub(crate) publish: Arc<PublishMeters>,
    /// The first of its publish.
    pub(crate) first: bool,
    /// The bytes of all frames before it, since the beginning.
    begin: u64,
}

pub(crate) struct FrameRing {
    frames: Mutex<Frames>,
    wakers: Mutex<Vec<Arc<AtomicWaker>>>,
    /// The publisher that is held back.
    publisher: AtomicWaker,
    live: AtomicBool,
    share: Share,
}

struct Frames {
    bounds: Bounds,
    /// From which backlog on the publisher is held back.
    full: Backlog,
    window: Window,
    /// Of the readers. A reader keeps its index.
    places: Vec<Option<Place>>,
    /// The latest sync point of the running publish, if it is kept.
    latest_sync: Option<u64>,
    /// How many publishes there were.
    publishes: u64,
    running: Option<u64>,
    latest_time: Option<Ticks>,
    /// Since when the publisher has been held back.
    held_back: Option<Instant>,
    /// Readers that have become too slow, which was not told yet.
    overrun_readers: usize,
}

/// The frames that are kept, of all there have been.
#[derive(Default)]
struct Window {
    kept: VecDeque<Arc<RingFrame>>,
    /// Number of the oldest one. Frames are counted from 0.
    first: u64,
    /// The bytes of all frames since the beginning, and of those of which was let go.
    written: u64,
    gone: u64,
}

/// A publish that has begun.
#[derive(Clone, Debug)]
pub(crate) struct Publish {
    pub(crate) meters: Arc<PublishMeters>,
    /// The time of the latest frame before it.
    pub(crate) after: Option<Ticks>,
}

/// What became of a frame that was pushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// There is no room for more: see [`FrameRing::poll_room`].
    pub(crate) full: bool,
    /// Readers that have just become too slow: they lose frames up to the next sync point.
    pub(crate) overrun_readers: usize,
}

/// What a reader that does not keep up gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenSlow {
    /// Patience: the publisher is held back as long as the reader goes on taking frames.
    HoldPublisher,
    /// Gaps.
    LoseFrames,
}

/// How long a publisher is held back at a time, and how long a reader may take nothing.
pub(crate) const HELD_BACK: Duration = Duration::from_secs(2);
/// For how long a reader may hold the publisher back again and again without catching up. No burst takes as long: it
/// takes frames, but fewer than come.
pub(crate) const CATCHING_UP: Duration = Duration::from_secs(60);
/// What a frame takes beside its bytes, with its place in the ring, the counters of references, and what the allocator
/// adds to each.
const OVERHEAD: usize = size_of::<RingFrame>() + 64;

impl Default for Bounds {
    fn default() -> Self {
        Self {
            frames: 1000,
            bytes: 64 << 20,
        }
    }
}

impl Bounds {
    /// From here on a reader holds the publisher back. The rest is for what one message can bring.
    fn full(self) -> Backlog {
        Backlog {
            frames: self.frames - self.frames * 3 / 10,
            bytes: self.bytes - self.bytes / 4,
        }
    }
}

impl Sample {
    /// What it takes as long as it is kept.
    fn counted_bytes(&self) -> u64 {
        (self.buffer_bytes + OVERHEAD) as u64
    }
}

impl Backlog {
    /// From here on the publisher goes on: not for each frame that is taken, as it would have to be woken for each.
    fn room(self) -> Self {
        Self {
            frames: self.frames - self.frames / 4,
            bytes: self.bytes - self.bytes / 4,
        }
    }

    /// A reader has caught up with a burst.
    fn caught_up(self) -> Self {
        Self {
            frames: self.frames / 2,
            bytes: self.bytes / 2,
        }
    }
}

impl FrameRing {
    pub(crate) fn new(bounds: Bounds, budget: Arc<Budget>) -> Arc<Self> {
        let ring = Arc::new(Self {
            frames: Mutex::new(Frames {
                bounds,
                full: bounds.full(),
                window: Window::default(),
                places: Vec::new(),
                latest_sync: None,
                publishes: 0,
                running: None,
                latest_time: None,
                held_back: None,
                overrun_readers: 0,
            }),
            wakers: Mutex::default(),
            publisher: AtomicWaker::new(),
            live: AtomicBool::new(false),
            share: Share::new(Arc::clone(&budget)),
        });
        budget.add(&ring);
        ring
    }

    /// A publish begins, and ends the one before if that is still running.
    pub(crate) fn begin_publish(&self, now: Instant) -> Publish {
        self.end(|_| true);
        let mut frames = self.frames();
        frames.publishes += 1;
        frames.running = Some(frames.publishes);
        Publish {
            meters: Arc::new(PublishMeters::starting(frames.publishes, now)),
            after: frames.latest_time,
        }
    }

    /// Appends a frame of `publish`, without waking readers. None if another publish has begun, or this one was ended.
    pub(crate) fn push(
        &self,
        publish: &Arc<PublishMeters>,
        sample: Sample,
        now: Instant,
    ) -> Option<Pushed> {
        let mut frames = self.frames();
        if frames.running != Some(publish.number) {
            return None;
        }
        let slowest = frames.look_at_readers(now);
        let first = !self.live.load(Ordering::Relaxed);
        if first {
            self.live.store(true, Ordering::Relaxed);
        }
        frames.append(sample, publish, first);
        frames.let_go(slowest);
        let pushed = Pushed {
            full: frames.is_full(self.full_at(&frames)),
            overrun_readers: std::mem::take(&mut frames.overrun_readers),
        };
        self.share.set(frames.window.bytes());
        drop(frames);
        self.share.keep_within_budget();
        Some(pushed)
    }

    /// Whether `publish` has to wait until readers have made room: until when at most, unless `waker` is woken before.
    ///
    /// A hold ends when the readers have caught up a good deal, or after [`HELD_BACK`]: a reader that has taken nothing
    /// for so long holds nobody back any more, one that has taken something has made room for as much.
    pub(crate) fn poll_room(&self, publish: u64, now: Instant, waker: &Waker) -> Option<Instant> {
        self.publisher.register(waker);
        let mut frames = self.frames();
        if frames.running != Some(publish) {
            return None;
        }
        let full = self.full_at(&frames);
        frames.hold_back(now, full)
    }

    /// From which backlog on the publisher is held back: earlier if the process is short of room.
    fn full_at(&self, frames: &Frames) -> Backlog {
        let full = frames.full;
        match self.share.when_scarce() {
            None => full,
            Some(fair) => Backlog {
                bytes: full.bytes.min(fair - fair / 4),
                ..full
            },
        }
    }

    /// The publish `publish` has ended: readers get what is left, new ones wait for the next publish.
    pub(crate) fn end_publish(&self, publish: u64) {
        self.end(|running| running == publish);
    }

    fn end(&self, which: impl FnOnce(u64) -> bool) {
        let mut frames = self.frames();
        if !frames.running.is_some_and(which) {
            return;
        }
        frames.running = None;
        frames.latest_sync = None;
        frames.held_back = None;
        self.live.store(false, Ordering::Relaxed);
        let slowest = frames.slowest();
        frames.let_go(slowest);
        self.share.set(frames.window.bytes());
        drop(frames);
        self.wake_readers();
    }

    /// A publish is running and has brought a frame.
    pub(crate) fn is_live(&self) -> bool {
        self.live.load(Ordering::Relaxed)
    }

    /// Wakes every reader that waits.
    pub(crate) fn wake_readers(&self) {
        for waker in &*lock(&self.wakers) {
            waker.wake();
        }
    }

    /// A reader that starts at the latest sync point kept, or else with the next one.
    pub(crate) fn reader(self: &Arc<Self>, when_slow: WhenSlow, now: Instant) -> RingReader {
        let waker = Arc::new(AtomicWaker::new());
        lock(&self.wakers).push(Arc::clone(&waker));
        RingReader {
            ring: Arc::clone(self),
            index: self.frames().add_reader(when_slow, now),
            waker,
            awaits_sync: true,
            overrun: false,
        }
    }

    /// Frames kept that the slowest reader has not had.
    pub(crate) fn depth(&self) -> u64 {
        let frames = self.frames();
        frames.window.end().saturating_sub(frames.slowest())
    }

    /// What is kept, in bytes.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.share.kept()
    }

    /// Readers that have become too slow since the latest push.
    pub(crate) fn take_overrun_readers(&self) -> usize {
        std::mem::take(&mut self.frames().overrun_readers)
    }

    pub(crate) fn share(&self) -> &Share {
        &self.share
    }

    /// Lets go of `bytes`, or a little more, for cameras that keep less.
    pub(crate) fn let_go_of(&self, bytes: usize) {
        let mut frames = self.frames();
        let enough = frames.window.bytes().saturating_sub(bytes);
        while frames.window.bytes() > enough {
            frames.lose_oldest();
            let slowest = frames.slowest();
            frames.let_go(slowest);
        }
        self.share.set(frames.window.bytes());
        drop(frames);
        self.publisher.wake();
    }

    fn frames(&self) -> MutexGuard<'_, Frames> {
        lock(&self.frames)
    }
}

impl Window {
    /// Number of the next frame.
    fn end(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    fn get(&self, number: u64) -> Option<&Arc<RingFrame>> {
        self.kept.get(usize_of(number - self.first))
    }

    fn pop(&mut self) -> Option<Arc<RingFrame>> {
        let oldest = self.kept.pop_front()?;
        self.first += 1;
        self.gone += oldest.sample.counted_bytes();
        Some(oldest)
    }

    /// Lets go of the frames before `number`.
    fn let_go_until(&mut self, number: u64) {
        while self.first < number && self.pop().is_some() {}
    }

    fn bytes(&self) -> usize {
        usize_of(self.written - self.gone)
    }

    /// The bytes of the frames from `number` on.
    fn bytes_from(&self, number: u64) -> usize {
        let frame = self.get(number);
        frame.map_or(0, |frame| usize_of(self.written - frame.begin))
    }

    /// A reader that has `next` next has left that much lying, by number or by bytes.
    fn reaches(&self, next: u64, backlog: Backlog) -> bool {
        self.end() - next >= backlog.frames as u64 || self.bytes_from(next) >= backlog.bytes
    }

    /// The first frame that leaves less than `backlog` to a reader that is there.
    fn first_with_less_than(&self, backlog: Backlog) -> u64 {
        let by_number = (self.end() + 1).saturating_sub(backlog.frames as u64);
        let more = |frame: &Arc<RingFrame>| usize_of(self.written - frame.begin) >= backlog.bytes;
        let by_bytes = self.first + self.kept.partition_point(more) as u64;
        by_number.max(by_bytes)
    }
}

/// What is kept.
impl Frames {
    fn append(&mut self, sample: Sample, publish: &Arc<PublishMeters>, first: bool) {
        if sample.sync {
            self.latest_sync = Some(self.window.end());
        }
        self.latest_time = Some(sample.time);
        let begin = self.window.written;
        self.window.written += sample.counted_bytes();
        self.window.kept.push_back(Arc::new(RingFrame {
            sample,
            publish: Arc::clone(publish),
            first,
            begin,
        }));
    }

    /// Lets go of what nobody needs, when the slowest reader has `slowest` next, and of what is over the bounds.
    fn let_go(&mut self, slowest: u64) {
        let needed = |latest_sync: Option<u64>| latest_sync.unwrap_or(u64::MAX).min(slowest);
        self.window.let_go_until(needed(self.latest_sync));
        while self.window.kept.len() > self.bounds.frames || self.window.bytes() > self.bounds.bytes
        {
            self.lose_oldest();
            // That may have been what kept others.
            self.window.let_go_until(needed(self.latest_sync));
        }
        let kept = &mut self.window.kept;
        if kept.capacity() > MUCH && kept.len() < MUCH / 4 {
            kept.shrink_to(MUCH);
        }
    }

    /// Lets go of the oldest frame, though a reader may not have had it, or could have started there.
    fn lose_oldest(&mut self) {
        let number = self.window.first;
        let Some(lost) = self.window.pop() else {
            return;
        };
        if self.latest_sync == Some(number) {
            // What follows is of no use to a reader that has yet to start.
            self.latest_sync = None;
        }
        for place in self.places.iter_mut().flatten() {
            if place.next == number {
                lost.publish.dropped(1);
                self.overrun_readers += usize::from(place.lose_frame());
            }
        }
    }
}

/// A ring of that many frames keeps its own memory when it is empty.
const MUCH: usize = 256;

/// Who reads.
impl Frames {
    fn add_reader(&mut self, when_slow: WhenSlow, now: Instant) -> usize {
        let next = self.latest_sync.unwrap_or_else(|| self.window.end());
        let place = Some(Place::new(next, when_slow, now));
        match self.places.iter().position(Option::is_none) {
            Some(free) => {
                self.places[free] = place;
                free
            }
            None => {
                self.places.push(place);
                self.places.len() - 1
            }
        }
    }

    /// The number of the frame that the slowest reader has next, if there is a reader.
    fn slowest(&self) -> u64 {
        let places = self.places.iter().flatten();
        places.map(|place| place.next).min().unwrap_or(u64::MAX)
    }

    /// Sees who has taken something since the last time, and who has caught up. The number of the frame that the slowest
    /// reader has next.
    fn look_at_readers(&mut self, now: Instant) -> u64 {
        let mut slowest = u64::MAX;
        let end = self.window.end();
        for place in self.places.iter_mut().flatten() {
            place.look(end, now);
            slowest = slowest.min(place.next);
            if place.is_slow() && !self.window.reaches(place.next, self.full.caught_up()) {
                place.has_caught_up();
            }
        }
        slowest
    }

    /// There is no room for more: a reader would fall out of the bounds that could still be waited for.
    fn is_full(&self, full: Backlog) -> bool {
        let window = &self.window;
        let may_be = window.kept.len() >= full.frames || window.bytes() >= full.bytes;
        let mut places = self.places.iter().flatten();
        may_be && places.any(|place| place.may_hold_publisher() && window.reaches(place.next, full))
    }

    /// Holds the publisher back, if need be: until when, if no reader catches up before.
    fn hold_back(&mut self, now: Instant, full: Backlog) -> Option<Instant> {
        let since = *self.held_back.get_or_insert(now);
        let ends = since + HELD_BACK;
        self.look_at_readers(now);
        let window = &self.window;
        let catches_up_at = window.first_with_less_than(full.room());
        let mut until: Option<Instant> = None;
        for place in self.places.iter_mut().flatten() {
            place.await_at(None);
            if place.may_hold_publisher()
                && window.reaches(place.next, full.room())
                && let Some(patience) = place.hold_publisher(since, ends, now)
            {
                place.await_at(Some(catches_up_at));
                until = Some(until.map_or(patience, |until| until.min(patience)));
            }
        }
        if until.is_none() {
            self.held_back = None;
        }
        until
    }
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One reader of a ring.
pub(crate) struct RingReader {
    ring: Arc<FrameRing>,
    index: usize,
    waker: Arc<AtomicWaker>,
    awaits_sync: bool,
    /// Frames were lost, and the next one is to tell so.
    overrun: bool,
}

/// What a reader got.
pub(crate) struct RingRead {
    pub(crate) frame: Arc<RingFrame>,
    /// Frames are missing in front of this one: the reader was too slow.
    pub(crate) gap: bool,
}

/// The end of a reader that is held elsewhere as well: wakes it.
#[derive(Clone)]
pub(crate) struct ReaderWaker(Arc<AtomicWaker>);

impl ReaderWaker {
    pub(crate) fn wake(&self) {
        self.0.wake();
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.0.register(waker);
    }
}

impl RingReader {
    pub(crate) fn waker(&self) -> ReaderWaker {
        ReaderWaker(Arc::clone(&self.waker))
    }

    /// The reader has had no frame of what is published, and there is none that it could start with.
    pub(crate) fn awaits_first_frame(&self) -> bool {
        self.awaits_sync && !self.overrun
    }

    /// The next frame, if there is one; calls `lost` with the number of frames that the reader was too slow for.
    pub(crate) fn read(&mut self, lost: impl FnOnce(u64)) -> Option<RingRead> {
        let mut frames = lock(&self.ring.frames);
        let Frames { window, places, .. } = &mut *frames;
        let place = places[self.index].as_mut()?;
        let mut missed = place.take_lost();
        if missed > 0 {
            self.awaits_sync = true;
            self.overrun = true;
        }
        let mut read = None;
        while let Some(frame) = window.get(place.next) {
            place.next += 1;
            if !self.awaits_sync || frame.sample.sync {
                self.awaits_sync = false;
                read = Some(RingRead {
                    frame: Arc::clone(frame),
                    gap: std::mem::take(&mut self.overrun),
                });
                break;
            }
            if self.overrun {
                missed += 1;
                frame.publish.dropped(1);
            }
        }
        let makes_room = place.makes_room();
        drop(frames);
        if missed > 0 {
            lost(missed);
        }
        if makes_room {
            self.ring.publisher.wake();
        }
        read
    }
}

impl Drop for RingReader {
    fn drop(&mut self) {
        lock(&self.ring.wakers).retain(|waker| !Arc::ptr_eq(waker, &self.waker));
        let mut frames = self.ring.frames();
        frames.places[self.index] = None;
        let slowest = frames.slowest();
        frames.let_go(slowest);
        self.ring.share.set(frames.window.bytes());
        drop(frames);
        self.ring.publisher.wake();
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
