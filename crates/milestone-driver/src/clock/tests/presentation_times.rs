//! Timestamps that are times of showing.

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
