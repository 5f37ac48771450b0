//! One publisher per key, and the rule by which a newcomer takes over.

use std::time::{Duration, Instant};

use rtmp_server::{ConnectionHandle, Publications, Status, StatusCode};

const SILENCE: Duration = Publications::<&str>::SILENCE;

fn connection(address: &str, at: Instant) -> ConnectionHandle {
    ConnectionHandle::new(address.parse().expect("an address"), at)
}

#[test]
fn a_second_publisher_is_told_that_the_stream_is_taken() {
    let publications = Publications::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let _claim = publications.claim("/a", &holder, start).unwrap();
    let newcomer = connection("192.0.2.1:2", start);
    let refused = publications.claim("/a", &newcomer, start).unwrap_err();
    assert_eq!(refused.holder().id(), holder.id());
    let status = Status::from(refused);
    assert_eq!(status.code, StatusCode::BAD_NAME);
    assert!(status.description.contains("already being published to"));
    assert!(!holder.is_disconnecting());
    let _other = publications
        .claim("/b", &newcomer, start)
        .expect("another key");
    assert_eq!(publications.len(), 2);
}

#[test]
fn silence_is_counted_from_the_last_byte_to_the_millisecond() {
    let publications = Publications::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let _claim = publications.claim("/a", &holder, start).unwrap();
    let heard = start + Duration::from_secs(100);
    holder.record_received(heard, 1);
    let newcomer = connection("192.0.2.1:2", heard);
    let just_before = heard + SILENCE - Duration::from_millis(1);
    publications
        .claim("/a", &newcomer, just_before)
        .expect_err("too early");
    let claim = publications
        .claim("/a", &newcomer, heard + SILENCE)
        .unwrap();
    assert_eq!(
        claim.replaced().map(ConnectionHandle::id),
        Some(holder.id())
    );
    assert!(holder.is_disconnecting());
    assert!(!newcomer.is_disconnecting());
}

#[test]
fn a_holder_that_nobody_reads_from_is_not_silent() {
    let publications = Publications::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let _claim = publications.claim("/a", &holder, start).unwrap();
    let newcomer = connection("192.0.2.1:2", start);
    holder.record_held(start, true);
    let released = start + Duration::from_secs(25);
    publications
        .claim("/a", &newcomer, released)
        .expect_err("who knows what it has sent");
    holder.record_held(released, false);
    let just_before = released + SILENCE - Duration::from_millis(1);
    publications
        .claim("/a", &newcomer, just_before)
        .expect_err("too early");
    assert_eq!(holder.last_received(), start);
    let _claim = publications
        .claim("/a", &newcomer, released + SILENCE)
        .expect("silent");
    assert!(holder.is_disconnecting());
}

#[test]
fn another_address_does_not_take_over_however_silent_the_holder() {
    let publications = Publications::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let _claim = publications.claim("/a", &holder, start).unwrap();
    let stranger = connection("192.0.2.2:1", start);
    let later = start + Duration::from_secs(25);
    publications
        .claim("/a", &stranger, later)
        .expect_err("a stranger");
    assert!(!holder.is_disconnecting());
}

#[test]
fn a_connection_does_not_take_over_from_itself() {
    let publications = Publications::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let _claim = publications.claim("/a", &holder, start).unwrap();
    let later = start + Duration::from_secs(25);
    publications
        .claim("/a", &holder, later)
        .expect_err("itself");
    assert!(!holder.is_disconnecting());
}

#[test]
fn a_claim_that_was_taken_over_releases_nothing() {
    let publications = Publications::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let newcomer = connection("192.0.2.1:2", start);
    let old = publications.claim("/a", &holder, start).unwrap();
    let new = publications
        .claim("/a", &newcomer, start + SILENCE)
        .unwrap();
    drop(old);
    assert_eq!(publications.holder("/a").unwrap().id(), newcomer.id());
    drop(new);
    assert!(publications.is_empty());
}

/// Two publishers of one address and one stream, both alive: whoever has it keeps it, however often
/// the other one comes.
#[test]
fn publishers_of_one_address_do_not_drive_each_other_out() {
    let publications = Publications::new();
    let start = Instant::now();
    let holder = connection("192.0.2.1:1", start);
    let _claim = publications.claim("/a", &holder, start).unwrap();
    for step in 1..200u32 {
        let now = start + step * Duration::from_millis(100);
        holder.record_received(now, 1000);
        let other = connection("192.0.2.1:2", now);
        let refused = publications.claim("/a", &other, now + SILENCE / 2);
        assert!(refused.is_err(), "after {step} steps");
    }
    assert!(!holder.is_disconnecting());
}

/// A storm of newcomers behind one address takes a silent stream over once every two seconds at the
/// most, and never has two holders.
#[test]
fn a_storm_of_takeovers_has_one_holder() {
    let publications = Publications::new();
    let start = Instant::now();
    let mut claims = vec![
        publications
            .claim("/a", &connection("192.0.2.1:1", start), start)
            .unwrap(),
    ];
    for step in 1..=1000u32 {
        let now = start + step * Duration::from_millis(10);
        let newcomer = connection("192.0.2.1:2", now);
        claims.extend(publications.claim("/a", &newcomer, now));
    }
    assert_eq!(claims.len(), 1 + 5, "in ten seconds");
    let last = claims.pop().unwrap();
    drop(claims);
    assert_eq!(publications.len(), 1);
    drop(last);
    assert!(publications.is_empty());
}
