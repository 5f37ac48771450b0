//! What is kept of a track: what readers have yet to take, and what those need that begin.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::place::{HELD_BACK, Place, WhenSlow};
use super::sample::{Medium, Sample};
use crate::time::{Ticks, duration_ticks};

/// What is kept at most for readers that do not take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) samples: usize,
    pub(crate) bytes: usize,
    /// From the oldest sample to the latest.
    pub(crate) duration: Duration,
}

/// What a reader has not had yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backlog {
    pub(super) samples: usize,
    pub(super) bytes: usize,
    ticks: i64,
}

pub(super) struct Ring<M> {
    bounds: Backlog,
    /// From which backlog on the publisher is held back.
    full: Backlog,
    pub(super) window: Window<M>,
    /// Of the readers. A reader keeps its index.
    places: Vec<Option<Place>>,
    /// The latest sync point of the running publish, if it is kept.
    latest_sync: Option<u64>,
    /// The publish that is running.
    running: Option<u64>,
    /// Since when the publisher has been held back.
    held_back: Option<Instant>,
    /// Readers that have become too slow since somebody asked.
    overrun_readers: usize,
}

/// The samples that are kept, of all there have been.
pub(super) struct Window<M> {
    kept: VecDeque<Kept<M>>,
    /// Number of the oldest one. Samples are counted from 0.
    first: u64,
    /// The bytes of all samples since the beginning, and of those of which was let go.
    written: u64,
    gone: u64,
    /// Time of the latest one, also if it is no longer kept.
    latest: Option<Ticks>,
}

struct Kept<M> {
    sample: Sample<M>,
    /// The bytes of all samples before it, since the beginning.
    begin: u64,
}

/// A duration that is no bound, in ticks.
const FOREVER: i64 = i64::MAX;
/// A ring of that many samples keeps its own memory when it is empty.
pub(super) const MUCH: usize = 64;

impl Bounds {
    fn backlog(self) -> Backlog {
        Backlog {
            samples: self.samples,
            bytes: self.bytes,
            ticks: duration_ticks(self.duration),
        }
    }
}

impl Backlog {
    /// Of what is kept at most, this much holds the publisher back. The rest is for what one message can bring.
    fn full(self) -> Self {
        Self {
            samples: self.samples - self.samples / 10 * 3,
            bytes: self.bytes - self.bytes / 4,
            ticks: self.ticks_but(self.ticks / 4),
        }
    }

    /// From here on the publisher goes on: not for each sample that is taken, as it would have to be woken for each.
    fn room(self) -> Self {
        Self {
            samples: self.samples - self.samples / 4,
            bytes: self.bytes - self.bytes / 4,
            ticks: self.ticks_but(self.ticks / 4),
        }
    }

    /// Its duration less `ticks`, unless that is no bound.
    fn ticks_but(self, ticks: i64) -> i64 {
        match self.ticks {
            FOREVER => FOREVER,
            bound => bound - ticks,
        }
    }

    /// A reader has caught up with a burst.
    fn caught_up(self) -> Self {
        Self {
            samples: self.samples / 2,
            bytes: self.bytes / 2,
            ticks: self.ticks_but(self.ticks / 2),
        }
    }
}

impl<M> Window<M> {
    /// Number of the next sample.
    pub(super) fn end(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    pub(super) fn get(&self, number: u64) -> Option<&Sample<M>> {
        self.kept_at(number).map(|kept| &kept.sample)
    }

    fn kept_at(&self, number: u64) -> Option<&Kept<M>> {
        self.kept.get(usize_of(number - self.first))
    }

    /// How many samples are kept, and how many there is room for without allocating.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.kept.len(), self.kept.capacity())
    }

    pub(super) fn bytes(&self) -> usize {
        usize_of(self.written - self.gone)
    }

    fn push(&mut self, sample: Sample<M>) {
        let begin = self.written;
        self.written += sample.counted_bytes();
        self.latest = Some(sample.time);
        self.kept.push_back(Kept { sample, begin });
    }

