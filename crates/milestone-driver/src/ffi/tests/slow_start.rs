//! A start or a change that takes its time, and everybody else's calls.

use std::net::TcpListener;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::*;

/// A certificate file that nobody can read until the test lets them: a pipe.
struct SlowCertificate {
    folder: tempfile::TempDir,
}

impl SlowCertificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(folder.path().join("rtmp.pfx"))
            .status();
        assert!(made.unwrap().success());
        Self { folder }
    }

    fn folder(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    /// A core that is to be started with it.
    fn wanted(&self) -> RtmpPushCore {
        let port = hold_port().local_addr().unwrap().port();
        create_with(
            &format!("ServerPort={port}\nEnableTls=true\n"),
            self.folder(),
        )
    }

    /// Whoever reads, or will, finds an empty file.
    fn release(&self) {
        let file = self.folder.path().join("rtmp.pfx");
        // Both ways: it opens whether somebody reads or not.
        let pipe = std::fs::File::options().read(true).write(true).open(&file);
        let empty = self.folder.path().join("empty");
        std::fs::write(&empty, "").unwrap();
        std::fs::rename(&empty, &file).unwrap();
        drop(pipe);
    }
}

/// Runs a call that must not wait for another one.
fn prompt<T>(call: impl FnOnce() -> T) -> T {
    const SLACK: Duration = Duration::from_secs(5);
    let start = Instant::now();
    let result = call();
    assert!(start.elapsed() < SLACK, "{:?}", start.elapsed());
    result
}

/// Starts the core on another thread. The start has begun when this returns.
fn begin_to_start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    core: RtmpPushCore,
) -> ScopedJoinHandle<'scope, i32> {
    let starting = scope.spawn(move || start(core));
    while status(core).0.state == RTMP_PUSH_STATE_IDLE {
        thread::yield_now();
    }
    starting
}

#[test]
fn no_call_waits_for_a_start_that_takes_its_time() {
    let certificate = SlowCertificate::new();
    let core = certificate.wanted();
    thread::scope(|scope| {
        let starting = begin_to_start(scope, core);
        let (now, text) = prompt(|| status(core));
        assert_eq!(
            (now.state, now.pending, text.as_str()),
            (RTMP_PUSH_STATE_STARTING, 1, "")
        );
        // None of them says that the core was not started.
        let session = prompt(|| open(core, 1));
        assert_eq!(prompt(|| next_event(core, 2)), RTMP_PUSH_OK);
        assert_eq!(
            prompt(|| apply_within(core, "MaxConnections=7\n", 2)),
            RTMP_PUSH_PENDING
        );
        assert_eq!(
            prompt(|| text_of!(rtmp_push_v1_core_push_url(core, 1)).0),
            RTMP_PUSH_OK
        );
        assert_eq!(
            prompt(|| rtmp_push_v1_core_start(core, 0)),
            RTMP_PUSH_BAD_STATE
        );
        assert!(
            !starting.is_finished(),
            "the start waits as it was asked to"
        );
        certificate.release();
        assert_eq!(starting.join().unwrap(), RTMP_PUSH_TLS);
        assert_eq!(next_frame(session, PATIENT_MS).0, RTMP_PUSH_CLOSED);
    });
    // It can be started again, and what was changed meanwhile counts.
    assert_eq!(status(core).0.state, RTMP_PUSH_STATE_IDLE);
    let (_, settings) = text_of!(rtmp_push_v1_core_settings(core));
    assert!(settings.contains("MaxConnections=7\n"), "{settings}");
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn a_start_that_takes_too_long_goes_on_by_itself() {
    let certificate = SlowCertificate::new();
    let core = certificate.wanted();
    assert_eq!(
        prompt(|| rtmp_push_v1_core_start(core, 2)),
        RTMP_PUSH_PENDING
    );
    // A change before it is done: the listener comes without TLS.
    assert_eq!(apply_within(core, "EnableTls=no\n", 0), RTMP_PUSH_PENDING);
    assert_eq!(status(core).0.pending, 1);
    certificate.release();
    while status(core).0.pending == 1 {
        thread::yield_now();
    }
    let now = status(core).0;
    assert_eq!((now.state, now.tls), (RTMP_PUSH_STATE_LISTENING, 0));
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn a_change_is_in_effect_or_pending() {
    let certificate = SlowCertificate::new();
    let port = hold_port().local_addr().unwrap().port();
    let core = create_with(&format!("ServerPort={port}\n"), certificate.folder());
    assert_eq!(start(core), RTMP_PUSH_OK, "{}", last_error());
    let session = open(core, 1);
    assert_eq!(
        prompt(|| apply_within(core, "EnableTls=true\n", 2)),
        RTMP_PUSH_PENDING
    );
    let now = prompt(|| status(core)).0;
    assert_eq!(
        (now.state, now.pending),
        (RTMP_PUSH_STATE_LISTENING, 1),
        "the port stays open until the certificate is read"
    );
    assert_eq!(prompt(|| next_event(core, 2)), RTMP_PUSH_OK);
    release(next_frame(session, PATIENT_MS).1);
    assert_eq!(prompt(|| rtmp_push_v1_core_stop(core, 2)), RTMP_PUSH_OK);
    assert_eq!(next_event(core, PATIENT_MS), RTMP_PUSH_CLOSED);
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    certificate.release();
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn a_stop_ends_a_start_that_waits() {
    for destroy in [false, true] {
        let certificate = SlowCertificate::new();
        let core = certificate.wanted();
        thread::scope(|scope| {
            let starting = begin_to_start(scope, core);
            match destroy {
                false => assert_eq!(prompt(|| rtmp_push_v1_core_stop(core, 2)), RTMP_PUSH_OK),
                true => {
                    scope.spawn(|| certificate.release());
                    assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_OK);
                }
            }
            assert_eq!(starting.join().unwrap(), RTMP_PUSH_CLOSED);
        });
        if !destroy {
            certificate.release();
            rtmp_push_v1_core_destroy(core);
        }
    }
}
