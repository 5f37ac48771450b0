//! Settings that are changed while the driver runs.

use std::net::{TcpListener, TcpStream};

use milestone_driver::{Change, Problem, Settings};

use crate::bench::{Bench, config, config_apart, next_picture, next_video, wait_until};

#[test]
fn a_new_path_moves_only_its_camera() {
    let bench = Bench::new();
    let sessions = [0, 1].map(|device| bench.driver.open_session(device).unwrap());
    let mut moved = bench.publish("stream1", "");
    let mut stays = bench.publish("stream2", "");
    moved.send_group(0, 1);
    next_video(&sessions[0]);
    bench.apply([Change::of_camera("RtmpPushStreamPath", 0, "/yard")]);
    moved.wait_until_closed();
    let mut again = bench.publish("yard", "");
    again.send_group(0, 1);
    assert!(next_video(&sessions[0]).key, "the session has moved along");
    stays.send_group(0, 1);
    assert!(next_video(&sessions[1]).key);
    assert!(!stays.is_closed());
    let events = bench.events(4);
    assert_eq!(
        events[2..],
        ["0 stopped /stream1 after 1", "0 started /yard"]
    );
    assert!(bench.driver.push_url(0).unwrap().ends_with("/yard"));
}

#[test]
fn cameras_swap_their_paths() {
    let bench = Bench::new();
    let sessions = [0, 1].map(|device| bench.driver.open_session(device).unwrap());
    bench.apply([
        Change::of_camera("RtmpPushStreamPath", 0, "/stream2"),
        Change::of_camera("RtmpPushStreamPath", 1, "/stream1"),
    ]);
    let mut publisher = bench.publish("stream1", "");
    publisher.send_group(0, 1);
    assert!(next_video(&sessions[1]).key);
    assert_eq!(bench.events(1), ["1 started /stream1"]);
}

#[test]
fn limits_change_without_touching_anybody() {
    let bench = Bench::with(config([Change::new("MaxConnections", "2")]));
    let _sessions: Vec<_> = (0..4)
        .map(|device| bench.driver.open_session(device).unwrap())
        .collect();
    let mut first = bench.publish("stream1", "");
    let mut second = bench.publish("stream2", "");
    bench.connect().wait_until_closed();
    bench.log_with("limit of 2 concurrent connections");
    bench.apply([Change::new("MaxConnections", "3")]);
    let mut third = bench.publish("stream3", "");
    bench.connect().wait_until_closed();
    bench.apply([
        Change::new("MaxConnections", "1"),
        Change::new("ShowOfflineInfo", "false"),
    ]);
    for publisher in [&mut first, &mut second, &mut third] {
        assert!(!publisher.is_closed());
    }
    bench.apply([
        Change::new("MaxConnections", "1000"),
        Change::new("RateLimitEnabled", "true"),
        Change::new("RateLimitMaxRequests", "1"),
    ]);
    wait_until("a connection that comes too fast", || {
        bench.connect().is_closed()
    });
    bench.log_with("more than 1 connections per second");
    let log = bench.log_with("listening on port");
    assert_eq!(
        log.iter()
            .filter(|line| line.contains("listening on port"))
            .count(),
        1,
        "never restarted"
    );
}

#[test]
fn a_new_port_drops_publishers_and_restarts_once() {
    let bench = Bench::with(config_apart([]));
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let old_port = bench.driver.port();
    let new_port = free_port(&bench);
    bench.apply([
        Change::new("ServerPort", new_port.to_string()),
        Change::new("MaxConnections", "5"),
        Change::of_camera("RtmpPushStreamPath", 3, "/elsewhere"),
    ]);
    assert_eq!(
        (bench.driver.port(), bench.driver.status().listening),
        (new_port, true)
    );
    publisher.wait_until_closed();
    wait_until("the old port to be free", || {
        TcpListener::bind((bench.ip, old_port)).is_ok()
    });
    let mut again = bench.publish("stream1", "");
    again.send_group(0, 1);
    assert!(next_video(&session).key);
    assert_eq!(
        bench.events(3),
        [
            "0 started /stream1",
            "0 stopped /stream1 after 0",
            "0 started /stream1"
        ]
    );
    let log = bench.log_with(&format!("listening on port {new_port}"));
    assert_eq!(
        log.iter()
            .filter(|line| line.starts_with("info: listening"))
            .count(),
        2,
        "{log:?}"
    );
}

/// A connection that is told to end stays for two seconds, so that the publisher can read why.
#[test]
fn a_restart_does_not_wait_for_connections_to_end() {
    let bench = Bench::with(config_apart([]));
    let _session = bench.driver.open_session(0).unwrap();
    // A machine that stands still for so long may have one attempt or the other.
    let waited_for_nobody = (0..5).any(|_| {
        let publisher = bench.publish("stream1", "");
        bench.apply([Change::new("ServerPort", free_port(&bench).to_string())]);
        assert!(bench.driver.status().listening);
        let still_there = bench.driver.status().connections > 0;
        drop(publisher);
        still_there
    });
    assert!(waited_for_nobody);
}

