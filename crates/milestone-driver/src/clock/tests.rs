use proptest::prelude::*;

use super::simulation::*;
use super::{HEAD_ROOM, PublisherClock, ShowingOrder, Timestamp, TrackClock};
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

mod sane_publishers {
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
}

mod clocks_that_lose_or_win_time {
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
}

mod clocks_that_are_none {
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
            &frames().stamped(|number, _| {
                1e3 + [3.0, 10.0, 0.0, 7.0, 8.0, 1.0, 9.0][number * number % 7]
            }),
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
}

mod presentation_times {
    use super::*;

    /// Orders of decoding: which frame of a group comes first, second, …
    const GROUPS: [&[usize]; 5] = [
        &[1, 0],
        &[2, 0, 1],
        &[3, 0, 1, 2],
        // Pyramids.
        &[3, 1, 0, 2],
        &[7, 3, 1, 0, 2, 5, 4, 6],
    ];

    fn untold(mut frames: Frames) -> Frames {
        for frame in &mut frames {
            frame.order = None;
        }
        frames
    }

    #[test]
    fn come_evenly_in_the_order_of_decoding() {
        for frame_rate in [15.0, 25.0, 30.0, 60.0] {
            let interval = 1e3 / frame_rate;
            for group in GROUPS {
                for delays in [&[0.0][..], &[0.0, 5.0, 2.0, 8.0, 1.0]] {
                    let frames = publisher(frame_rate, 30.0).shown_in_order_of(group);
                    let frames = frames.delayed(delays);
                    let placed = play(&frames);
                    assert_steps(&placed, interval - 1.5, interval + 1.5);
                    assert_near_arrival(&placed);
                    // Where the order of showing is not told, it is known when the first group has come.
                    let placed = play(&untold(frames));
                    assert_steps(&placed[group.len()..], interval * 0.5, interval * 2.0);
                    assert_steps(&placed[40..], interval - 1.5, interval + 1.5);
                    assert_near_arrival(&placed);
                }
            }
        }
    }

    #[test]
    fn keep_their_spacing_in_a_stall() {
        for group in GROUPS {
            let frames = publisher(30.0, 30.0).shown_in_order_of(group);
            let placed = play(&frames.stalls(10_000.0, 5_000.0));
            assert_steps(&placed, 32.0, 35.0);
        }
    }

    #[test]
    fn a_burst_of_them_at_the_start() {
        for group in GROUPS {
            let frames = publisher(30.0, 30.0).shown_in_order_of(group);
            let placed = play(&frames.starts_with_burst_of(500.0));
            assert_steps(&placed, 32.0, 35.0);
            assert_near_arrival(&placed);
        }
    }

    #[test]
    fn come_evenly_where_pictures_come_in_groups() {
        // An encoder sends a group when the last of it was taken.
        for group in GROUPS {
            let mut frames = publisher(30.0, 30.0).shown_in_order_of(group);
            for (number, frame) in frames.iter_mut().enumerate().skip(1) {
                let groups = (number - 1) / group.len() + 1;
                frame.arrival = (groups * group.len()) as f64 * 1e3 / 30.0;
            }
            let placed = play_told(&frames, Some(30.0));
            assert_steps(&placed, 32.0, 35.0);
        }
    }

    #[test]
    fn times_of_decoding_are_not_taken_for_them() {
        for frame_rate in [10.0, 25.0, 30.0, 60.0] {
            for group in GROUPS {
                for delays in [&[0.0][..], &JITTER[1..]] {
                    let even = publisher(frame_rate, 30.0);
                    let mut frames = even.clone().shown_in_order_of(group);
                    for (frame, even) in frames.iter_mut().zip(&even) {
                        frame.stamp = even.stamp;
                    }
                    assert_spaced_as_sent(&play(&frames.clone().delayed(delays)));
                    let burst = frames.starts_with_burst_of(900.0);
                    assert_spaced_as_sent(&play_told(&burst, Some(frame_rate)));
                }
            }
        }
    }

