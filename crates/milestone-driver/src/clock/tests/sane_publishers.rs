//! Publishers whose clock is sane, over networks of every kind.

use super::*;

#[test]
fn keep_their_spacing_at_every_rate() {
    for frame_rate in FRAME_RATES {
        for delays in [&[0.0][..], &JITTER] {
            let placed = play(&publisher(frame_rate, 60.0).delayed(delays));
            assert_spaced_as_sent(&placed);
            assert_near_arrival(&placed);
        }
    }
    // A time lapse.
    assert_spaced_as_sent(&play(&publisher(0.2, 600.0).delayed(&JITTER)));
}

#[test]
fn may_vary_their_rate_and_leave_out_frames() {
    let phone: Vec<f64> = (0..2_000)
        .map(|frame| [33.0, 34.0, 66.0, 41.0, 17.0, 100.0][frame * frame % 6])
        .collect();
    assert_spaced_as_sent(&play(&varying(&phone).delayed(&JITTER)));
    let changes: Vec<f64> = [33.0, 200.0, 16.0, 1_000.0, 40.0]
        .iter()
        .flat_map(|interval| [*interval; 60])
        .collect();
    assert_spaced_as_sent(&play(&varying(&changes).delayed(&JITTER)));
    let dropping = publisher(30.0, 30.0)
        .drops(5_000.0, 500.0)
        .drops(9_000.0, 66.0);
    assert_spaced_as_sent(&play(&dropping.delayed(&JITTER)));
}

#[test]
fn a_burst_at_the_start_keeps_its_spacing() {
    for frame_rate in FRAME_RATES {
        for burst in [100.0, 500.0, 900.0, 1_000.0] {
            let paced = publisher(frame_rate, 20.0).starts_with_burst_of(burst);
            let placed = play(&paced.delayed(&JITTER));
            assert_spaced_as_sent(&placed);
            assert_near_arrival(&placed);
        }
    }
}

#[test]
fn a_longer_burst_is_pressed_and_then_over() {
    for burst in [1_200.0, 3_000.0] {
        let placed = play(&publisher(30.0, 20.0).starts_with_burst_of(burst));
        let paced = &after(&placed, 1.0)[3..];
        assert_spaced_as_sent(paced);
        assert_near_arrival(paced);
    }
}

#[test]
fn running_ahead_and_waiting_does_not_touch_spacing() {
    for frame_rate in FRAME_RATES {
        for ahead in [200.0, 450.0, 600.0, 800.0, 900.0] {
            let eager = publisher(frame_rate, 60.0)
                .runs_ahead(10_000.0, ahead)
                .runs_ahead(30_000.0, ahead);
            for delays in [&[0.0][..], &JITTER] {
                let placed = play(&eager.clone().delayed(delays));
                assert_spaced_as_sent(&placed);
                assert_near_arrival(&placed);
            }
        }
    }
}

#[test]
fn a_stall_does_not_touch_spacing() {
    for frame_rate in FRAME_RATES {
        for stall in [300.0, 1_000.0, 3_000.0, 7_000.0, 25_000.0] {
            let stalled = publisher(frame_rate, 60.0).stalls(10_000.0, stall);
            let placed = play(&stalled.delayed(&JITTER));
            assert_spaced_as_sent(&placed);
            assert_near_arrival(after(&placed, 10_100.0 + stall));
        }
    }
}

#[test]
fn what_the_encoder_drops_in_a_stall_is_a_gap_as_long_as_it_says() {
    for dropped in [400.0, 1_440.0, 2_800.0] {
        let stalled = publisher(30.0, 30.0)
            .drops(8_500.0, dropped)
            .stalls(8_000.0, 3_500.0);
        let placed = play(&stalled.delayed(&JITTER));
        assert_spaced_as_sent(&placed);
        assert_near_arrival(after(&placed, 12_000.0));
    }
}

