//! Who is too slow, in virtual time.

use std::time::Duration;

use rtmp_chunk::{ProtocolControl, UserControl};
use rtmp_server::proto::{CloseReason, Deadline, SessionError, StreamId};
use rtmp_server::{EndReason, Event, ServerSession, SessionConfig, Status, StatusCode};

use crate::common::chunks::type_0;
use crate::common::{Answer, Decision, Handshake, Scene, Wire};

const SECOND: Duration = Duration::from_secs(1);

fn timeout(deadline: Deadline) -> Result<(), SessionError> {
    Err(SessionError::Timeout(deadline))
}

/// Sends a byte per second until the session has had enough, and tells after how many seconds.
fn drip(scene: &mut Scene, bytes: impl IntoIterator<Item = u8>) -> (u32, SessionError) {
    for (second, byte) in bytes.into_iter().enumerate() {
        let outcome = scene.send(&[byte]).and_then(|()| scene.advance(SECOND));
        if let Err(error) = outcome {
            return (second as u32 + 1, error);
        }
    }
    panic!("the session has patience without end");
}

/// A publisher as [`Scene::publishing`] makes one, for tests that count what it is told: nothing is
/// acknowledged by the clock.
fn publishing_unacknowledged() -> Scene {
    let mut config = SessionConfig::default();
    config.acknowledgement_interval = Duration::MAX;
    Scene::publishing_with(config)
}

/// Media find no consumer for so long.
fn hold(scene: &mut Scene, time: Duration) -> Result<(), SessionError> {
    scene.session.hold_input(scene.now, true);
    let outcome = scene.advance(time);
    scene.session.hold_input(scene.now, false);
    outcome
}

#[test]
fn ten_seconds_from_accept_to_publish_for_a_silent_peer() {
    let mut scene = Scene::default();
    assert_eq!(scene.advance(9 * SECOND), Ok(()));
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Publish));
    assert!(scene.session.is_closed(), "the slot is free at once");
    assert!(matches!(
        scene.events[..],
        [Event::Closed(CloseReason::Failed(SessionError::Timeout(
            Deadline::Publish
        )))]
    ));
    assert_eq!(scene.session.poll_timeout(), None);
}

#[test]
fn ten_seconds_for_one_byte_per_second_in_c0_and_c1() {
    let (seconds, error) = drip(&mut Scene::default(), Handshake::c0_c1());
    assert_eq!(
        (seconds, error),
        (10, SessionError::Timeout(Deadline::Publish))
    );
}

#[test]
fn ten_seconds_for_one_byte_per_second_in_c2() {
    let mut scene = Scene::default();
    scene.send_ok(&Handshake::c0_c1());
    let (seconds, error) = drip(&mut scene, Handshake::c2());
    assert_eq!(
        (seconds, error),
        (10, SessionError::Timeout(Deadline::Publish))
    );
}

#[test]
fn ten_seconds_for_one_byte_per_second_in_connect() {
    let mut scene = Scene::shaken();
    let bytes = scene.client.connect("live");
    let (seconds, error) = drip(&mut scene, bytes);
    assert_eq!(
        (seconds, error),
        (10, SessionError::Timeout(Deadline::Publish))
    );
}

#[test]
fn ten_seconds_for_commands_without_end() {
    let mut scene = Scene::connected("live");
    for _ in 0..9 {
        scene.say(Wire::create_stream).unwrap();
        scene.advance(SECOND).unwrap();
    }
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Publish));
}

#[test]
fn ten_seconds_hold_when_the_caller_is_late() {
    let mut scene = Scene::default();
    scene.now += 11 * SECOND;
    assert_eq!(scene.send(&Handshake::bytes()), timeout(Deadline::Publish));
}

#[test]
fn ten_seconds_hold_while_the_decision_is_out() {
    let mut scene = Scene {
        decision: Decision::Wait,
        ..Scene::default()
    };
    let bytes = scene.client.opening("live", "stream1");
    scene.send_ok(&bytes);
    let id = scene.requests()[0].id;
    assert_eq!(scene.advance(10 * SECOND), timeout(Deadline::Publish));
    assert_eq!(
        scene.session.accept_publish(scene.now, id),
        None,
        "too late"
    );
    assert!(scene.session.poll_event().is_none());
}

