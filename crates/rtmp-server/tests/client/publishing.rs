//! From connect to the end of a publish.

use amf0::Value;
use rtmp_chunk::{ChunkSize, LimitType, MessageType, ProtocolControl, UserControl};
use rtmp_server::proto::client::{ClientChunkSize, ClientEnd, DigestScheme, HandshakeKind, Misuse};
use rtmp_server::proto::{
    CapsEx, CloseReason, EnhancedCapabilities, FourCcInfo, PublishType, StreamId,
};
use rtmp_server::{
    ClientEvent, EndReason, Event, MediaKind, SessionConfig, Status, StatusCode, Timestamp,
};

use crate::common::Decision;
use crate::pair::{Pair, config};
use crate::scripted::{Scripted, information};

fn what_means(code: StatusCode) -> Status {
    Status::new(code, "What it means.")
}

#[test]
fn a_publish_from_beginning_to_end() {
    let mut pair = Pair::publishing(config());
    assert!(matches!(
        pair.client_events[..],
        [
            ClientEvent::Connected(_),
            ClientEvent::PublishStarted(StreamId(1))
        ]
    ));
    pair.send(MediaKind::Data, 0, &[2, 0, 1, 0x78][..]);
    pair.send(MediaKind::Audio, 7, &[0xAF, 1][..]);
    pair.send(MediaKind::Video, 40, vec![0x27; 70_000]);
    pair.client.close(pair.now);
    pair.settle();
    let media = pair.media();
    let heard: Vec<_> = media
        .iter()
        .map(|it| (it.kind, it.timestamp.0, it.payload.len()))
        .collect();
    assert_eq!(
        heard,
        [
            (MediaKind::Data, 0, 4),
            (MediaKind::Audio, 7, 2),
            (MediaKind::Video, 40, 70_000)
        ]
    );
    assert!(matches!(
        pair.server_events.last(),
        Some(Event::PublishEnded {
            reason: EndReason::Unpublished,
            ..
        })
    ));
    let end = pair.client_events.last();
    assert_eq!(end, Some(&ClientEvent::Closed(ClientEnd::Done)));
    assert!(pair.client.has_ended() && !pair.client.is_closed());
    pair.client.handle_disconnect();
    assert!(pair.client.is_closed());
    assert_eq!(pair.client.poll_event(), None);
}

#[test]
fn the_server_learns_what_the_client_says_of_itself() {
    let mut enhanced = EnhancedCapabilities::none();
    enhanced.four_cc_list = vec!["hvc1".to_owned(), "avc1".to_owned()];
    enhanced.video_four_cc = vec![("hvc1".to_owned(), FourCcInfo::CAN_ENCODE)];
    enhanced.caps_ex = CapsEx::MULTITRACK;
    let mut config = config();
    config.flash_ver = "a test".to_owned();
    config.capabilities = Some(enhanced.clone());
    let mut pair = Pair::new(config);
    pair.capabilities = enhanced.clone();
    pair.capabilities.caps_ex = CapsEx::RECONNECT;
    let declared = pair.capabilities.clone();
    pair.publish("camera?token=1");
    let info = pair.server_events.iter().find_map(|event| match event {
        Event::ConnectRequested(info) => Some(info),
        _ => None,
    });
    let info = info.expect("connected");
    assert_eq!(
        (info.app.as_str(), info.encoder.as_str()),
        ("live", "a test")
    );
    assert_eq!(info.tc_url, "rtmp://localhost/live");
    assert_eq!(info.capabilities, Some(enhanced));
    let request = pair.server_events.iter().find_map(|event| match event {
        Event::PublishRequested(request) => Some(request),
        _ => None,
    });
    let request = request.expect("a request");
    assert_eq!(request.stream_name, "camera?token=1");
    assert_eq!(request.publish_type, PublishType::Live);

    let Some(ClientEvent::Connected(server)) = pair.client_events.first() else {
        panic!("{:?}", pair.client_events);
    };
    assert_eq!(server.version, "FMS/3,0,1,123");
    assert_eq!(server.capabilities, Some(declared));
}

#[test]
fn every_handshake_will_do() {
    for kind in [
        HandshakeKind::Simple,
        HandshakeKind::Digest(DigestScheme::DigestFirst),
        HandshakeKind::Digest(DigestScheme::KeyFirst),
    ] {
        let mut config = config();
        config.handshake = kind;
        Pair::publishing(config);
    }
}

