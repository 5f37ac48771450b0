//! A publisher, its clock and the network, as lists of frames: a function makes one, others change it, and they compose.
//!
//! Times are in milliseconds, for they are read by people.

use super::{CountedIn, PublisherClock, ShowingOrder, Timestamp, TrackClock};
use crate::time::Ticks;

/// Milliseconds until a clock of 24 bits begins anew.
pub(super) const SPAN_OF_24_BITS: f64 = 16_777_216.0;

/// When all of it happens.
pub(super) const START: Ticks = Ticks(638_000_000_000_000_000);

/// A frame on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// When it was taken, by a perfect clock that started with the publish.
    pub(super) taken: f64,
    /// What the publisher's clock said, before it wraps.
    pub(super) stamp: f64,
    /// When it came, by the same clock as `taken`.
    pub(super) arrival: f64,
    /// `pic_order_cnt_lsb`, if the encoder reorders pictures.
    pub(super) order: Option<u32>,
}

/// A frame that was given its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) sent: Sent,
    /// By the clock of `Sent::taken`.
    pub(super) time: f64,
}

pub(super) type Frames = Vec<Sent>;

/// A publisher of so many frames a second, with a perfect clock and no network.
pub(super) fn publisher(frame_rate: f64, seconds: f64) -> Frames {
    let frames = (frame_rate * seconds) as usize;
    taken_at((0..frames).map(|frame| frame as f64 * 1e3 / frame_rate))
}

/// A publisher whose frames come after these intervals.
pub(super) fn varying(intervals: &[f64]) -> Frames {
    taken_at(intervals.iter().scan(0.0, |now, interval| {
        let taken = *now;
        *now += interval;
        Some(taken)
    }))
}

fn taken_at(times: impl Iterator<Item = f64>) -> Frames {
    times
        .map(|taken| Sent {
            taken,
            stamp: taken.floor(),
            arrival: taken,
            order: None,
        })
        .collect()
}

/// What the encoder does.
pub(super) trait Encoder: Sized {
    /// Leaves out the frames that were taken from `from` on for `lasts`.
    fn drops(self, from: f64, lasts: f64) -> Self;
    /// Frames come in the order in which they are decoded, and are stamped with the time at which they are shown.
    fn shown_in_order_of(self, group: &[usize]) -> Self;
}

/// What the publisher's clock does.
pub(super) trait Clock: Sized {
    /// Changes each stamp, by the number of the frame.
    fn stamped(self, change: impl FnMut(usize, f64) -> f64) -> Self;
    /// From `from` on (by the time when taken) stamps are other by `by`.
    fn jumps(self, from: f64, by: f64) -> Self;
    /// Stamps are rounded down to multiples.
    fn rounded_to(self, milliseconds: f64) -> Self {
        self.stamped(|_, stamp| (stamp / milliseconds).floor() * milliseconds)
    }
    /// Each step from a stamp to the next is written as a delta of 24 bits, also where it goes back.
    fn in_deltas_of_24_bits(self) -> Self {
        let (mut before, mut wraps) = (f64::MIN, 0.0);
        self.stamped(|_, stamp| {
            if stamp < before {
                wraps += SPAN_OF_24_BITS;
            }
            before = stamp;
            stamp + wraps
        })
    }
    /// The clock goes faster or slower.
    fn at_speed(self, speed: f64) -> Self {
        self.stamped(|_, stamp| (stamp * speed).floor())
    }
}

/// What the network does. Frames stay in order, as TCP has it.
pub(super) trait Network: Sized {
    /// Frames are delayed by these, one after the other, over and over.
    fn delayed(self, delays: &[f64]) -> Self;
    /// Nothing gets through from `from` on for `lasts`; then all that has piled up comes at once.
    fn stalls(self, from: f64, lasts: f64) -> Self;
    /// From `from` on for `lasts` only a part of the video gets through; then the rest catches up at `speed`.
    fn too_slow(self, from: f64, lasts: f64, part: f64, speed: f64) -> Self;
    /// What was taken in the first `lasts` comes when that is over, or, if the publisher is ahead of its time, the
    /// other way round: at the start.
    fn starts_with_burst_of(self, lasts: f64) -> Self;
    /// At `from` the publisher sends what belongs to the next `by` as well, and then waits until that is over.
    fn runs_ahead(self, from: f64, by: f64) -> Self;
    /// The publisher sends faster than it would have to: so many frames come together, and so many a second.
    fn unpaced(self, frames_per_second: f64, together: usize) -> Self;
    /// From `from` on everything happens later, and the publisher's clock does not know.
    fn sleeps(self, from: f64, lasts: f64) -> Self;
}

