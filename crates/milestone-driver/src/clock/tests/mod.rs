//! What a publisher's clock makes of frames.

mod clocks_that_are_none;
mod clocks_that_lose_or_win_time;
mod presentation_times;
mod properties;
mod sane_publishers;
mod sound;
mod troubles_together;
mod without_pacing;

use super::simulation::*;
use super::{
    CountedIn, HEAD_ROOM, PublisherClock, ShowingOrder, SoundClock, Timestamp, TrackClock,
};
use crate::time::Ticks;

const MILLISECOND: i64 = Ticks::PER_MILLISECOND;
/// Delays of a network that is not at its best.
const JITTER: [f64; 11] = [7.0, 3.0, 22.0, 0.0, 41.0, 12.0, 1.0, 60.0, 5.0, 33.0, 18.0];
/// What people have.
const FRAME_RATES: [f64; 9] = [1.0, 5.0, 10.0, 15.0, 25.0, 29.97, 30.0, 60.0, 240.0];

fn after(placed: &[Placed], milliseconds: f64) -> &[Placed] {
    let first = placed.partition_point(|frame| frame.sent.arrival < milliseconds);
    &placed[first..]
}

#[test]
fn a_new_publisher_comes_after_the_one_before() {
    for (before, expected) in [(-5_000, -1_000), (-400, -399), (-2, -1), (50, 51)] {
        let mut track = TrackClock::starting_after(Some(START.plus(before * MILLISECOND)));
        let mut clock = PublisherClock::default();
        let time = clock.place(&mut track, Timestamp::default(), START);
        assert_eq!(time, START.plus(expected * MILLISECOND));
    }
    assert_eq!(HEAD_ROOM, 1_000 * MILLISECOND);
}

#[test]
fn a_publisher_that_comes_back_at_once_keeps_its_spacing() {
    // The one before ended in the present.
    let mut track = TrackClock::starting_after(Some(START));
    let mut clock = PublisherClock::default();
    let mut again = publisher(30.0, 20.0);
    for frame in &mut again {
        frame.arrival += 300.0;
    }
    let placed = play_on(&mut clock, &mut track, 0, &again);
    assert_spaced_as_sent(&placed);
}

#[test]
fn times_from_before_the_system_clock_was_set_back_do_not_bind() {
    let hour = 3_600_000.0;
    let mut clock = PublisherClock::default();
    let mut track = TrackClock::starting_after(None);
    let mut before = publisher(30.0, 10.0);
    for frame in &mut before {
        frame.arrival += hour;
    }
    play_on(&mut clock, &mut track, 0, &before);
    let mut after = publisher(30.0, 10.0);
    for frame in &mut after {
        frame.stamp += 10_000.0;
        frame.arrival += 10_000.0;
    }
    let placed = play_on(&mut clock, &mut track, 0, &after);
    assert_spaced_as_sent(&placed);
    assert_near_arrival(&placed);
}

#[test]
fn two_tracks_of_a_publish_share_its_clock() {
    let mut clock = PublisherClock::default();
    let mut tracks = [
        TrackClock::starting_after(None),
        TrackClock::starting_after(None),
    ];
    let pictures = publisher(30.0, 30.0).stalls(10_000.0, 2_000.0);
    let sound = publisher(46.875, 30.0).stalls(10_000.0, 2_000.0);
    let mut both: Vec<(usize, Sent)> = pictures
        .into_iter()
        .map(|frame| (0, frame))
        .chain(sound.into_iter().map(|frame| (1, frame)))
        .collect();
    both.sort_by(|(_, one), (_, other)| {
        (one.arrival, one.stamp)
            .partial_cmp(&(other.arrival, other.stamp))
            .expect("no NaN")
    });
    let mut offsets = Vec::new();
    for (track, frame) in both {
        let placed = play_on(&mut clock, &mut tracks[track], 0, &[frame]);
        offsets.push(placed[0].time - frame.stamp);
    }
    assert!(
        offsets
            .windows(2)
            .all(|pair| (pair[0] - pair[1]).abs() <= 1.0)
    );
}
