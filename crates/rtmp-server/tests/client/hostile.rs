//! Servers that are up to no good.

use amf0::Value;
use bytes::Bytes;
use rtmp_chunk::{ChunkSize, LimitType, MessageType, ProtocolControl, Timestamp, UserControl};
use rtmp_server::proto::client::ClientEnd;
use rtmp_server::proto::{Limit, Misbehaviour, SessionError};
use rtmp_server::{ClientEvent, MediaKind, StatusCode};

use crate::common::command_body;
use crate::pair::config;
use crate::scripted::{Scripted, information};

/// The session ended because of the server, and says so.
#[track_caller]
fn fails(mut scripted: Scripted, outcome: Result<(), SessionError>) -> SessionError {
    let error = outcome.expect_err("it is not taken");
    scripted.poll_events();
    let closed = ClientEvent::Closed(ClientEnd::Failed(error));
    assert_eq!(scripted.events.last(), Some(&closed));
    assert!(scripted.client.is_closed());
    assert!(scripted.client.poll_transmit().is_none());
    assert!(!error.to_string().is_empty());
    error
}

#[test]
fn what_is_no_rtmp_server() {
    for bytes in [
        &b"HTTP/1.1 400 Bad Request\r\n"[..],
        &[0x15, 3, 3, 0, 2, 2, 40],
        &[6],
    ] {
        let mut scripted = Scripted::new(config());
        let outcome = scripted.bytes(bytes);
        let error = fails(scripted, outcome);
        assert!(matches!(error, SessionError::PeerIncompatible(_)));
    }
}

#[test]
fn declared_lengths_are_not_believed() {
    // A command of 16 MiB, of which one chunk comes.
    let mut scripted = Scripted::connecting();
    let header = [3, 0, 0, 0, 0xFF, 0xFF, 0xFF, 20, 0, 0, 0, 0];
    let outcome = scripted.bytes(&[&header[..], &[0; 128]].concat());
    let error = fails(scripted, outcome);
    assert!(matches!(
        error,
        SessionError::LimitExceeded(Limit::ChunkStream(_))
    ));
}

#[test]
fn partly_sent_messages_together_have_a_limit() {
    let mut scripted = Scripted::connecting();
    let outcome = (3..60).try_for_each(|id| {
        let [_, high, middle, low] = 100_000_u32.to_be_bytes();
        let mut bytes = vec![id, 0, 0, 0, high, middle, low, 20, 0, 0, 0, 0];
        bytes.extend([0; 128]);
        for _ in 0..50 {
            bytes.push(0xC0 | id);
            bytes.extend([0; 128]);
        }
        scripted.bytes(&bytes)
    });
    let error = fails(scripted, outcome);
    assert!(matches!(
        error,
        SessionError::LimitExceeded(Limit::ChunkStream(_))
    ));
}

#[test]
fn chunk_streams_by_the_thousand() {
    let mut scripted = Scripted::connecting();
    let outcome = (0..1000_u32).try_for_each(|id| {
        let [.., high, low] = id.to_be_bytes();
        let header = [1, low, high, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0xAF];
        scripted.bytes(&header)
    });
    let error = fails(scripted, outcome);
    assert!(matches!(
        error,
        SessionError::LimitExceeded(Limit::ChunkStream(_))
    ));
}

#[test]
fn commands_that_are_none() {
    for body in [
        &[][..],
        &[0xFF],
        &[2, 0xFF, 0xFF],
        &[3, 0, 1],
        &[0, 1, 2, 3, 4, 5, 6, 7, 8],
    ] {
        let mut scripted = Scripted::connecting();
        let outcome = scripted.message(MessageType::COMMAND_AMF0, 0, body);
        let error = fails(scripted, outcome);
        assert!(matches!(error, SessionError::PeerMisbehaved(_)), "{body:?}");
    }
}

#[test]
fn values_that_nest_deeply() {
    let mut scripted = Scripted::connecting();
    let mut body = command_body("_result", 1.0, &[]);
    for _ in 0..10_000 {
        body.extend(b"\x03\0\x01a");
    }
    let outcome = scripted.message(MessageType::COMMAND_AMF0, 0, &body);
    let error = fails(scripted, outcome);
    assert!(matches!(
        error,
        SessionError::PeerMisbehaved(Misbehaviour::Command(_))
    ));
}

