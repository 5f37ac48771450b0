//! Publishers, sessions and events.

use std::thread;
use std::time::Duration;

use milestone_driver::{Codec, NextFrameError, Problem};

use crate::bench::{Bench, next_picture, next_video, picture, wait_until};
use crate::publisher::{access_unit_of_delta_frame, access_unit_of_key_frame, publish_bytes};

#[test]
fn every_way_to_say_a_path() {
    let bench = Bench::new();
    let _sessions = [
        bench.driver.open_session(0).unwrap(),
        bench.driver.open_session(1).unwrap(),
    ];
    let ways = [
        ("stream1", ""),
        ("", "stream1"),
        ("stream1", "stream1"),
        ("/STREAM1/?key=a", ""),
        ("", " stream1?x=1 "),
    ];
    for (app, name) in ways {
        let mut publisher = bench.publish(app, name);
        let stop = publisher.bytes.unpublish();
        publisher.send(&stop);
        wait_until("the stop", || {
            bench.driver.statistics(0).unwrap().publisher.is_none()
        });
    }
    let mut other = bench.connect();
    assert_eq!(
        other.ask("live", "stream1").code,
        "NetStream.Publish.BadName"
    );
    let events = bench.events(2 * ways.len() + 1);
    for pair in events[..2 * ways.len()].chunks(2) {
        assert_eq!(pair, ["0 started /stream1", "0 stopped /stream1 after 0"]);
    }
    assert_eq!(events[2 * ways.len()], "refused /live/stream1");
}

#[test]
fn every_session_gets_every_frame_unchanged() {
    let bench = Bench::new();
    let sessions: Vec<_> = (0..3)
        .map(|_| bench.driver.open_session(4).unwrap())
        .collect();
    let mut publisher = bench.publish("stream5", "");
    let metadata = publisher.bytes.metadata("Test\u{7} encoder");
    publisher.send(&metadata);
    for group in 0..4 {
        publisher.send_group(group * 1000, 25);
    }
    thread::scope(|scope| {
        for session in &sessions {
            scope.spawn(|| {
                let (mut latest, mut sync_time) = (None, None);
                for number in 0..100_u32 {
                    let timestamp = number / 25 * 1000 + number % 25 * 40;
                    let frame = next_video(session);
                    let expected = match number % 25 {
                        0 => access_unit_of_key_frame(&picture(timestamp)),
                        _ => access_unit_of_delta_frame(&picture(timestamp)),
                    };
                    assert!(frame.data == expected, "frame {number}");
                    assert_eq!((frame.codec, frame.key), (Codec::H264, number % 25 == 0));
                    assert_eq!(frame.discontinuity, number == 0);
                    assert!(latest < Some(frame.time));
                    latest = Some(frame.time);
                    sync_time = if frame.key {
                        Some(frame.time)
                    } else {
                        sync_time
                    };
                    assert_eq!(Some(frame.sync_time), sync_time);
                }
            });
        }
    });
    let statistics = bench.driver.statistics(4).unwrap();
    assert_eq!(
        (
            statistics.input.frames,
            statistics.output.frames,
            statistics.sessions
        ),
        (100, 300, 3)
    );
    assert_eq!(statistics.drops.slow_session, 0);
    let publisher = statistics.publisher.unwrap();
    let video = publisher.video.unwrap();
    assert_eq!((video.width, video.height), (640, 360));
    assert_eq!(
        publisher.declared.unwrap(),
        r"640x360, 25.00 fps, encoder Test\u{7} encoder"
    );
}

