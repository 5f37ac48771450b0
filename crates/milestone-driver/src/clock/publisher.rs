//! From a publisher's clock to UTC.
//!
//! A frame's time is its timestamp plus an offset. Frames that come late keep their place; the offset moves only if
//! the lateness stays ([`Lateness`]) and they lie further back than at first, and slides, too slowly to be seen, where a
//! publisher's clock is a little fast or slow. Where timestamps say nothing (they stand still, jump, or are set back),
//! the arrival of the frame does, and the offset takes up the difference.
//!
//! What comes first may have been held up: programs send the first half second at once. So the first frame is placed
//! [`HEAD_ROOM`] before its arrival, and what follows may turn out to be early by as much.

use super::Timestamp;
use super::lateness::{JITTER, LateFrame, Lateness, Verdict};
use super::order::Said;
use super::timestamp::RisingTime;
use super::track_clock::{Coming, Course, FASTEST_FRAME, Probation, TrackClock};
use crate::time::Ticks;

/// How long before its arrival the first frame of a publish is placed.
pub(crate) const HEAD_ROOM: i64 = Ticks::PER_SECOND;
/// How far a frame may lie in the future when a publisher sends faster than time passes. The rest of the promised
/// 100 ms is room for frames that have to be later than the one before.
const LEAD: i64 = 95 * Ticks::PER_MILLISECOND;
/// From here on steps into the future become shorter, so that a file that is sent at once is pressed evenly.
const SOFT_LEAD: i64 = 24 * Ticks::PER_MILLISECOND;
/// The part of what is left to [`LEAD`] that one step takes at most.
const LEAD_SHARE: i64 = 16;
/// Within these bounds the earliest frames lie before their arrival; outside, the offset slides.
const EARLIEST: i64 = 100 * Ticks::PER_MILLISECOND;
const LATEST: i64 = 1_250 * Ticks::PER_MILLISECOND;
/// How quickly it slides: 1.5 % where the bound is passed by 100 ms.
const SLIDE_SHIFT: u32 = 26;
/// One frame is not moved by more, so that its distance from the next stays what it was to a millisecond,
const LARGEST_SLIDE: i64 = 9 * Ticks::PER_MILLISECOND / 10;
/// unless the bound is passed by more than this.
const FAR_OUTSIDE: i64 = 120 * Ticks::PER_MILLISECOND;
/// Frames later than this, compared with the earliest, are looked at more closely.
const LATE: i64 = 400 * Ticks::PER_MILLISECOND;
/// Frames earlier than this, compared with the earliest, are looked at more closely.
const EARLY: i64 = 10 * Ticks::PER_MILLISECOND;
/// A step this much longer than the time since the frame before is a jump.
const JUMP: i64 = Ticks::PER_SECOND;
/// A step shorter than this is none when frames have been coming one by one.
const SHORTEST_STEP: i64 = 3 * Ticks::PER_MILLISECOND;
/// When it is known how early frames can be.
const SETTLED_AFTER: i64 = 2_000 * Ticks::PER_MILLISECOND;
const SETTLED_FRAMES: u32 = 32;
/// How long a publish is new.
const NEW: i64 = 5 * Ticks::PER_SECOND;
/// A time that far in the future of a frame is from before the system clock was set back.
pub(super) const SET_BACK: i64 = 120 * Ticks::PER_SECOND;
/// No network holds sound back for longer, and no publisher puts it further behind its pictures.
const LONGEST_HELD: i64 = 40 * Ticks::PER_SECOND;
/// A clock that has jumped so far in all stands still.
const FAR: i64 = 1 << 60;

/// A publisher's clock, shared by the tracks of its publish.
#[derive(Debug, Default)]
pub(crate) struct PublisherClock {
    anchor: Option<Anchor>,
}

/// How the publisher's clock lies against UTC.
#[derive(Debug)]
struct Anchor {
    /// The latest timestamp as it came.
    timestamp: Timestamp,
    /// The same without wrapping, in ticks.
    publisher: i64,
    /// UTC minus the publisher's clock.
    offset: i64,
    /// How long before their arrival the earliest frames lie: network delay only ever adds to it.
    earliest: i64,
    began: Ticks,
    frames: u32,
    late: Option<Lateness>,
    /// While the publisher's clock is none.
    probation: Option<Probation>,
}

