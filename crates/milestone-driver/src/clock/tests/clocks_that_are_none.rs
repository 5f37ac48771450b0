//! Clocks that are none.

use super::*;

/// 30 frames a second, one by one, that arrival has to tell apart.
fn assert_arrival_decides(frames: &Frames) {
    for delays in [&[0.0][..], &[0.0, 5.0, 2.0, 8.0, 1.0]] {
        let placed = play(&frames.clone().delayed(delays));
        // What the first step should be nobody knows.
        assert_steps(&placed[1..], 20.0, 50.0);
        assert_near_arrival(&placed);
    }
}

fn frames() -> Frames {
    publisher(30.0, 60.0)
}

#[test]
fn a_clock_that_stands_still() {
    assert_arrival_decides(&frames().stamped(|_, _| 7.0));
    assert_arrival_decides(&frames().stamped(|_, stamp| stamp.min(5_000.0)));
    assert_arrival_decides(&frames().stamped(|_, stamp| stamp.max(5_000.0)));
}

#[test]
fn a_clock_that_hardly_advances() {
    assert_arrival_decides(&frames().stamped(|number, _| number as f64));
    assert_arrival_decides(&frames().stamped(|number, _| 2.0 * number as f64));
    // Seconds.
    assert_arrival_decides(&frames().stamped(|_, stamp| (stamp / 1e3).floor()));
    for each in [3.0, 5.0, 7.0] {
        let slow = frames().stamped(|number, _| each * number as f64);
        for delays in [&[0.0][..], &[0.0, 5.0, 2.0, 8.0, 1.0]] {
            let placed = play(&slow.clone().delayed(delays));
            // Until it is known for what it is.
            assert_steps(&placed[..7], 2.0, 50.0);
            assert_steps(&placed[6..], 20.0, 50.0);
            assert_near_arrival(&placed);
        }
        // Two at a time are no network that is a little unsteady.
        let pairs = play(&slow.delayed(&[33.0, 0.0]));
        assert_near_arrival(after(&pairs, 3_000.0));
    }
}

#[test]
fn a_clock_that_goes_to_and_fro() {
    assert_arrival_decides(&frames().stamped(|number, _| 1e3 + [0.0, 10.0][number % 2]));
    assert_arrival_decides(
        &frames()
            .stamped(|number, _| 1e3 + [3.0, 10.0, 0.0, 7.0, 8.0, 1.0, 9.0][number * number % 7]),
    );
}

#[test]
fn a_clock_in_other_units() {
    // 90 kHz, microseconds, and those of a chip.
    for unit in [90.0, 1_000.0, 27_000.0] {
        assert_arrival_decides(&frames().stamped(|_, stamp| (stamp * unit).floor()));
    }
}

#[test]
fn a_clock_that_restarts_with_each_group() {
    for group in [15, 30, 60] {
        let interval = 1e3 / 30.0;
        assert_arrival_decides(
            &frames().stamped(|number, _| ((number % group) as f64 * interval).floor()),
        );
    }
}

#[test]
fn a_clock_of_half_or_twice_the_speed() {
    let placed = play(&frames().at_speed(0.5));
    assert_near_arrival(after(&placed, 20_000.0));
    assert_steps(after(&placed, 20_000.0), 15.0, 50.0);
    let (least, most) = lateness(&placed);
    assert!(least >= -100.0 && most <= 8_000.0, "{least} to {most}");
    let placed = play(&frames().at_speed(2.0));
    assert_near_arrival(&placed);
    assert_steps(after(&placed, 5_000.0), 20.0, 50.0);
}

#[test]
fn timestamps_that_are_rounded_or_repeat() {
    for rounded in [10.0, 40.0, 100.0] {
        for frame_rate in [30.0, 60.0] {
            let interval = 1e3 / frame_rate;
            let placed = play(&publisher(frame_rate, 60.0).rounded_to(rounded));
            assert_steps(&placed, 0.4 * interval, 2.0 * interval + 1.0);
            assert_near_arrival(&placed);
        }
    }
    // 0, 0, 66, 66 …
    let pairs = frames().stamped(|number, _| ((number / 2 * 2) as f64 * 1e3 / 30.0).floor());
    assert_steps(&play(&pairs), 32.0, 35.0);
}

#[test]
fn timestamps_that_jitter_keep_their_jitter() {
    let jittering = frames().stamped(|number, stamp| {
        stamp + [0.0, 10.0, -10.0, 4.0, -7.0, 9.0, -2.0][number % 7] + 10.0
    });
    assert_spaced_as_sent(&play(&jittering));
}

#[test]
fn a_stall_with_a_clock_that_stands_still_is_spread_evenly() {
    let placed = play(&frames().stamped(|_, _| 7.0).stalls(10_000.0, 2_000.0));
    assert_steps(&placed, 15.0, 70.0);
    assert_near_arrival(after(&placed, 20_000.0));
}
