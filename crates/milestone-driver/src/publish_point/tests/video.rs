//! What becomes of video.

use super::*;

#[test]
fn other_codecs_are_refused_by_name() {
    // Enhanced RTMP: FourCC in the header; legacy: the codec id.
    let messages: [(&[u8], &str); 4] = [
        (b"\x90av01\x01", "AV1"),
        (b"\x90vp09\x01", "VP9"),
        (&[0x1D, 0, 0, 0, 0, 1], "AV1"),
        (&[0x14, 0, 0, 0], "VP6"),
    ];
    for (message, codec) in messages {
        let stage = Stage::new();
        let _session = stage.session();
        let mut peer = stage.publish(HOME, 0.0).expect("accepted");
        let bytes = peer.bytes.video(0, message);
        let refusal = stage.send(&mut peer, 0.1, &bytes).expect_err("not H.264");
        assert_eq!(refusal.code.as_str(), "NetStream.Publish.Rejected");
        assert!(
            refusal.description.contains(codec)
                && refusal.description.contains("H.264 or H.265 is needed"),
            "{}",
            refusal.description
        );
        match stage.point.statistics(Instant::now()).problem {
            Some(Problem::CodecRefused { codec: told }) => assert!(told.contains(codec)),
            other => panic!("{other:?}"),
        }
        assert!(
            stage
                .log_lines()
                .iter()
                .any(|line| line.contains(codec) && line.contains("H.264"))
        );
        let events = stage.events();
        assert_eq!(events.len(), 3, "{events:?}");
        assert!(
            events[1].starts_with("stopped /stream4 after 0: The video is")
                && events[2].contains("PublishRefused")
        );

        assert!(
            stage.publish(ELSEWHERE, 1.0).is_err(),
            "the refused one is still connected"
        );
        drop(peer);
        let Ok(mut h264) = stage.publish(ELSEWHERE, 1.0) else {
            panic!("the path is free");
        };
        stage.send_a_second(&mut h264, 1);
        assert_eq!(stage.point.statistics(Instant::now()).problem, None);
    }
}

#[test]
fn nothing_before_the_first_key_frame() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let mut reader = stage.session().expect("the camera is open");
    let header = peer.bytes.sequence_header();
    stage.send(&mut peer, 0.0, &header).expect("H.264");
    for timestamp in [0, 40] {
        let delta = peer.bytes.delta_frame(timestamp, &[1; 10]);
        stage.send(&mut peer, 0.1, &delta).expect("H.264");
    }
    assert_eq!(
        stage.point.statistics(stage.at(0.1)).problem,
        Some(Problem::NoKeyFrameYet)
    );
    assert!(reader.read(|_| {}).is_none());
    stage.send_a_second(&mut peer, 1);
    let statistics = stage.point.statistics(stage.at(2.0));
    assert_eq!(
        (statistics.problem, statistics.drops.before_key_frame),
        (None, 2)
    );
    let first = reader.read(|_| {}).expect("a frame");
    assert!(first.medium.sync && first.data[..] == publisher::access_unit_of_key_frame(&[1; 999]));
    let second = reader.read(|_| {}).expect("a frame");
    assert!(
        !second.medium.sync && second.data[..] == publisher::access_unit_of_delta_frame(&[2; 500])
    );
    assert!(
        (second.time.since(first.time) - 40 * Ticks::PER_MILLISECOND).abs()
            <= Ticks::PER_MILLISECOND
    );
}

#[test]
fn a_session_that_has_to_wait_for_a_key_frame_says_so() {
    let stage = Stage::new();
    let _session = stage.session();
    stage.point.set_notice(Notice {
        show_info: true,
        ..Notice::default()
    });
    let told = || match stage.point.camera.picture_state(stage.start) {
        PictureState::Info(info) => info.problem,
        PictureState::Plain => panic!("information is wanted"),
    };
    assert_eq!(told(), None);
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    assert_eq!(told(), Some(Problem::NoKeyFrameYet));
    stage.send_a_second(&mut peer, 1);
    assert_eq!(
        told(),
        Some(Problem::NoKeyFrameYet),
        "the session came too late for the key frame"
    );
    assert_eq!(
        stage.point.statistics(stage.start).problem,
        None,
        "but others see the video"
    );
    peer.disconnect(&stage, 2.0);
    assert_eq!(told(), None);
}