    #[test]
    fn may_begin_in_mid_stream() {
        for group in GROUPS {
            let plain = publisher(30.0, 10.0);
            let frames = publisher(30.0, 30.0).shown_in_order_of(group);
            for begin in [1, 4, 20, 55, 80] {
                let begin = begin / group.len() * group.len() + 1;
                let mut frames = frames.clone();
                frames[..begin].copy_from_slice(&plain[..begin]);
                for (number, frame) in frames[..begin].iter_mut().enumerate() {
                    frame.order = Some(2 * number as u32);
                }
                assert_steps(&play(&frames), 16.0, 67.0);
            }
        }
    }
}

mod without_pacing {
    use super::*;

    #[test]
    fn a_file_sent_at_once_stays_in_the_present() {
        for (frames_per_second, together) in [(300.0, 1), (600.0, 20), (900.0, 60), (100.0, 5)] {
            let placed = play(&publisher(25.0, 600.0).unpaced(frames_per_second, together));
            // Within the second that the beginning lies in the past, the publisher's spacing.
            let (least, most) = lateness(&placed);
            assert!(least >= -130.0 && most <= 1_000.0, "{least} to {most}");
            assert_steps(&placed, 1.0, 48.0);
        }
    }

    #[test]
    fn more_than_a_frame_a_millisecond_rises_by_one_and_comes_back() {
        let flood = publisher(25.0, 80.0).unpaced(1e6, 1);
        let mut paced = publisher(25.0, 20.0);
        for frame in &mut paced {
            frame.stamp += 80_000.0;
            frame.arrival += 40.0;
        }
        let placed = play(&[flood, paced].concat());
        let back = after(&placed, 3_000.0);
        assert_spaced_as_sent(back);
        assert_near_arrival(back);
    }