#[test]
fn the_calls_of_flash_media_live_encoder_can_be_left_out() {
    let mut calls = Scripted::publishing();
    calls.client.unpublish(calls.now);
    calls.listen();
    assert_eq!(
        calls.commands(),
        [
            "connect",
            "releaseStream",
            "FCPublish",
            "createStream",
            "publish",
            "FCUnpublish",
            "deleteStream"
        ]
    );
    let mut config = config();
    config.flash_calls = false;
    let mut calls = Scripted::publishing_with(config);
    calls.client.unpublish(calls.now);
    calls.listen();
    assert_eq!(
        calls.commands(),
        ["connect", "createStream", "publish", "deleteStream"]
    );
}

#[test]
fn media_are_handed_out_as_they_are() {
    let mut pair = Pair::publishing(config());
    assert_eq!(pair.client.chunk_size(), 65_536);
    let payload = bytes::Bytes::from(vec![9; 100_000]);
    pair.send(MediaKind::Video, 0, payload.clone());
    let pieces: Vec<_> = std::iter::from_fn(|| pair.client.poll_transmit()).collect();
    let shared: Vec<_> = pieces
        .iter()
        .filter(|piece| payload.as_ptr_range().contains(&piece.as_ptr()))
        .map(|piece| piece.len())
        .collect();
    assert_eq!(shared, [65_536, 34_464]);
    assert_eq!(pieces.len(), 4, "and a header in front of each");
}

#[test]
fn chunk_sizes() {
    let announced = |scripted: &Scripted| -> Vec<_> {
        let of_controls = scripted.controls().into_iter();
        let sizes = of_controls.filter_map(|control| match control {
            ProtocolControl::SetChunkSize(size) => Some(size.get()),
            _ => None,
        });
        sizes.collect()
    };
    let set = |size| ProtocolControl::SetChunkSize(ChunkSize::new(size).expect("a size"));

    let mut adopts = Scripted::connecting();
    adopts.control(set(5000)).unwrap();
    adopts.accept_connect();
    assert_eq!(announced(&adopts), [5000]);
    assert_eq!(adopts.client.chunk_size(), 5000);
    adopts.control(set(1)).unwrap();
    adopts.answer_create_stream(1.0);
    assert_eq!(
        announced(&adopts),
        [5000, 128],
        "no smaller than the default"
    );

    let mut config = config();
    config.chunk_size = ClientChunkSize::Bytes(60_000);
    let mut keeps = Scripted::connecting_with(config);
    keeps.control(set(5000)).unwrap();
    keeps.accept_connect();
    keeps.answer_create_stream(1.0);
    assert_eq!(announced(&keeps), [60_000]);
}

#[test]
fn a_second_publish_follows_on_the_same_connection() {
    let mut pair = Pair::publishing(config());
    let again = pair.client.publish(pair.now, "other", PublishType::Live);
    assert_eq!(again, Err(Misuse::AlreadyPublishing));
    pair.client.unpublish(pair.now);
    pair.settle();
    assert!(pair.client.stream().is_none());
    let ended = what_is_told(&pair, StatusCode::UNPUBLISH_SUCCESS);
    assert_eq!(ended, 1, "{:?}", pair.client_events);
    pair.publish("other");
    assert_eq!(pair.client.stream(), Some(StreamId(2)));
    pair.send(MediaKind::Video, 0, &[0x27, 1][..]);
    pair.settle();
    assert_eq!(pair.media().len(), 1);
}

fn what_is_told(pair: &Pair, code: StatusCode) -> usize {
    let told = pair
        .client_events
        .iter()
        .filter(|event| matches!(event, ClientEvent::Status(status) if status.code == code));
    told.count()
}

#[test]
fn a_publish_at_once_after_the_one_before() {
    let mut pair = Pair::publishing(config());
    pair.client.unpublish(pair.now);
    pair.publish("other");
    assert_eq!(
        pair.client.stream(),
        Some(StreamId(2)),
        "its end is not taken for this one's"
    );
}

#[test]
fn what_the_application_does_at_the_wrong_time() {
    let mut pair = Pair::new(config());
    let send = |pair: &mut Pair, payload| {
        pair.client
            .send(pair.now, MediaKind::Audio, Timestamp(0), payload)
    };
    let short = bytes::Bytes::from_static(&[1]);
    assert_eq!(send(&mut pair, short.clone()), Err(Misuse::NotPublishing));
    pair.client.unpublish(pair.now);
    pair.publish("camera");
    let long = bytes::Bytes::from(vec![0; 0x100_0000]);
    let too_long = Misuse::TooLong { length: 0x100_0000 };
    assert_eq!(send(&mut pair, long), Err(too_long));
    pair.client.close(pair.now);
    assert_eq!(send(&mut pair, short), Err(Misuse::NotPublishing));
    let publish = pair.client.publish(pair.now, "camera", PublishType::Live);
    assert_eq!(publish, Err(Misuse::Ended));
    pair.client.close(pair.now);
    pair.settle();
    let closed = pair
        .client_events
        .iter()
        .filter(|event| matches!(event, ClientEvent::Closed(_)));
    assert_eq!(closed.count(), 1);
}