#[test]
fn sessions_come_and_go_without_the_publisher_noticing() {
    let bench = Bench::new();
    let first = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("", "stream1");
    publisher.send_group(0, 10);
    assert!(next_video(&first).key);
    first.close();
    assert_eq!(
        first.next_frame(Duration::from_secs(60)),
        Err(NextFrameError::Closed)
    );
    drop(first);

    publisher.send_group(1000, 10);
    wait_until("20 frames", || {
        bench.driver.statistics(0).unwrap().input.frames == 20
    });
    let second = bench.driver.open_session(0).unwrap();
    let frame = second
        .next_frame(Duration::ZERO)
        .unwrap()
        .expect("a frame at once");
    assert!(
        frame.key && frame.data == access_unit_of_key_frame(&picture(1000)),
        "the latest key frame"
    );
    assert_eq!(bench.events(1), ["0 started /stream1"]);
    assert!(!publisher.is_closed());
}

#[test]
fn pictures_and_video_alternate_in_order() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut latest = next_picture(&session).time;
    for round in 0..3 {
        let mut publisher = bench.publish("stream1", "");
        publisher.send_group(round * 7, 3);
        for number in 0..3 {
            let frame = next_video(&session);
            assert!(frame.time > latest && frame.key == (number == 0));
            assert_eq!(frame.publish, u64::from(round) + 1);
            latest = frame.time;
        }
        drop(publisher);
        let picture = next_picture(&session);
        assert!(
            picture.time > latest
                && picture.codec == Codec::Jpeg
                && picture.data.starts_with(&[0xFF, 0xD8])
        );
        latest = picture.time;
    }
    let events = bench.events(6);
    for pair in events.chunks(2) {
        assert_eq!(pair, ["0 started /stream1", "0 stopped /stream1 after 3"]);
    }
}

#[test]
fn an_unknown_path_is_refused_with_advice() {
    let bench = Bench::new();
    let _session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.connect();
    let status = publisher.ask("secret\u{1b}[31m", "");
    assert_eq!(
        (status.level, status.code.as_str()),
        ("error", "NetStream.Publish.BadName")
    );
    publisher.wait_until_closed();

    let mut publisher = bench.connect();
    let status = publisher.ask("live", "unknown");
    assert_eq!(status.code, "NetStream.Publish.BadName");
    assert!(
        status.description.contains("/live/unknown")
            && status.description.contains("RTMP Push Stream Path")
    );
    assert!(!status.description.contains("stream1"), "paths are keys");
    publisher.wait_until_closed();
    assert_eq!(bench.events(2)[1], "refused /live/unknown");
    let log = bench.log_with("may not publish to /live/unknown");
    assert!(!log.iter().any(|line| line.contains('\u{1b}')), "{log:?}");
}

#[test]
fn a_disabled_camera_refuses_publishers() {
    let bench = Bench::new();
    let status = bench.connect().ask("stream2", "");
    assert_eq!(status.code, "NetStream.Publish.BadName");
    assert!(
        status.description.contains("Stream 2") && status.description.contains("disabled"),
        "{status:?}"
    );
}

#[test]
fn the_second_publisher_is_refused_and_the_first_goes_on() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut first = bench.publish("stream1", "");
    first.send_group(0, 1);
    let mut second = bench.connect();
    let status = second.ask("", "stream1");
    assert_eq!(status.code, "NetStream.Publish.BadName");
    assert!(
        status.description.contains("already being published to"),
        "{status:?}"
    );
    second.wait_until_closed();
    first.send_group(1000, 1);
    assert!(next_video(&session).data == access_unit_of_key_frame(&picture(0)));
    assert!(next_video(&session).data == access_unit_of_key_frame(&picture(1000)));
    assert_eq!(bench.events(2), ["0 started /stream1", "refused /stream1"]);
}

/// Its earlier publish ends first, and what it said then goes on: it sends no sequence header again.
#[test]
fn a_publisher_that_begins_anew_on_its_connection_is_not_in_its_own_way() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("", "stream1");
    publisher.send_group(0, 1);
    assert!(next_video(&session).data == access_unit_of_key_frame(&picture(0)));
    let bytes = [
        publish_bytes(7, b"stream1"),
        publisher.bytes.key_frame(1000, &picture(1000)),
        publisher.bytes.delta_frame(1040, &picture(1040)),
    ];
    publisher.send(&bytes.concat());
    let frame = next_video(&session);
    assert!(frame.data == access_unit_of_key_frame(&picture(1000)) && frame.publish == 2);
    assert!(next_video(&session).data == access_unit_of_delta_frame(&picture(1040)));
    assert_eq!(
        bench.events(3),
        [
            "0 started /stream1",
            "0 stopped /stream1 after 1",
            "0 started /stream1"
        ]
    );
}

