//! From the publish command to its end.

use std::time::Duration;

use rtmp_chunk::{ChunkSize, MessageType, ProtocolControl};
use rtmp_server::proto::{CloseReason, Limit, PublishType, SessionError, StreamId};
use rtmp_server::{EndReason, Event, MediaKind, SessionConfig, Status, StatusCode};

use crate::common::chunks::{type_0, type_3};
use crate::common::{Answer, Decision, Scene, Wire, command_body};

/// What became of the publishes, in a word each.
fn story(scene: &Scene) -> Vec<String> {
    let events = scene.events.iter().filter_map(|event| match event {
        Event::PublishRequested(request) => {
            Some(format!("{} {}", request.stream, request.stream_name))
        }
        Event::PublishEnded { stream, reason } => Some(format!("{stream} {reason:?}")),
        Event::Closed(reason) => Some(format!("{reason:?}")),
        _ => None,
    });
    events.collect()
}

#[test]
fn a_publish_from_beginning_to_end() {
    let mut scene = Scene::default();
    let bytes = scene.client.opening("live", "stream1");
    scene.send_ok(&bytes);
    assert_eq!(
        scene.commands(),
        [
            "_result NetConnection.Connect.Success",
            "_result",
            "onStatus NetStream.Publish.Start"
        ]
    );
    let request = scene.requests()[0];
    assert_eq!(request.app, "live");
    assert_eq!(request.stream_name, "stream1");
    assert_eq!(request.stream, StreamId(1));
    assert_eq!(request.publish_type, PublishType::Live);
    assert_eq!(request.tc_url, "rtmp://localhost/live");
    assert_eq!(request.encoder, "FMLE/3.0 (compatible; test)");

    scene
        .say(|client| client.video(1, 40, &[0x17, 1, 0, 0, 0, 9, 9]))
        .unwrap();
    scene
        .say(|client| client.audio(1, 41, &[0xAF, 1, 2]))
        .unwrap();
    let metadata = b"\x02\x00\x0D@setDataFrame\x02\x00\x0AonMetaData\x05";
    scene
        .say(|client| client.message(4, MessageType::DATA_AMF0, 1, 42, metadata))
        .unwrap();
    let media = scene.media();
    let kinds: Vec<_> = media
        .iter()
        .map(|(stream, media)| (*stream, media.kind, media.timestamp.0))
        .collect();
    assert_eq!(
        kinds,
        [
            (1, MediaKind::Video, 40),
            (1, MediaKind::Audio, 41),
            (1, MediaKind::Data, 42)
        ]
    );
    assert_eq!(media[0].1.payload[..], [0x17, 1, 0, 0, 0, 9, 9]);
    assert_eq!(media[0].1.payload.headroom(), 256);
    assert_eq!(media[1].1.payload.headroom(), 16);
    assert_eq!(media[2].1.payload[..], metadata[..]);

    scene.answers.clear();
    scene.say(|client| client.delete_stream(1)).unwrap();
    assert_eq!(scene.commands(), ["onStatus NetStream.Unpublish.Success"]);
    scene.session.handle_disconnect();
    scene.settle();
    assert_eq!(
        story(&scene),
        ["1 stream1", "1 Unpublished", "Disconnected"]
    );
    assert!(scene.session.is_closed());
}

#[test]
fn media_before_the_reply_to_publish_wait_for_it() {
    let mut scene = Scene::connected("live");
    scene.decision = Decision::Wait;
    let publish = scene.client.publish(1, "stream1");
    let media: Vec<u8> = (0..50)
        .flat_map(|time| scene.client.video(1, time, &[7; 100]))
        .collect();
    let bytes = [publish, media].concat();

    let taken = scene.session.handle_input(scene.now, &bytes).unwrap();
    scene.settle();
    assert!(taken < bytes.len());
    assert!(!scene.session.wants_input());
    assert_eq!(
        scene.session.handle_input(scene.now, &bytes[taken..]),
        Ok(0)
    );

    let id = scene.requests()[0].id;
    scene.session.accept_publish(scene.now, id).unwrap();
    scene.send_ok(&bytes[taken..]);
    assert_eq!(scene.media().len(), 50);
}

