use proptest::prelude::*;

use super::*;

const MILLISECOND: i64 = Ticks::PER_MILLISECOND;
const SECOND: i64 = Ticks::PER_SECOND;
const START: Ticks = Ticks(638_000_000_000_000_000);

fn at(milliseconds: u32) -> Timestamp {
    Timestamp {
        milliseconds,
        nanoseconds: 0,
    }
}

/// A publisher of 25 frames a second whose frames arrive without delay.
struct Publisher {
    timeline: Timeline,
    timestamp: u32,
    now: Ticks,
}

impl Publisher {
    fn starting_at(timestamp: u32) -> Self {
        let mut publisher = Self {
            timeline: Timeline::starting_after(None),
            timestamp,
            now: START,
        };
        publisher.timeline.place(at(timestamp), START);
        publisher
    }

    /// The next `frames` frames: their times and arrivals.
    fn frames(&mut self, frames: usize) -> Vec<(Ticks, Ticks)> {
        (0..frames).map(|_| self.frame(40, 40)).collect()
    }

    fn frame(&mut self, step: u32, waited: i64) -> (Ticks, Ticks) {
        self.timestamp = self.timestamp.wrapping_add(step);
        self.now = self.now.plus(waited * MILLISECOND);
        (self.timeline.place(at(self.timestamp), self.now), self.now)
    }
}

fn assert_evenly_spaced(times: &[(Ticks, Ticks)]) {
    for pair in times.windows(2) {
        let apart = pair[1].0.since(pair[0].0);
        assert!(
            (apart - 40 * MILLISECOND).abs() <= MILLISECOND,
            "{apart} ticks between frames"
        );
    }
}

fn assert_near_arrival(times: &[(Ticks, Ticks)]) {
    for (time, arrival) in times {
        let late = arrival.since(*time);
        assert!(
            (-100 * MILLISECOND..=600 * MILLISECOND).contains(&late),
            "{late} ticks late"
        );
    }
}

#[test]
fn a_wrap_is_not_seen() {
    // 32 bits, 31 bits, and the three bytes of the plain timestamp field.
    for wraps_to_zero_after in [u32::MAX, (1 << 31) - 1, (1 << 24) - 1] {
        let mut publisher = Publisher::starting_at(wraps_to_zero_after - 40 * 10 + 1);
        let mut times = publisher.frames(9);
        if wraps_to_zero_after == (1 << 31) - 1 {
            publisher.timestamp = 0_u32.wrapping_sub(40);
        }
        times.extend(publisher.frames(50));
        assert_evenly_spaced(&times);
        assert_near_arrival(&times);
    }
}

#[test]
fn a_jump_ahead_leaves_times_where_they_are() {
    for jump in [1_500, 10_000, 3_600_000, 1 << 30] {
        let mut publisher = Publisher::starting_at(7);
        let before = publisher.frames(100);
        let jumped = publisher.frame(40 + jump, 40);
        let after = publisher.frames(100);
        assert_evenly_spaced(&[before, vec![jumped], after.clone()].concat());
        assert_near_arrival(&after);
    }
}

#[test]
fn a_restarted_clock_leaves_times_where_they_are() {
    for back in [1_000, 10_000, 3_600_000, 1 << 30] {
        let mut publisher = Publisher::starting_at(1 << 31);
        let before = publisher.frames(100);
        let jumped = publisher.frame(40_u32.wrapping_sub(back), 40);
        let after = publisher.frames(100);
        assert_evenly_spaced(&[before, vec![jumped], after.clone()].concat());
        assert_near_arrival(&after);
    }
}

#[test]
fn a_pause_is_a_gap_and_no_more() {
    for pause in [700, 3_000, 20_000, 3_600_000] {
        for clock_goes_on in [true, false] {
            let mut publisher = Publisher::starting_at(7);
            publisher.frames(100);
            let step = if clock_goes_on {
                40 + u32::try_from(pause).unwrap()
            } else {
                40
            };
            publisher.frame(step, 40 + pause);
            // A stopped clock and a held up network look alike for a second.
            publisher.frames(if clock_goes_on { 0 } else { 26 });
            let after = publisher.frames(100);
            assert_evenly_spaced(&after);
            assert_near_arrival(&after);
        }
    }
}

#[test]
fn a_held_up_network_does_not_touch_spacing() {
    let mut publisher = Publisher::starting_at(7);
    let mut times = publisher.frames(100);
    times.push(publisher.frame(40, 2_000));
    times.extend((0..49).map(|_| publisher.frame(40, 0)));
    times.extend(publisher.frames(100));
    assert_evenly_spaced(&times);
    assert_near_arrival(&times[150..]);
}

#[test]
fn a_clock_that_stands_still_is_replaced_by_arrival() {
    let mut publisher = Publisher::starting_at(7);
    publisher.frames(10);
    let frozen: Vec<_> = (0..100).map(|_| publisher.frame(0, 40)).collect();
    assert_evenly_spaced(&frozen[3..]);
    assert_near_arrival(&frozen);
    let after = publisher.frames(100);
    assert_evenly_spaced(&after);
    assert_near_arrival(&after);
}