    fn pop(&mut self) -> Option<Sample<M>> {
        let oldest = self.kept.pop_front()?;
        self.first += 1;
        self.gone += oldest.sample.counted_bytes();
        Some(oldest.sample)
    }

    /// Lets go of the samples before `number`.
    fn let_go_until(&mut self, number: u64) {
        while self.first < number && self.pop().is_some() {}
    }

    /// More is kept than `bounds` allow.
    fn is_over(&self, bounds: Backlog) -> bool {
        let lasts_longer = |kept| self.ticks_since(kept) > bounds.ticks;
        self.kept.len() > bounds.samples
            || self.bytes() > bounds.bytes
            || (bounds.ticks != FOREVER && self.kept.front().is_some_and(lasts_longer))
    }

    /// A reader that has `next` next has left that much lying, by number, bytes or time.
    fn reaches(&self, next: u64, backlog: Backlog) -> bool {
        self.kept_at(next).is_some_and(|kept| {
            usize_of(self.end() - next) >= backlog.samples
                || usize_of(self.written - kept.begin) >= backlog.bytes
                || self.lasts(kept, backlog)
        })
    }

    /// All that is kept is that much.
    fn is_at_least(&self, backlog: Backlog) -> bool {
        self.kept.len() >= backlog.samples
            || self.bytes() >= backlog.bytes
            || (backlog.ticks != FOREVER && self.reaches(self.first, backlog))
    }

    /// From `kept` to the latest sample is as long as `backlog`.
    fn lasts(&self, kept: &Kept<M>, backlog: Backlog) -> bool {
        backlog.ticks != FOREVER && self.ticks_since(kept) >= backlog.ticks
    }

    /// From `kept` to the latest sample.
    fn ticks_since(&self, kept: &Kept<M>) -> i64 {
        self.latest.unwrap_or_default().since(kept.sample.time)
    }

    /// The first sample that leaves less than `backlog` to a reader that is there.
    fn first_with_less_than(&self, backlog: Backlog) -> u64 {
        let by_number = (self.end() + 1).saturating_sub(backlog.samples as u64);
        let more = |kept: &Kept<M>| {
            usize_of(self.written - kept.begin) >= backlog.bytes || self.lasts(kept, backlog)
        };
        let by_size = self.first + self.kept.partition_point(more) as u64;
        by_number.max(by_size)
    }
}

/// What is kept.
impl<M: Medium> Ring<M> {
    pub(super) fn new(bounds: Bounds) -> Self {
        let bounds = bounds.backlog();
        Self {
            bounds,
            full: bounds.full(),
            window: Window {
                kept: VecDeque::new(),
                first: 0,
                written: 0,
                gone: 0,
                latest: None,
            },
            places: Vec::new(),
            latest_sync: None,
            running: None,
            held_back: None,
            overrun_readers: 0,
        }
    }

    /// The publish `publish` begins. The time of the latest sample before it.
    pub(super) fn begin(&mut self, publish: u64) -> Option<Ticks> {
        self.running = Some(publish);
        self.window.latest
    }