#[test]
fn a_connection_without_a_publish_has_ten_seconds_for_the_next_one() {
    let mut scene = Scene::publishing();
    scene.advance(5 * SECOND).unwrap();
    scene.say(|client| client.delete_stream(1)).unwrap();
    scene.advance(9 * SECOND).unwrap();
    let again = [
        scene.client.create_stream(),
        scene.client.publish(2, "stream1"),
    ]
    .concat();
    scene.send_ok(&again);
    scene.say(|client| client.video(2, 0, &[1])).unwrap();
    scene.advance(25 * SECOND).unwrap();
    scene.say(|client| client.delete_stream(2)).unwrap();
    assert_eq!(scene.advance(10 * SECOND), timeout(Deadline::Publish));
}

#[test]
fn another_publish_that_nobody_decides_ends_the_connection() {
    let mut scene = Scene::publishing();
    scene.decision = Decision::Wait;
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    assert_eq!(scene.advance(10 * SECOND), timeout(Deadline::Publish));
    assert!(matches!(
        scene.events[scene.events.len() - 2],
        Event::PublishEnded {
            stream: StreamId(1),
            reason: EndReason::Failed(_)
        }
    ));
}

#[test]
fn fifteen_seconds_from_publish_to_the_first_video() {
    let mut scene = Scene::publishing();
    for second in 0..14 {
        scene
            .say(|client| client.audio(1, second * 1000, &[0xAF, 1]))
            .unwrap();
        scene.advance(SECOND).unwrap();
    }
    scene.answers.clear();
    assert_eq!(scene.advance(SECOND), timeout(Deadline::FirstVideo));
    let last = scene.answers.last().unwrap();
    assert_eq!(last.code().as_deref(), Some("NetStream.Publish.Rejected"));
    assert!(last.information("description").unwrap().contains("video"));
    assert!(scene.session.has_ended() && !scene.session.is_closed());
}

#[test]
fn fifteen_seconds_for_one_byte_per_second_of_the_first_video() {
    let mut scene = Scene::publishing();
    let frame = [type_0(6, 0, 100, 9, 1), vec![1; 100]].concat();
    let (seconds, error) = drip(&mut scene, frame);
    assert_eq!(
        (seconds, error),
        (15, SessionError::Timeout(Deadline::FirstVideo))
    );
}

#[test]
fn an_empty_message_is_no_video() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[])).unwrap();
    assert_eq!(scene.advance(15 * SECOND), timeout(Deadline::FirstVideo));
}

#[test]
fn what_the_application_does_not_take_for_video_is_none() {
    let mut scene = Scene::publishing();
    for second in 0..14 {
        scene
            .say(|client| client.video(1, second * 1000, &[0x85, 1]))
            .unwrap();
        scene.session.set_has_video(StreamId(1), false);
        scene.advance(SECOND).unwrap();
    }
    assert_eq!(scene.advance(SECOND), timeout(Deadline::FirstVideo));

    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[0x85, 1])).unwrap();
    scene.session.set_has_video(StreamId(1), false);
    scene.advance(14 * SECOND).unwrap();
    scene.say(|client| client.video(1, 0, &[0x17, 1])).unwrap();
    scene.session.set_has_video(StreamId(1), true);
    scene.session.set_has_video(StreamId(7), false);
    assert_eq!(scene.advance(10 * SECOND), Ok(()));

    // Too late is too late.
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[0x85, 1])).unwrap();
    scene.advance(20 * SECOND).unwrap();
    scene.session.set_has_video(StreamId(1), false);
    assert_eq!(scene.advance(SECOND), timeout(Deadline::FirstVideo));
}

#[test]
fn each_publish_of_a_connection_needs_its_video() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    assert_eq!(scene.advance(15 * SECOND), timeout(Deadline::FirstVideo));
}