#[test]
fn a_silent_publisher_is_replaced_by_its_successor() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut lost = bench.publish("stream1", "");
    lost.send_group(0, 2);
    next_video(&session);
    // It comes back until it is let in, as encoders do.
    let mut back = bench.connect();
    wait_until("the take-over", || {
        back = bench.connect();
        back.ask("stream1", "").code == crate::bench::ACCEPTED
    });
    back.send_group(0, 1);
    lost.wait_until_closed();
    assert!(next_video(&session).data == access_unit_of_delta_frame(&picture(40)));
    let frame = next_video(&session);
    assert!(frame.key && frame.discontinuity && frame.publish == 2);
    let events = bench.events(4);
    let told: Vec<_> = events
        .iter()
        .filter(|event| !event.starts_with("refused"))
        .collect();
    assert_eq!(
        told,
        [
            "0 started /stream1",
            "0 stopped /stream1 after 2",
            "0 started /stream1"
        ]
    );
}

#[test]
fn av1_is_refused_by_name() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let before = next_picture(&session).data;
    let mut publisher = bench.publish("stream1", "");
    let video = publisher.bytes.video(0, b"\x90av01\x01\x00\x00");
    publisher.send(&video);
    let status = publisher.next_status();
    assert_eq!(status.code, "NetStream.Publish.Rejected");
    assert!(
        status.description.contains("AV1")
            && status.description.contains("H.264 or H.265 is needed"),
        "{status:?}"
    );
    publisher.wait_until_closed();
    assert_eq!(
        bench.events(3),
        [
            "0 started /stream1",
            "0 stopped /stream1 after 0",
            "refused /stream1"
        ]
    );
    let problem = bench.driver.statistics(0).unwrap().problem;
    assert!(matches!(problem, Some(Problem::CodecRefused { codec }) if codec == "AV1"));
    bench.log_with("AV1");
    assert!(
        (0..5).any(|_| next_picture(&session).data != before),
        "the picture tells it too"
    );
}

#[test]
fn a_publisher_without_a_key_frame_is_told_by_the_picture() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let bytes = [
        publisher.bytes.sequence_header(),
        publisher.bytes.delta_frame(0, &picture(0)),
        publisher.bytes.audio(0),
    ];
    publisher.send(&bytes.concat());
    wait_until("the drops", || {
        let statistics = bench.driver.statistics(0).unwrap();
        statistics.drops.before_key_frame == 1 && statistics.sound.left_out == 1
    });
    assert_eq!(
        bench.driver.statistics(0).unwrap().problem,
        Some(Problem::NoKeyFrameYet)
    );
    assert!(next_picture(&session).offline_picture);
}

#[test]
fn a_session_that_is_not_asked_loses_frames_up_to_a_key_frame() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    // More than is kept, and more than its kernel and the server's take: the publisher is held back, but not for long.
    for group in 0..60 {
        publisher.send_group(group * 1000, 25);
    }
    wait_until("1500 frames", || {
        bench.driver.statistics(0).unwrap().input.frames == 1500
    });
    let frame = next_video(&session);
    assert!(
        frame.key
            && frame.discontinuity
            && frame.data == access_unit_of_key_frame(&picture(20_000))
    );
    assert_eq!(session.dropped_frames(), 500);
    let statistics = bench.driver.statistics(0).unwrap();
    assert_eq!(
        (statistics.drops.slow_session, statistics.queue_depth),
        (500, 999)
    );
    let log = bench.log_with("too slow");
    assert_eq!(
        log.iter().filter(|line| line.contains("too slow")).count(),
        1
    );
}
