//! Which camera a publisher means, and how it comes back to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use milestone_driver::{Change, Problem};

use crate::bench::{ACCEPTED, Bench, config, next_video, wait_until};
use crate::publisher::{delete_stream_1, publish_bytes};

#[test]
fn the_query_is_cut_off_wherever_the_address_was_cut() {
    let bench = Bench::with(config([
        Change::of_camera("RtmpPushStreamPath", 0, "/live"),
        Change::of_camera("RtmpPushStreamPath", 1, "/live/stream1"),
        Change::of_camera("RtmpPushStreamPath", 2, "/key"),
    ]));
    let _sessions: Vec<_> = (0..16)
        .map(|device| bench.driver.open_session(device).unwrap())
        .collect();
    let addresses = [
        ("stream7?", "user=a&pass=b", "6 started /stream7"),
        ("stream8?token=ab", "cd==", "7 started /stream8"),
        ("stream8?a=1", "stream8", "7 started /stream8"),
        ("stream8/", "stream8?a=1", "7 started /stream8"),
        ("live?x=1/stream1", "", "1 started /live/stream1"),
        ("live?x=1", "stream1", "1 started /live/stream1"),
        ("live", "stream1?x=a/b", "1 started /live/stream1"),
        ("live?x=1/stream2", "", "0 started /live"),
        ("live/", "?x=1", "0 started /live"),
        ("", "key?x", "2 started /key"),
        ("", "key?a=b?c=d/e?f", "2 started /key"),
        ("stream4\0?", "", "3 started /stream4"),
    ];
    for (number, (app, name, started)) in addresses.into_iter().enumerate() {
        let mut publisher = bench.publish(app, name);
        let stop = publisher.bytes.unpublish();
        publisher.send(&stop);
        let events = bench.events(2 * number + 2);
        assert_eq!(events[2 * number], started, "{app:?} {name:?}");
    }

    // Nothing is decoded, and a token that names a camera is that camera's.
    assert_ne!(bench.connect().ask("stream7%3Fa", "").code, ACCEPTED);
    bench.apply([Change::of_camera("RtmpPushStreamPath", 9, "/stream8/cd==")]);
    bench.publish("stream8?token=ab", "cd==");
    let events = bench.events(2 * addresses.len() + 2);
    assert!(
        events.contains(&"9 started /stream8/cd==".to_owned()),
        "{events:?}"
    );
}

#[test]
fn a_query_is_not_told() {
    let bench = Bench::new();
    let _session = bench.driver.open_session(0).unwrap();
    for (app, name) in [
        ("nobody?", "pass=s3cret"),
        ("nobody", "?pass=s3cret/s3cret"),
        ("nobody?pass=s3cret", "s3cret"),
        ("stream2?pass=s3cret", "s3cret"),
    ] {
        let status = bench.connect().ask(app, name);
        assert_eq!(status.code, "NetStream.Publish.BadName");
        assert!(!status.description.contains("s3cret"), "{status:?}");
    }
    let events = bench.events(4);
    assert_eq!(events[0], "refused /nobody");
    assert_eq!(events[3], "refused /stream2");
    let log = bench.log_with("may not publish to /stream2");
    assert!(!log.iter().any(|line| line.contains("s3cret")), "{log:?}");
}

#[test]
fn a_name_with_a_nul_or_with_bytes_that_are_no_text() {
    let bench = Bench::new();
    let _session = bench.driver.open_session(0).unwrap();
    for name in [&b"stream1\0"[..], b"stream1\0\xC4\xE3\xFF"] {
        let mut publisher = bench.connect();
        publisher.connect("");
        publisher.send(&publish_bytes(1, name));
        assert_eq!(publisher.next_status().code, ACCEPTED);
        publisher.send(&delete_stream_1());
        wait_until("the stop", || {
            bench.driver.statistics(0).unwrap().publisher.is_none()
        });
    }
    let mut publisher = bench.connect();
    publisher.connect("");
    publisher.send(&publish_bytes(1, b"stream1\xC4\xE3"));
    assert_eq!(publisher.next_status().code, "NetStream.Publish.BadName");
    publisher.wait_until_closed();
    assert!(bench.events(5)[4].starts_with("refused /stream1\\"));
    bench.log_with(r"xC4\\xE3");
}

