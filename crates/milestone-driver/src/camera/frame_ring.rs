//! The frames of one camera, shared by its sessions.
//!
//! One writer appends, any number of readers follow with a cursor each. Reader and writer meet in a slot only when
//! the writer reuses one that a reader is 300 frames behind, so neither waits for the other: the lock of a slot is
//! there to make that case safe.
//!
//! Kept are the frames since the latest sync point (a new reader starts there) and those that a reader has not had
//! yet, within [`Bounds`].

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use atomic_waker::AtomicWaker;
use bytes::Bytes;

use crate::time::Ticks;

/// What is kept at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) frames: u64,
    pub(crate) bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            frames: 300,
            bytes: 64 << 20,
        }
    }
}

/// An access unit in the ring.
#[derive(Debug)]
pub(crate) struct RingFrame {
    number: u64,
    pub(crate) data: Bytes,
    pub(crate) time: Ticks,
    /// A reader can start here.
    pub(crate) sync: bool,
    /// When its last byte came in.
    pub(crate) received: Instant,
    pub(crate) timestamp_ms: u32,
    pub(crate) composition_offset_ms: i32,
    /// The publish it belongs to, counted from 1.
    pub(crate) publish: u64,
    /// The first frame of a publish.
    pub(crate) first: bool,
}

pub(crate) struct FrameRing {
    bounds: Bounds,
    slots: Box<[Mutex<Option<Arc<RingFrame>>>]>,
    /// Number of the next frame. Frames `oldest..next` are held.
    next: AtomicU64,
    oldest: AtomicU64,
    live: AtomicBool,
    writer: Mutex<Writer>,
}

struct Writer {
    readers: Vec<Arc<Cursor>>,
    /// Sizes of the frames held.
    sizes: VecDeque<usize>,
    bytes: usize,
    /// The latest sync point of the running publish.
    latest_sync: Option<u64>,
    /// The latest publish, counted from 1.
    publish: u64,
    running: bool,
    latest_time: Option<Ticks>,
}

/// Where a reader is, as the writer sees it.
#[derive(Default)]
struct Cursor {
    next: AtomicU64,
    waker: AtomicWaker,
    /// The writer has dropped frames that the reader had not had.
    overrun: AtomicBool,
}

/// A publish that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Publish {
    /// Its number, counted from 1.
    pub(crate) number: u64,
    /// The time of the latest frame before it.
    pub(crate) after: Option<Ticks>,
}

/// An access unit for the ring.
pub(crate) struct NewFrame {
    pub(crate) data: Bytes,
    pub(crate) time: Ticks,
    pub(crate) sync: bool,
    pub(crate) received: Instant,
    pub(crate) timestamp_ms: u32,
    pub(crate) composition_offset_ms: i32,
}

/// What became of a frame that was pushed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// Readers that just became too slow: frames are dropped for them up to the next sync point.
    pub(crate) overrun_readers: usize,
}

impl FrameRing {
    pub(crate) fn new(bounds: Bounds) -> Self {
        // One more than is kept: the slot that is written is never one that is read.
        let slots = usize::try_from(bounds.frames)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        Self {
            bounds,
            slots: (0..slots).map(|_| Mutex::new(None)).collect(),
            next: AtomicU64::new(0),
            oldest: AtomicU64::new(0),
            live: AtomicBool::new(false),
            writer: Mutex::new(Writer {
                readers: Vec::new(),
                sizes: VecDeque::new(),
                bytes: 0,
                latest_sync: None,
                publish: 0,
                running: false,
                latest_time: None,
            }),
        }
    }

    /// A publish begins, and ends the one before if that is still running.
    pub(crate) fn begin_publish(&self) -> Publish {
        let mut writer = self.writer();
        self.end(&mut writer);
        writer.publish += 1;
        writer.running = true;
        Publish {
            number: writer.publish,
            after: writer.latest_time,
        }
    }

    /// Appends a frame of the publish `publish`, without waking readers. None if another publish has begun, or this one
    /// was ended.
    pub(crate) fn push(&self, publish: u64, frame: NewFrame) -> Option<Pushed> {
        let mut writer = self.writer();
        if !writer.running || writer.publish != publish {
            return None;
        }
        let number = self.next.load(Ordering::Relaxed);
        writer.sizes.push_back(frame.data.len());
        writer.bytes += frame.data.len();
        writer.latest_time = Some(frame.time);
        if frame.sync {
            writer.latest_sync = Some(number);
        }
        *lock(self.slot(number)) = Some(Arc::new(RingFrame {
            number,
            data: frame.data,
            time: frame.time,
            sync: frame.sync,
            received: frame.received,
            timestamp_ms: frame.timestamp_ms,
            composition_offset_ms: frame.composition_offset_ms,
            publish,
            first: !self.live.swap(true, Ordering::Relaxed),
        }));
        self.next.store(number + 1, Ordering::Release);
        Some(self.let_go(&mut writer))
    }

    /// The publish `publish` has ended: readers get what is left, new ones wait for the next publish.
    pub(crate) fn end_publish(&self, publish: u64) {
        let mut writer = self.writer();
        if writer.publish == publish {
            self.end(&mut writer);
        }
    }

    fn end(&self, writer: &mut Writer) {
        writer.running = false;
        writer.latest_sync = None;
        self.live.store(false, Ordering::Relaxed);
        self.let_go(writer);
        writer.wake_readers();
    }