#[test]
fn streams_that_are_none() {
    for stream in [
        Value::Null,
        "1".into(),
        0.0.into(),
        (-1.0).into(),
        f64::NAN.into(),
        f64::INFINITY.into(),
        1e300.into(),
    ] {
        let mut scripted = Scripted::connected();
        let transaction = scripted.transaction_of("createStream");
        let outcome = scripted.say("_result", transaction, &[Value::Null, stream]);
        let error = fails(scripted, outcome);
        assert_eq!(
            error,
            SessionError::PeerMisbehaved(Misbehaviour::NoMessageStream)
        );
    }
}

#[test]
fn answers_that_nobody_asked_for() {
    let start = information("status", "NetStream.Publish.Start");
    let mut early = Scripted::connecting();
    early
        .say("onStatus", 0.0, &[Value::Null, start.clone()])
        .unwrap();
    early
        .say("_result", 4.0, &[Value::Null, 1.0.into()])
        .unwrap();
    assert!(early.client.stream().is_none());
    assert_eq!(early.commands(), ["connect"]);
    early.accept_connect();
    early.say("onStatus", 0.0, &[Value::Null, start]).unwrap();
    assert!(early.client.stream().is_none(), "no stream was created");
    early
        .say("_result", 99.0, &[Value::Null, 1.0.into()])
        .unwrap();
    assert!(!early.commands().contains(&"publish".to_owned()));

    let mut again = Scripted::publishing();
    let commands = again.commands().len();
    for _ in 0..100 {
        again.accept_connect();
        again.answer_create_stream(7.0);
        again.status(1, "status", "NetStream.Publish.Start");
    }
    assert_eq!(again.commands().len(), commands, "nothing is said twice");
    let started = |event: &ClientEvent| matches!(event, ClientEvent::PublishStarted(_));
    assert!(!again.events.iter().any(started));
}

/// Whoever asks faster than he reads gets the last answer, when he reads.
#[test]
fn pings_and_windows_of_a_server_that_does_not_read() {
    let mut config = config();
    config.limits.unsent_bytes = 10_000;
    let mut scripted = Scripted::publishing_with(config);
    let payload = Bytes::from_static(&[0; 20_000]);
    let client = &mut scripted.client;
    client
        .send(scripted.now, MediaKind::Video, Timestamp(0), payload)
        .unwrap();
    let backlog = client.unsent();
    let mut bytes = Vec::new();
    for number in 0..3000 {
        let mut ping = Vec::new();
        UserControl::PingRequest(Timestamp(number)).encode(&mut ping);
        bytes.extend([2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0]);
        bytes.extend(ping);
        bytes.extend([2, 0, 0, 0, 0, 0, 5, 6, 0, 0, 0, 0]);
        bytes.extend((number + 100_000).to_be_bytes());
        bytes.push(0);
    }
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let taken = client.handle_input(scripted.now, rest).unwrap();
        assert!(taken > 0, "input goes on");
        rest = &rest[taken..];
    }
    assert_eq!(client.unsent(), backlog);
    let before = scripted.said.len();
    scripted.listen();
    let said: Vec<_> = scripted.said[before..]
        .iter()
        .map(|message| message.header.message_type)
        .collect();
    assert_eq!(
        said,
        [
            MessageType::VIDEO,
            MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE,
            MessageType::USER_CONTROL
        ]
    );
}

#[test]
fn messages_by_the_thousand() {
    let mut scripted = Scripted::publishing();
    let outcome = (0..20_000).try_for_each(|_| {
        let event = UserControl::StreamBegin(1);
        scripted.user_control(&event)
    });
    let error = fails(scripted, outcome);
    assert_eq!(error, SessionError::LimitExceeded(Limit::SmallMessages));
}