#[test]
fn a_network_that_is_too_slow_does_not_touch_spacing() {
    for (lasts, part, speed) in [
        (6_000.0, 0.5, 2.0),
        (6_000.0, 0.5, 1.05),
        (6_000.0, 0.5, 100.0),
        (9_000.0, 0.3, 1.5),
        (10_000.0, 0.8, 1.2),
    ] {
        let slow = publisher(30.0, 180.0).too_slow(5_000.0, lasts, part, speed);
        let placed = play(&slow.delayed(&JITTER));
        assert_spaced_as_sent(&placed);
        assert_near_arrival(after(&placed, 170_000.0));
    }
}

#[test]
fn catching_up_by_5_percent_does_not_touch_spacing() {
    // FFmpeg 8: its input was held up, then it sends 5 % faster.
    for lag in [500.0, 1_000.0, 3_000.0] {
        for frame_rate in [10.0, 25.0, 30.0, 60.0] {
            let mut lagging = publisher(frame_rate, 120.0);
            for frame in &mut lagging {
                let since = frame.arrival - 10_000.0;
                if (0.0..lag * 21.0).contains(&since) {
                    frame.arrival = 10_000.0 + lag + since / 1.05;
                }
            }
            assert_spaced_as_sent(&play(&lagging.delayed(&[0.0, 4.0, 1.0, 9.0])));
        }
    }
}

#[test]
fn steps_back_in_deltas_of_24_bits_are_steps_back() {
    for group in [&[1, 0][..], &[2, 0, 1], &[3, 1, 0, 2]] {
        let frames = publisher(30.0, 60.0).shown_in_order_of(group);
        let even = play(&frames);
        let ahead = play(&frames.in_deltas_of_24_bits());
        let times = |placed: &[Placed]| placed.iter().map(|it| it.time).collect::<Vec<_>>();
        assert_eq!(times(&ahead), times(&even), "{group:?}");
    }
}

#[test]
fn a_wrap_is_not_seen() {
    // 32 bits, 31 bits, and the three bytes of the plain timestamp field.
    for bits in [32_u32, 31, 24] {
        let span = 2_f64.powi(i32::try_from(bits).unwrap());
        for group in [&[0][..], &[2, 0, 1]] {
            let wrapping = publisher(30.0, 60.0).shown_in_order_of(group);
            let even = play(&wrapping);
            let wrapping = wrapping.stamped(|_, stamp| (stamp + span - 20_000.0) % span);
            let placed = play(&wrapping.delayed(&[0.0]));
            for (placed, even) in placed.iter().zip(&even) {
                assert_eq!(placed.time, even.time, "at {bits} bits");
            }
        }
    }
}

#[test]
fn nanoseconds_count() {
    let mut clock = PublisherClock::default();
    let mut track = TrackClock::starting_after(None);
    let mut place = |milliseconds, nanoseconds, arrival| {
        let timestamp = Timestamp {
            milliseconds,
            nanoseconds,
        };
        clock.place(&mut track, timestamp, START.plus(arrival))
    };
    let first = place(5, 600_000, 0);
    let second = place(38, 500_000, 33 * MILLISECOND);
    let third = place(71, 700_000, 66 * MILLISECOND);
    assert_eq!(second.since(first), 32 * MILLISECOND);
    assert_eq!(third.since(second), 34 * MILLISECOND);
}

#[test]
fn drift_is_bounded_over_a_day() {
    for parts_per_million in [-10_000.0, -300.0, 300.0, 10_000.0] {
        let speed = 1.0 + parts_per_million / 1e6;
        let placed = play(&publisher(1.0, 86_400.0).at_speed(speed));
        assert_near_arrival(&placed);
        let seen = parts_per_million.abs() / 1e3 + 1.0;
        assert!(misplaced(&placed, 2.5 * seen).is_empty());
    }
    let placed = play(&publisher(30.0, 3_600.0).at_speed(1.01).delayed(&JITTER));
    assert_spaced_as_sent(&placed);
    assert_near_arrival(&placed);
}