    pub(super) fn is_published(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn is_running(&self, publish: u64) -> bool {
        self.running == Some(publish)
    }

    /// The running publish is over.
    pub(super) fn end(&mut self) {
        self.running = None;
        self.latest_sync = None;
        self.held_back = None;
        self.let_go();
    }

    /// Appends `sample`, and lets go of what nobody needs any more.
    pub(super) fn push(&mut self, sample: Sample<M>, now: Instant) {
        let slowest = self.look_at_readers(now);
        if M::KEPT_SINCE_SYNC && sample.medium.is_sync() {
            self.latest_sync = Some(self.window.end());
        }
        self.window.push(sample);
        self.let_go_before(slowest);
    }

    /// Lets go of what nobody needs.
    pub(super) fn let_go(&mut self) {
        self.let_go_before(self.slowest());
    }

    /// Lets go of what nobody needs, when the slowest reader has `slowest` next, and of what is over the bounds.
    fn let_go_before(&mut self, slowest: u64) {
        let needed = |latest_sync: Option<u64>| latest_sync.unwrap_or(u64::MAX).min(slowest);
        self.window.let_go_until(needed(self.latest_sync));
        while self.window.is_over(self.bounds) {
            self.lose_oldest();
            // That may have been what kept others.
            self.window.let_go_until(needed(self.latest_sync));
        }
        let kept = &mut self.window.kept;
        if kept.capacity() > MUCH && kept.len() < MUCH / 4 {
            kept.shrink_to(MUCH);
        }
    }

    /// Lets go of samples until no more than `bytes` are kept.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        while self.window.bytes() > bytes {
            self.lose_oldest();
            self.let_go();
        }
    }

    /// Lets go of the oldest sample, though a reader may not have had it, or could have started there.
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
                self.overrun_readers += usize::from(place.lose_sample());
            }
        }
    }
}

/// Who reads.
impl<M: Medium> Ring<M> {
    /// A reader that starts at the latest sync point kept, or else with what comes next. Its index.
    pub(super) fn add_reader(&mut self, when_slow: WhenSlow, now: Instant) -> usize {
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

    pub(super) fn remove_reader(&mut self, index: usize) {
        self.places[index] = None;
        self.let_go();
    }

    /// What is kept, and the place in it of the reader `index`.
    pub(super) fn read(&mut self, index: usize) -> Option<(&Window<M>, &mut Place)> {
        let place = self.places.get_mut(index)?.as_mut()?;
        Some((&self.window, place))
    }

    /// The number of the sample that the slowest reader has next, if there is a reader.
    fn slowest(&self) -> u64 {
        let places = self.places.iter().flatten();
        places.map(|place| place.next).min().unwrap_or(u64::MAX)
    }

    /// Samples kept that the slowest reader has not had.
    pub(super) fn depth(&self) -> u64 {
        self.window.end().saturating_sub(self.slowest())
    }

    /// Sees who has taken something since the last time, and who has caught up. The number of the sample that the
    /// slowest reader has next.
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

    /// Readers that have become too slow since this was asked for.
    pub(super) fn take_overrun_readers(&mut self) -> usize {
        std::mem::take(&mut self.overrun_readers)
    }
}

/// Who holds the publisher back.
impl<M: Medium> Ring<M> {
    /// From which backlog on the publisher is held back: earlier if the process is short of room and `fair` is what
    /// this ring may take of it.
    fn full(&self, fair: Option<usize>) -> Backlog {
        let full = self.full;
        let fair = fair.map_or(full.bytes, |fair| fair - fair / 4);
        Backlog {
            bytes: full.bytes.min(fair),
            ..full
        }
    }

    /// There is no room for more: a reader would fall out of the bounds that could still be waited for.
    pub(super) fn is_full(&self, fair: Option<usize>) -> bool {
        let (window, full) = (&self.window, self.full(fair));
        let mut places = self.places.iter().flatten();
        window.is_at_least(full)
            && places.any(|place| place.may_hold_publisher() && window.reaches(place.next, full))
    }

    /// Holds the publisher back, if need be: until when, if no reader catches up before.
    pub(super) fn hold_back(&mut self, now: Instant, fair: Option<usize>) -> Option<Instant> {
        let room = self.full(fair).room();
        let since = *self.held_back.get_or_insert(now);
        let ends = since + HELD_BACK;
        self.look_at_readers(now);
        let window = &self.window;
        let catches_up_at = window.first_with_less_than(room);
        let mut until: Option<Instant> = None;
        for place in self.places.iter_mut().flatten() {
            place.await_at(None);
            if place.may_hold_publisher()
                && window.reaches(place.next, room)
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

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
