//! Troubles of a network that come together, at rates at which they look like a clock that is none. The properties found
//! each of them.

use super::*;

#[test]
fn many_frames_over_a_slow_network_are_no_clock_that_hardly_advances() {
    // More and more held up: six frames in a row take four times as long as they should.
    let delays = [0.0, 0.0, 11.95, 11.4, 17.62, 14.29, 38.81, 56.12, 0.0, 0.0];
    for frame_rate in [140.0, 200.0, 240.0, 300.0] {
        for part in [0.1, 0.2, 0.3, 0.5] {
            for delays in [&[0.0][..], &delays, &JITTER] {
                let slow = publisher(frame_rate, 130.0).too_slow(2_000.0, 5_000.0, part, 1.05);
                assert_spaced_as_sent(&play(&slow.delayed(delays)));
            }
        }
    }
}

#[test]
fn a_stall_of_a_network_that_is_too_slow() {
    for frame_rate in FRAME_RATES.into_iter().chain([134.6, 300.0]) {
        for from in [2_000.0, 2_900.0, 7_400.0, 12_000.0] {
            for lasts in [1_000.0, 3_800.0, 14_000.0] {
                let slow = publisher(frame_rate, 120.0).too_slow(2_500.0, 5_000.0, 0.3, 1.05);
                let stalled = slow.stalls(from, lasts).delayed(&JITTER);
                assert_spaced_as_sent(&play(&stalled));
            }
        }
    }
}

#[test]
fn a_network_that_is_just_fast_enough_while_it_has_a_backlog() {
    for frame_rate in FRAME_RATES {
        // It carries 97 to 103 % of the video for 5 s.
        for part in [0.485, 0.5, 0.515] {
            let slow = publisher(frame_rate, 90.0)
                .too_slow(10_000.0, 5_000.0, 0.3, 2.0)
                .too_slow(15_000.0, 5_000.0, part, 1.05);
            assert_spaced_as_sent(&play(&slow.delayed(&JITTER)));
        }
    }
}

#[test]
fn a_queue_that_empties_while_frames_are_left_out() {
    // Every other frame holds the next up; the one after the gap it does not.
    for frame_rate in [40.0, 60.0, 67.9, 120.0] {
        for dropped in [30.0, 58.0, 100.0, 400.0] {
            for delays in [&[60.0, 0.0][..], &[0.0, 60.0]] {
                let gap = publisher(frame_rate, 20.0).drops(12_000.0, dropped);
                assert_spaced_as_sent(&play(&gap.delayed(delays)));
            }
        }
    }
}