    #[test]
    fn pictures_of_one_message_do_not_run_away() {
        // Four pictures with the same timestamp in each message.
        let glued = publisher(15.0, 60.0)
            .into_iter()
            .flat_map(|frame| [frame; 4])
            .collect::<Frames>();
        let placed = play(&glued);
        assert_near_arrival(&placed);
        for message in placed.chunks(4) {
            assert!(message[3].time - message[0].time <= 60.0, "{message:?}");
        }
    }
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

/// What may befall a publish whose clock is sane.
#[derive(Clone, Debug)]
enum Trouble {
    Stall { from: f64, lasts: f64 },
    Drops { from: f64, lasts: f64 },
    TooSlow { from: f64, part: f64, speed: f64 },
}

fn any_trouble() -> impl Strategy<Value = Trouble> {
    let from = 2_000.0..50_000.0;
    prop_oneof![
        (from.clone(), 10.0..15_000.0).prop_map(|(from, lasts)| Trouble::Stall { from, lasts }),
        (from.clone(), 10.0..5_000.0).prop_map(|(from, lasts)| Trouble::Drops { from, lasts }),
        (from, 0.3..0.7, 1.05..20.0).prop_map(|(from, part, speed)| Trouble::TooSlow {
            from,
            part,
            speed
        }),
    ]
}

/// Trouble in which no frame is left out.
fn any_stop() -> impl Strategy<Value = Trouble> {
    any_trouble().prop_filter("drops", |trouble| !matches!(trouble, Trouble::Drops { .. }))
}

fn suffers(frames: Frames, trouble: &Trouble) -> Frames {
    match *trouble {
        Trouble::Stall { from, lasts } => frames.stalls(from, lasts),
        Trouble::Drops { from, lasts } => frames.drops(from, lasts),
        Trouble::TooSlow { from, part, speed } => frames.too_slow(from, 5_000.0, part, speed),
    }
}

/// What a publisher's clock may do that has none.
#[derive(Clone, Debug)]
enum Fault {
    Jump { from: f64, by: f64 },
    Speed(f64),
    Round(f64),
    Noise(Vec<f64>),
    Wrap(u32),
    Reorder(usize),
    Sleep { from: f64, lasts: f64 },
    Freeze { from: f64 },
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let from = 0.0..60_000.0;
    prop_oneof![
        (from.clone(), -1e9..1e9).prop_map(|(from, by)| Fault::Jump { from, by }),
        (from.clone(), -2e3..2e3).prop_map(|(from, by)| Fault::Jump { from, by }),
        (0.0..3.0).prop_map(Fault::Speed),
        (1e1..1e4).prop_map(Fault::Speed),
        (1.0..500.0).prop_map(Fault::Round),
        prop::collection::vec(-50.0..50.0, 1..20).prop_map(Fault::Noise),
        (20_u32..33).prop_map(Fault::Wrap),
        (0..GROUPS.len()).prop_map(Fault::Reorder),
        (from.clone(), 0.0..100_000.0).prop_map(|(from, lasts)| Fault::Sleep { from, lasts }),
        from.prop_map(|from| Fault::Freeze { from }),
    ]
}

const GROUPS: [&[usize]; 4] = [
    &[1, 0],
    &[2, 0, 1],
    &[3, 1, 0, 2],
    &[7, 3, 1, 0, 2, 5, 4, 6],
];

fn goes_wrong(frames: Frames, fault: &Fault) -> Frames {
    match fault {
        Fault::Jump { from, by } => frames.jumps(*from, *by),
        Fault::Speed(speed) => frames.at_speed(*speed),
        Fault::Round(to) => frames.rounded_to(*to),
        Fault::Noise(noise) => frames.stamped(|number, stamp| stamp + noise[number % noise.len()]),
        Fault::Wrap(bits) => {
            let span = 2_f64.powi(i32::try_from(*bits).unwrap_or(32));
            frames.stamped(|_, stamp| stamp.rem_euclid(span))
        }
        Fault::Reorder(group) => frames.shown_in_order_of(GROUPS[*group]),
        Fault::Sleep { from, lasts } => frames.sleeps(*from, *lasts),
        Fault::Freeze { from } => frames.stamped(|_, stamp| stamp.min(*from)),
    }
}

fn any_rate() -> impl Strategy<Value = f64> {
    prop_oneof![prop::sample::select(FRAME_RATES.to_vec()), 0.5..120.0,]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the network does to a publisher whose clock is sane, its spacing stays.
    #[test]
    fn the_publishers_spacing_is_the_rule(
        frame_rate in any_rate(),
        epoch in any::<u32>(),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        burst in 0.0..900.0,
        troubles in prop::collection::vec(any_trouble(), 0..3),
    ) {
        let mut frames = publisher(frame_rate, 90.0).starts_with_burst_of(burst);
        for trouble in &troubles {
            frames = suffers(frames, trouble);
        }
        let frames = frames.delayed(&delays);
        let mut clock = PublisherClock::default();
        let placed = play_on(&mut clock, &mut TrackClock::starting_after(None), epoch, &frames);
        let misplaced = misplaced(&placed, 1.0);
        prop_assert!(misplaced.is_empty(), "frame, step, as sent: {:?}", &misplaced[..misplaced.len().min(10)]);
    }

    /// The same where the intervals vary.
    #[test]
    fn a_varying_rate_keeps_its_spacing(
        intervals in prop::collection::vec(prop_oneof![4 => 15.0..70.0, 1 => 70.0..900.0], 10..600),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        burst in 0.0..900.0,
    ) {
        let frames = varying(&intervals).starts_with_burst_of(burst).delayed(&delays);
        let misplaced = misplaced(&play(&frames), 1.0);
        prop_assert!(misplaced.is_empty(), "frame, step, as sent: {:?}", &misplaced[..misplaced.len().min(10)]);
    }

    /// The same where timestamps are times of showing, and the encoder tells its frame rate: frames come evenly in the
    /// order of decoding.
    #[test]
    fn times_of_showing_are_even_whatever_the_network_does(
        frame_rate in 5.0..70.0,
        group in 0..GROUPS.len(),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        burst in 0.0..900.0,
        troubles in prop::collection::vec(any_stop(), 0..3),
    ) {
        let mut frames = publisher(frame_rate, 90.0).shown_in_order_of(GROUPS[group]).starts_with_burst_of(burst);
        for trouble in &troubles {
            frames = suffers(frames, trouble);
        }
        let frames = frames.delayed(&delays);
        let placed = play_told(&frames, Some(frame_rate));
        let interval = 1e3 / frame_rate;
        let odd: Vec<_> = steps(&placed).enumerate().filter(|(_, (step, _))| (step - interval).abs() > 2.0).collect();
        prop_assert!(odd.is_empty(), "frame, step: {:?}", &odd[..odd.len().min(10)]);
    }

    /// Whatever a publisher's clock does, times rise, are never ahead (see `play`), and come back to the present.
    #[test]
    fn no_clock_takes_times_away_from_the_present(
        frame_rate in any_rate(),
        epoch in any::<u32>(),
        delays in prop::collection::vec(0.0..60.0, 1..60),
        faults in prop::collection::vec(any_fault(), 1..4),
        troubles in prop::collection::vec(any_trouble(), 0..2),
    ) {
        let mut frames = publisher(frame_rate, 90.0);
        for fault in &faults {
            frames = goes_wrong(frames, fault);
        }
        for trouble in &troubles {
            frames = suffers(frames, trouble);
        }
        let frames = frames.delayed(&delays);
        let mut clock = PublisherClock::default();
        let placed = play_on(&mut clock, &mut TrackClock::starting_after(None), epoch, &frames);
        let (_, most) = lateness(&placed);
        prop_assert!(most <= 61_000.0, "{most} ms late");
    }

    /// Any numbers at all.
    #[test]
    fn nonsense_is_borne(
        frames in prop::collection::vec(
            (any::<u32>(), any::<u32>(), -1_000_000_i64..200_000_000_000, prop_oneof![any::<u32>(), 0_u32..40]),
            1..300,
        ),
        rate in prop::option::of(any::<f64>()),
    ) {
        let mut clock = PublisherClock::default();
        let mut track = TrackClock::starting_after(None);
        let mut arrival = START;
        let mut order = ShowingOrder::new(rate);
        for (milliseconds, nanoseconds, waited, lsb) in frames {
            arrival = arrival.plus(waited);
            let timestamp = Timestamp { milliseconds, nanoseconds };
            track.next_is(order.picture(lsb));
            let time = clock.place(&mut track, timestamp, arrival);
            prop_assert!(time.since(arrival) <= 130 * Ticks::PER_SECOND);
        }
    }
}

mod sound {
    use super::super::SoundClock;
    use super::*;

