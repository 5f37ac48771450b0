//! Servers that say nothing, or do not read.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_chunk::{LimitType, ProtocolControl, Timestamp};
use rtmp_server::proto::client::ClientEnd;
use rtmp_server::proto::{Deadline, SessionError};
use rtmp_server::{ClientEvent, ClientSession, MediaKind};

use crate::pair::{Pair, config};
use crate::scripted::Scripted;

const SECOND: Duration = Duration::from_secs(1);

/// When the session ends if nothing comes any more, and how. What it sends is read.
fn end_of(scripted: &mut Scripted) -> (Duration, Option<Deadline>) {
    let begin = scripted.now;
    while let Some(at) = scripted.client.poll_timeout() {
        scripted.now = scripted.now.max(at);
        if let Err(SessionError::Timeout(deadline)) = scripted.client.handle_timeout(scripted.now) {
            return (scripted.now - begin, Some(deadline));
        }
        scripted.listen();
    }
    (scripted.now - begin, None)
}

/// The same if nothing is read either.
fn end_of_stuck(client: &mut ClientSession, mut now: Instant) -> (Duration, Option<Deadline>) {
    let begin = now;
    while let Some(at) = client.poll_timeout() {
        now = now.max(at);
        if let Err(SessionError::Timeout(deadline)) = client.handle_timeout(now) {
            return (now - begin, Some(deadline));
        }
    }
    (now - begin, None)
}

#[test]
fn a_server_that_never_says_a_word() {
    let mut scripted = Scripted::new(config());
    let end = end_of_stuck(&mut scripted.client, scripted.now);
    assert_eq!(end, (10 * SECOND, Some(Deadline::Connect)));
    scripted.poll_events();
    let error = SessionError::Timeout(Deadline::Connect);
    let closed = ClientEvent::Closed(ClientEnd::Failed(error));
    assert_eq!(scripted.events, [closed]);
}

#[test]
fn a_server_that_dribbles_its_handshake() {
    let mut scripted = Scripted::new(config());
    for _ in 0..9 {
        scripted.now += SECOND;
        assert_eq!(scripted.client.handle_input(scripted.now, &[3]), Ok(1));
    }
    scripted.now += SECOND;
    let late = SessionError::Timeout(Deadline::Connect);
    let outcome = scripted.client.handle_input(scripted.now, &[3]);
    assert_eq!(outcome, Err(late), "bytes do not extend it");
}

#[test]
fn a_server_that_does_not_answer_connect() {
    let mut scripted = Scripted::connecting();
    let (took, deadline) = end_of(&mut scripted);
    assert_eq!((took, deadline), (10 * SECOND, Some(Deadline::Connect)));
}

#[test]
fn a_server_that_does_not_answer_create_stream_or_publish() {
    for mut scripted in [Scripted::connected(), Scripted::asked()] {
        let (took, deadline) = end_of(&mut scripted);
        assert_eq!((took, deadline), (10 * SECOND, Some(Deadline::Publish)));
    }
}

#[test]
fn a_publish_that_comes_late_has_as_long_as_any() {
    let mut pair = Pair::new(config());
    pair.settle();
    pair.advance(5 * SECOND);
    assert!(!pair.client.has_ended());
    pair.decision = crate::common::Decision::Wait;
    pair.publish("camera");
    let (took, deadline) = end_of_stuck(&mut pair.client, pair.now);
    assert_eq!((took, deadline), (10 * SECOND, Some(Deadline::Publish)));
}

#[test]
fn a_wish_that_is_given_up_has_no_deadline() {
    let mut scripted = Scripted::asked();
    scripted.client.unpublish(scripted.now);
    scripted.listen();
    let later = scripted.now + 60 * SECOND;
    assert_eq!(scripted.client.handle_timeout(later), Ok(()));
    assert!(!scripted.client.has_ended());
}