#[test]
fn thirty_seconds_without_a_byte() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.advance(29 * SECOND).unwrap();
    scene.say(|client| client.audio(1, 0, &[1])).unwrap();
    assert_eq!(scene.advance(29 * SECOND), Ok(()));
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Idle));
    assert!(scene.session.is_closed());
}

#[test]
fn thirty_seconds_for_a_consumer_that_does_not_keep_up() {
    let mut scene = publishing_unacknowledged();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.advance(10 * SECOND).unwrap();
    scene.session.hold_input(scene.now, true);
    scene.advance(29 * SECOND).unwrap();
    assert_eq!(scene.answers, [], "a sign of life would not be read");
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Consumer));
    let last = scene.answers.last().unwrap();
    assert_eq!(last.code().as_deref(), Some("NetStream.Publish.Rejected"));
    assert!(last.information("description").unwrap().contains("server"));
    assert!(!scene.session.is_closed(), "the peer gets to read it");
}

#[test]
fn a_consumer_that_keeps_up_again_costs_the_peer_nothing() {
    let mut scene = publishing_unacknowledged();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    let heard = scene.now;
    hold(&mut scene, 29 * SECOND).unwrap();
    scene.advance(14 * SECOND).unwrap();
    assert_eq!(scene.answers, [], "it was silent for 14 s that it knows of");
    scene.advance(SECOND).unwrap();
    assert!(matches!(
        scene.answers[..],
        [Answer::User(UserControl::PingRequest(_))]
    ));
    scene.advance(14 * SECOND).unwrap();
    assert_eq!(scene.session.last_received(), heard);
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Idle));
}

#[test]
fn a_peer_that_was_asked_before_a_hold_is_asked_again() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.advance(15 * SECOND).unwrap();
    hold(&mut scene, SECOND).unwrap();
    scene.answers.clear();
    scene.advance(15 * SECOND).unwrap();
    assert_eq!(scene.answers.len(), 1);
}

/// When the publisher heard an acknowledgement, in seconds from `start`.
fn acknowledged(
    scene: &mut Scene,
    start: std::time::Instant,
    step: Duration,
    steps: u32,
    video: usize,
) -> Vec<f64> {
    let mut heard = Vec::new();
    for timestamp in 0..steps {
        scene
            .say(|client| client.video(1, timestamp, &vec![1; video]))
            .expect("a picture");
        let until = scene.now + step;
        while scene.now < until {
            scene
                .advance(Duration::from_millis(100))
                .expect("no deadline");
            let acknowledgements = scene.answers.iter().filter(|answer| {
                matches!(answer, Answer::Control(ProtocolControl::Acknowledgement(_)))
            });
            let time = scene.now.duration_since(start).as_secs_f64();
            heard.extend(acknowledgements.map(|_| time));
            scene.answers.clear();
        }
    }
    heard
}

#[test]
fn a_quiet_publisher_hears_of_the_server_every_ten_seconds() {
    // 0.8 kB/s in messages of any length, one every 100 ms to one every 9.9 s.
    for step in [100, 1000, 4000, 7300, 9900] {
        let mut scene = Scene::publishing();
        let start = scene.now;
        let step = Duration::from_millis(step);
        let steps = (120 * SECOND).div_duration_f64(step) as u32;
        let bytes = (step.as_secs_f64() * 800.0) as usize;
        let heard = acknowledged(&mut scene, start, step, steps, bytes);
        let gaps = heard.windows(2).map(|pair| pair[1] - pair[0]);
        let longest = gaps.chain([heard[0]]).fold(0.0, f64::max);
        assert!(longest <= 10.0, "{step:?}: {heard:?}");
        assert!(
            heard.len() <= 14,
            "{step:?}: no more than needed: {heard:?}"
        );
    }
}

#[test]
fn a_busy_publisher_is_acknowledged_every_five_megabytes() {
    let mut scene = Scene::publishing();
    let start = scene.now;
    let heard = acknowledged(&mut scene, start, Duration::from_millis(100), 300, 200_000);
    assert_eq!(heard.len(), 12, "60 MB in 30 s");
}

