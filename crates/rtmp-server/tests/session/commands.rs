//! Commands, those included that no standard has and publishers send.

use amf0::{Object, Value};
use rtmp_chunk::{LimitType, MessageType, ProtocolControl, Timestamp, UserControl};
use rtmp_server::Event;
use rtmp_server::proto::{CapsEx, FourCcInfo, Misbehaviour, SessionError};

use crate::common::{Answer, Scene, command_body};

fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    let properties = properties.into_iter();
    Value::Object(
        properties
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Object>(),
    )
}

/// The information object of the answer to connect.
fn connect_information(scene: &Scene) -> Value {
    match scene.answer_to(1.0) {
        Answer::Command { arguments, .. } => arguments[1].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn connect_is_answered_in_the_order_of_the_standard() {
    let scene = Scene::connected("live");
    let window = 10_000_000;
    assert_eq!(
        scene.answers[..2],
        [
            Answer::Control(ProtocolControl::WindowAcknowledgementSize(window)),
            Answer::Control(ProtocolControl::SetPeerBandwidth {
                window,
                limit_type: LimitType::DYNAMIC
            }),
        ]
    );
    assert_eq!(scene.answers[3], Answer::User(UserControl::StreamBegin(0)));
    let Answer::Command {
        stream,
        name,
        transaction,
        arguments,
    } = &scene.answers[4]
    else {
        panic!("{:?}", scene.answers);
    };
    assert_eq!((*stream, name.as_str(), *transaction), (0, "_result", 1.0));
    assert!(arguments[0].get("fmsVer").is_some());
    assert_eq!(
        scene.answers[4].information("level").as_deref(),
        Some("status")
    );
}

#[test]
fn object_encoding_is_repeated_and_everything_answered_in_amf0() {
    for (asked, answered) in [(0.0, 0.0), (3.0, 3.0), (7.0, 0.0), (f64::NAN, 0.0)] {
        let mut scene = Scene::shaken();
        scene
            .say(|client| client.connect_with("live", [("objectEncoding", asked.into())]))
            .unwrap();
        let information = connect_information(&scene);
        assert_eq!(information.get("objectEncoding"), Some(&answered.into()));
    }
}

#[test]
fn enhanced_capabilities_are_read_and_answered() {
    let mut scene = Scene::shaken();
    let flags = CapsEx::MOD_EX.union(CapsEx::TIMESTAMP_NANO_OFFSET);
    scene.capabilities.four_cc_list = vec!["avc1".to_owned()];
    scene.capabilities.video_four_cc = vec![("avc1".to_owned(), FourCcInfo::CAN_FORWARD)];
    scene.capabilities.caps_ex = flags;
    let list = ["av01", "vp09", "hvc1", "avc1"].map(Value::from).to_vec();
    scene
        .say(|client| {
            client.connect_with(
                "live",
                [
                    ("fourCcList", Value::StrictArray(list)),
                    (
                        "videoFourCcInfoMap",
                        object([("hvc1", 2.0.into()), ("avc1", 6.0.into())]),
                    ),
                    ("audioFourCcInfoMap", object([("*", 4.0.into())])),
                    ("capsEx", 5.0.into()),
                ],
            )
        })
        .unwrap();
    let Event::ConnectRequested(info) = &scene.events[0] else {
        panic!("{:?}", scene.events);
    };
    let theirs = info.capabilities.as_ref().unwrap();
    assert_eq!(theirs.four_cc_list, ["av01", "vp09", "hvc1", "avc1"]);
    assert_eq!(theirs.video_four_cc[1], ("avc1".to_owned(), FourCcInfo(6)));
    assert_eq!(
        theirs.audio_four_cc,
        [("*".to_owned(), FourCcInfo::CAN_FORWARD)]
    );
    assert!(theirs.caps_ex.contains(CapsEx::RECONNECT));
    assert!(!theirs.caps_ex.contains(CapsEx::MULTITRACK));

    let ours = connect_information(&scene);
    let list = Value::StrictArray(vec!["avc1".into()]);
    assert_eq!(ours.get("fourCcList"), Some(&list));
    let map = ours.get("videoFourCcInfoMap").unwrap();
    assert_eq!(map.get("avc1"), Some(&4.0.into()));
    assert_eq!(map.get("hvc1"), None);
    assert_eq!(ours.get("capsEx"), Some(&f64::from(flags.0).into()));
}

#[test]
fn whoever_declares_nothing_is_not_answered_with_capabilities() {
    let scene = Scene::connected("live");
    let ours = connect_information(&scene);
    for key in [
        "fourCcList",
        "videoFourCcInfoMap",
        "audioFourCcInfoMap",
        "capsEx",
    ] {
        assert_eq!(ours.get(key), None);
    }
}

#[test]
fn strict_arrays_dates_and_long_strings_in_connect() {
    let mut scene = Scene::shaken();
    let date = Value::Date {
        milliseconds: 1.7e12,
        time_zone: 0,
    };
    let nested = object([(
        "a",
        object([(
            "b",
            Value::StrictArray(vec![date.clone(), Value::Undefined]),
        )]),
    )]);
    scene
        .say(|client| {
            client.connect_with(
                "live",
                [
                    (
                        "fourCcList",
                        Value::StrictArray(vec![1.0.into(), Value::Null, "toolong".into()]),
                    ),
                    ("date", date),
                    ("pageUrl", Value::LongString("x".repeat(10_000))),
                    ("nested", nested),
                    ("xml", Value::XmlDocument("<a/>".to_owned())),
                ],
            )
        })
        .unwrap();
    assert_eq!(scene.commands(), ["_result NetConnection.Connect.Success"]);
    let Event::ConnectRequested(info) = &scene.events[0] else {
        panic!("{:?}", scene.events);
    };
    assert_eq!(info.app, "live");
    assert!(info.capabilities.as_ref().unwrap().four_cc_list.is_empty());
}

#[test]
fn commands_around_publish_are_answered() {
    let mut scene = Scene::connected("live");
    for (transaction, name) in [
        (2.0, "releaseStream"),
        (3.0, "FCPublish"),
        (4.0, "_checkbw"),
        (5.0, "getStreamLength"),
        (6.0, "FCSubscribe"),
        (7.0, "createStream"),
    ] {
        scene
            .say(|client| client.call(0, name, &[Value::Null, "stream1".into()]))
            .unwrap();
        let Answer::Command {
            name: answer,
            stream,
            ..
        } = scene.answer_to(transaction)
        else {
            panic!("{name} is not answered");
        };
        assert_eq!((answer.as_str(), *stream), ("_result", 0), "{name}");
    }
    assert!(!scene.session.has_ended());
}

#[test]
fn any_other_command_with_a_transaction_gets_an_error_and_the_connection_stays() {
    let mut scene = Scene::publishing();
    let calls = ["", "foo", "getStats", "Publish", "call", &"x".repeat(5000)];
    for (index, name) in calls.into_iter().enumerate() {
        let transaction = 100.0 + index as f64;
        scene
            .say(|client| client.command(0, name, transaction, &[Value::Null]))
            .unwrap();
        let answer = scene.answer_to(transaction);
        assert!(matches!(answer, Answer::Command { name, .. } if name == "_error"));
        assert_eq!(answer.code().as_deref(), Some("NetConnection.Call.Failed"));
        assert!(answer.information("description").unwrap().len() < 200);
    }
    scene.answers.clear();
    scene
        .say(|client| client.command(0, "foo", 0.0, &[Value::Null]))
        .unwrap();
    assert_eq!(scene.answers, []);
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    assert_eq!(scene.media().len(), 1);
}

#[test]
fn answers_are_never_answered() {
    let mut scene = Scene::publishing();
    for name in ["_result", "_error", "onStatus"] {
        scene
            .say(|client| client.command(0, name, 9.0, &[Value::Null]))
            .unwrap();
    }
    assert_eq!(scene.answers, []);
}

#[test]
fn a_player_is_told_that_there_is_nothing_to_play() {
    let mut scene = Scene::connected("live");
    scene.say(|client| client.create_stream()).unwrap();
    scene
        .say(|client| client.call(1, "play", &[Value::Null, "stream1".into()]))
        .unwrap();
    let last = scene.answers.last().unwrap();
    assert_eq!(last.code().as_deref(), Some("NetStream.Play.Failed"));
    assert!(!scene.session.has_ended());
}

#[test]
fn a_second_connect_is_an_error_and_changes_nothing() {
    let mut scene = Scene::connected("live");
    scene.say(|client| client.connect("other")).unwrap();
    let last = scene.answers.last().unwrap();
    assert_eq!(
        last.code().as_deref(),
        Some("NetConnection.Connect.Rejected")
    );
    scene.say(|client| client.publish(1, "stream1")).unwrap();
    assert_eq!(scene.requests()[0].app, "live");
}

#[test]
fn a_publish_before_connect_is_an_error() {
    let mut scene = Scene::shaken();
    let outcome = scene.say(|client| client.publish(1, "stream1"));
    assert_eq!(
        outcome,
        Err(SessionError::PeerMisbehaved(Misbehaviour::NotConnected))
    );
}

#[test]
fn commands_and_data_in_amf3_wrappers_are_read_as_amf0() {
    for wrapper in [&[0][..], &[]] {
        let mut scene = Scene::shaken();
        let wrap = |body: Vec<u8>| [wrapper, &body].concat();
        let connect = object([("app", "live".into()), ("objectEncoding", 3.0.into())]);
        let commands = [
            (0, command_body("connect", 1.0, &[connect])),
            (0, command_body("createStream", 2.0, &[Value::Null])),
            (
                1,
                command_body("publish", 3.0, &[Value::Null, "stream1".into()]),
            ),
        ];
        for (stream, body) in commands {
            let body = wrap(body);
            scene
                .say(|client| client.message(3, MessageType::COMMAND_AMF3, stream, 0, &body))
                .unwrap();
        }
        assert_eq!(scene.requests().len(), 1);

        let metadata = b"\x02\x00\x0AonMetaData\x05";
        let body = wrap(metadata.to_vec());
        scene
            .say(|client| client.message(4, MessageType::DATA_AMF3, 1, 0, &body))
            .unwrap();
        assert_eq!(scene.media()[0].1.payload[..], metadata[..]);
    }
}

#[test]
fn pings_are_answered() {
    let mut scene = Scene::publishing();
    let ping = UserControl::PingRequest(Timestamp(0xDEAD_BEEF));
    scene.say(|client| client.user_control(&ping)).unwrap();
    assert_eq!(
        scene.answers,
        [Answer::User(UserControl::PingResponse(Timestamp(
            0xDEAD_BEEF
        )))]
    );
}

#[test]
fn peer_bandwidth_is_answered_with_a_window_if_it_changes() {
    let mut scene = Scene::publishing();
    let mut limit = |window| {
        let control = ProtocolControl::SetPeerBandwidth {
            window,
            limit_type: LimitType::HARD,
        };
        scene.say(|client| client.control(control)).unwrap();
        std::mem::take(&mut scene.answers)
    };
    assert_eq!(limit(10_000_000), []);
    let window = |size| {
        [Answer::Control(ProtocolControl::WindowAcknowledgementSize(
            size,
        ))]
    };
    assert_eq!(limit(1000), window(1000));
    assert_eq!(limit(1000), []);
    assert_eq!(limit(0), window(0));
}

/// An AMF0 string of any bytes.
fn any_string(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len())
        .expect("a short string")
        .to_be_bytes();
    [&[2], &length[..], bytes].concat()
}

/// A connect command whose properties are any bytes.
fn connect_of(properties: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = any_string(b"connect");
    body.extend(b"\x00\x3F\xF0\0\0\0\0\0\0\x03");
    for (name, value) in properties {
        body.extend(&any_string(name.as_bytes())[1..]);
        body.extend(any_string(value));
    }
    body.extend(b"\0\0\x09");
    body
}

/// "中文" in GBK.
const GBK: &[u8] = b"\xD6\xD0\xCE\xC4";

#[test]
fn text_that_is_not_utf_8_does_not_matter() {
    let mut scene = Scene::shaken();
    let body = connect_of(&[
        ("app", b"live"),
        ("pageUrl", GBK),
        ("swfUrl", GBK),
        ("flashVer", GBK),
        ("tcUrl", GBK),
        ("\u{FFFD}", b"\xFF"),
    ]);
    scene
        .say(|client| client.message(3, MessageType::COMMAND_AMF0, 0, 0, &body))
        .unwrap();
    assert_eq!(scene.commands(), ["_result NetConnection.Connect.Success"]);
    let Event::ConnectRequested(info) = &scene.events[0] else {
        panic!("{:?}", scene.events);
    };
    assert_eq!(
        (info.app.as_str(), info.encoder.as_str()),
        ("live", r"\xD6\xD0\xCE\xC4")
    );

    // Commands that nobody knows, and arguments of those that everybody knows.
    let null = [5].as_slice();
    let transaction = b"\x00\x40\0\0\0\0\0\0\0".as_slice();
    for name in [
        GBK,
        b"releaseStream",
        b"FCPublish",
        b"FCUnpublish",
        b"closeStream",
    ] {
        let body = [&any_string(name), transaction, null, &any_string(GBK)].concat();
        scene
            .say(|client| client.message(3, MessageType::COMMAND_AMF0, 0, 0, &body))
            .unwrap();
    }
    scene.say(|client| client.publish(1, "stream1")).unwrap();
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn a_stream_name_that_is_no_text_is_shown_as_what_it_is() {
    for (name, path) in [
        (&b"stream1\0\xC4\xE3\xFF of before"[..], "live/stream1"),
        (b"stream1\0", "live/stream1"),
        (b"stream1\xC4\xE3", r"live/stream1\xC4\xE3"),
        (b"\xFF\0stream1", r"live/\xFF"),
    ] {
        let mut scene = Scene::connected("live");
        let transaction = b"\x00\0\0\0\0\0\0\0\0".as_slice();
        let body = [
            &any_string(b"publish"),
            transaction,
            &[5],
            &any_string(name),
        ]
        .concat();
        scene
            .say(|client| client.message(3, MessageType::COMMAND_AMF0, 1, 0, &body))
            .unwrap();
        let addresses: Vec<_> = scene.requests()[0].addresses().collect();
        assert_eq!(addresses.len(), 1);
        assert_eq!(addresses[0].path, path);
    }
}

/// The relay of xiu: releaseStream and FCPublish have the transaction id of connect, and whatever
/// is answered to that id is another answer to connect.
#[test]
fn calls_with_the_transaction_id_of_connect_are_not_answered() {
    let mut scene = Scene::connected("live");
    scene.answers.clear();
    for name in [
        "releaseStream",
        "FCPublish",
        "_checkbw",
        "getStreamLength",
        "foo",
        "connect",
    ] {
        scene
            .say(|client| client.command(0, name, 1.0, &[Value::Null, "stream1".into()]))
            .unwrap();
    }
    assert_eq!(scene.commands(), ["onFCPublish NetStream.Publish.Start"]);
    // Nobody can go on without this one.
    scene
        .say(|client| client.command(0, "createStream", 1.0, &[Value::Null]))
        .unwrap();
    assert!(matches!(
        scene.answers.last(),
        Some(Answer::Command { name, transaction: 1.0, .. }) if name == "_result"
    ));
    scene.say(|client| client.publish(1, "stream1")).unwrap();
    assert_eq!(scene.requests().len(), 1);
    assert!(!scene.session.has_ended());
}