#[test]
fn publish_without_create_stream_on_message_stream_0_or_1() {
    for (published_on, media_on) in [(0, 0), (0, 1), (1, 1), (1, 0), (0, 7), (2, 1), (9, 1)] {
        let mut scene = Scene::connected("live");
        scene
            .say(|client| client.publish(published_on, "stream1"))
            .unwrap();
        scene.say(|client| client.video(media_on, 0, &[1])).unwrap();
        let streams: Vec<u32> = scene.media().iter().map(|(stream, _)| *stream).collect();
        assert_eq!(streams, [published_on]);
    }
}

#[test]
fn media_of_no_publish_are_ignored() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    for stream in [0, 3, 7] {
        scene.say(|client| client.video(stream, 0, &[1])).unwrap();
        assert_eq!(scene.media().len(), 0, "whose are they?");
    }
    let mut scene = Scene::connected("live");
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    assert_eq!(scene.media().len(), 0);
    assert_eq!(scene.session.counters().ignored_messages, 1);
}

#[test]
fn media_on_the_message_stream_of_the_publish_before() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.delete_stream(1)).unwrap();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    assert_eq!(scene.media().len(), 0, "of no publish");
    scene.say(|client| client.publish(2, "stream1")).unwrap();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.say(|client| client.audio(1, 0, &[1])).unwrap();
    assert!(scene.media().iter().all(|(stream, _)| *stream == 2));
    assert_eq!(scene.media().len(), 2);
}