    /// A publish is running and has brought a frame.
    pub(crate) fn is_live(&self) -> bool {
        self.live.load(Ordering::Relaxed)
    }

    /// Wakes every reader that waits.
    pub(crate) fn wake_readers(&self) {
        self.writer().wake_readers();
    }

    /// A reader that starts at the latest sync point held, or else with the next one.
    pub(crate) fn reader(self: &Arc<Self>) -> RingReader {
        let mut writer = self.writer();
        let oldest = self.oldest.load(Ordering::Relaxed);
        let start = writer.latest_sync.filter(|sync| *sync >= oldest);
        let next = start.unwrap_or_else(|| self.next.load(Ordering::Relaxed));
        let cursor = Arc::new(Cursor {
            next: AtomicU64::new(next),
            ..Cursor::default()
        });
        writer.readers.push(Arc::clone(&cursor));
        RingReader {
            ring: Arc::clone(self),
            cursor,
            awaits_sync: true,
            overrun: false,
        }
    }

    /// Frames held that the slowest reader has not had.
    pub(crate) fn depth(&self) -> u64 {
        let next = self.next.load(Ordering::Relaxed);
        let slowest = self.writer().slowest();
        next.saturating_sub(
            slowest
                .unwrap_or(next)
                .max(self.oldest.load(Ordering::Relaxed)),
        )
    }

    /// Lets go of what nobody needs and of what is over the bounds.
    fn let_go(&self, writer: &mut Writer) -> Pushed {
        let next = self.next.load(Ordering::Relaxed);
        let needed_from = writer
            .latest_sync
            .unwrap_or(next)
            .min(writer.slowest().unwrap_or(next));
        let mut oldest = self.oldest.load(Ordering::Relaxed);
        let before = oldest;
        while oldest < needed_from
            || next - oldest > self.bounds.frames
            || writer.bytes > self.bounds.bytes
        {
            let Some(size) = writer.sizes.pop_front() else {
                break;
            };
            writer.bytes -= size;
            oldest += 1;
        }
        // Readers must know before the slots change.
        self.oldest.store(oldest, Ordering::Release);
        for number in before..oldest {
            // A reader that is just copying it out has let go by the time that the slot is used again.
            if let Ok(mut slot) = self.slot(number).try_lock() {
                *slot = None;
            }
        }
        let overrun = |reader: &&Arc<Cursor>| {
            reader.next.load(Ordering::Relaxed) < oldest
                && !reader.overrun.swap(true, Ordering::Relaxed)
        };
        Pushed {
            overrun_readers: writer.readers.iter().filter(overrun).count(),
        }
    }

    fn slot(&self, number: u64) -> &Mutex<Option<Arc<RingFrame>>> {
        let index = number % self.slots.len() as u64;
        &self.slots[usize::try_from(index).unwrap_or_default()]
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        lock(&self.writer)
    }
}

impl Writer {
    fn wake_readers(&self) {
        for reader in &self.readers {
            reader.waker.wake();
        }
    }

    fn slowest(&self) -> Option<u64> {
        self.readers
            .iter()
            .map(|reader| reader.next.load(Ordering::Relaxed))
            .min()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One reader of a ring.
pub(crate) struct RingReader {
    ring: Arc<FrameRing>,
    cursor: Arc<Cursor>,
    awaits_sync: bool,
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
pub(crate) struct ReaderWaker(Arc<Cursor>);

impl ReaderWaker {
    pub(crate) fn wake(&self) {
        self.0.waker.wake();
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.0.waker.register(waker);
    }
}

impl RingReader {
    pub(crate) fn waker(&self) -> ReaderWaker {
        ReaderWaker(Arc::clone(&self.cursor))
    }

    /// The reader has had no frame of what is published, and there is none that it could start with.
    pub(crate) fn awaits_first_frame(&self) -> bool {
        self.awaits_sync && !self.overrun
    }

    /// The next frame, if there is one; calls `dropped` with the number of frames that the reader was too slow for.
    pub(crate) fn read(&mut self, mut dropped: impl FnMut(u64)) -> Option<RingRead> {
        loop {
            let number = self.cursor.next.load(Ordering::Relaxed);
            if number >= self.ring.next.load(Ordering::Acquire) {
                return None;
            }
            let oldest = self.ring.oldest.load(Ordering::Acquire);
            if number < oldest {
                self.awaits_sync = true;
                self.overrun = true;
                dropped(oldest - number);
                self.cursor.next.store(oldest, Ordering::Relaxed);
                continue;
            }
            let Some(frame) = lock(self.ring.slot(number))
                .clone()
                .filter(|frame| frame.number == number)
            else {
                // Let go of in this moment: `oldest` has moved.
                continue;
            };
            self.cursor.next.store(number + 1, Ordering::Relaxed);
            if self.awaits_sync && !frame.sync {
                dropped(u64::from(self.overrun));
                continue;
            }
            self.awaits_sync = false;
            let gap = std::mem::take(&mut self.overrun);
            if gap {
                self.cursor.overrun.store(false, Ordering::Relaxed);
            }
            return Some(RingRead { frame, gap });
        }
    }
}

impl Drop for RingReader {
    fn drop(&mut self) {
        let mut writer = self.ring.writer();
        writer
            .readers
            .retain(|reader| !Arc::ptr_eq(reader, &self.cursor));
        self.ring.let_go(&mut writer);
    }
}

#[cfg(test)]
mod tests;
