//! Handshakes, application names and stream names as publishers send them.

use amf0::Value;
use rtmp_server::Event;
use rtmp_server::proto::{CloseReason, SessionError};

use crate::common::{Handshake, Scene, Wire};

/// Application and stream name of the publish that a session is asked for.
fn names(app: &str, name: &str) -> (String, String) {
    let mut scene = Scene::default();
    let bytes = scene.client.opening(app, name);
    scene.send_ok(&bytes);
    let request = scene.requests()[0];
    (request.app.clone(), request.stream_name.clone())
}

/// Some clients, of iOS above all, take nothing else. The scripted client compares.
#[test]
fn s2_echoes_c1_exactly() {
    let mut scene = Scene::default();
    scene.send_ok(&Handshake::c0_c1());
    scene.send_ok(&Handshake::c2());
    scene.say(|client| client.connect("live")).unwrap();
    assert_eq!(scene.commands(), ["_result NetConnection.Connect.Success"]);
}

#[test]
fn c2_is_never_checked() {
    for c2 in [
        vec![0; 1536],
        vec![0xFF; 1536],
        Handshake::c0_c1()[1..].to_vec(),
    ] {
        let mut scene = Scene::default();
        scene.send_ok(&Handshake::c0_c1());
        scene.send_ok(&c2);
        scene.say(|client| client.connect("live")).unwrap();
        assert_eq!(scene.commands().len(), 1);
    }
}

#[test]
fn nothing_is_sent_before_c1_is_complete() {
    let mut scene = Scene::default();
    let bytes = Handshake::c0_c1();
    scene.send_ok(&bytes[..1536]);
    assert!(scene.session.poll_transmit().is_none());
    let taken = scene.session.handle_input(scene.now, &bytes[1536..]);
    assert_eq!(taken, Ok(1));
    let answer = scene.session.poll_transmit().unwrap();
    assert_eq!(answer.len(), 1 + 1536 + 1536);
}

#[test]
fn whoever_does_not_speak_rtmp_is_told_apart() {
    for (bytes, hint) in [
        (&b"GET / HTTP/1.1\r\n"[..], "RTMP"),
        (&[0x16, 3, 1, 2, 0], "TLS"),
        (&[6], "RTMPE"),
        (&[0x80], "RTMP"),
    ] {
        let mut scene = Scene::default();
        let error = scene.send(bytes).unwrap_err();
        assert!(matches!(error, SessionError::PeerIncompatible(_)));
        assert!(error.to_string().contains(hint), "{error}");
        assert!(
            scene.session.is_closed(),
            "there is nobody to take leave of"
        );
        assert!(scene.session.poll_transmit().is_none());
        assert!(matches!(
            scene.events[..],
            [Event::Closed(CloseReason::Failed(_))]
        ));
    }
}

#[test]
fn the_app_decides_and_tc_url_is_advisory() {
    let urls = [
        Value::from("\"rtmp://example.org/live\""),
        "rtmp://example.org/other?token=1".into(),
        "rtmp://example.org/a/b/c".into(),
        "".into(),
        "no url at all".into(),
        Value::Null,
        1.0.into(),
    ];
    for url in urls {
        for key in ["tcUrl", "tcurl", "TCURL"] {
            let mut scene = Scene::shaken();
            let connect = scene.client.call(
                0,
                "connect",
                &[Value::Object(
                    [
                        ("app".to_owned(), "live".into()),
                        (key.to_owned(), url.clone()),
                    ]
                    .into_iter()
                    .collect(),
                )],
            );
            let publish = scene.client.publish(1, "stream1");
            scene.send_ok(&[connect, publish].concat());
            let request = scene.requests()[0];
            assert_eq!(request.app, "live");
            assert_eq!(request.stream_name, "stream1");
            if key == "tcUrl" {
                assert_eq!(request.tc_url, url.as_str().unwrap_or_default());
            }
        }
    }
}

#[test]
fn names_arrive_as_they_were_sent() {
    for (app, name) in [
        ("", "stream1"),
        ("stream1", ""),
        ("live", "stream1"),
        ("live/sub", "stream1"),
        ("live?user=a&password=b", "stream1?token=c"),
        ("LIVE/", "/stream1/"),
        ("живой", "ストリーム"),
    ] {
        assert_eq!(names(app, name), (app.to_owned(), name.to_owned()));
    }
}

#[test]
fn a_publish_without_a_name_has_an_empty_one() {
    for arguments in [
        vec![Value::Null],
        vec![Value::Null, Value::Null],
        vec![Value::Null, Value::Undefined, "live".into()],
        vec![],
    ] {
        let mut scene = Scene::connected("stream1");
        scene
            .say(|client| client.call(1, "publish", &arguments))
            .unwrap();
        assert_eq!(scene.requests()[0].stream_name, "");
    }
}

#[test]
fn a_connect_without_an_object_has_an_empty_app() {
    for arguments in [vec![], vec![Value::Null], vec![Value::from("live")]] {
        let mut scene = Scene::shaken();
        scene
            .say(|client| client.call(0, "connect", &arguments))
            .unwrap();
        scene.say(|client| client.publish(1, "stream1")).unwrap();
        assert_eq!(scene.requests()[0].app, "");
    }
}

#[test]
fn stream_keys_stay_out_of_debug_output() {
    let mut scene = Scene::default();
    let mut client = Wire::default();
    let bytes = client.opening("app-secret", "name-secret");
    scene.send_ok(&bytes);
    let shown = format!("{:?} {:?}", scene.events, scene.session);
    assert!(shown.contains("PublishRequest"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}