impl PublisherClock {
    /// The time of `track`'s next frame, which carries `timestamp` and came at `arrival`.
    pub(crate) fn place(
        &mut self,
        track: &mut TrackClock,
        timestamp: Timestamp,
        arrival: Ticks,
    ) -> Ticks {
        let latest = track.times.latest();
        if latest.is_some_and(|latest| latest.since(arrival) > SET_BACK) {
            self.anchor = None;
            track.times = RisingTime::default();
        }
        let place = match &mut self.anchor {
            Some(anchor) => anchor.follow(track, timestamp, arrival),
            None => {
                let anchor = self.anchor.insert(Anchor::new(track, timestamp, arrival));
                track.course = Some(Course::starting(anchor.publisher, arrival));
                anchor.publisher + anchor.offset
            }
        };
        track.times.next(Ticks(place))
    }

    /// Where something lies that is no frame of a track, but was captured beside them: it carries `timestamp` and came
    /// at `arrival`. `None` before there are frames, while their clock is none, and where it cannot be.
    pub(crate) fn beside(&self, timestamp: Timestamp, arrival: Ticks) -> Option<Ticks> {
        let anchor = self.anchor.as_ref()?;
        if anchor.probation.is_some() {
            return None;
        }
        let since = timestamp.ticks_since(anchor.timestamp);
        let place = anchor.publisher + since + anchor.offset;
        (-LEAD..LONGEST_HELD)
            .contains(&(arrival.0 - place))
            .then_some(Ticks(place))
    }
}

impl Anchor {
    fn new(track: &TrackClock, timestamp: Timestamp, arrival: Ticks) -> Self {
        let latest = track.times.latest();
        let head_room = latest.map_or(HEAD_ROOM, |latest| arrival.since(latest).min(HEAD_ROOM));
        Self {
            timestamp,
            publisher: 0,
            offset: arrival.0.saturating_sub(head_room),
            earliest: head_room,
            began: arrival,
            frames: 0,
            late: None,
            probation: None,
        }
    }

    fn follow(&mut self, track: &mut TrackClock, timestamp: Timestamp, arrival: Ticks) -> i64 {
        self.publisher = (self.publisher + timestamp.ticks_since(self.timestamp)).clamp(-FAR, FAR);
        self.timestamp = timestamp;
        self.frames = self.frames.saturating_add(1);
        let Some(course) = &mut track.course else {
            track.course = Some(Course::starting(self.publisher, arrival));
            return self.publisher + self.offset;
        };
        let waited = arrival.since(course.arrival).max(0);
        if let Some(ahead) = track.ahead.take()
            && !self.is_settled(arrival)
        {
            self.offset += course.expect_others(ahead, self.publisher, waited);
        }
        let before = course.order.decoded() + self.offset;
        let said = course.order.frame(self.publisher);
        let coming = Coming {
            arrival,
            waited,
            decoded: course.order.decoded(),
            before,
            late: course.arrival.0 - before - self.earliest,
        };
        course.arrival = arrival;
        let step = self.step(course, said, coming);
        course.learn(step, coming.waited);
        let place = self.keep_near(course, before + step, step, coming);
        self.offset = place - coming.decoded;
        place
    }

    /// Whether it is known how early frames can be.
    fn is_settled(&self, arrival: Ticks) -> bool {
        self.frames >= SETTLED_FRAMES && arrival.since(self.began) >= SETTLED_AFTER
    }

    /// How far the frame lies behind the one before.
    #[inline]
    fn step(&mut self, course: &mut Course, said: Said, coming: Coming) -> i64 {
        let Said::After(step) = said else {
            course.standing_still = 0;
            course.borrowed = 0;
            return course.step_by_arrival(coming, said == Said::StartedAnew);
        };
        let early = self.earliest + coming.before + step - coming.arrival.0;
        if step < FASTEST_FRAME || course.borrowed > 0 || early > EARLY || self.probation.is_some()
        {
            self.doubtful_step(course, step, early, coming)
        } else {
            course.standing_still = 0;
            course.hardly_advancing = 0;
            step
        }
    }

