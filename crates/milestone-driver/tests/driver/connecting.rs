//! Starting and ending drivers.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use milestone_driver::{
    Change, ConnectError, Driver, DriverClosed, DriverConfig, DriverEvent, NextFrameError,
    OpenSessionError, Problem,
};

use crate::bench::{Bench, PATIENCE, config, config_apart, next_video, wait_until};

/// The port that a driver with this configuration tries to listen on, which somebody else has.
fn port_tried(config: DriverConfig) -> u16 {
    match Driver::connect(config).unwrap_err() {
        ConnectError::PortInUse { port } => port,
        other => panic!("{other}"),
    }
}

#[test]
fn the_port_is_that_of_the_settings_else_of_the_uri() {
    // Held all the time: a port that was free a moment ago may be anybody's.
    let held = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let [of_settings, of_uri] = held.each_ref().map(|it| it.local_addr().unwrap().port());
    let mut by_uri = config([]);
    by_uri.any_port = false;
    by_uri.uri = Some(format!("http://localhost:{of_uri}/"));
    assert_eq!(port_tried(by_uri.clone()), of_uri);
    by_uri.settings = by_uri
        .settings
        .with([Change::new("ServerPort", of_settings.to_string())])
        .unwrap();
    assert_eq!(port_tried(by_uri), of_settings);
}

#[test]
fn push_urls_name_address_port_and_path() {
    let driver = Driver::connect(config([])).unwrap();
    assert_eq!(
        driver.push_url(2).unwrap(),
        format!("rtmp://127.0.0.1:{}/stream3", driver.port())
    );
}

#[test]
fn without_a_port_it_is_8783() {
    let mut without = config([]);
    without.any_port = false;
    without.uri = Some("http://127.0.0.1/".to_owned());
    // Somebody else may have that port.
    match Driver::connect(without) {
        Ok(driver) => assert_eq!(driver.port(), 8783),
        Err(error) => assert!(
            matches!(error, ConnectError::PortInUse { port: 8783 }),
            "{error}"
        ),
    }
}

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Driver::connect(config([Change::new("ServerPort", port.to_string())])).unwrap_err();
    assert!(matches!(error, ConnectError::PortInUse { port: told } if told == port));
    assert!(
        error
            .to_string()
            .contains(&format!("port {port} is in use")),
        "{error}"
    );
}

#[test]
fn hosts_that_are_not_this_machine_are_refused() {
    for uri in ["http://192.0.2.1:80/", "http://[2001:db8::1]/"] {
        let mut elsewhere = config([]);
        elsewhere.uri = Some(uri.to_owned());
        let error = Driver::connect(elsewhere).unwrap_err();
        assert!(
            matches!(error, ConnectError::NotThisMachine { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("is not this machine"), "{error}");
    }
    let mut nonsense = config([]);
    nonsense.uri = Some("nonsense".to_owned());
    assert!(matches!(
        Driver::connect(nonsense).unwrap_err(),
        ConnectError::BadUri { .. }
    ));
}

#[test]
fn missing_and_bad_certificates_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut tls = config([
        Change::new("EnableTls", "true"),
        Change::new("TlsCertificatePassword", "wrong"),
    ]);
    tls.data_dir = folder.path().to_owned();
    let error = Driver::connect(tls.clone()).unwrap_err();
    assert!(
        matches!(&error, ConnectError::Tls(Problem::CertificateMissing { file }) if file.ends_with("rtmp.pfx"))
    );
    assert!(error.to_string().contains("rtmp.pfx is missing"), "{error}");

    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../rtmp-server/tests/pkcs12/");
    for (fixture, told) in [
        ("openssl3-rsa.pfx", "does not open rtmp.pfx"),
        ("no-key.pfx", "no private key"),
        ("root.der", "not a PKCS#12 file"),
    ] {
        std::fs::copy(
            format!("{fixtures}{fixture}"),
            folder.path().join("rtmp.pfx"),
        )
        .unwrap();
        let mut tls = tls.clone();
        if fixture != "openssl3-rsa.pfx" {
            tls.settings = tls
                .settings
                .with([Change::new("TlsCertificatePassword", "secret")])
                .unwrap();
        }
        let error = Driver::connect(tls).unwrap_err();
        assert!(
            matches!(error, ConnectError::Tls(_)) && error.to_string().contains(told),
            "{fixture}: {error}"
        );
    }
}

#[test]
fn several_drivers_in_one_process() {
    let benches: Vec<_> = (0..4).map(|_| Bench::new()).collect();
    for bench in &benches {
        let session = bench.driver.open_session(0).unwrap();
        let mut publisher = bench.publish("stream1", "");
        publisher.send_group(0, 2);
        assert!(next_video(&session).key);
        assert_eq!(bench.events(1), ["0 started /stream1"]);
    }
    let silent = benches.iter().filter(|bench| {
        bench
            .driver
            .next_event(Duration::from_secs(1))
            .is_ok_and(|event| event.is_some_and(started))
    });
    assert_eq!(
        silent.count(),
        0,
        "events of one hardware are not those of another"
    );
}

fn started(event: DriverEvent) -> bool {
    matches!(event, DriverEvent::StreamStarted { .. })
}

#[test]
fn closing_ends_everything_and_frees_the_port() {
    let bench = Bench::with(config_apart([]));
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    publisher.send_group(0, 2);
    next_video(&session);
    let port = bench.driver.port();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            loop {
                match session.next_frame(Duration::from_secs(60)) {
                    Ok(_) => {}
                    Err(error) => return error,
                }
            }
        });
        bench.driver.close();
        assert_eq!(waiting.join().unwrap(), NextFrameError::Closed);
    });
    let _free = TcpListener::bind((bench.ip, port)).expect("the port is free");
    publisher.wait_until_closed();
    assert!(!bench.driver.status().listening);
    assert_eq!(
        bench.events(2),
        ["0 started /stream1", "0 stopped /stream1 after 2"]
    );
    assert_eq!(
        bench.driver.next_event(Duration::from_secs(60)),
        Err(DriverClosed),
        "nobody waits for a closed driver"
    );
    bench.log_with("no longer listening");
    assert_eq!(
        bench.driver.next_log(Duration::from_secs(60)),
        Err(DriverClosed)
    );
    assert!(matches!(
        bench.driver.open_session(0),
        Err(OpenSessionError::Closed)
    ));
    bench.driver.close();
}