#[test]
fn the_first_picture_waits_for_the_second_one_or_half_a_second() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    assert!(!stage.point.camera.feed().is_live());
    stage.point.tick(stage.at(0.3));
    assert!(!stage.point.camera.feed().is_live());
    stage.point.tick(stage.at(0.7));
    assert!(stage.point.camera.feed().is_live());
    peer.disconnect(&stage, 1.0);

    let mut peer = stage.publish(HOME, 1.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 1.1, &first).expect("H.264");
    assert!(!stage.point.camera.feed().is_live());
    let second = peer.bytes.delta_frame(40, P);
    stage.send(&mut peer, 1.14, &second).expect("H.264");
    assert!(stage.point.camera.feed().is_live());
    peer.disconnect(&stage, 1.2);
    let ended = stage.events().pop();
    assert!(ended.is_some_and(|event| event.contains("after 2:")));
}

#[test]
fn the_first_picture_waits_for_slices_that_are_on_their_way() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    // The next slice of the picture, over a slow link.
    let slice = [&[0x42, 0x21, 0x04, 0x44, 0x8A][..], &[0x55; 3000]].concat();
    let second = peer.bytes.key_frame(0, &slice);
    for (piece, seconds) in second.chunks(500).zip([0.5, 0.9, 1.3, 1.7, 2.1, 2.5, 2.9]) {
        stage.send(&mut peer, seconds, piece).expect("H.264");
        stage.point.tick(stage.at(seconds + 0.3));
        assert!(!stage.point.camera.feed().is_live());
    }
    let next = peer.bytes.delta_frame(40, P);
    stage.send(&mut peer, 3.4, &next).expect("H.264");
    assert!(stage.point.camera.feed().is_live());
    peer.disconnect(&stage, 3.5);
    let ended = stage.events().pop();
    assert!(ended.is_some_and(|event| event.contains("after 2:")));
}

#[test]
fn the_first_picture_does_not_wait_where_nothing_but_sound_comes() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    for (timestamp, seconds) in [(200, 0.3), (400, 0.5), (600, 0.7)] {
        assert!(!stage.point.camera.feed().is_live());
        let sound = peer.bytes.audio(timestamp);
        stage.send(&mut peer, seconds, &sound).expect("sound");
        stage.point.tick(stage.at(seconds));
    }
    assert!(stage.point.camera.feed().is_live());
}

#[test]
fn what_is_held_back_is_delivered_when_the_publish_ends() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    peer.disconnect(&stage, 0.2);
    let ended = stage.events().pop();
    assert!(ended.is_some_and(|event| event.contains("after 1:")));
}

#[test]
fn a_publish_goes_on_with_the_parameter_sets_of_the_one_before_on_its_connection() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    let mut sink = peer.sink.take().expect("a publish");
    sink.end(stage.at(0.2), &rtmp_server::EndReason::Unpublished);
    drop(sink);

    // Without a sequence header, and then on another connection.
    let connection = peer.connection.clone();
    let mut again = stage.publish_on(connection, 1.0).expect("it is free");
    let picture = again.bytes.key_frame(0, IDR);
    stage.send(&mut again, 1.1, &picture).expect("H.264");
    let mut sink = again.sink.take().expect("a publish");
    sink.end(stage.at(1.2), &rtmp_server::EndReason::Unpublished);
    drop(sink);
    assert!(
        stage
            .events()
            .pop()
            .is_some_and(|event| event.contains("after 1:"))
    );

    let mut other = stage.publish(HOME, 2.0).expect("it is free");
    let picture = other.bytes.key_frame(0, IDR);
    stage.send(&mut other, 2.1, &picture).expect("H.264");
    other.disconnect(&stage, 2.2);
    assert!(
        stage
            .events()
            .pop()
            .is_some_and(|event| event.contains("after 0:"))
    );
}