impl Encoder for Frames {
    fn drops(mut self, from: f64, lasts: f64) -> Self {
        self.retain(|frame| !(from..from + lasts).contains(&frame.taken));
        self
    }

    fn shown_in_order_of(self, group: &[usize]) -> Self {
        let mut shown: Vec<usize> = (0..self.len()).collect();
        for number in 1..self.len() {
            let begin = (number - 1) / group.len() * group.len() + 1;
            shown[number] = begin + group[(number - 1) % group.len()];
        }
        let whole_groups = (self.len() - 1) / group.len() * group.len() + 1;
        // The last group may be cut.
        let frames = self.iter().zip(shown).take(whole_groups);
        frames
            .map(|(frame, shown)| Sent {
                stamp: self[shown].stamp,
                order: Some(2 * shown as u32),
                ..*frame
            })
            .collect()
    }
}

impl Clock for Frames {
    fn stamped(mut self, mut change: impl FnMut(usize, f64) -> f64) -> Self {
        for (number, frame) in self.iter_mut().enumerate() {
            frame.stamp = change(number, frame.stamp);
        }
        self
    }

    fn jumps(mut self, from: f64, by: f64) -> Self {
        for frame in self.iter_mut().filter(|frame| frame.taken >= from) {
            frame.stamp += by;
        }
        self
    }
}

fn in_order(mut frames: Frames) -> Frames {
    let mut latest = f64::MIN;
    for frame in &mut frames {
        latest = latest.max(frame.arrival);
        frame.arrival = latest;
    }
    frames
}

impl Network for Frames {
    fn delayed(mut self, delays: &[f64]) -> Self {
        for (frame, delay) in self.iter_mut().zip(delays.iter().cycle()) {
            frame.arrival += delay;
        }
        in_order(self)
    }

    fn stalls(mut self, from: f64, lasts: f64) -> Self {
        for frame in &mut self {
            if (from..from + lasts).contains(&frame.arrival) {
                frame.arrival = from + lasts;
            }
        }
        in_order(self)
    }

    fn too_slow(mut self, from: f64, lasts: f64, part: f64, speed: f64) -> Self {
        let caught_up = from + lasts + (1.0 - part) * lasts / (speed - 1.0);
        for frame in &mut self {
            let since = frame.arrival - from;
            if since < 0.0 || frame.arrival >= caught_up {
                continue;
            }
            let got_through = lasts * part;
            frame.arrival = if since < got_through {
                from + since / part
            } else {
                from + lasts + (since - got_through) / speed
            };
        }
        in_order(self)
    }

    fn runs_ahead(mut self, from: f64, by: f64) -> Self {
        for frame in &mut self {
            if (from..from + by).contains(&frame.arrival) {
                frame.arrival = from;
            }
        }
        self
    }

    fn starts_with_burst_of(mut self, lasts: f64) -> Self {
        for frame in &mut self {
            frame.arrival = (frame.arrival - lasts).max(0.0);
        }
        in_order(self)
    }

    fn unpaced(mut self, frames_per_second: f64, together: usize) -> Self {
        for (number, frame) in self.iter_mut().enumerate() {
            let burst = number / together * together;
            frame.arrival = burst as f64 * 1e3 / frames_per_second;
        }
        self
    }

    fn sleeps(mut self, from: f64, lasts: f64) -> Self {
        for frame in self.iter_mut().filter(|frame| frame.taken >= from) {
            frame.taken += lasts;
            frame.arrival += lasts;
        }
        self
    }
}

/// Gives the frames their times, and looks whether these have what every time has: they are whole milliseconds that
/// rise, and lie no more than 100 ms ahead of the arrival unless more than a frame a millisecond has come.
pub(super) fn play(frames: &[Sent]) -> Vec<Placed> {
    let mut clock = PublisherClock::default();
    play_on(&mut clock, &mut TrackClock::starting_after(None), 0, frames)
}

/// The same where the encoder tells its frame rate.
pub(super) fn play_told(frames: &[Sent], frame_rate: Option<f64>) -> Vec<Placed> {
    let mut clock = PublisherClock::default();
    let mut track = TrackClock::starting_after(None);
    play_in_order(
        &mut clock,
        &mut track,
        0,
        frames,
        ShowingOrder::new(CountedIn::Fields, frame_rate),
    )
}