#[test]
fn a_refused_connect() {
    let mut pair = Pair::new(config());
    let status = Status::new(
        StatusCode::CONNECT_REJECTED,
        "code=403 need auth; authmod=adobe",
    );
    pair.connect = Decision::Refuse(status.clone());
    pair.publish("camera");
    let refused = ClientEvent::Closed(ClientEnd::ConnectRefused(status));
    assert_eq!(pair.client_events, [refused]);
    assert!(pair.client.is_closed());
}

#[test]
fn a_connect_refused_in_other_ways() {
    let code = StatusCode::CONNECT_REJECTED;
    let refusal = || information("error", code.as_str());
    for (name, arguments) in [
        ("_error", vec![Value::Null, refusal()]),
        ("_error", vec![refusal()]),
        ("_result", vec![Value::Null, refusal()]),
        ("onStatus", vec![Value::Null, refusal()]),
    ] {
        let mut scripted = Scripted::connecting();
        scripted.say(name, 1.0, &arguments).unwrap();
        let end = ClientEnd::ConnectRefused(what_means(code.clone()));
        assert_eq!(scripted.events, [ClientEvent::Closed(end)], "{name}");
        assert!(scripted.client.is_closed());
    }
    let mut without_a_word = Scripted::connecting();
    without_a_word.say("_error", 1.0, &[]).unwrap();
    assert!(matches!(
        without_a_word.events[..],
        [ClientEvent::Closed(ClientEnd::ConnectRefused(_))]
    ));
}

#[test]
fn a_refused_publish() {
    let mut pair = Pair::new(config());
    let status = Status::bad_name("No camera has this path.");
    pair.decision = Decision::Refuse(status.clone());
    pair.publish("camera");
    let refused = ClientEvent::Closed(ClientEnd::PublishRefused(status.clone()));
    assert_eq!(pair.client_events.last(), Some(&refused));
    assert!(pair.client.is_closed());
    assert!(matches!(
        pair.server_events.last(),
        Some(Event::Closed(CloseReason::PublishRefused(reason))) if *reason == status
    ));
}

#[test]
fn a_publish_refused_in_other_ways() {
    let refusal = [
        Value::Null,
        information("error", "NetStream.Publish.BadName"),
    ];
    let end = ClientEnd::PublishRefused(what_means(StatusCode::BAD_NAME));
    for command in ["createStream", "publish"] {
        let mut scripted = if command == "publish" {
            Scripted::asked()
        } else {
            Scripted::connected()
        };
        let transaction = scripted.transaction_of(command);
        scripted.say("_error", transaction, &refusal).unwrap();
        let closed = ClientEvent::Closed(end.clone());
        assert_eq!(scripted.events.last(), Some(&closed), "{command}");
    }
    let mut others = Scripted::connected();
    for command in ["releaseStream", "FCPublish"] {
        let transaction = others.transaction_of(command);
        others.say("_error", transaction, &refusal).unwrap();
    }
    assert!(!others.client.has_ended(), "not every server knows these");
}

#[test]
fn good_byes_of_a_server() {
    for code in [
        StatusCode::CONNECT_CLOSED,
        StatusCode::APP_SHUTDOWN,
        StatusCode::IDLE_TIMEOUT,
    ] {
        for level in ["status", "error"] {
            let mut scripted = Scripted::publishing();
            scripted.status(0, level, code.as_str());
            let end = ClientEnd::Stopped(what_means(code.clone()));
            assert_eq!(scripted.events, [ClientEvent::Closed(end)]);
        }
    }
    let mut ended = Scripted::publishing();
    ended.status(1, "status", "NetStream.Unpublish.Success");
    assert!(ended.client.has_ended(), "nobody asked for that");
    let mut closed = Scripted::publishing();
    closed.say("close", 0.0, &[Value::Null]).unwrap();
    assert!(closed.client.has_ended());
    let mut moved = Scripted::publishing();
    moved.status(0, "status", "NetConnection.Connect.ReconnectRequest");
    assert!(!moved.client.has_ended(), "that is up to the application");
    assert!(matches!(moved.events[..], [ClientEvent::Status(_)]));
}

