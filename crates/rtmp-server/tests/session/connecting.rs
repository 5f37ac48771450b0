//! The decision on a connect command.

use std::time::Duration;

use rtmp_chunk::{ProtocolControl, UserControl};
use rtmp_server::proto::{CapsEx, CloseReason, Deadline, SessionError};
use rtmp_server::{ConnectRequest, Event, SessionConfig, Status, StatusCode};

use crate::common::{Answer, Decision, Handshake, Scene};

const SECOND: Duration = Duration::from_secs(1);

/// Nobody has decided yet on the connect command, behind which the rest of an opening waits.
fn undecided() -> (Scene, Vec<u8>) {
    undecided_with(SessionConfig::default())
}

fn undecided_with(config: SessionConfig) -> (Scene, Vec<u8>) {
    let mut scene = Scene::with_config(config);
    scene.connect = Decision::Wait;
    let opening = scene.client.opening("live", "stream1");
    let taken = take(&mut scene, &opening);
    (scene, opening[taken..].to_vec())
}

fn take(scene: &mut Scene, bytes: &[u8]) -> usize {
    let taken = scene.session.handle_input(scene.now, bytes);
    scene.settle();
    taken.expect("it is in good order")
}

fn challenge() -> Status {
    Status::new(
        StatusCode::CONNECT_REJECTED,
        "[ AccessManager.Reject ] : [ authmod=adobe ] : \
         ?reason=needauth&user=me&salt=S+/=&challenge=C+/==&opaque=O",
    )
}

fn request(scene: &Scene) -> &ConnectRequest {
    let request = scene.events.iter().find_map(|event| match event {
        Event::ConnectRequested(request) => Some(request),
        _ => None,
    });
    request.expect("a request")
}

