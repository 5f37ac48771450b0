//! Clocks that lose or win time.

use super::*;

/// One step that is not the publisher's, within 2 s of frames, and times near the present before and after.
fn assert_moves_once(placed: &[Placed], at: f64, by: f64) {
    let misplaced = misplaced(placed, 1.0);
    let [(number, step, sent)] = misplaced[..] else {
        panic!("frame, step, as sent: {misplaced:?}");
    };
    assert!(
        (step - sent - by).abs() <= 100.0,
        "moved by {}",
        step - sent
    );
    let moved = placed[number].sent.arrival;
    assert!((at..=at + 2_000.0).contains(&moved), "moved at {moved}");
    assert_near_arrival(&placed[number..]);
}

#[test]
fn an_encoder_that_slept_moves_the_anchor_once() {
    for frame_rate in [10.0, 15.0, 25.0, 30.0, 60.0, 240.0] {
        for slept in [1_000.0, 3_000.0, 20_000.0, 60_000.0, 3_600_000.0] {
            let asleep = publisher(frame_rate, 40.0).sleeps(10_000.0, slept);
            for delays in [&[0.0][..], &JITTER] {
                let placed = play(&asleep.clone().delayed(delays));
                assert_moves_once(&placed, 10_000.0 + slept, slept);
            }
        }
    }
}

#[test]
fn two_causes_move_it_twice() {
    let asleep = publisher(30.0, 60.0)
        .sleeps(30_000.0, 9_000.0)
        .sleeps(10_000.0, 5_000.0);
    let placed = play(&asleep.delayed(&JITTER));
    assert_eq!(misplaced(&placed, 1.0).len(), 2);
    assert_near_arrival(after(&placed, 48_000.0));
}

#[test]
fn a_pause_that_the_clock_knows_of_is_a_gap() {
    for pause in [700.0, 3_000.0, 29_000.0, 3_600_000.0] {
        let pausing = publisher(25.0, 20.0)
            .sleeps(5_000.0, pause)
            .jumps(5_000.0 + pause, pause);
        let placed = play(&pausing.delayed(&JITTER));
        assert_spaced_as_sent(&placed);
        assert_near_arrival(&placed);
    }
}

#[test]
fn jumps_and_restarts_leave_times_where_they_are() {
    for by in [
        -1_000.0,
        -1_800.0,
        -60_000.0,
        -3_600_000.0,
        -1e9,
        300.0,
        1_500.0,
        60_000.0,
        3_600_000.0,
        1e9,
    ] {
        for frame_rate in [5.0, 25.0, 60.0] {
            let jumping = publisher(frame_rate, 40.0).jumps(20_000.0, by);
            let placed = play(&jumping);
            let interval = 1e3 / frame_rate;
            assert_steps(&placed, interval.floor() - 1.0, interval.ceil() + 1.0);
            assert_near_arrival(&placed);
        }
    }
}

#[test]
fn a_restart_after_a_gap_keeps_the_gap() {
    let restarted = publisher(25.0, 40.0)
        .sleeps(10_000.0, 4_000.0)
        .jumps(14_000.0, -9_000.0);
    let placed = play(&restarted);
    let misplaced = misplaced(&placed, 1.0);
    let [(_, step, _)] = misplaced[..] else {
        panic!("frame, step, as sent: {misplaced:?}");
    };
    assert!((step - 4_040.0).abs() <= 1.0, "{step}");
}

#[test]
fn small_steps_back_are_no_steps() {
    for back in [15.0, 40.0, 66.0, 95.0] {
        let unsteady = publisher(25.0, 20.0).jumps(10_000.0, -back);
        assert_steps(&play(&unsteady), 20.0, 60.0);
    }
}
