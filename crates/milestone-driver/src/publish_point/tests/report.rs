//! What the log and the events say.

use super::*;

#[test]
fn a_statistics_block_every_thirty_seconds_and_at_the_end() {
    let stage = Stage::new();
    let mut session = stage.session().expect("the camera is open");
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let metadata = peer.bytes.metadata("Lavf\n60");
    stage.send(&mut peer, 0.0, &metadata).expect("metadata");
    let audio = peer.bytes.audio(0);
    stage.send(&mut peer, 0.0, &audio).expect("audio");
    stage.send(&mut peer, 0.0, &[]).expect("nothing");
    stage.send_a_second(&mut peer, 0);
    let found = stage.log_lines();
    assert!(
        found
            .iter()
            .any(|line| line.contains("found 1 SPS and 1 PPS: H.264")
                && line.contains("level 3, 640x360, 25.00 fps")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("first key frame after 0.00 s")),
        "{found:?}"
    );
    for second in 1..=65 {
        stage.send_a_second(&mut peer, second);
        while session.read(|_| {}).is_some() {}
        stage.point.tick(stage.at(f64::from(second)));
        let lines = stage.log_lines();
        assert_eq!(
            lines.len(),
            if second % 30 == 0 { 5 } else { 0 },
            "{lines:?} after {second} s"
        );
        if second == 60 {
            assert!(
                lines[0]
                    .starts_with("Stream 4: statistics: 192.0.2.1:5000 for 60 s by RTMP, H.264 "),
                "{lines:?}"
            );
            assert!(
                lines[0].ends_with("declares 640x360, 25.00 fps, encoder Lavf\\n60"),
                "{lines:?}"
            );
            assert!(
                lines[1].contains("25.00 fps")
                    && lines[1].contains("25 frames from key frame to key frame"),
                "{lines:?}"
            );
            assert!(
                lines[2].contains("to 1 session(s)") && lines[2].contains("frames wait"),
                "{lines:?}"
            );
            assert!(
                lines[4].contains("sound: left out: AAC came before its sequence header"),
                "{lines:?}"
            );
            assert!(lines[4].ends_with("1 left out"), "{lines:?}");
        }
    }
    peer.disconnect(&stage, 66.0);
    let lines = stage.log_lines();
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines[0].contains("no longer publishes to /stream4: the publisher disconnected"));
    assert!(lines[1].contains("statistics: "));
}

#[test]
fn a_camera_whose_events_nobody_collects_gets_no_more_publishers() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut accepted = 0;
    let refusal = loop {
        match stage.publish(HOME, 0.0) {
            Ok(peer) => peer.disconnect(&stage, 0.0),
            Err(refusal) => break refusal,
        }
        accepted += 1;
    };
    assert_eq!(accepted, Events::OF_CAMERA / 2);
    assert_eq!(refusal.code.as_str(), "NetStream.Publish.Rejected");
    assert!(
        !stage.point.shared.events.is_full(2),
        "the flood of one camera is no matter of others"
    );
    let events = stage.events();
    assert_eq!(events.len(), Events::OF_CAMERA);
    for pair in events.chunks(2) {
        assert!(pair[0].contains("started") && pair[1].contains("stopped"));
    }
    assert!(stage.publish(HOME, 0.0).is_ok(), "they are collected");
}

#[test]
fn refusals_that_nobody_collects_are_bounded_and_hide_no_publish() {
    let stage = Stage::new();
    let shared = &stage.point.shared;
    let peer = HOME.parse().expect("an address");
    for _ in 0..2 * Events::REFUSALS {
        shared.refused(None, "/nobody", peer, "no such camera");
    }
    let _session = stage.session();
    let publisher = stage.publish(HOME, 0.0).expect("accepted");
    publisher.disconnect(&stage, 1.0);
    let events = stage.events();
    assert_eq!(events.len(), Events::REFUSALS + 2);
    assert!(events[events.len() - 2].contains("started"));
    shared.refused(None, "/nobody", peer, "no such camera");
    assert_eq!(stage.events().len(), 1, "the others were collected");
}

#[test]
fn habits_of_a_publisher_are_told_once() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let header = peer.bytes.sequence_header();
    stage.send(&mut peer, 0.0, &header).expect("H.264");
    for picture in 0..4 {
        let body = [&[0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65], IDR].concat();
        let message = peer.bytes.video(picture * 40, &body);
        stage.send(&mut peer, 0.1, &message).expect("H.264");
    }
    let lines = stage.log_lines();
    let told = lines
        .iter()
        .filter(|line| line.contains("start codes (Annex B)"));
    assert_eq!(told.count(), 1, "{lines:?}");
}

#[test]
fn parameter_sets_that_change_all_the_time_do_not_fill_the_log() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let mut found_after = |same_size: bool| {
        for number in 0..30_u8 {
            let mut sps = publisher::SPS.to_vec();
            if !same_size {
                // The level.
                sps[3] = if number % 2 == 0 { 30 } else { 31 };
            }
            let pps = [publisher::PPS, &[number + 1]].concat();
            let sets = [
                &[0x17, 0, 0, 0, 0, 1, sps[1], sps[2], sps[3], 0xFF, 0xE1, 0][..],
                &[sps.len() as u8],
                &sps,
                &[1, 0, pps.len() as u8],
                &pps,
            ];
            let header = peer.bytes.video(0, &sets.concat());
            stage.send(&mut peer, 0.1, &header).expect("H.264");
        }
        let lines = stage.log_lines();
        lines
            .into_iter()
            .filter(|line| line.contains("found 1 SPS"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found_after(true).len(), 1, "nothing that is told changes");
    let found = found_after(false);
    assert_eq!(found.len(), 7);
    assert!(found.last().expect("lines").ends_with("is not told"));
    assert_eq!(found_after(false), [""; 0]);
}