#[test]
fn nothing_is_answered_nor_taken_before_the_decision() {
    let (mut scene, rest) = undecided();
    assert_eq!(request(&scene).app, "live");
    assert_eq!(scene.answers, []);
    assert!(!scene.session.wants_input());
    assert_eq!(take(&mut scene, &rest), 0, "the caller keeps it");

    scene.now += 3 * SECOND;
    assert!(scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.settle();
    assert_eq!(scene.commands(), ["_result NetConnection.Connect.Success"]);
    scene.send_ok(&rest);
    assert_eq!(scene.requests().len(), 1);
    assert_eq!(
        scene.commands().last().map(String::as_str),
        Some("onStatus NetStream.Publish.Start")
    );
}

#[test]
fn a_refusal_is_the_answer_to_the_command_and_the_end() {
    let mut scene = Scene::shaken();
    scene.connect = Decision::Refuse(challenge());
    let bytes = scene.client.connect("live?authmod=adobe&user=me");
    scene.send_ok(&bytes);

    let [answer] = &scene.answers[..] else {
        panic!("{:?}", scene.answers);
    };
    let Answer::Command {
        stream,
        name,
        transaction,
        arguments,
    } = answer
    else {
        panic!("{answer:?}");
    };
    assert_eq!((*stream, name.as_str(), *transaction), (0, "_error", 1.0));
    assert_eq!(arguments.len(), 2, "null, and what it is about");
    let information = |key| answer.information(key);
    assert_eq!(information("level").as_deref(), Some("error"));
    assert_eq!(
        information("code").as_deref(),
        Some("NetConnection.Connect.Rejected")
    );
    assert_eq!(
        information("description"),
        Some(challenge().description),
        "to the letter"
    );

    assert!(matches!(
        &scene.events[..],
        [Event::ConnectRequested(_), Event::Closed(CloseReason::ConnectRefused(status))]
            if *status == challenge()
    ));
    assert!(scene.session.has_ended());
    assert!(!scene.session.is_closed(), "the peer gets to read it");
    // What it says in the meantime is not heard.
    let again = scene
        .client
        .connect("live?authmod=adobe&user=me&response=R");
    scene.send_ok(&again);
    scene.advance(3 * SECOND).unwrap();
    assert!(scene.session.is_closed());
    assert_eq!(scene.events.len(), 2);
}

#[test]
fn the_limit_from_accept_to_publish_runs_on() {
    let (mut scene, _) = undecided();
    assert_eq!(scene.advance(9 * SECOND), Ok(()));
    assert_eq!(
        scene.advance(SECOND),
        Err(SessionError::Timeout(Deadline::Publish))
    );
    assert!(scene.session.is_closed());
    assert!(!scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.settle();
    assert_eq!(
        scene.commands(),
        ["_error NetConnection.Connect.IdleTimeOut"],
        "the command is answered all the same"
    );

    let (mut scene, _) = undecided();
    scene.now += 9 * SECOND;
    assert!(scene.session.accept_connect(scene.now, &scene.capabilities));
    assert_eq!(
        scene.advance(SECOND),
        Err(SessionError::Timeout(Deadline::Publish)),
        "an answer that took long extends nothing"
    );
}

#[test]
fn a_peer_that_waits_for_its_answer_is_not_idle() {
    let mut config = SessionConfig::default();
    config.timeouts.publish = Duration::from_secs(3600);
    let (mut scene, _) = undecided_with(config);
    assert_eq!(scene.advance(Duration::from_secs(120)), Ok(()));
    let pinged = |answer: &Answer| matches!(answer, Answer::User(UserControl::PingRequest(_)));
    assert!(!scene.answers.iter().any(pinged), "{:?}", scene.answers);

    assert!(scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.settle();
    scene.advance(29 * SECOND).unwrap();
    assert_eq!(
        scene.advance(SECOND),
        Err(SessionError::Timeout(Deadline::Idle)),
        "its silence counts from the answer on"
    );
}

#[test]
fn only_what_was_asked_can_be_answered() {
    let mut scene = Scene::shaken();
    assert!(!scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.session.refuse_connect(scene.now, challenge());
    assert!(!scene.session.has_ended(), "nobody asked");

    let bytes = scene.client.connect("live");
    scene.send_ok(&bytes);
    scene.session.refuse_connect(scene.now, challenge());
    assert!(!scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.settle();
    assert!(!scene.session.has_ended(), "it was accepted");
    assert_eq!(scene.commands(), ["_result NetConnection.Connect.Success"]);

    // Answers to a connect are none to a publish.
    scene.decision = Decision::Wait;
    let bytes = scene.client.publish(1, "stream1");
    scene.send_ok(&bytes);
    assert!(!scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.session.refuse_connect(scene.now, challenge());
    assert!(!scene.session.has_ended());
    let publish = scene.requests()[0].id;
    assert!(scene.session.accept_publish(scene.now, publish).is_some());

    // Nor those to a publish to a connect.
    let (mut waiting, _) = undecided();
    assert_eq!(waiting.session.accept_publish(waiting.now, publish), None);
    waiting
        .session
        .refuse_publish(waiting.now, publish, challenge());
    assert!(!waiting.session.has_ended());
}

#[test]
fn a_shutdown_answers_the_command() {
    let (mut scene, _) = undecided();
    let status = Status::new(StatusCode::APP_SHUTDOWN, "The server is shutting down");
    scene.session.shutdown(scene.now, status);
    scene.settle();
    assert_eq!(
        scene.commands(),
        ["_error NetConnection.Connect.AppShutdown"]
    );
}

#[test]
fn a_peer_that_leaves_before_the_decision() {
    let (mut scene, _) = undecided();
    scene.session.handle_disconnect();
    scene.settle();
    assert!(matches!(
        &scene.events[..],
        [
            Event::ConnectRequested(_),
            Event::Closed(CloseReason::Disconnected)
        ]
    ));
    scene.session.refuse_connect(scene.now, challenge());
    assert!(!scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.settle();
    assert_eq!((scene.events.len(), scene.answers.len()), (2, 0));
}

#[test]
fn the_chunk_size_is_announced_with_the_answer_and_not_before() {
    let announces =
        |answer: &Answer| matches!(answer, Answer::Control(ProtocolControl::SetChunkSize(_)));
    let (mut scene, _) = undecided();
    assert!(!scene.answers.iter().any(announces));
    assert!(scene.session.accept_connect(scene.now, &scene.capabilities));
    scene.settle();
    assert!(scene.answers.iter().any(announces));
}

#[test]
fn an_application_that_declares_nothing_is_not_answered_for() {
    let mut scene = Scene::shaken();
    scene
        .say(|client| {
            client.connect_with("live", [("capsEx", f64::from(CapsEx::RECONNECT.0).into())])
        })
        .unwrap();
    let Answer::Command { arguments, .. } = scene.answer_to(1.0) else {
        panic!("{:?}", scene.answers);
    };
    for key in ["fourCcList", "videoFourCcInfoMap", "capsEx"] {
        assert_eq!(arguments[1].get(key), None, "{key}");
    }
}

#[test]
fn what_decides_nothing_may_be_long() {
    let mut scene = Scene::shaken();
    let long = "x".repeat(20_000);
    scene
        .say(|client| {
            client.connect_with(
                "live",
                [
                    ("pageUrl", long.as_str().into()),
                    ("swfUrl", "rtmp://a".into()),
                ],
            )
        })
        .unwrap();
    let request = request(&scene);
    assert_eq!(request.page_url, "");
    assert_eq!(request.swf_url, "rtmp://a");
    assert_eq!(scene.commands(), ["_result NetConnection.Connect.Success"]);
}

#[test]
fn queries_are_those_of_application_and_url() {
    let pairs = |app: &str, tc_url: &str| -> Vec<(String, String)> {
        let request = ConnectRequest::new(app, tc_url);
        let queries = request.queries();
        queries
            .flat_map(|query| {
                let pairs = query.pairs();
                pairs
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    assert_eq!(pairs("live", "rtmp://host/live"), []);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // Base64 is not decoded.
    assert_eq!(
        pairs("live?user=me&response=a+/==&opaque=", "rtmp://host/live"),
        [
            pair("user", "me"),
            pair("response", "a+/=="),
            pair("opaque", "")
        ]
    );
    assert_eq!(
        pairs("live?a=1", "rtmp://host/live?b=2"),
        [pair("a", "1"), pair("b", "2")]
    );
}

#[test]
fn secrets_are_not_shown() {
    let mut scene = Scene {
        connect: Decision::Wait,
        ..Scene::default()
    };
    let url = "rtmp://host/live?user=me&pass=s3cret";
    let connect = scene.client.connect_with(
        "live?user=me&pass=s3cret",
        [("swfUrl", url.into()), ("pageUrl", url.into())],
    );
    scene.send_ok(&[Handshake::bytes(), connect].concat());
    assert_eq!(request(&scene).queries().count(), 2);
    let shown = format!("{:?} {:?}", scene.events, scene.session);
    assert!(
        shown.contains("app") && !shown.contains("s3cret"),
        "{shown}"
    );
}