#[test]
fn message_stream_ids_differ() {
    let mut scene = Scene::connected("live");
    // It is in use although nobody created it.
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    scene.answers.clear();
    for _ in 0..3 {
        scene.say(Wire::create_stream).unwrap();
    }
    let ids: Vec<f64> = scene
        .answers
        .iter()
        .map(|answer| match answer {
            Answer::Command { arguments, .. } => arguments[1].as_f64().unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, [1.0, 3.0, 4.0]);
}

#[test]
fn several_streams_on_one_connection() {
    let mut scene = Scene::publishing();
    scene.say(Wire::create_stream).unwrap();
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    for time in 0..4 {
        scene.say(|client| client.video(1, time, &[1])).unwrap();
        scene.say(|client| client.video(2, time, &[2])).unwrap();
    }
    assert!(
        scene
            .media()
            .iter()
            .all(|(stream, media)| *stream == u32::from(media.payload[0]))
    );
    assert_eq!(scene.media().len(), 8);
    scene.say(|client| client.delete_stream(1)).unwrap();
    scene.say(|client| client.video(1, 9, &[1])).unwrap();
    scene.say(|client| client.video(2, 9, &[2])).unwrap();
    assert_eq!(
        scene.media().len(),
        9,
        "the first one is over, the other is not"
    );
    scene.session.handle_disconnect();
    scene.settle();
    assert_eq!(
        story(&scene),
        [
            "2 stream2",
            "1 Unpublished",
            "2 Disconnected",
            "Disconnected"
        ]
    );
}

#[test]
fn more_streams_than_allowed_on_one_connection() {
    let mut config = SessionConfig::default();
    config.limits.publishes = 2;
    let mut scene = Scene::publishing_with(config);
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    let outcome = scene.say(|client| client.publish(3, "stream3"));
    assert_eq!(outcome, Err(SessionError::LimitExceeded(Limit::Publishes)));
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn delete_stream_close_stream_and_fc_unpublish_end_a_publish() {
    let null = amf0::Value::Null;
    let ends: [(u32, &str, Vec<amf0::Value>); 6] = [
        (0, "deleteStream", vec![null.clone(), 1.0.into()]),
        (1, "deleteStream", vec![null.clone(), 1.0.into()]),
        (1, "closeStream", vec![null.clone()]),
        (0, "FCUnpublish", vec![null.clone(), "stream1".into()]),
        (1, "FCUnpublish", vec![null.clone(), "live/stream1".into()]),
        (1, "publish", vec![null, false.into()]),
    ];
    for (stream, name, arguments) in ends {
        let mut scene = Scene::publishing();
        scene
            .say(|client| client.call(stream, name, &arguments))
            .unwrap();
        assert_eq!(story(&scene), ["1 Unpublished"], "{name}");
        assert!(
            scene
                .commands()
                .contains(&"onStatus NetStream.Unpublish.Success".to_owned())
        );
        scene
            .say(|client| client.call(stream, name, &arguments))
            .unwrap();
        scene.say(|client| client.delete_stream(1)).unwrap();
        assert_eq!(story(&scene), ["1 Unpublished"], "{name} twice");
        assert!(!scene.session.has_ended());
    }
}

/// Commands and media have chunk streams of their own, which take turns.
#[test]
fn a_publish_that_ends_in_the_middle_of_a_picture_harms_no_other() {
    let lengths = [100_000, 400_000];
    for (length, is_late) in lengths.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let mut scene = Scene::publishing();
        let size = ChunkSize::new(length / 2).expect("a chunk size");
        scene
            .say(|client| client.control(ProtocolControl::SetChunkSize(size)))
            .unwrap();
        let half = vec![1; length as usize / 2];
        let begun = [&type_0(6, 0, length as usize, 9, 1)[..], &half].concat();
        scene.send(&begun).unwrap();
        let null = [amf0::Value::Null];
        scene
            .say(|client| client.call(1, "closeStream", &null))
            .unwrap();
        let rest = [&type_3(6)[..], &half].concat();
        if !is_late {
            scene.send(&rest).unwrap();
        }
        scene.say(|client| client.publish(1, "stream1")).unwrap();
        if is_late {
            scene.send(&rest).unwrap();
        }
        scene
            .say(|client| client.video(1, 0, &vec![2; length as usize]))
            .unwrap();
        assert_eq!(story(&scene), ["1 Unpublished", "1 stream1"]);
        assert_eq!(scene.media().len(), 1);
        assert_eq!(scene.media()[0].1.payload.len(), length as usize);
    }
}

/// Some say closeStream on the stream of the connection, and number the one that they mean.
#[test]
fn close_stream_may_number_the_stream_that_it_means() {
    let null = amf0::Value::Null;
    for (published_on, said_on, arguments) in [
        (1, 0, vec![null.clone(), 1.0.into()]),
        (1, 1, vec![null.clone(), 1.0.into()]),
        (1, 1, vec![null.clone(), 7.0.into()]),
        (1, 7, vec![null.clone(), 1.0.into()]),
        (1, 0, vec![null.clone()]),
        (1, 0, vec![]),
        (0, 0, vec![null.clone(), 1.0.into()]),
    ] {
        let mut scene = Scene::connected("live");
        scene
            .say(|client| client.publish(published_on, "stream1"))
            .unwrap();
        scene
            .say(|client| client.call(said_on, "closeStream", &arguments))
            .unwrap();
        let told = [
            format!("{published_on} stream1"),
            format!("{published_on} Unpublished"),
        ];
        assert_eq!(story(&scene), told, "on {said_on}: {arguments:?}");
        scene
            .say(|client| client.publish(published_on, "stream1"))
            .unwrap();
        assert_eq!(story(&scene).len(), 3, "and published again");
    }
}

#[test]
fn close_stream_of_another_stream_ends_nothing() {
    let null = amf0::Value::Null;
    let mut scene = Scene::publishing();
    for (stream, arguments) in [
        (7, vec![null.clone()]),
        (7, vec![null.clone(), 8.0.into()]),
        (0, vec![null.clone(), 7.0.into()]),
    ] {
        scene
            .say(|client| client.call(stream, "closeStream", &arguments))
            .unwrap();
    }
    assert_eq!(story(&scene).len(), 0);
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    scene
        .say(|client| client.call(0, "closeStream", &[null]))
        .unwrap();
    assert_eq!(story(&scene), ["2 stream2"], "which of the two?");
}

#[test]
fn close_stream_with_arguments_that_nobody_can_read_closes() {
    let mut scene = Scene::publishing();
    let body = [
        command_body("closeStream", 0.0, &[amf0::Value::Null]),
        vec![0xFF; 9],
    ]
    .concat();
    scene
        .say(|client| client.message(3, MessageType::COMMAND_AMF0, 1, 0, &body))
        .unwrap();
    assert_eq!(story(&scene), ["1 Unpublished"]);
}

#[test]
fn fc_unpublish_ends_the_stream_that_it_names() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    for (name, ended) in [("stream3", 0), ("stream2", 1)] {
        scene
            .say(|client| client.call(0, "FCUnpublish", &[amf0::Value::Null, name.into()]))
            .unwrap();
        assert_eq!(story(&scene).len(), 1 + ended);
    }
    assert_eq!(story(&scene)[1], "2 Unpublished");
}

