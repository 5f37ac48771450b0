//! Publishers that send faster than time passes.

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