#[test]
fn each_wait_for_a_consumer_is_judged_by_itself() {
    let mut scene = publishing_unacknowledged();
    let frames = [0, 40, 80].map(|timestamp| scene.client.video(1, timestamp, &[1]));
    let frames = frames.concat();
    assert_eq!(
        scene.session.handle_input(scene.now, &frames),
        Ok(frames.len())
    );
    for _ in 0..3 {
        let event = scene.session.poll_event();
        assert!(matches!(event, Some(Event::Media { .. })));
        scene.session.hold_input(scene.now, true);
        scene.now += 16 * SECOND;
        assert_eq!(scene.session.handle_timeout(scene.now), Ok(()));
        scene.session.hold_input(scene.now, false);
    }
    scene.session.hold_input(scene.now, true);
    assert_eq!(scene.advance(30 * SECOND), timeout(Deadline::Consumer));
}

#[test]
fn a_hold_that_is_told_twice_is_one_wait() {
    let mut scene = Scene::publishing();
    scene.session.hold_input(scene.now, true);
    scene.advance(16 * SECOND).unwrap();
    scene.session.hold_input(scene.now, true);
    assert_eq!(scene.advance(14 * SECOND), timeout(Deadline::Consumer));
}

#[test]
fn a_hold_puts_off_the_first_video() {
    let mut scene = Scene::publishing();
    scene.advance(10 * SECOND).unwrap();
    hold(&mut scene, 29 * SECOND).unwrap();
    scene.advance(4 * SECOND).unwrap();
    assert_eq!(scene.advance(SECOND), timeout(Deadline::FirstVideo));
}

#[test]
fn a_hold_puts_off_the_next_publish() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.say(|client| client.delete_stream(1)).unwrap();
    scene.advance(5 * SECOND).unwrap();
    hold(&mut scene, 29 * SECOND).unwrap();
    scene.advance(4 * SECOND).unwrap();
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Publish));
}

#[test]
fn a_consumer_may_keep_a_publish_waiting_that_comes_after_its_media() {
    let mut scene = Scene::publishing();
    scene.decision = Decision::Wait;
    let bytes = [
        scene.client.video(1, 0, &[1]),
        scene.client.publish(2, "stream2"),
    ]
    .concat();
    scene.send_ok(&bytes);
    hold(&mut scene, 29 * SECOND).unwrap();
    scene.session.hold_input(scene.now, true);
    assert_eq!(scene.advance(30 * SECOND), timeout(Deadline::Consumer));
}

#[test]
fn a_silent_publisher_is_asked_for_a_sign_of_life() {
    let mut scene = publishing_unacknowledged();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    for _ in 0..5 {
        scene.answers.clear();
        scene.advance(14 * SECOND).unwrap();
        assert_eq!(scene.answers, []);
        scene.advance(SECOND).unwrap();
        let [Answer::User(UserControl::PingRequest(time))] = scene.answers[..] else {
            panic!("{:?}", scene.answers);
        };
        scene.advance(SECOND).unwrap();
        assert_eq!(scene.answers.len(), 1, "asked once");
        scene
            .say(|client| client.user_control(&UserControl::PingResponse(time)))
            .unwrap();
    }
}

#[test]
fn ten_seconds_for_a_peer_that_does_not_take_its_bytes() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.peer_reads = false;
    scene.say(Wire::create_stream).unwrap();
    for _ in 0..9 {
        scene.advance(SECOND).unwrap();
        scene.say(|client| client.video(1, 0, &[1])).unwrap();
    }
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Transmit));
    assert!(scene.session.is_closed());
}

#[test]
fn ten_seconds_for_a_peer_that_takes_a_byte_now_and_then() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene.peer_reads = false;
    scene.say(Wire::create_stream).unwrap();
    assert!(scene.session.poll_transmit().unwrap().len() > 20);
    for _ in 0..9 {
        scene.advance(SECOND).unwrap();
        scene.session.handle_transmitted(scene.now, 1);
    }
    assert_eq!(scene.advance(SECOND), timeout(Deadline::Transmit));
}