    /// A step that may be none: if it was made, the frame would be earlier by `early` than any before.
    #[cold]
    fn doubtful_step(&mut self, course: &mut Course, step: i64, early: i64, coming: Coming) -> i64 {
        if let Some(probation) = &mut self.probation {
            if probation.is_served(coming.decoded, coming.arrival) {
                self.probation = None;
            }
            return course.step_by_arrival(coming, false);
        }
        if step < SHORTEST_STEP {
            return course.stand_still(step, coming);
        }
        course.standing_still = 0;
        if course.hardly_advances(step, coming, self.frames) {
            self.probation = Some(Probation::beginning(coming.decoded, coming.arrival));
            return course.step_by_arrival(coming, false);
        }
        let settled = self.is_settled(coming.arrival);
        let long = step / 3 > course.usual / 2;
        let impossible =
            settled && long && early > JITTER.max(step / 4).max(course.usual - course.usual / 8);
        if impossible || (step - coming.waited > JUMP && early > JUMP) {
            course.borrowed = 0;
            return course.step_by_arrival(coming, true);
        }
        let back = course.borrowed.min((step / 4).max(step - course.usual));
        course.borrowed -= back;
        step - back
    }

    /// Where a frame is put that belongs at `place`, `step` behind the one before.
    #[inline]
    fn keep_near(&mut self, course: &Course, place: i64, step: i64, coming: Coming) -> i64 {
        let mut place = place;
        let lies_back = coming.arrival.0 - place;
        let late = lies_back - self.earliest;
        if late < 0 {
            self.earliest = lies_back;
        } else if late > LATE {
            place += self.lost_by(late, course, coming);
        } else {
            self.late = None;
            self.earliest += forgotten(late, coming.waited);
        }
        let outside = self.earliest - self.earliest.clamp(EARLIEST, LATEST);
        if outside != 0 {
            let slide = slide(outside, step);
            place += slide;
            self.earliest -= slide;
        }
        if place - coming.arrival.0 > SOFT_LEAD {
            place = self.hold_back(place, coming);
        }
        place
    }

    /// By how much a publisher's clock has lost time whose frame is late.
    #[cold]
    fn lost_by(&mut self, by: i64, course: &Course, coming: Coming) -> i64 {
        let frame = LateFrame {
            by,
            arrival: coming.arrival,
            publisher: coming.decoded,
        };
        let verdict = self
            .late
            .get_or_insert_with(|| {
                let new = coming.arrival.since(self.began) < NEW && !course.pace.was_kept();
                Lateness::beginning(frame, coming.late, new)
            })
            .frame(frame);
        if verdict != Verdict::Wait {
            self.late = None;
        }
        match verdict {
            Verdict::Wait => 0,
            Verdict::Lost(by) => by - self.regained(by),
            Verdict::NoClock(by) => {
                self.probation = Some(Probation::beginning(coming.decoded, coming.arrival));
                by
            }
        }
    }

    /// How much of what a frame is late `by` is the publisher's coming back to where it was: it was ahead of its time for
    /// a while, and waited. Frames that do not lie further back than at first, but for jitter, need not be moved.
    fn regained(&mut self, by: i64) -> i64 {
        let room = (HEAD_ROOM - self.earliest).max(0);
        let regained = if by <= room + JITTER { by } else { room };
        self.earliest += regained;
        regained
    }

    /// The publisher is faster than time.
    #[cold]
    fn hold_back(&mut self, place: i64, coming: Coming) -> i64 {
        let end = coming.arrival.0 + LEAD;
        let share = coming.before + ((end - coming.before) / LEAD_SHARE).max(0);
        let held = place.min(share.max(end - LEAD + SOFT_LEAD)).min(end);
        self.earliest += place - held;
        held
    }
}

/// How much is forgotten, in so long a time, of that frames came earlier once than they do now, when they are `late` in
/// comparison: of 300 ms 23 ms a second, of 30 ms a thousandth of that, which may be jitter.
fn forgotten(late: i64, waited: i64) -> i64 {
    let late = late >> 10;
    (late * late * late * waited.min(Ticks::PER_SECOND)) >> 40
}

/// By how much a frame is moved that comes `step` behind the one before, where the earliest lie `outside` their bounds.
#[cold]
fn slide(outside: i64, step: i64) -> i64 {
    let step = step.clamp(0, Ticks::PER_SECOND);
    let slide = (outside * step) >> SLIDE_SHIFT;
    let largest = if outside.abs() > FAR_OUTSIDE {
        LARGEST_SLIDE.max(step / 32)
    } else {
        LARGEST_SLIDE
    };
    slide.clamp(-largest, largest)
}
