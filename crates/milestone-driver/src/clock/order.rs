//! The order in which frames come, where their timestamps have another.
//!
//! Some publishers stamp frames with the time at which they are shown. With B frames these go to and fro: 0, 100, 33,
//! 67, 200, … The times at which the same frames are decoded rise evenly, and are the same numbers in order: the n-th
//! frame has the n-th smallest. As long as no frame is shown more than `depth` frames earlier than it was sent, the
//! n-th smallest is known when `depth` frames more have come.
//!
//! Where timestamps are times of showing, those of B frames go to and fro, which is only seen when one goes back. By
//! then the frame before has its time. `pic_order_cnt_lsb` tells it with that frame already: it is shown several
//! pictures after the one before, and so its timestamp is several steps of decoding away.

use crate::time::Ticks;

/// How far frames may be from their place in the order in which they are shown: pyramids of 16 pictures need 4.
const DEEPEST: usize = 4;
/// Frames in order after which a publisher is taken to be done with reordering.
const IN_ORDER_AGAIN: u32 = 128;
/// Frames are no closer than this when they are reordered; times closer to each other are an unsteady clock's.
const CLOSEST: i64 = 12 * Ticks::PER_MILLISECOND;
/// Timestamps that far back are those of a clock that was started anew; less is an unsteady clock.
const BACK: i64 = 100 * Ticks::PER_MILLISECOND;

/// Timestamps of frames in the order in which they came.
#[derive(Debug)]
pub(super) struct DecodingOrder {
    /// The latest times, largest first.
    latest: [i64; DEEPEST + 1],
    depth: usize,
    in_order: u32,
    /// The frame before had a time that says nothing.
    unsteady: bool,
}

/// What a frame's timestamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The frame is decoded so long after the one before.
    After(i64),
    /// Nothing, for this frame: its time lies before others, or the clock was set back.
    Nothing,
    /// Nothing, because the clock was started anew.
    StartedAnew,
}

impl DecodingOrder {
    pub(super) fn starting(time: i64) -> Self {
        Self {
            latest: [time; DEEPEST + 1],
            depth: 0,
            in_order: 0,
            unsteady: false,
        }
    }

    #[inline]
    pub(super) fn frame(&mut self, time: i64) -> Said {
        let [before, second, third, fourth, _] = self.latest;
        if self.depth == 0 && time >= before {
            self.latest = [time, before, second, third, fourth];
            if time > before && std::mem::take(&mut self.unsteady) {
                return Said::Nothing;
            }
            Said::After(time - before)
        } else {
            self.out_of_order(time)
        }
    }

    /// Whether frames come in the order of their times, as far as was seen.
    pub(super) fn is_plain(&self) -> bool {
        self.depth == 0
    }

    /// The next frame is shown `pictures` further than the one before, in `step`: those between will come, and others
    /// in groups like this. Tells how much the time of decoding moves back for that.
    pub(super) fn expect_others(&mut self, pictures: u32, step: i64) -> i64 {
        let apart = step / i64::from(pictures.max(1));
        if apart < CLOSEST {
            return 0;
        }
        let before = self.decoded();
        let [latest, ..] = self.latest;
        let mut time = latest;
        for earlier in &mut self.latest {
            *earlier = time;
            time -= apart;
        }
        // The levels of a pyramid.
        self.depth = pictures
            .next_power_of_two()
            .ilog2()
            .clamp(1, DEEPEST as u32) as usize;
        self.in_order = 0;
        before - self.decoded()
    }

    /// The time at which the latest frame is decoded, as far as its publisher says so.
    pub(super) fn decoded(&self) -> i64 {
        self.latest.get(self.depth).copied().unwrap_or_default()
    }

    fn out_of_order(&mut self, time: i64) -> Said {
        let before = self.decoded();
        let place = self.latest.iter().filter(|later| **later > time).count();
        if place > self.depth {
            return self.deeper(time, place);
        }
        self.insert(place, time);
        self.in_order = if place == 0 { self.in_order + 1 } else { 0 };
        if self.in_order < IN_ORDER_AGAIN {
            return Said::After(self.decoded() - before);
        }
        self.depth = 0;
        let [latest, second, ..] = self.latest;
        Said::After(latest - second)
    }

    /// A time before what was taken for the latest decoding time.
    fn deeper(&mut self, time: i64, place: usize) -> Said {
        if self.is_reordered(time, place) {
            self.insert(place, time);
            self.depth = place;
            self.in_order = 0;
            Said::Nothing
        } else if time <= self.decoded() - BACK {
            *self = Self::starting(time);
            Said::StartedAnew
        } else {
            self.unsteady = true;
            Said::Nothing
        }
    }

    /// Whether `time` fills a gap that a frame which is shown later has left. Frames are reordered by levels, so each
    /// is at most one deeper than those before.
    fn is_reordered(&self, time: i64, place: usize) -> bool {
        if place != self.depth + 1 {
            return false;
        }
        let [later, earlier, before] =
            [place - 1, place, place + 1].map(|place| self.latest.get(place).copied());
        let (Some(later), Some(earlier)) = (later, earlier) else {
            return false;
        };
        let apart = time - earlier >= CLOSEST && later - time >= CLOSEST;
        // A clock that is set back by less than a frame hits a gap that is no wider than others.
        let wide = self.depth > 0
            || before.is_some_and(|before| (later - earlier) * 2 >= (earlier - before) * 3);
        apart && wide
    }

    fn insert(&mut self, place: usize, time: i64) {
        if let Some(behind) = self.latest.get_mut(place..) {
            behind.rotate_right(1);
            if let Some(first) = behind.first_mut() {
                *first = time;
            }
        }
    }
}

/// A sequence of pictures that may be shown in another order than that in which they are decoded.
#[derive(Debug)]
pub(crate) struct ShowingOrder {
    /// From a picture to the next, if the encoder says so; else 0.
    interval: i64,
    counted_in: CountedIn,
    /// `pic_order_cnt_lsb` of the picture before.
    before: Option<u32>,
}

/// What one more in the picture order count is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CountedIn {
    /// A field (H.264 section 8.2.1), but for some encoders, whom odd numbers give away.
    Fields,
    /// A picture (H.265 section 8.3.1).
    Pictures,
}

/// A picture that is shown `pictures` after the one that was decoded before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ahead {
    pub(super) pictures: u32,
    pub(super) interval: i64,
}

/// A picture may have 16 others as references.
const FURTHEST: u32 = 16;

impl ShowingOrder {
    pub(crate) fn new(counted_in: CountedIn, frames_per_second: Option<f64>) -> Self {
        let interval =
            frames_per_second.map_or(0, |rate| (Ticks::PER_SECOND as f64 / rate.max(1.0)) as i64);
        Self {
            interval,
            counted_in,
            before: None,
        }
    }

    /// Whether the next picture is shown further behind the one before than it is decoded.
    pub(crate) fn picture(&mut self, pic_order_cnt_lsb: u32) -> Option<Ahead> {
        let before = self.before.replace(pic_order_cnt_lsb)?;
        let count = pic_order_cnt_lsb.checked_sub(before)?;
        let in_fields = self.counted_in == CountedIn::Fields && count % 2 == 0;
        let pictures = if in_fields { count / 2 } else { count };
        (2..=FURTHEST).contains(&pictures).then_some(Ahead {
            pictures,
            interval: self.interval,
        })
    }
}