#[test]
fn a_silent_server_is_none_of_a_publishers_business_unless_it_is_told_so() {
    let mut scripted = Scripted::publishing();
    let (_, deadline) = end_of(&mut scripted);
    assert_eq!(deadline, None);
    assert!(!scripted.client.has_ended());

    let mut config = config();
    config.timeouts.idle = Some(20 * SECOND);
    let mut scripted = Scripted::publishing_with(config);
    let end = end_of(&mut scripted);
    assert_eq!(end, (20 * SECOND, Some(Deadline::Idle)));
}

#[test]
fn a_server_that_does_not_read() {
    let mut scripted = Scripted::publishing();
    let (now, client) = (scripted.now, &mut scripted.client);
    for (seconds, taken) in [(0, 0), (4, 0), (8, 1), (12, 0)] {
        let now = now + seconds * SECOND;
        let payload = Bytes::from_static(&[0; 5000]);
        client
            .send(now, MediaKind::Video, Timestamp(0), payload)
            .unwrap();
        while client.poll_transmit().is_some() {}
        client.handle_transmitted(now, taken);
    }
    let (took, deadline) = end_of_stuck(client, now);
    assert_eq!((took, deadline), (18 * SECOND, Some(Deadline::Transmit)));
}

#[test]
fn a_server_that_never_acknowledges_is_waited_for_once() {
    let mut scripted = Scripted::publishing();
    let bandwidth = ProtocolControl::SetPeerBandwidth {
        window: 100_000,
        limit_type: LimitType::HARD,
    };
    scripted.control(bandwidth).unwrap();
    let send = |scripted: &mut Scripted| {
        let payload = Bytes::from_static(&[0; 50_000]);
        scripted
            .client
            .send(scripted.now, MediaKind::Video, Timestamp(0), payload)
            .unwrap();
        scripted.listen();
    };
    for _ in 0..3 {
        send(&mut scripted);
    }
    assert!(!scripted.client.wants_media());
    let at = scripted.now + 2 * SECOND;
    assert_eq!(scripted.client.poll_timeout(), Some(at));
    scripted.now = at;
    assert_eq!(scripted.client.handle_timeout(at), Ok(()));
    for _ in 0..10 {
        assert!(scripted.client.wants_media());
        send(&mut scripted);
    }
}

#[test]
fn a_byte_of_the_server_is_acknowledged_in_time() {
    let mut scripted = Scripted::publishing();
    let at = scripted.client.poll_timeout().expect("one is owed");
    assert_eq!(at, scripted.now + 9 * SECOND);
    scripted.now = at;
    scripted.client.handle_timeout(at).unwrap();
    let before = scripted.controls().len();
    scripted.listen();
    assert!(matches!(
        scripted.controls()[before..],
        [ProtocolControl::Acknowledgement(3073..)]
    ));
    assert_eq!(scripted.client.poll_timeout(), None);
}

#[test]
fn who_closes_waits_for_what_is_under_way_and_no_longer() {
    let mut scripted = Scripted::publishing();
    let (now, client) = (scripted.now, &mut scripted.client);
    let payload = Bytes::from_static(&[0; 5000]);
    client
        .send(now, MediaKind::Video, Timestamp(0), payload)
        .unwrap();
    client.close(now);
    assert_eq!(
        client.poll_timeout(),
        Some(now + 10 * SECOND),
        "to be taken"
    );
    let mut left = 0;
    while let Some(bytes) = client.poll_transmit() {
        left += bytes.len();
    }
    let later = now + 7 * SECOND;
    client.handle_transmitted(later, left);
    assert_eq!(
        client.poll_timeout(),
        Some(later + 2 * SECOND),
        "to be read"
    );
    assert_eq!(client.handle_timeout(later + 2 * SECOND), Ok(()));
    assert!(client.is_closed());

    let mut stuck = Scripted::publishing();
    let (now, client) = (stuck.now, &mut stuck.client);
    client.close(now);
    let (took, deadline) = end_of_stuck(client, now);
    assert_eq!((took, deadline), (10 * SECOND, None), "it had ended well");
    assert!(client.is_closed());
}
