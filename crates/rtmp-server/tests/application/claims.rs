//! One publisher per key, and the rule by which a newcomer takes over.

use std::time::{Duration, Instant};

use rtmp_server::{Claim, Claims, ConnectionHandle, Status, StatusCode};

const SILENCE: Duration = ConnectionHandle::SILENCE;

fn connection(address: &str, at: Instant) -> ConnectionHandle {
    ConnectionHandle::new(address.parse().expect("an address"), at)
}

/// A claim on `/a`, who holds it, and since when.
fn held() -> (
    Claims<&'static str>,
    ConnectionHandle,
    Claim<&'static str>,
    Instant,
) {
    let claims = Claims::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let claim = claims.claim("/a", &holder, start).expect("it is free");
    (claims, holder, claim, start)
}

#[test]
fn a_second_publisher_is_told_that_the_stream_is_taken() {
    let (claims, holder, _claim, start) = held();
    let newcomer = connection("192.0.2.1:2", start);
    let refused = claims.claim("/a", &newcomer, start).unwrap_err();
    assert_eq!(refused.holder().id(), holder.id());
    let status = Status::from(refused);
    assert_eq!(status.code, StatusCode::BAD_NAME);
    assert!(status.description.contains("already being published to"));
    assert!(!holder.is_disconnecting());
    let _other = claims.claim("/b", &newcomer, start).expect("another key");
    assert_eq!(claims.len(), 2);
}

#[test]
fn silence_is_counted_from_the_last_byte_to_the_millisecond() {
    let (claims, holder, _claim, start) = held();
    let heard = start + Duration::from_secs(100);
    holder.record_received(heard, 1);
    let newcomer = connection("192.0.2.1:2", heard);
    let just_before = heard + SILENCE - Duration::from_millis(1);
    claims
        .claim("/a", &newcomer, just_before)
        .expect_err("too early");
    let claim = claims.claim("/a", &newcomer, heard + SILENCE).unwrap();
    assert_eq!(
        claim.replaced().map(ConnectionHandle::id),
        Some(holder.id())
    );
    assert!(holder.is_disconnecting());
    assert!(!newcomer.is_disconnecting());
}

#[test]
fn a_holder_that_nobody_reads_from_is_not_silent() {
    let (claims, holder, _claim, start) = held();
    let newcomer = connection("192.0.2.1:2", start);
    holder.record_held(start, true);
    let released = start + Duration::from_secs(25);
    claims
        .claim("/a", &newcomer, released)
        .expect_err("who knows what it has sent");
    holder.record_held(released, false);
    let just_before = released + SILENCE - Duration::from_millis(1);
    claims
        .claim("/a", &newcomer, just_before)
        .expect_err("too early");
    assert_eq!(holder.last_received(), start);
    let _claim = claims
        .claim("/a", &newcomer, released + SILENCE)
        .expect("silent");
    assert!(holder.is_disconnecting());
}

#[test]
fn another_address_does_not_take_over_however_silent_the_holder() {
    let (claims, holder, _claim, start) = held();
    let stranger = connection("192.0.2.2:1", start);
    let later = start + Duration::from_secs(25);
    claims
        .claim("/a", &stranger, later)
        .expect_err("a stranger");
    assert!(!holder.is_disconnecting());
}

#[test]
fn a_connection_does_not_take_over_from_itself() {
    let (claims, holder, _claim, start) = held();
    let later = start + Duration::from_secs(25);
    claims.claim("/a", &holder, later).expect_err("itself");
    assert!(!holder.is_disconnecting());
}

#[test]
fn a_claim_that_was_taken_over_releases_nothing() {
    let claims = Claims::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let newcomer = connection("192.0.2.1:2", start);
    let old = claims.claim("/a", &holder, start).unwrap();
    let new = claims.claim("/a", &newcomer, start + SILENCE).unwrap();
    drop(old);
    assert_eq!(claims.holder("/a").unwrap().id(), newcomer.id());
    drop(new);
    assert!(claims.is_empty());
}

/// Two publishers of one address and one stream, both alive: whoever has it keeps it, however often
/// the other one comes.
#[test]
fn publishers_of_one_address_do_not_drive_each_other_out() {
    let (claims, holder, _claim, start) = held();
    for step in 1..200u32 {
        let now = start + step * Duration::from_millis(100);
        holder.record_received(now, 1000);
        let other = connection("192.0.2.1:2", now);
        let refused = claims.claim("/a", &other, now + SILENCE / 2);
        assert!(refused.is_err(), "after {step} steps");
    }
    assert!(!holder.is_disconnecting());
}

/// A storm of newcomers behind one address takes a silent stream over once every two seconds at the
/// most, and never has two holders.
#[test]
fn a_storm_of_takeovers_has_one_holder() {
    let claims = Claims::new();
    let start = Instant::now();
    let mut held = vec![
        claims
            .claim("/a", &connection("192.0.2.1:1", start), start)
            .unwrap(),
    ];
    for step in 1..=1000u32 {
        let now = start + step * Duration::from_millis(10);
        let newcomer = connection("192.0.2.1:2", now);
        held.extend(claims.claim("/a", &newcomer, now));
    }
    assert_eq!(held.len(), 1 + 5, "in ten seconds");
    let last = held.pop().unwrap();
    drop(held);
    assert_eq!(claims.len(), 1);
    drop(last);
    assert!(claims.is_empty());
}