/// Some say by deleteStream that a stream has ended, and by FCUnpublish once more.
#[test]
fn fc_unpublish_of_what_has_ended_ends_no_other_stream() {
    let unpublish = |scene: &mut Scene, name: &str| {
        scene
            .say(|client| client.call(0, "FCUnpublish", &[amf0::Value::Null, name.into()]))
            .unwrap();
    };
    // Beside it.
    let mut scene = Scene::publishing();
    for number in [2, 3] {
        let name = format!("stream{number}");
        scene.say(|client| client.publish(number, &name)).unwrap();
    }
    for number in [1, 3] {
        scene.say(|client| client.delete_stream(number)).unwrap();
    }
    let before = story(&scene);
    for name in ["stream3", "stream1"] {
        unpublish(&mut scene, name);
    }
    assert_eq!(story(&scene), before);

    // Behind it, however the name is written.
    let mut scene = Scene::publishing();
    scene.say(|client| client.delete_stream(1)).unwrap();
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    unpublish(&mut scene, "stream1");
    assert_eq!(story(&scene), ["1 Unpublished", "2 stream2"]);
    unpublish(&mut scene, "live/stream2?key");
    assert_eq!(story(&scene)[2..], ["2 Unpublished"]);
}

#[test]
fn odd_stream_numbers_delete_nothing() {
    let mut scene = Scene::publishing();
    for number in [
        0.0,
        -1.0,
        1e300,
        f64::NAN,
        f64::INFINITY,
        2.0,
        4_294_967_297.0,
    ] {
        let arguments = [amf0::Value::Null, number.into()];
        scene
            .say(|client| client.call(0, "deleteStream", &arguments))
            .unwrap();
    }
    scene
        .say(|client| client.call(0, "deleteStream", &[]))
        .unwrap();
    assert_eq!(story(&scene).len(), 0);
}

#[test]
fn publish_unpublish_and_publish_again() {
    let mut scene = Scene::publishing();
    for _ in 0..3 {
        scene.say(|client| client.delete_stream(1)).unwrap();
        scene.say(|client| client.publish(1, "stream1")).unwrap();
    }
    assert_eq!(
        story(&scene),
        [
            "1 Unpublished",
            "1 stream1",
            "1 Unpublished",
            "1 stream1",
            "1 Unpublished",
            "1 stream1"
        ]
    );
}

#[test]
fn a_second_publish_on_the_same_message_stream_ends_the_first() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.publish(1, "stream2")).unwrap();
    let arguments = [amf0::Value::Null, "stream2".into(), "record".into()];
    scene
        .say(|client| client.call(1, "publish", &arguments))
        .unwrap();
    scene.session.handle_disconnect();
    scene.settle();
    assert_eq!(
        story(&scene),
        [
            "1 Unpublished",
            "1 stream2",
            "1 Unpublished",
            "1 stream2",
            "1 Disconnected",
            "Disconnected"
        ]
    );
}

/// Some cameras say it twice, with FCPublish or metadata in between.
#[test]
fn a_publish_that_is_said_once_more_goes_on() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    for _ in 0..3 {
        scene.answers.clear();
        let arguments = [amf0::Value::Null, "stream1".into()];
        scene
            .say(|client| client.call(0, "FCPublish", &arguments))
            .unwrap();
        scene.say(|client| client.publish(1, "stream1")).unwrap();
        assert_eq!(
            scene.commands(),
            [
                "_result",
                "onFCPublish NetStream.Publish.Start",
                "onStatus NetStream.Publish.Start"
            ]
        );
    }
    scene.say(|client| client.video(1, 40, &[2])).unwrap();
    assert_eq!(scene.media().len(), 2);
    assert_eq!(story(&scene).len(), 0, "nobody is asked again");

    scene.advance(Duration::from_secs(20)).unwrap();
    scene.say(|client| client.delete_stream(1)).unwrap();
    scene.say(|client| client.publish(1, "stream1")).unwrap();
    assert_eq!(story(&scene), ["1 Unpublished", "1 stream1"]);
}

