//! Who may publish to a path, and when.

use super::*;

#[test]
fn a_path_is_open_while_a_session_is_and_for_a_minute_after() {
    let stage = Stage::new();
    let is_open = |seconds| stage.point.statistics(stage.at(seconds)).open;
    assert!(!is_open(0.0), "a camera that was never watched is disabled");
    let refusal = stage
        .publish(HOME, 0.0)
        .err()
        .expect("the camera is disabled");
    assert!(
        refusal.code.as_str() == "NetStream.Publish.BadName"
            && refusal.description.contains("enable the camera")
    );

    let (first, second) = (stage.session(), stage.session());
    assert!(is_open(0.0) && is_open(1e6));
    stage.point.camera.feed().close_session(stage.at(10.0));
    drop(first);
    assert!(is_open(1e6), "a session is left");
    stage.point.camera.feed().close_session(stage.at(20.0));
    drop(second);
    assert!(is_open(79.9) && !is_open(80.0));
    assert!(stage.publish(HOME, 79.9).is_ok());
    assert!(stage.publish(HOME, 80.0).is_err());
}

#[test]
fn a_publisher_goes_on_between_sessions_and_ends_with_the_minute() {
    let stage = Stage::new();
    drop(stage.session());
    stage.point.camera.feed().close_session(stage.at(0.0));
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    for second in 0..60 {
        stage.send_a_second(&mut peer, second);
        stage.point.tick(stage.at(f64::from(second)));
    }
    assert!(!peer.connection.is_disconnecting());
    let session = stage.session().expect("the camera is open");
    drop(session);
    stage.point.camera.feed().close_session(stage.at(0.0));
    stage.point.tick(stage.at(60.0));
    assert!(peer.connection.is_disconnecting());
    assert_eq!(
        stage.events(),
        [
            "192.0.2.1:5000 started /stream4",
            "stopped /stream4 after 1500: The camera is disabled in XProtect"
        ]
    );
}

#[test]
fn one_publisher_at_a_time_unless_the_first_is_silent() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut first = stage.publish(HOME, 0.0).expect("accepted");
    stage.send_a_second(&mut first, 1);
    // The last byte came at 1.96.
    for (from, seconds) in [
        (HOME_AGAIN, 2.0),
        (HOME_AGAIN, 3.95),
        (ELSEWHERE, 3.95),
        (ELSEWHERE, 100.0),
    ] {
        let refusal = stage
            .publish(from, seconds)
            .err()
            .expect("somebody publishes already");
        assert_eq!(refusal.code.as_str(), "NetStream.Publish.BadName");
        assert!(
            refusal.description.contains("already being published to"),
            "{}",
            refusal.description
        );
    }
    assert!(!first.connection.is_disconnecting());
    let second = stage
        .publish(HOME_AGAIN, 3.97)
        .expect("the holder is silent");
    assert!(first.connection.is_disconnecting());
    // The connection that was replaced ends whenever it does.
    first.disconnect(&stage, 5.0);
    assert!(
        stage.publish(ELSEWHERE, 4.0).is_err(),
        "the second publishes"
    );
    second.disconnect(&stage, 6.0);
    assert_eq!(
        stage.events(),
        [
            "192.0.2.1:5000 started /stream4",
            "stopped /stream4 after 25: replaced by a publisher from the same address",
            "192.0.2.1:5001 started /stream4",
            "stopped /stream4 after 0: the publisher disconnected",
        ]
    );
    assert!(stage.publish(ELSEWHERE, 7.0).is_ok(), "the path is free");
}

#[test]
fn a_connection_that_is_torn_down_stops_its_publish() {
    let stage = Stage::new();
    let _session = stage.session();
    drop(stage.publish(HOME, 0.0).expect("accepted"));
    assert_eq!(
        stage.events().last().expect("an event"),
        "stopped /stream4 after 0: the connection was cut off"
    );
    assert!(stage.publish(ELSEWHERE, 0.0).is_ok());
}

#[test]
fn a_new_path_drops_the_publisher_and_is_free_at_once() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    stage
        .point
        .move_to(&StreamPath::new("STREAM4/").expect("a path"));
    assert!(!peer.connection.is_disconnecting(), "that is the same path");
    stage
        .point
        .move_to(&StreamPath::new("/yard").expect("a path"));
    assert!(peer.connection.is_disconnecting());
    assert!(
        stage.publish(HOME_AGAIN, 0.0).is_err(),
        "the old path is nobody's"
    );
    stage
        .point
        .move_to(&StreamPath::new("/stream4").expect("a path"));
    let other = stage.publish(ELSEWHERE, 0.1).expect("the path is free");
    let before = stage.point.camera.feed().is_live();
    stage.send_a_second(&mut peer, 1);
    assert_eq!(
        stage.point.camera.feed().is_live(),
        before,
        "frames of the one that was dropped go nowhere"
    );
    peer.disconnect(&stage, 1.0);
    other.disconnect(&stage, 2.0);
    let events = stage.events();
    assert_eq!(events.len(), 4, "{events:?}");
    assert!(events[1].contains("stream path of this camera was changed"));
}

#[test]
fn a_publish_whose_end_was_missed_ends_with_the_driver() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    stage.send_a_second(&mut peer, 0);
    stage.point.close();
    let sound = stage.point.microphone().end();
    assert_eq!(
        (stage.point.camera().feed().end(), sound),
        (End::Near, End::Near)
    );
    stage.point.end_abandoned_publish();
    let sound = stage.point.microphone().end();
    assert_eq!(
        (stage.point.camera().feed().end(), sound),
        (End::Reached, End::Reached)
    );
    peer.disconnect(&stage, 1.0);
    stage.point.end_abandoned_publish();
    assert_eq!(
        stage.events(),
        [
            "192.0.2.1:5000 started /stream4",
            "stopped /stream4 after 25: its end was missed"
        ]
    );
}
