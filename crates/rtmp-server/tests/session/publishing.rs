//! From connect to the end of a publish.

use rtmp_server::{CloseReason, EndReason, Event, MediaKind, Status, StreamId};

use crate::common::{Decision, Scene};

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

    scene
        .say(|client| client.video(1, 40, &[0x17, 1, 0, 0, 0, 9, 9]))
        .unwrap();
    let (stream, media) = scene.media()[0];
    assert_eq!(stream, 1);
    assert_eq!(media.kind, MediaKind::Video);
    assert_eq!(media.timestamp.0, 40);
    assert_eq!(media.payload[..], [0x17, 1, 0, 0, 0, 9, 9]);
    assert_eq!(media.payload.headroom(), 256);

    scene.say(|client| client.delete_stream(1)).unwrap();
    assert!(matches!(
        scene.events.last(),
        Some(Event::PublishEnded {
            stream: StreamId(1),
            reason: EndReason::Unpublished
        })
    ));
    scene.session.handle_disconnect();
    scene.settle();
    assert!(matches!(
        scene.events.last(),
        Some(Event::Closed(CloseReason::Disconnected))
    ));
    assert!(scene.session.is_closed());
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
    assert_eq!(last.code().as_deref(), Some("NetStream.Publish.BadName"));
    assert_eq!(last.information("level").as_deref(), Some("error"));
    assert_eq!(
        last.information("description").as_deref(),
        Some("No camera has this path.")
    );
    assert!(scene.session.has_ended());
    assert!(!scene.session.is_closed());
    scene.advance(std::time::Duration::from_secs(2)).unwrap();
    assert!(scene.session.is_closed());
}