/// Whoever records has what was sent until the end.
#[test]
fn what_came_before_the_driver_closed_is_handed_out() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let idle = bench.driver.open_session(1).unwrap();
    let microphone = bench.driver.open_microphone(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    publisher.send_group(0, 9);
    let sound = [
        publisher.bytes.sound_header(),
        publisher.bytes.sound(0, &[0xAF, 1, 0x21, 0x10, 0x04]),
        publisher.bytes.key_frame(360, &[1; 100]),
    ];
    publisher.send(&sound.concat());
    wait_until("what was sent", || {
        let statistics = bench.driver.statistics(0).expect("a camera");
        statistics.queue_depth == 10 && statistics.sound.queue_depth == 1
    });
    bench.driver.close();

    let pictures: Vec<_> = (0..10)
        .map(|_| next_video(&session))
        .map(|frame| frame.timestamp_ms)
        .collect();
    assert_eq!(pictures, (0..10).map(|n| n * 40).collect::<Vec<_>>());
    assert!(microphone.next_frame(Duration::ZERO).unwrap().is_some());
    for _ in 0..2 {
        assert_eq!(session.next_frame(PATIENCE), Err(NextFrameError::Closed));
        assert_eq!(idle.next_frame(PATIENCE), Err(NextFrameError::Closed));
        assert_eq!(microphone.next_frame(PATIENCE), Err(NextFrameError::Closed));
    }
}

/// A session that keeps up has all that is counted, whenever it looks, and nothing comes after its end.
#[test]
fn what_comes_while_the_driver_closes_is_handed_out_or_not_counted() {
    for _ in 0..10 {
        let bench = Bench::new();
        let session = bench.driver.open_session(0).unwrap();
        let mut publisher = bench.publish("stream1", "");
        publisher.send_group(0, 2);
        next_video(&session);
        let delivered = thread::scope(|scope| {
            scope.spawn(move || {
                for frame in 2.. {
                    let bytes = publisher.bytes.delta_frame(frame * 40, &[1; 100]);
                    if !publisher.try_send(&bytes) {
                        break;
                    }
                }
            });
            let reading = scope.spawn(|| {
                let mut frames = 1;
                while let Ok(frame) = session.next_frame(PATIENCE) {
                    frames += usize::from(frame.is_some_and(|frame| !frame.offline_picture));
                }
                for _ in 0..1000 {
                    assert_eq!(
                        session.next_frame(Duration::ZERO),
                        Err(NextFrameError::Closed)
                    );
                    thread::yield_now();
                }
                frames
            });
            wait_until("many frames", || {
                let statistics = bench.driver.statistics(0).expect("a camera");
                statistics.output.frames > 100
            });
            // Long enough to tell the publisher, which takes nothing in.
            bench.driver.close_within(Duration::from_millis(50));
            reading.join().unwrap()
        });
        assert_eq!(session.dropped_frames(), 0);
        let stopped = format!("0 stopped /stream1 after {delivered}");
        assert_eq!(bench.events(2)[1], stopped);
    }
}