    /// What becomes of `video` and of `sound` that comes beside it.
    fn play_both(video: &[Sent], sound: &[Sent]) -> (Vec<Placed>, Vec<Placed>) {
        let mut clock = PublisherClock::default();
        let mut track = TrackClock::starting_after(None);
        let mut sound_clock = SoundClock::starting_after(None);
        let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
        let mut sound = sound.iter().peekable();
        for picture in video {
            while let Some(sent) = sound.next_if(|sound| sound.arrival <= picture.arrival) {
                let (stamp, arrival) = stamp_and_arrival(sent, 0);
                let time = sound_clock.place(&clock, stamp, arrival);
                sounds.push(placed(*sent, time));
            }
            pictures.extend(play_on(&mut clock, &mut track, 0, &[*picture]));
        }
        for pair in sounds.windows(2) {
            assert!(pair[1].time >= pair[0].time + 1.0, "{pair:?}");
        }
        (pictures, sounds)
    }

    fn aac(seconds: f64) -> Frames {
        publisher(44_100.0 / 1024.0, seconds)
    }

    /// By how much the times of sound and of pictures that were captured together differ at most.
    fn apart(pictures: &[Placed], sounds: &[Placed]) -> f64 {
        let offset = |placed: &Placed| placed.time - placed.sent.taken;
        let apart = sounds.iter().filter_map(|sound| {
            let next = pictures.partition_point(|picture| picture.sent.taken < sound.sent.taken);
            let picture = pictures.get(next)?;
            // Not across a place where the pictures themselves have a gap.
            (picture.sent.taken - sound.sent.taken < 100.0)
                .then(|| (offset(picture) - offset(sound)).abs())
        });
        apart.fold(0.0, f64::max)
    }

    type Change = fn(Frames) -> Frames;

    /// Networks that treat both alike.
    fn networks() -> Vec<(&'static str, Change)> {
        vec![
            ("none", |frames| frames),
            ("jitter", |frames| frames.delayed(&[9.0])),
            ("burst", |frames| frames.starts_with_burst_of(500.0)),
            ("stall", |frames| frames.stalls(10_000.0, 7_000.0)),
            ("slow", |frames| frames.too_slow(5_000.0, 6_000.0, 0.5, 2.0)),
            ("wraps", |frames| {
                frames.stamped(|_, stamp| stamp + f64::from(u32::MAX) - 9_000.0)
            }),
            ("fast clock", |frames| frames.at_speed(1.001)),
        ]
    }

