//! What becomes of a core.

use std::net::{TcpListener, TcpStream};
use std::thread;

use super::*;
use crate::ffi::core::on_core;

#[test]
fn a_core_lives_from_create_to_destroy() {
    let core = create();
    assert_eq!(status(core).0.state, RTMP_PUSH_STATE_IDLE);
    rtmp_push_v1_core_destroy(core);

    let core = started();
    let (running, text) = status(core);
    assert_eq!(
        (running.state, running.error, text.as_str()),
        (RTMP_PUSH_STATE_LISTENING, RTMP_PUSH_OK, "")
    );
    let port = u16::try_from(running.port).unwrap();
    assert!(
        TcpListener::bind(("127.0.0.1", port)).is_err(),
        "somebody else can have the port"
    );
    assert_eq!(start(core), RTMP_PUSH_BAD_STATE);

    assert_eq!(stop(core), RTMP_PUSH_OK);
    assert_eq!(status(core).0.state, RTMP_PUSH_STATE_STOPPED);
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    assert_eq!(start(core), RTMP_PUSH_CLOSED);
    assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_OK);
    assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_CLOSED);
}

#[test]
fn a_port_in_use_is_reported_and_can_be_changed() {
    let holder = hold_port();
    let port = holder.local_addr().unwrap().port();
    let core = create();
    assert_eq!(apply(core, &format!("ServerPort={port}\n")), RTMP_PUSH_OK);
    assert_eq!(start(core), RTMP_PUSH_IO);
    assert!(last_error().contains(&port.to_string()), "{}", last_error());
    assert_eq!(status(core).0.state, RTMP_PUSH_STATE_IDLE);
    drop(holder);
    assert_eq!(start(core), RTMP_PUSH_OK, "{}", last_error());
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn a_missing_certificate_is_a_matter_of_tls() {
    let core = create();
    assert_eq!(apply(core, "EnableTls=true\n"), RTMP_PUSH_OK);
    assert_eq!(start(core), RTMP_PUSH_TLS);
    assert!(last_error().contains("rtmp.pfx"), "{}", last_error());
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn a_host_that_is_not_this_machine_is_refused() {
    const URI: &str = "http://192.0.2.99:8783/";
    let mut config = config();
    (config.uri, config.uri_len) = (URI.as_ptr(), URI.len());
    let mut core = 0;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&config, &mut core)),
        RTMP_PUSH_OK
    );
    assert_eq!(start(core), RTMP_PUSH_INVALID_ARGUMENT);
    assert!(last_error().contains("192.0.2.99"), "{}", last_error());
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn stops_at_the_same_time_all_wait_until_it_has_stopped() {
    let core = started();
    let port = u16::try_from(status(core).0.port).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(stop(core), RTMP_PUSH_OK);
                assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
            });
        }
    });
    rtmp_push_v1_core_destroy(core);
}

/// Starts of which some fail, as the port becomes free meanwhile, and everything else on other threads: each call returns
/// something that it may, and what was changed is in force if the core was not stopped.
#[test]
fn threads_hammer_start_apply_login_open_and_stop() {
    let is_one_of = |code: i32, allowed: &[i32]| assert!(allowed.contains(&code), "{code}");
    for round in 0..20 {
        let holder = hold_port();
        let port = holder.local_addr().unwrap().port();
        let core = create_with(&format!("ServerPort={port}\n"), "/nonexistent");
        let stops = round % 4 == 3;
        let changes: Vec<_> = (1..=16)
            .map(|camera| format!("RtmpPushStreamPath[{camera}]=/round-{round}/{camera}\n"))
            .collect();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let outcomes = [
                        RTMP_PUSH_OK,
                        RTMP_PUSH_IO,
                        RTMP_PUSH_BAD_STATE,
                        RTMP_PUSH_CLOSED,
                    ];
                    for _ in 0..5 {
                        is_one_of(start(core), &outcomes);
                    }
                });
            }
            scope.spawn(|| {
                for change in &changes {
                    let outcomes = [RTMP_PUSH_OK, RTMP_PUSH_PENDING, RTMP_PUSH_CLOSED];
                    is_one_of(apply(core, change), &outcomes);
                }
            });
            scope.spawn(|| {
                for text in ["me", "you", "she"] {
                    let (start, length) = (text.as_ptr(), text.len());
                    let code = abi!(rtmp_push_v1_core_set_login(
                        core, start, length, start, length
                    ));
                    is_one_of(code, &[RTMP_PUSH_OK, RTMP_PUSH_CLOSED]);
                }
            });
            scope.spawn(|| {
                for camera in 1..=16 {
                    let mut session = 0;
                    let kind = RTMP_PUSH_DEVICE_CAMERA;
                    let code = abi!(rtmp_push_v1_session_open(core, kind, camera, &mut session));
                    is_one_of(code, &[RTMP_PUSH_OK, RTMP_PUSH_BAD_STATE, RTMP_PUSH_CLOSED]);
                    if code == RTMP_PUSH_OK {
                        let (code, frame) = next_frame(session, 0);
                        is_one_of(code, &[RTMP_PUSH_OK, RTMP_PUSH_RECEIVED, RTMP_PUSH_CLOSED]);
                        assert_eq!(release(frame), RTMP_PUSH_OK);
                        assert_eq!(rtmp_push_v1_session_destroy(session), RTMP_PUSH_OK);
                    }
                }
            });
            for _ in 0..round {
                thread::yield_now();
            }
            drop(holder);
            if stops {
                assert_eq!(stop(core), RTMP_PUSH_OK);
                assert_eq!(start(core), RTMP_PUSH_CLOSED);
            }
        });
        let (_, settings) = text_of!(rtmp_push_v1_core_settings(core));
        let all_count = changes.iter().all(|change| settings.contains(change));
        assert!(stops || all_count, "round {round}: {settings}");
        assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_OK);
        assert_eq!(start(core), RTMP_PUSH_CLOSED);
    }
}

#[test]
fn a_panic_ends_its_core_only() {
    let (broken, healthy) = (started(), started());
    let session = open(broken, 1);
    let port = u16::try_from(status(broken).0.port).unwrap();
    assert_eq!(
        on_core(broken, |_| panic!("provoked by a test")),
        RTMP_PUSH_PANICKED
    );
    assert!(!last_error().is_empty());
    assert_eq!(stop(broken), RTMP_PUSH_PANICKED);
    assert_eq!(apply(broken, ""), RTMP_PUSH_PANICKED);
    assert_eq!(next_frame(session, 60_000).0, RTMP_PUSH_PANICKED);
    assert_eq!(status(healthy).0.state, RTMP_PUSH_STATE_LISTENING);
    assert_eq!(rtmp_push_v1_core_destroy(broken), RTMP_PUSH_OK);
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    assert_eq!(next_frame(session, 0).0, RTMP_PUSH_CLOSED);
    rtmp_push_v1_core_destroy(healthy);
}