/// An encoder that begins anew, and forgets that it has not ended what it published: it is no other
/// publisher, in whose way it would be.
#[test]
fn a_stream_that_is_published_again_on_another_message_stream_goes_on_there() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.say(|client| client.publish(2, "stream1")).unwrap();
    for stream in [1, 2] {
        scene.say(|client| client.video(stream, 40, &[2])).unwrap();
    }
    scene.say(|client| client.delete_stream(1)).unwrap();
    scene.say(|client| client.video(2, 80, &[3])).unwrap();
    let media: Vec<_> = scene
        .media()
        .iter()
        .map(|(stream, media)| (*stream, media.payload[0]))
        .collect();
    assert_eq!(media, [(1, 1), (2, 2), (2, 2), (2, 3)]);
    assert_eq!(story(&scene), ["1 Unpublished", "2 stream1"]);

    scene.say(|client| client.publish(3, "stream2")).unwrap();
    scene.say(|client| client.publish(3, "stream1")).unwrap();
    assert_eq!(
        story(&scene)[2..],
        ["3 stream2", "2 Unpublished", "3 Unpublished", "3 stream1"],
        "both were in its place"
    );
}

#[test]
fn fc_publish_is_told_at_once() {
    let mut scene = Scene::connected("live");
    scene.answers.clear();
    let arguments = [amf0::Value::Null, "stream1".into()];
    scene
        .say(|client| client.call(0, "FCPublish", &arguments))
        .unwrap();
    let told = "onFCPublish NetStream.Publish.Start";
    assert_eq!(scene.commands(), ["_result", told]);
    scene.answers.clear();
    scene.say(|client| client.publish(1, "stream1")).unwrap();
    assert_eq!(scene.commands(), ["onStatus NetStream.Publish.Start"]);
}

#[test]
fn a_refused_publish_is_told_why_and_closed() {
    let mut scene = Scene {
        decision: Decision::Refuse(Status::bad_name("No camera has this path.")),
        ..Scene::default()
    };
    let bytes = scene.client.opening("live", "stream1");
    scene.send_ok(&bytes);
    let last = scene.answers.last().unwrap();
    assert!(matches!(last, Answer::Command { name, stream: 1, .. } if name == "onStatus"));
    assert_eq!(last.code().as_deref(), Some("NetStream.Publish.BadName"));
    assert_eq!(last.information("level").as_deref(), Some("error"));
    assert_eq!(
        last.information("description").as_deref(),
        Some("No camera has this path.")
    );
    assert!(scene.session.has_ended());
    assert!(!scene.session.is_closed(), "the peer has yet to read it");
    assert!(matches!(
        scene.events.last(),
        Some(Event::Closed(CloseReason::PublishRefused(_)))
    ));
    assert!(
        !scene
            .events
            .iter()
            .any(|event| matches!(event, Event::PublishEnded { .. }))
    );
}

#[test]
fn a_publish_stopped_by_the_server() {
    let mut scene = Scene::publishing();
    let status = Status::rejected("HEVC (H.265) is not supported; H.264 is needed.");
    scene
        .session
        .end_publish(scene.now, StreamId(9), status.clone());
    assert!(!scene.session.has_ended(), "there is no such publish");
    scene
        .session
        .end_publish(scene.now, StreamId(1), status.clone());
    scene.settle();
    let last = scene.answers.last().unwrap();
    assert_eq!(
        last.information("description"),
        Some(status.description.clone())
    );
    assert!(matches!(
        &scene.events[..],
        [
            Event::PublishEnded { reason: EndReason::Stopped(told), .. },
            Event::Closed(CloseReason::Stopped(_))
        ] if *told == status
    ));
}