/// Sixteen cameras behind one address, as many connections as are allowed, and the limits as they
/// are by default: the one that lost its link is back within three seconds, however often it tries.
#[test]
fn one_of_sixteen_publishers_of_one_address_comes_back() {
    let bench = Bench::with(config([
        Change::new("MaxConnections", "16"),
        Change::new("RateLimitEnabled", "true"),
    ]));
    let sessions: Vec<_> = (0..16)
        .map(|device| bench.driver.open_session(device).unwrap())
        .collect();
    let mut publishers: Vec<_> = (1..=16)
        .map(|number| {
            loop {
                let mut publisher = bench.connect();
                if publisher.try_publish(&format!("stream{number}"), "") {
                    break publisher;
                }
                thread::sleep(Duration::from_millis(100));
            }
        })
        .collect();
    let mut lost = publishers.pop().unwrap();
    lost.send_group(0, 1);
    assert!(next_video(&sessions[15]).key);
    let vanished = Instant::now();

    let back = AtomicBool::new(false);
    thread::scope(|scope| {
        for publisher in &mut publishers {
            let back = &back;
            scope.spawn(move || {
                for second in 0.. {
                    publisher.send_group(second * 200, 1);
                    if back.load(Ordering::Relaxed) {
                        return;
                    }
                    thread::sleep(Duration::from_millis(200));
                }
            });
        }
        let mut again = bench.connect();
        while !again.try_publish("stream16", "") {
            thread::sleep(Duration::from_millis(250));
            again = bench.connect();
        }
        back.store(true, Ordering::Relaxed);
        let took = vanished.elapsed();
        assert!(took >= Duration::from_secs(2), "{took:?}");
        assert!(took < Duration::from_secs(3) + SLACK, "{took:?}");
        again.send_group(0, 1);
        let frame = next_video(&sessions[15]);
        assert!(frame.key && frame.discontinuity);
    });
    lost.wait_until_closed();
    for publisher in &mut publishers {
        assert!(!publisher.is_closed(), "nobody else was touched");
    }
}

/// What a busy machine may add.
const SLACK: Duration = Duration::from_secs(3);

#[test]
fn publishes_in_a_loop_are_refused_and_told() {
    let bench = Bench::with(config([
        Change::new("RateLimitEnabled", "true"),
        Change::new("RateLimitMaxRequests", "1"),
    ]));
    let _session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let refusal = loop {
        let bytes = [publisher.bytes.unpublish(), publisher.bytes.publish("")];
        publisher.send(&bytes.concat());
        let answer = publisher.answer();
        if answer.code != ACCEPTED {
            break answer;
        }
    };
    assert_eq!(refusal.code, "NetStream.Publish.Rejected");
    publisher.wait_until_closed();
    bench.log_with("may not publish to /stream1: 127.");
    let events = bench.events(3);
    assert_eq!(events.last().map(String::as_str), Some("refused /stream1"));
    assert!(events.len() < 50, "{events:?}");
}

/// GStreamer's `eflvmux` with H.265 on its pad `video`: codec id 8 without a header.
#[test]
fn what_is_no_video_is_told_by_what_the_source_declares() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let av01 = f64::from(u32::from_be_bytes(*b"av01"));
    let metadata = publisher.bytes.metadata_with_codec(av01);
    publisher.send(&metadata);
    let start = Instant::now();
    let mut timestamp = 0;
    while !publisher.is_closed() {
        let video = publisher
            .bytes
            .video(timestamp, &[0x18, 1, 0, 0, 0, 0x26, 1]);
        let audio = publisher.bytes.audio(timestamp);
        publisher.send(&[video, audio].concat());
        timestamp += 100;
        thread::sleep(Duration::from_millis(100));
        assert!(start.elapsed() < 2 * FIRST_VIDEO, "it has an end");
    }
    assert!(start.elapsed() >= FIRST_VIDEO - Duration::from_secs(1));
    let problem = bench.driver.statistics(0).unwrap().problem;
    assert!(
        matches!(&problem, Some(Problem::CodecRefused { codec }) if codec == "AV1"),
        "{problem:?}"
    );
    bench.log_with("onMetaData declares AV1");
    let events = bench.events(3);
    assert_eq!(
        events,
        [
            "0 started /stream1",
            "0 stopped /stream1 after 0",
            "refused /stream1"
        ]
    );
    drop(session);
}

const FIRST_VIDEO: Duration = Duration::from_secs(15);
