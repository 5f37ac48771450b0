//! Load balancers in front, of which PROXY Protocol From tells.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use milestone_driver::{Change, DriverConfig, DriverEvent};
use rustls::version::{TLS12, TLS13};

use crate::bench::{ACCEPTED, Bench, Publisher, config, next_video, wait_until};
use crate::tls::{Folder, encrypt};

/// The driver believes this machine.
fn behind_proxy() -> [Change; 1] {
    [Change::new("ProxyProtocolFrom", "192.0.2.0/24, 127.0.0.1")]
}

/// A header of version 1 for the publisher at this address of 203.0.113.
fn version_1(host: u8) -> Vec<u8> {
    format!("PROXY TCP4 203.0.113.{host} 192.0.2.1 50000 1935\r\n").into_bytes()
}

/// The same in version 2.
fn version_2(host: u8) -> Vec<u8> {
    let addresses = [203, 0, 113, host, 192, 0, 2, 1, 0xC3, 0x50, 7, 0x8F];
    [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C", &addresses[..]].concat()
}

/// A connection's beginning, which is this.
fn beginning_with(bench: &Bench, header: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(bench.address()).unwrap();
    stream.write_all(header).unwrap();
    stream
}

fn connect(bench: &Bench, header: &[u8]) -> Publisher<TcpStream> {
    Publisher::over(beginning_with(bench, header))
}

fn publisher_of(bench: &Bench, device: usize) -> Option<SocketAddr> {
    let publisher = bench.driver.statistics(device).unwrap().publisher;
    publisher.map(|publisher| publisher.peer)
}

/// The configuration of somebody who has changed nothing else: all limits are as they are by default.
fn with_all_limits(changes: impl IntoIterator<Item = Change>) -> DriverConfig {
    let rate_limit = Change::new("RateLimitEnabled", "true");
    config(changes.into_iter().chain([rate_limit]))
}

#[test]
fn publishers_keep_their_addresses() {
    let bench = Bench::with(config(behind_proxy()));
    let sessions = [0, 1].map(|device| bench.driver.open_session(device).unwrap());
    let headers = [version_1(7), version_2(8)];
    for (device, header) in headers.iter().enumerate() {
        let mut publisher = connect(&bench, header);
        publisher.publish(&format!("stream{}", device + 1), "");
        publisher.send_group(0, 1);
        assert!(next_video(&sessions[device]).key);
        let peer = SocketAddr::from(([203, 0, 113, device as u8 + 7], 50000));
        assert_eq!(publisher_of(&bench, device), Some(peer));
        let started = bench.driver.next_event(Duration::from_secs(60)).unwrap();
        assert!(
            matches!(started, Some(DriverEvent::StreamStarted { peer: told, .. }) if told == peer),
            "{started:?}"
        );
        bench.log_with(&format!("connection from {peer} through 127.0.0.1"));
        bench.log_with(&format!("{peer} publishes to"));
        drop(publisher);
        bench.log_with(&format!("connection from {peer} closed after"));
        bench.driver.next_event(Duration::from_secs(60)).unwrap();
    }
    bench.log_with("; PROXY protocol headers from 192.0.2.0/24, 127.0.0.1");
}

#[test]
fn rtmps_behind_a_header() {
    let folder = Folder::with("openssl3-p256.pfx");
    let mut config = folder.config();
    config.settings = config.settings.with(behind_proxy()).unwrap();
    let bench = Bench::with(config);
    let session = bench.driver.open_session(0).unwrap();
    for (version, header) in [(&TLS12, version_1(7)), (&TLS13, version_2(7))] {
        let mut publisher = encrypt(beginning_with(&bench, &header), version);
        publisher.publish("stream1", "");
        publisher.send_group(0, 1);
        assert!(next_video(&session).key);
        let peer = SocketAddr::from(([203, 0, 113, 7], 50000));
        assert_eq!(publisher_of(&bench, 0), Some(peer));
        drop(publisher);
        wait_until("the stop", || publisher_of(&bench, 0).is_none());
    }
}

/// Sixteen cameras behind one balancer, and more that come and go than one address may: each counts
/// for itself.
#[test]
fn limits_are_by_publisher_and_not_by_proxy() {
    let mut changes = vec![
        Change::new("RateLimitMaxRequests", "1"),
        Change::new("MaxConnections", "100"),
    ];
    changes.extend(behind_proxy());
    let bench = Bench::with(with_all_limits(changes));
    let sessions: Vec<_> = (0..16)
        .map(|device| bench.driver.open_session(device).unwrap())
        .collect();
    let mut publishers: Vec<_> = (0..16)
        .map(|device| {
            let mut publisher = connect(&bench, &version_2(device + 1));
            publisher.publish(&format!("stream{}", device + 1), "");
            publisher.send_group(0, 1);
            publisher
        })
        .collect();
    let _idle: Vec<_> = (101..=140)
        .map(|host| connect(&bench, &version_1(host)))
        .collect();
    let log = bench.log_with("connection from 203.0.113.140:50000 through");
    assert!(!log.iter().any(|line| line.contains("refused")), "{log:?}");
    for (publisher, session) in publishers.iter_mut().zip(&sessions) {
        assert!(next_video(session).key && !publisher.is_closed());
    }

    // Somebody who comes ten times a second is one who is told so.
    let eager: Vec<_> = (0..10).map(|_| connect(&bench, &version_1(200))).collect();
    bench.log_with(
        "connection from 203.0.113.200:50000 through 127.0.0.1 refused: 203.0.113.200 opens more than 1 connections per second",
    );
    drop(eager);
}

#[test]
fn who_takes_over_is_the_publisher_and_not_everybody_behind_the_proxy() {
    let bench = Bench::with(config(behind_proxy()));
    let session = bench.driver.open_session(0).unwrap();
    let mut lost = connect(&bench, &version_2(7));
    lost.publish("stream1", "");
    lost.send_group(0, 1);
    assert!(next_video(&session).key);
    let heard_of = Instant::now();
    wait_until("more than the silence that a successor needs", || {
        heard_of.elapsed() > Duration::from_millis(2500)
    });
    let stranger = connect(&bench, &version_2(8)).ask("stream1", "");
    assert!(
        stranger.description.contains("already being published to"),
        "{stranger:?}"
    );
    let mut back = connect(&bench, &version_1(7));
    assert_eq!(back.ask("stream1", "").code, ACCEPTED);
    lost.wait_until_closed();
}

#[test]
fn who_may_send_a_header_is_changed_without_touching_anybody() {
    let bench = Bench::with(config([]));
    let sessions = [0, 1, 2].map(|device| bench.driver.open_session(device).unwrap());
    let mut direct = bench.publish("stream1", "");
    let mut forged = connect(&bench, &version_1(7));
    forged.begin("stream2", "");
    forged.wait_until_closed();
    bench.log_with(
        "it sent a PROXY protocol header, which only trusted proxies may, and once; load balancers belong into PROXY \
         Protocol From",
    );

    bench.apply(behind_proxy());
    bench.log_with("setting changed: PROXY Protocol From is now 192.0.2.0/24, 127.0.0.1");
    let mut relayed = connect(&bench, &version_1(7));
    relayed.publish("stream2", "");
    let mut headless = bench.connect();
    headless.begin("stream3", "");
    headless.wait_until_closed();
    bench.log_with(
        "refused: it comes from a trusted proxy, and there is no PROXY protocol header in front; PROXY Protocol From \
         has its address",
    );

    let errors = bench
        .driver
        .apply([Change::new("ProxyProtocolFrom", "127.0.0.1, here")])
        .unwrap_err();
    assert!(
        errors[0].to_string().contains("'here' is neither"),
        "{errors:?}"
    );
    bench.apply([Change::new("ProxyProtocolFrom", "")]);
    let mut last = bench.publish("stream3", "");
    for (publisher, session) in [&mut direct, &mut relayed, &mut last]
        .into_iter()
        .zip(&sessions)
    {
        publisher.send_group(0, 1);
        assert!(next_video(session).key);
    }
}

#[test]
fn who_has_yet_to_say_who_he_is_is_counted_apart() {
    let bench = Bench::with(config(behind_proxy()));
    let counted = || {
        let status = bench.driver.status();
        (status.awaiting_header, status.connections)
    };
    let mut silent = beginning_with(&bench, b"");
    wait_until("one that waits", || counted() == (1, 0));
    silent.write_all(&version_2(7)).unwrap();
    wait_until("a connection", || counted() == (0, 1));
    drop(silent);
    wait_until("nobody", || counted() == (0, 0));
}

/// A balancer looks every other second whether somebody is there. The log has better things to tell.
#[test]
fn health_checks_are_not_logged() {
    let bench = Bench::with(with_all_limits(behind_proxy()));
    let _session = bench.driver.open_session(0).unwrap();
    for _ in 0..30 {
        drop(beginning_with(&bench, b""));
        drop(beginning_with(&bench, b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"));
    }
    let mut publisher = connect(&bench, &version_2(7));
    publisher.publish("stream1", "");
    let log = bench.log_with("publishes to /stream1");
    let of_proxy = log
        .iter()
        .filter(|line| line.contains("connection from 127.0.0.1"));
    assert_eq!(of_proxy.count(), 0, "{log:?}");
}