#[test]
fn a_peer_that_takes_its_bytes_in_time_has_no_deadline() {
    let mut scene = publishing_unacknowledged();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    let before = scene.session.poll_timeout();
    scene.peer_reads = false;
    scene.say(Wire::create_stream).unwrap();
    assert!(scene.session.poll_timeout() < before);
    scene.peer_reads = true;
    scene.settle();
    assert_eq!(scene.session.poll_timeout(), before);
}

#[test]
fn two_seconds_to_read_why_a_publish_is_refused() {
    let mut scene = Scene {
        decision: Decision::Refuse(Status::bad_name("No.")),
        ..Scene::default()
    };
    let bytes = scene.client.opening("live", "stream1");
    scene.send_ok(&bytes);
    // What comes in late is taken and thrown away.
    scene.advance(SECOND).unwrap();
    scene.send_ok(&[0xFF; 100_000]);
    assert!(!scene.session.is_closed());
    scene.advance(SECOND).unwrap();
    assert!(scene.session.is_closed());
    assert!(matches!(
        scene.events.last(),
        Some(Event::Closed(CloseReason::PublishRefused(_)))
    ));
}

#[test]
fn ten_seconds_to_read_why_a_publish_was_ended_for_what_it_brought() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    scene
        .session
        .end_publish(scene.now, StreamId(1), Status::rejected("Not this codec."));
    scene.settle();
    assert_eq!(
        scene.answers.last().unwrap().code().as_deref(),
        Some("NetStream.Publish.Rejected")
    );
    scene.advance(9 * SECOND).unwrap();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    assert!(!scene.session.is_closed());
    scene.advance(SECOND).unwrap();
    assert!(scene.session.is_closed());
}

#[test]
fn a_shutdown_does_not_wait_for_those_who_read() {
    let mut scene = Scene::publishing();
    let status = Status::rejected("Not this codec.");
    scene.session.end_publish(scene.now, StreamId(1), status);
    let shutdown = Status::new(StatusCode::APP_SHUTDOWN, "Good night.");
    scene.session.shutdown(scene.now, shutdown.clone());
    scene.advance(SECOND).unwrap();
    assert!(!scene.session.is_closed());
    scene.session.shutdown(scene.now, shutdown);
    scene.advance(SECOND).unwrap();
    assert!(scene.session.is_closed(), "the first call counts");
    let ends = scene
        .events
        .iter()
        .filter(|event| matches!(event, Event::Closed(_)));
    assert_eq!(ends.count(), 1);
}

#[test]
fn an_early_call_does_nothing() {
    let mut scene = Scene::default();
    for _ in 0..9 {
        scene.now += SECOND;
        assert_eq!(scene.session.handle_timeout(scene.now), Ok(()));
    }
    assert!(!scene.session.has_ended());
}

#[test]
fn limits_can_be_lifted() {
    let mut config = SessionConfig::default();
    config.timeouts.publish = Duration::MAX;
    config.timeouts.first_video = Duration::MAX;
    config.timeouts.idle = Duration::MAX;
    config.timeouts.transmit = Duration::MAX;
    config.timeouts.linger = Duration::MAX;
    config.acknowledgement_interval = Duration::MAX;
    let mut scene = Scene::with_config(config);
    let bytes = scene.client.opening("live", "stream1");
    scene.peer_reads = false;
    scene.send_ok(&bytes);
    assert_eq!(scene.session.poll_timeout(), None);
    scene.session.shutdown(
        scene.now,
        Status::new(StatusCode::APP_SHUTDOWN, "Good night."),
    );
    assert_eq!(scene.session.poll_timeout(), None);
    assert!(scene.session.has_ended() && !scene.session.is_closed());
}

#[test]
fn a_session_with_time_to_spare_has_one_deadline_at_a_time() {
    let now = std::time::Instant::now();
    let session = ServerSession::new(SessionConfig::default(), now, &[0; 1528]);
    assert_eq!(session.poll_timeout(), Some(now + 10 * SECOND));
    let mut scene = publishing_unacknowledged();
    assert_eq!(scene.session.poll_timeout(), Some(scene.now + 15 * SECOND));
    scene.advance(SECOND).unwrap();
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    let ping = scene.now + 15 * SECOND;
    assert_eq!(scene.session.poll_timeout(), Some(ping));
}