/// The same for frames of one track of a publish whose clock began at `epoch`.
pub(super) fn play_on(
    clock: &mut PublisherClock,
    track: &mut TrackClock,
    epoch: u32,
    frames: &[Sent],
) -> Vec<Placed> {
    play_in_order(
        clock,
        track,
        epoch,
        frames,
        ShowingOrder::new(CountedIn::Fields, None),
    )
}

fn play_in_order(
    clock: &mut PublisherClock,
    track: &mut TrackClock,
    epoch: u32,
    frames: &[Sent],
    mut order: ShowingOrder,
) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(frames.len());
    for sent in frames {
        let arrival = START.plus((sent.arrival * Ticks::PER_MILLISECOND as f64) as i64);
        track.next_is(sent.order.and_then(|lsb| order.picture(lsb)));
        let time = clock.place(track, timestamp(sent.stamp, epoch), arrival);
        assert_eq!(time, time.whole_milliseconds());
        let time = time.since(START) as f64 / Ticks::PER_MILLISECOND as f64;
        if let Some(before) = placed.last() {
            assert!(
                time >= before.time + 1.0,
                "{before:?}, then {time} for {sent:?}"
            );
        }
        let ahead = time - sent.arrival;
        let flood = placed
            .last()
            .is_some_and(|before| time == before.time + 1.0);
        assert!(
            ahead <= 100.0 || flood,
            "{ahead} ms ahead: {sent:?} after {:?}",
            placed.last()
        );
        placed.push(Placed { sent: *sent, time });
    }
    placed
}

/// What carries it, and when it comes, for a track that is none of pictures.
pub(super) fn stamp_and_arrival(sent: &Sent, epoch: u32) -> (Timestamp, Ticks) {
    let arrival = START.plus((sent.arrival * Ticks::PER_MILLISECOND as f64) as i64);
    (timestamp(sent.stamp, epoch), arrival)
}

/// That it was given this time.
pub(super) fn placed(sent: Sent, time: Ticks) -> Placed {
    let time = time.since(START) as f64 / Ticks::PER_MILLISECOND as f64;
    Placed { sent, time }
}

fn timestamp(stamp: f64, epoch: u32) -> Timestamp {
    // Clocks wrap.
    let milliseconds = (stamp.floor() as i64 as u32).wrapping_add(epoch);
    let nanoseconds = ((stamp - stamp.floor()) * 1e6) as u32;
    Timestamp {
        milliseconds,
        nanoseconds,
    }
}

/// Between each frame and the next: how far their times are apart, and how far they should be.
pub(super) fn steps(placed: &[Placed]) -> impl Iterator<Item = (f64, f64)> + '_ {
    placed.windows(2).map(|pair| {
        let [before, frame] = pair else {
            unreachable!()
        };
        (
            frame.time - before.time,
            frame.sent.stamp - before.sent.stamp,
        )
    })
}

/// The frames whose distance from the one before is not the publisher's, to `tolerance`.
pub(super) fn misplaced(placed: &[Placed], tolerance: f64) -> Vec<(usize, f64, f64)> {
    steps(placed)
        .enumerate()
        .filter(|(_, (step, sent))| (step - sent).abs() > tolerance)
        .map(|(number, (step, sent))| (number + 1, step, sent))
        .collect()
}

/// The publisher's spacing everywhere.
pub(super) fn assert_spaced_as_sent(placed: &[Placed]) {
    let misplaced = misplaced(placed, 1.0);
    assert!(
        misplaced.is_empty(),
        "frame, step, as sent: {:?}",
        &misplaced[..misplaced.len().min(10)]
    );
}

/// No step is smaller or larger.
pub(super) fn assert_steps(placed: &[Placed], from: f64, to: f64) {
    for (number, (step, _)) in steps(placed).enumerate() {
        assert!(
            (from..=to).contains(&step),
            "{step} ms before frame {}: {:?}",
            number + 1,
            &placed[number.saturating_sub(3)..(number + 4).min(placed.len())]
        );
    }
}

/// How late the frames are, at least and at most.
pub(super) fn lateness(placed: &[Placed]) -> (f64, f64) {
    let late = placed.iter().map(|frame| frame.sent.arrival - frame.time);
    late.fold((f64::MAX, f64::MIN), |(least, most), late| {
        (least.min(late), most.max(late))
    })
}

/// The frames come between a second and a moment before the present, or a little later after a bad network.
pub(super) fn assert_near_arrival(placed: &[Placed]) {
    let (least, most) = lateness(placed);
    assert!(
        least >= -100.0 && most <= 1_800.0,
        "{least} to {most} ms late"
    );
}
