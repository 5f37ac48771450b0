//! Settings, stored and changed.

use std::sync::Barrier;
use std::thread;

use super::*;

#[test]
fn settings_are_one_transaction_before_and_after_the_start() {
    for core in [create(), started()] {
        let (code, before) = text_of!(rtmp_push_v1_core_settings(core));
        assert_eq!(code, RTMP_PUSH_OK);
        assert_eq!(
            apply(core, "MaxConnections=7\nRateLimitMaxRequests=5000\n"),
            RTMP_PUSH_INVALID_ARGUMENT
        );
        for part in ["Rate Limit Max Requests Per Second", "5000", "1000"] {
            assert!(last_error().contains(part), "{}", last_error());
        }
        assert_eq!(
            text_of!(rtmp_push_v1_core_settings(core)),
            (RTMP_PUSH_OK, before)
        );
        assert_eq!(
            apply(
                core,
                "MaxConnections=7\nRtmpPushStreamPath[4]=/yard\nColour=red\n"
            ),
            RTMP_PUSH_OK
        );
        let (_, after) = text_of!(rtmp_push_v1_core_settings(core));
        assert!(
            after.contains("MaxConnections=7\n") && after.contains("RtmpPushStreamPath[4]=/yard\n"),
            "{after}"
        );
        rtmp_push_v1_core_destroy(core);
    }
}

#[test]
fn stored_settings_that_cannot_be_read_have_their_defaults_and_are_named() {
    let core = create_with(
        "MaxConnections=7\nRateLimitMaxRequests=5000\nEnableTls=perhaps\nTlsCertificatePassword=s3cret\\\n\
         RtmpPushStreamPath[1]=/stream2\nRtmpPushStreamPath[4]=/yard\nColour=red\nMaxConnections\n",
        "/nonexistent",
    );
    let (code, settings) = text_of!(rtmp_push_v1_core_settings(core));
    assert_eq!(code, RTMP_PUSH_OK);
    for line in [
        "MaxConnections=7",
        "RateLimitMaxRequests=10",
        "EnableTls=false",
        "RtmpPushStreamPath[1]=/stream1",
        "RtmpPushStreamPath[4]=/yard",
    ] {
        assert!(settings.lines().any(|it| it == line), "{line}: {settings}");
    }
    assert!(!settings.contains("TlsCertificatePassword"), "{settings}");
    // The log is there before the start.
    let log = log_of(core);
    for named in [
        "Rate Limit Max Requests Per Second: '5000'",
        "TLS Enable (RTMPS): 'perhaps'",
        "TlsCertificatePassword",
        "RTMP Push Stream Path of Stream 1: '/stream2'",
        "MaxConnections",
    ] {
        assert!(
            log.iter().any(|line| line.contains(named)),
            "{named}: {log:?}"
        );
    }
    assert!(!log.iter().any(|line| line.contains("s3cret")), "{log:?}");
    assert_eq!(log.len(), 5, "{log:?}");
    let port = hold_port().local_addr().unwrap().port();
    assert_eq!(apply(core, &format!("ServerPort={port}\n")), RTMP_PUSH_OK);
    assert!(matches!(start(core), RTMP_PUSH_OK | RTMP_PUSH_IO));
    rtmp_push_v1_core_destroy(core);
}

/// On another thread, at any moment of a start.
#[test]
fn changes_while_the_core_starts_are_in_force_afterwards() {
    for round in 0..100 {
        let port = hold_port().local_addr().unwrap().port();
        let core = create_with(&format!("ServerPort={port}\n"), "/nonexistent");
        let together = Barrier::new(2);
        let changes: Vec<_> = (1..=16)
            .map(|camera| format!("RtmpPushStreamPath[{camera}]=/round-{round}/{camera}\n"))
            .collect();
        thread::scope(|scope| {
            scope.spawn(|| {
                together.wait();
                for change in &changes {
                    assert_eq!(apply(core, change), RTMP_PUSH_OK, "{}", last_error());
                    thread::yield_now();
                }
            });
            together.wait();
            for _ in 0..round {
                thread::yield_now();
            }
            // Somebody else may have the port by now.
            assert!(matches!(start(core), RTMP_PUSH_OK | RTMP_PUSH_IO));
        });
        let (_, settings) = text_of!(rtmp_push_v1_core_settings(core));
        for change in &changes {
            assert!(settings.contains(change), "{change} of {settings}");
        }
        rtmp_push_v1_core_destroy(core);
    }
}

#[test]
fn a_login_counts_before_the_start_and_after_it() {
    let core = create_with("PublisherAuthentication=UserAndPassword\n", "/nonexistent");
    let set = |password: &str| {
        let user = "me";
        abi!(rtmp_push_v1_core_set_login(
            core,
            user.as_ptr(),
            user.len(),
            password.as_ptr(),
            password.len()
        ))
    };
    let lacks_login = || {
        let driver = core::named(core).unwrap().driver().unwrap();
        driver.statistics(0).unwrap().problem == Some(crate::Problem::NoPublisherPassword)
    };
    assert_eq!(set("s3cret"), RTMP_PUSH_OK);
    let is_started = (0..20).any(|_| {
        let port = hold_port().local_addr().unwrap().port();
        assert_eq!(apply(core, &format!("ServerPort={port}\n")), RTMP_PUSH_OK);
        start(core) == RTMP_PUSH_OK
    });
    assert!(is_started, "{}", last_error());
    assert!(!lacks_login());
    assert_eq!(set(""), RTMP_PUSH_OK);
    assert!(lacks_login());
    assert_eq!(set("s3cret"), RTMP_PUSH_OK);
    assert!(!lacks_login());
    let (_, settings) = text_of!(rtmp_push_v1_core_settings(core));
    assert!(settings.contains("PublisherAuthentication=UserAndPassword"));
    assert!(!settings.contains("s3cret") && !settings.contains("StreamKey["));
    assert_eq!(stop(core), RTMP_PUSH_OK);
    assert_eq!(set("s3cret"), RTMP_PUSH_CLOSED);
    assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_OK);
}