fn free_port(bench: &Bench) -> u16 {
    let listener = TcpListener::bind((bench.ip, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_bad_change_changes_nothing() {
    let bench = Bench::new();
    let _session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let before = bench.driver.settings();
    let errors = bench
        .driver
        .apply([
            Change::of_camera("RtmpPushStreamPath", 0, "/new"),
            Change::new("ServerPort", "70000"),
            Change::of_camera("RtmpPushStreamPath", 1, "/STREAM3"),
        ])
        .unwrap_err();
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts[0].contains("Server Port")
            && texts[0].contains("70000")
            && texts[0].contains("1 to 65535"),
        "{texts:?}"
    );
    assert!(
        texts[1].contains("of Stream 2: '/STREAM3' is the path of Stream 3 as well"),
        "{texts:?}"
    );
    assert_eq!(bench.driver.settings(), before);
    assert!(!publisher.is_closed());
}

#[test]
fn a_port_that_is_taken_is_tried_again() {
    let bench = Bench::with(config_apart([]));
    let session = bench.driver.open_session(0).unwrap();
    let ready = next_picture(&session).data;
    let taken = TcpListener::bind((bench.ip, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    bench.apply([Change::new("ServerPort", port.to_string())]);
    let status = bench.driver.status();
    assert_eq!(
        (status.listening, status.port, status.problem),
        (false, port, Some(Problem::PortInUse { port }))
    );
    assert_eq!(
        bench.driver.statistics(0).unwrap().problem,
        Some(Problem::PortInUse { port })
    );
    bench.log_with(&format!("port {port} is in use"));
    assert!(
        (0..5).any(|_| next_picture(&session).data != ready),
        "the picture tells it too"
    );
    drop(taken);
    wait_until("the port", || bench.driver.status().listening);
    assert_eq!(bench.driver.status().problem, None);
    bench.publish("stream1", "");
}

#[test]
fn a_taken_port_can_be_left_again() {
    let bench = Bench::with(config_apart([]));
    let _session = bench.driver.open_session(0).unwrap();
    let first_port = bench.driver.port();
    let taken = TcpListener::bind((bench.ip, 0)).unwrap();
    bench.apply([Change::new(
        "ServerPort",
        taken.local_addr().unwrap().port().to_string(),
    )]);
    assert!(!bench.driver.status().listening);
    bench.apply([Change::new("ServerPort", first_port.to_string())]);
    assert!(bench.driver.status().listening);
    bench.publish("stream1", "");
}

#[test]
fn plain_pictures_without_offline_info() {
    let bench = Bench::new();
    let sessions = [0, 1].map(|device| bench.driver.open_session(device).unwrap());
    wait_until("pictures of their own", || {
        next_picture(&sessions[0]).data != next_picture(&sessions[1]).data
    });
    bench.apply([Change::new("ShowOfflineInfo", "false")]);
    wait_until("plain pictures", || {
        next_picture(&sessions[0]).data == next_picture(&sessions[1]).data
    });
}

#[test]
fn settings_from_many_threads() {
    let bench = Bench::new();
    let _session = bench.driver.open_session(0).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let driver = &bench.driver;
            scope.spawn(move || {
                for round in 0..20 {
                    let path = format!("/thread{thread}/{round}");
                    driver
                        .apply([
                            Change::of_camera("RtmpPushStreamPath", thread, path),
                            Change::new("MaxConnections", (round + 1).to_string()),
                        ])
                        .unwrap();
                }
            });
        }
    });
    let cameras = bench.driver.settings().cameras;
    for (thread, camera) in cameras.iter().take(4).enumerate() {
        assert_eq!(camera.stream_path.as_str(), format!("/thread{thread}/19"));
    }
    bench.apply([Change::new("MaxConnections", "32")]);
    assert!(TcpStream::connect(bench.address()).is_ok());
}

#[test]
fn changes_that_depend_on_what_is_in_force_do_not_overwrite_each_other() {
    const ROUNDS: u16 = 50;
    let bench = Bench::new();
    let before = bench.driver.settings().max_connections;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let one_more = |settings: &Settings| {
                        let connections = settings.max_connections + 1;
                        [Change::new("MaxConnections", connections.to_string())]
                    };
                    bench.driver.apply_to_current(one_more).unwrap();
                }
            });
        }
    });
    let after = bench.driver.settings().max_connections;
    assert_eq!(after, before + 4 * ROUNDS);
    let refused = bench
        .driver
        .apply_to_current(|_| [Change::new("MaxConnections", "none")]);
    assert_eq!(refused.unwrap_err().len(), 1);
    assert_eq!(bench.driver.settings().max_connections, after);
}