#[test]
fn a_shutdown_reaches_every_publisher() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    scene.answers.clear();
    let status = Status::new(StatusCode::APP_SHUTDOWN, "The server is shut down.");
    scene.session.shutdown(scene.now, status.clone());
    scene.session.shutdown(scene.now, status);
    scene.settle();
    let told = "onStatus NetConnection.Connect.AppShutdown";
    assert_eq!(scene.commands(), [told, told]);
    assert_eq!(story(&scene).len(), 4);
}

#[test]
fn a_shutdown_in_each_state_ends_the_session_once() {
    let full = Wire::default().opening("live", "stream1");
    for length in (0..full.len()).step_by(61) {
        let mut scene = Scene::default();
        scene.send_ok(&full[..length]);
        let status = Status::new(StatusCode::APP_SHUTDOWN, "The server is shut down.");
        scene.session.shutdown(scene.now, status);
        scene.settle();
        let closed = scene
            .events
            .iter()
            .filter(|event| matches!(event, Event::Closed(_)));
        assert_eq!(closed.count(), 1);
        scene.session.handle_disconnect();
        assert!(scene.session.poll_event().is_none());
        assert!(scene.session.is_closed());
    }
}

#[test]
fn publish_types() {
    for (name, wanted) in [
        ("live", PublishType::Live),
        ("record", PublishType::Record),
        ("append", PublishType::Append),
        ("", PublishType::Live),
        (
            "appendWithGap",
            PublishType::Other("appendWithGap".to_owned()),
        ),
    ] {
        let mut scene = Scene::connected("live");
        let arguments = [amf0::Value::Null, "stream1".into(), name.into()];
        scene
            .say(|client| client.call(1, "publish", &arguments))
            .unwrap();
        assert_eq!(scene.requests()[0].publish_type, wanted);
    }
}

#[test]
fn an_answer_to_another_request_is_ignored() {
    let mut scene = Scene {
        decision: Decision::Wait,
        ..Scene::default()
    };
    let bytes = scene.client.opening("live", "stream1");
    scene.send_ok(&bytes);
    let first = scene.requests()[0].id;
    assert!(scene.session.accept_publish(scene.now, first).is_some());
    assert!(scene.session.accept_publish(scene.now, first).is_none());
    scene
        .session
        .refuse_publish(scene.now, first, Status::bad_name("No."));
    assert!(!scene.session.has_ended());
}

/// A message may take long to come; a latency counts from its first byte.
#[test]
fn a_message_tells_when_its_first_byte_arrived() {
    let mut scene = Scene::publishing();
    let start = scene.now;
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    let frame = scene.client.video(1, 0, &[7; 1000]);
    let (first, rest) = frame.split_at(300);
    scene.now = at(10);
    scene.session.arrived(at(7));
    scene.send_ok(first);
    scene.now = at(500);
    scene.send_ok(rest);
    // Nobody knows better than that it was there when it was handed over.
    scene
        .say(|client| client.video(1, 40, &[7; 1000]))
        .expect("sent");
    let firsts: Vec<_> = scene
        .media()
        .iter()
        .map(|(_, media)| media.first_byte_at)
        .collect();
    assert_eq!(firsts, [Some(at(7)), Some(at(500))]);
}

/// The messages of an aggregate came with it.
#[test]
fn messages_of_an_aggregate_tell_when_its_first_byte_arrived() {
    let mut scene = Scene::publishing();
    let start = scene.now;
    let one = [&[9, 0, 0, 1][..], &[0; 7], &[7], &[0, 0, 0, 12]].concat();
    let body = one.repeat(50);
    let aggregate = scene.client.message(6, MessageType::AGGREGATE, 1, 0, &body);
    let (first, rest) = aggregate.split_at(100);
    scene.send_ok(first);
    scene.now += Duration::from_secs(1);
    scene.send_ok(rest);
    assert_eq!(scene.media().len(), 50);
    assert!(
        scene
            .media()
            .iter()
            .all(|(_, media)| media.first_byte_at == Some(start))
    );
}