#[test]
fn acknowledgements_by_the_thousand_for_media_by_the_megabyte() {
    let mut scripted = Scripted::publishing();
    for number in 0..30_000 {
        let payload = Bytes::from_static(&[0; 5000]);
        scripted
            .client
            .send(scripted.now, MediaKind::Video, Timestamp(0), payload)
            .unwrap();
        scripted
            .control(ProtocolControl::Acknowledgement(number * 5000))
            .unwrap();
        scripted.said.clear();
    }
}

#[test]
fn statuses_wait_until_they_are_polled() {
    let mut scripted = Scripted::publishing();
    let body = command_body(
        "onStatus",
        0.0,
        &[Value::Null, information("status", "NetStream.Something")],
    );
    let mut bytes = Vec::new();
    for _ in 0..500 {
        let [_, high, middle, low] = (body.len() as u32).to_be_bytes();
        bytes.extend([3, 0, 0, 0, high, middle, low, 20, 1, 0, 0, 0]);
        bytes.extend(&body);
    }
    let (mut rest, mut events) = (&bytes[..], 0);
    while !rest.is_empty() {
        let taken = scripted.client.handle_input(scripted.now, rest).unwrap();
        rest = &rest[taken..];
        assert!(rest.is_empty() || !scripted.client.wants_input());
        assert_eq!(scripted.client.handle_input(scripted.now, rest), Ok(0));
        let polled = std::iter::from_fn(|| scripted.client.poll_event()).count();
        assert!(polled <= 16);
        events += polled;
    }
    assert_eq!(events, 500);
}

#[test]
fn texts_are_cut() {
    let mut scripted = Scripted::connecting();
    let long = "x".repeat(50_000);
    let object = ["level", "code", "description"].map(|name| {
        let value = if name == "level" { "error" } else { &long };
        (name.to_owned(), Value::from(value))
    });
    let object = Value::Object(object.into_iter().collect());
    scripted.say("_error", 1.0, &[Value::Null, object]).unwrap();
    let [ClientEvent::Closed(ClientEnd::ConnectRefused(status))] = &scripted.events[..] else {
        panic!("{:?}", scripted.events.len());
    };
    assert_eq!(status.code.as_str().len(), 4096);
    assert_eq!(status.description.len(), 4096);
}

/// One byte a chunk would be as many headers as bytes.
#[test]
fn a_chunk_size_of_one() {
    let mut scripted = Scripted::publishing();
    let one = ChunkSize::new(1).expect("a size");
    scripted
        .control(ProtocolControl::SetChunkSize(one))
        .unwrap();
    let payload = Bytes::from_static(&[0; 10_000]);
    scripted
        .client
        .send(scripted.now, MediaKind::Video, Timestamp(0), payload)
        .unwrap();
    assert!(scripted.client.unsent() < 10_200);
}

#[test]
fn a_window_of_nothing() {
    let mut scripted = Scripted::publishing();
    for window in [0, 1] {
        let bandwidth = ProtocolControl::SetPeerBandwidth {
            window,
            limit_type: LimitType::HARD,
        };
        scripted.control(bandwidth).unwrap();
        assert!(scripted.client.wants_media());
    }
}

#[test]
fn media_for_a_publisher_are_thrown_away() {
    let mut scripted = Scripted::publishing();
    for message_type in [8, 9, 15, 16, 18, 19, 22, 99] {
        scripted
            .message(MessageType(message_type), 1, &[0; 1000])
            .unwrap();
    }
    assert_eq!(scripted.events, []);
}

#[test]
fn nothing_is_heard_behind_the_end() {
    let mut scripted = Scripted::asked();
    scripted.status(1, "error", "NetStream.Publish.BadName");
    let events = scripted.events.len();
    assert_eq!(
        scripted.client.handle_input(scripted.now, &[0xFF; 500]),
        Ok(500)
    );
    scripted.poll_events();
    assert_eq!(scripted.events.len(), events);
    let Some(ClientEvent::Closed(ClientEnd::PublishRefused(status))) = scripted.events.last()
    else {
        panic!("{:?}", scripted.events);
    };
    assert_eq!(status.code, StatusCode::BAD_NAME);
}