    #[test]
    fn what_is_captured_together_has_the_same_time() {
        for (name, network) in networks() {
            let (pictures, sounds) =
                play_both(&network(publisher(25.0, 40.0)), &network(aac(40.0)));
            let apart = apart(&pictures, &sounds);
            assert!(apart <= 20.0, "{name}: {apart} ms apart");
            let spaced = misplaced(&sounds, 2.0);
            assert!(spaced.len() <= 1, "{name}: {spaced:?}");
        }
    }

    #[test]
    fn sound_never_moves_pictures() {
        let late: Change = |frames| frames.delayed(&[700.0]);
        let batched: Change = |mut frames| {
            for frame in &mut frames {
                frame.arrival = (frame.arrival / 400.0).ceil() * 400.0;
            }
            frames
        };
        let jumping: Change = |frames| frames.jumps(9_000.0, 3_600_000.0);
        let standing: Change = |frames| frames.stamped(|_, _| 5.0);
        let other_epoch: fn(Frames) -> Frames =
            |frames| frames.stamped(|_, stamp| stamp + 1_700_000_000.0);
        for (name, network) in networks() {
            let video = network(publisher(25.0, 30.0));
            let alone: Vec<f64> = play(&video).iter().map(|frame| frame.time).collect();
            for fault in [late, batched, jumping, standing, other_epoch] {
                let (pictures, _) = play_both(&video, &fault(network(aac(30.0))));
                let times: Vec<f64> = pictures.iter().map(|frame| frame.time).collect();
                assert_eq!(times, alone, "{name}");
            }
        }
    }

    #[test]
    fn sound_that_comes_later_or_in_batches_stays_in_sync() {
        for later in [100.0, 700.0, 3_000.0] {
            let (pictures, sounds) =
                play_both(&publisher(25.0, 40.0), &aac(40.0).delayed(&[later]));
            let apart = apart(&pictures, &sounds);
            assert!(apart <= 20.0, "{later} ms later: {apart} ms apart");
        }
        let mut batched = aac(40.0);
        for frame in &mut batched {
            frame.arrival = (frame.arrival / 400.0).ceil() * 400.0;
        }
        let (pictures, sounds) = play_both(&publisher(25.0, 40.0), &batched);
        assert!(apart(&pictures, &sounds) <= 20.0);
    }

    #[test]
    fn sound_whose_clock_has_nothing_to_do_with_the_pictures_goes_by_its_own() {
        let video = publisher(25.0, 30.0);
        let faults: [Change; 3] = [
            |frames| frames.stamped(|_, stamp| stamp + 1_700_000_000.0),
            |frames| frames.stamped(|_, stamp| stamp - 100_000_000.0),
            |frames| frames.jumps(9_000.0, 3_600_000.0),
        ];
        for fault in faults {
            let (_, sounds) = play_both(&video, &fault(aac(30.0)));
            assert_near_arrival(&sounds);
            assert_steps(after(&sounds, 10_000.0), 1.0, 60.0);
        }
    }

    #[test]
    fn pictures_whose_clock_is_none_leave_sound_alone() {
        let standing = publisher(25.0, 60.0).stamped(|_, _| 0.0);
        let hardly = publisher(25.0, 60.0).at_speed(0.05);
        for video in [standing, hardly] {
            let (_, sounds) = play_both(&video, &aac(60.0));
            let (least, most) = lateness(after(&sounds, 20_000.0));
            assert!(least >= -100.0 && most <= 3_000.0, "{least} to {most}");
        }
    }

    #[test]
    fn sound_before_the_first_picture_has_a_time_as_well() {
        let mut video = publisher(25.0, 30.0);
        video.retain(|frame| frame.taken >= 4_000.0);
        let (pictures, sounds) = play_both(&video, &aac(30.0));
        assert_near_arrival(&sounds);
        assert!(misplaced(&sounds, 45.0).is_empty());
        assert!(apart(&pictures, after(&sounds, 4_500.0)) <= 20.0);
    }
}