/// Whoever asks without waiting, while the driver closes, hears of every event before the end.
#[test]
fn the_end_is_told_after_the_last_event() {
    for _ in 0..10 {
        let bench = Bench::new();
        let _session = bench.driver.open_session(0).unwrap();
        let _publisher = bench.publish("stream1", "");
        let events = thread::scope(|scope| {
            let polling = scope.spawn(|| {
                let mut events = Vec::new();
                loop {
                    match bench.driver.next_event(Duration::ZERO) {
                        Ok(event) => events.extend(event),
                        Err(DriverClosed) => break events,
                    }
                }
            });
            bench.driver.close();
            polling.join().unwrap()
        });
        assert!(
            matches!(
                events[..],
                [
                    DriverEvent::StreamStarted { .. },
                    DriverEvent::StreamStopped { .. }
                ]
            ),
            "{events:?}"
        );
    }
}

/// A publisher that does not close its side is given time to read why, unless the driver has none.
#[test]
fn who_closes_in_a_hurry_cuts_publishers_off() {
    let bench = Bench::with(config_apart([]));
    let _session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let port = bench.driver.port();
    thread::scope(|scope| {
        // Of two, the impatient one counts.
        scope.spawn(|| bench.driver.close_within(Duration::from_secs(3600)));
        bench.driver.close_within(Duration::ZERO);
    });
    assert_eq!(bench.driver.status().connections, 0);
    TcpListener::bind((bench.ip, port)).expect("the port is free");
    assert_eq!(
        bench.events(2),
        ["0 started /stream1", "0 stopped /stream1 after 0"]
    );
    publisher.wait_until_closed();
}

#[test]
fn names_are_taken_for_this_machine_s() {
    let mut named = config([]);
    named.uri = Some("http://recorder.invalid:8783/".to_owned());
    named.bind = None;
    let bench = Bench::with(named);
    let url = bench.driver.push_url(0).unwrap();
    assert!(url.starts_with("rtmp://recorder.invalid:"), "{url}");
    bench.log_with("'recorder.invalid' is taken for a name of this machine");
}

#[test]
fn the_last_handle_closes_too() {
    let apart = config_apart([]);
    let ip = apart.bind.unwrap();
    let driver = Driver::connect(apart).unwrap();
    let port = driver.port();
    let again = driver.clone();
    drop(driver);
    assert!(TcpStream::connect((ip, port)).is_ok());
    drop(again);
    let _free = TcpListener::bind((ip, port)).expect("the port is free");
}

#[test]
fn there_are_sixteen_cameras() {
    let bench = Bench::new();
    let sessions: Vec<_> = (0..16)
        .map(|device| bench.driver.open_session(device).unwrap())
        .collect();
    assert!(matches!(
        bench.driver.open_session(16),
        Err(OpenSessionError::NoSuchDevice)
    ));
    let mut publishers: Vec<_> = (1..=16)
        .map(|number| bench.publish(&format!("stream{number}"), ""))
        .collect();
    for publisher in &mut publishers {
        publisher.send_group(0, 2);
    }
    for session in &sessions {
        assert!(next_video(session).key);
    }
    assert_eq!(bench.driver.status().connections, 16);
}

#[test]
fn the_log_tells_of_listener_and_connections() {
    let bench = Bench::new();
    let _session = bench.driver.open_session(0).unwrap();
    let log = bench.log_with("listening on port");
    assert!(
        log[0].starts_with("info: ")
            && log[0].contains("for RTMP: at most 32 connections, 16 per IP address"),
        "{log:?}"
    );
    let mut publisher = bench.publish("stream1", "");
    publisher.send_group(0, 1);
    drop(publisher);
    let log = bench.log_with("closed after");
    for told in [
        "connection from 127.0.0.1:",
        "publishes to /stream1 by RTMP",
        "1 SPS and 1 PPS",
        "first key frame",
        "no longer publishes",
    ] {
        assert!(
            log.iter().any(|line| line.contains(told)),
            "{told}: {log:?}"
        );
    }
}