#[test]
fn a_server_that_ends_a_publish() {
    let mut pair = Pair::publishing(config());
    let status = Status::rejected("This codec is not taken.");
    pair.server
        .end_publish(pair.now, StreamId(1), status.clone());
    pair.settle();
    let stopped = ClientEvent::Closed(ClientEnd::Stopped(status));
    assert_eq!(pair.client_events.last(), Some(&stopped));
}

#[test]
fn a_server_that_breaks_off() {
    let mut pair = Pair::publishing(config());
    pair.client.handle_disconnect();
    pair.settle();
    let lost = ClientEvent::Closed(ClientEnd::Disconnected);
    assert_eq!(pair.client_events.last(), Some(&lost));
    assert!(pair.client.is_closed());
    assert_eq!(pair.client.poll_timeout(), None);
}

#[test]
fn pings_are_answered() {
    let mut scripted = Scripted::publishing();
    let ping = UserControl::PingRequest(Timestamp(1234));
    scripted.user_control(&ping).unwrap();
    let answer = scripted.said.last().expect("an answer");
    assert_eq!(answer.header.message_type, MessageType::USER_CONTROL);
    assert_eq!(
        UserControl::parse(&answer.payload),
        Ok(UserControl::PingResponse(Timestamp(1234)))
    );
}

#[test]
fn what_the_server_sends_is_acknowledged_by_its_window() {
    let mut scripted = Scripted::publishing();
    let window = ProtocolControl::WindowAcknowledgementSize(4000);
    scripted.control(window).unwrap();
    let before = scripted.controls().len();
    for _ in 0..20 {
        let event = UserControl::Unknown {
            event_type: 99,
            data: vec![0; 200],
        };
        scripted.user_control(&event).unwrap();
    }
    let acknowledged = scripted.controls().split_off(before);
    assert!(matches!(
        acknowledged[..],
        [ProtocolControl::Acknowledgement(first), ProtocolControl::Acknowledgement(second)]
            if second - first >= 2000 && second - first < 2300
    ));
}

#[test]
fn a_bandwidth_is_answered_with_a_window_once() {
    let mut scripted = Scripted::publishing();
    let bandwidth = ProtocolControl::SetPeerBandwidth {
        window: 300_000,
        limit_type: LimitType::HARD,
    };
    let before = scripted.controls().len();
    scripted.control(bandwidth).unwrap();
    scripted.control(bandwidth).unwrap();
    let answers = scripted.controls().split_off(before);
    assert_eq!(
        answers,
        [ProtocolControl::WindowAcknowledgementSize(300_000)]
    );
}

#[test]
fn a_window_that_is_full_wants_no_media_until_it_is_acknowledged() {
    let mut scripted = Scripted::publishing();
    let bandwidth = ProtocolControl::SetPeerBandwidth {
        window: 100_000,
        limit_type: LimitType::HARD,
    };
    scripted.control(bandwidth).unwrap();
    let mut sent = 0;
    while scripted.client.wants_media() {
        let payload = bytes::Bytes::from_static(&[0; 10_000]);
        scripted
            .client
            .send(scripted.now, MediaKind::Video, Timestamp(0), payload)
            .unwrap();
        scripted.listen();
        sent += 10_000;
    }
    assert!((100_000..=110_000).contains(&sent), "{sent}");
    scripted
        .control(ProtocolControl::Acknowledgement(50_000))
        .unwrap();
    assert!(scripted.client.wants_media());
    assert_eq!(scripted.client.acknowledged(), 50_000);
}

#[test]
fn media_that_wait_for_the_socket_are_enough() {
    let server = SessionConfig::default();
    let mut pair = Pair::with_server(config(), server);
    pair.publish("camera");
    let payload = bytes::Bytes::from(vec![0; 600_000]);
    pair.send(MediaKind::Video, 0, payload.clone());
    assert!(pair.client.wants_media());
    pair.send(MediaKind::Video, 0, payload);
    assert!(!pair.client.wants_media());
    pair.settle();
    assert!(pair.client.wants_media());
    assert_eq!(pair.client.unsent(), 0);
}

#[test]
fn stream_keys_stay_out_of_debug_output() {
    let config = rtmp_server::ClientConfig::new("secret", "rtmp://host/secret");
    let mut pair = Pair::new(config.clone());
    pair.publish("secret");
    let shown = format!("{config:?} {:?} {:?}", pair.client, pair.client_events);
    assert!(!shown.contains("secret"), "{shown}");
}