#[test]
fn a_clock_of_the_wrong_speed_does_not_run_away() {
    for step in [1, 20, 39, 41, 80, 900] {
        let mut publisher = Publisher::starting_at(7);
        let times: Vec<_> = (0..5_000).map(|_| publisher.frame(step, 40)).collect();
        for (time, arrival) in times {
            let late = arrival.since(time);
            assert!(
                (-100 * MILLISECOND..=2 * SECOND).contains(&late),
                "{late} ticks late at {step} ms per frame"
            );
        }
    }
}

#[test]
fn a_file_sent_at_once_stays_in_the_present() {
    let mut publisher = Publisher::starting_at(0);
    for _ in 0..20_000 {
        let (time, arrival) = publisher.frame(40, 0);
        assert!(time.since(arrival) <= 100 * MILLISECOND);
    }
}

#[test]
fn nanoseconds_count() {
    let mut timeline = Timeline::starting_after(None);
    let first = timeline.place(
        Timestamp {
            milliseconds: 5,
            nanoseconds: 900_000,
        },
        START,
    );
    let sixth = Timestamp {
        milliseconds: 6,
        nanoseconds: 100_000,
    };
    let second = timeline.place(sixth, START.plus(2_000));
    assert_eq!(second.since(first), 2_000);
}

#[test]
fn a_new_publisher_comes_after_the_one_before() {
    let after = START.plus(50 * MILLISECOND);
    assert_eq!(
        Timeline::starting_after(Some(after)).place(at(0), START),
        after.plus(1)
    );
}

/// What happens between two frames.
#[derive(Clone, Debug)]
struct Step {
    timestamp: u32,
    waited: i64,
}

fn any_step() -> impl Strategy<Value = Step> {
    let timestamp = prop_oneof![
        8 => 0_u32..100,
        1 => Just(0_u32),
        1 => any::<u32>(),
        1 => (0_u32..5_000).prop_map(|back| 0_u32.wrapping_sub(back)),
    ];
    let waited = prop_oneof![
        8 => 0..100 * MILLISECOND,
        2 => Just(0_i64),
        1 => 0..100 * SECOND,
    ];
    (timestamp, waited).prop_map(|(timestamp, waited)| Step { timestamp, waited })
}

proptest! {
    #[test]
    fn always_increasing_never_ahead_never_far_behind(
        first in any::<u32>(),
        steps in prop::collection::vec(any_step(), 1..400),
    ) {
        let mut timeline = Timeline::starting_after(None);
        let (mut timestamp, mut now) = (first, START);
        let mut latest = timeline.place(at(timestamp), now);
        for Step { timestamp: step, waited } in steps {
            timestamp = timestamp.wrapping_add(step);
            now = now.plus(waited);
            let time = timeline.place(at(timestamp), now);
            prop_assert!(time > latest);
            prop_assert!(time.since(now) <= 100 * MILLISECOND, "{} ticks ahead", time.since(now));
            prop_assert!(now.since(time) <= 6 * SECOND, "{} ticks behind", now.since(time));
            latest = time;
        }
    }

    #[test]
    fn a_steady_publisher_keeps_its_spacing(
        first in any::<u32>(),
        frame_rate in 1_u32..120,
        parts_per_million in -300_i64..300,
        jitters in prop::collection::vec(0_i64..80, 50),
        frames in 100_u32..3_000,
    ) {
        let mut timeline = Timeline::starting_after(None);
        let mut arrival = Ticks::default();
        let mut latest: Option<(u32, Ticks)> = None;
        for frame in 0..frames {
            let milliseconds = u32::try_from(u64::from(frame) * 1000 / u64::from(frame_rate)).unwrap();
            let true_time = i64::from(milliseconds) * (1_000_000 + parts_per_million) / 100;
            let jitter = jitters[frame as usize % jitters.len()] * MILLISECOND;
            // TCP keeps the order.
            arrival = arrival.max(START.plus(true_time + jitter));
            let time = timeline.place(at(first.wrapping_add(milliseconds)), arrival);
            if let Some((before, time_before)) = latest {
                let sent = i64::from(milliseconds - before) * MILLISECOND;
                let error = time.since(time_before) - sent;
                prop_assert!(error.abs() <= MILLISECOND, "spacing is {error} ticks off");
            }
            latest = Some((milliseconds, time));
            prop_assert!(arrival.since(time) <= 600 * MILLISECOND);
        }
    }
}

#[test]
fn drift_is_bounded_over_a_day() {
    for parts_per_million in [-300, 300] {
        let mut timeline = Timeline::starting_after(None);
        for second in 0..86_400_i64 {
            let timestamp = u32::try_from(second * 1000).unwrap();
            let arrival = START.plus(second * (SECOND + parts_per_million * SECOND / 1_000_000));
            let late = arrival.since(timeline.place(at(timestamp), arrival));
            assert!(
                late.abs() <= 100 * MILLISECOND,
                "{late} ticks late after {second} s"
            );
        }
    }
}
