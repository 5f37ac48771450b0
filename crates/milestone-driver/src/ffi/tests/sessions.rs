//! Sessions and frames.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::ffi::{core, session};

#[test]
fn an_offline_camera_shows_a_picture_a_second() {
    let core = started();
    let session = open(core, 1);
    let (code, first) = next_frame(session, PATIENT_MS);
    assert_eq!(
        (code, first.codec),
        (RTMP_PUSH_RECEIVED, RTMP_PUSH_CODEC_JPEG)
    );
    assert_eq!(first.flags & RTMP_PUSH_FRAME_KEY, RTMP_PUSH_FRAME_KEY);
    assert_eq!(
        first.flags & RTMP_PUSH_FRAME_OFFLINE_PICTURE,
        RTMP_PUSH_FRAME_OFFLINE_PICTURE
    );
    assert_eq!(first.time, first.sync_time);
    // SAFETY: the frame is not released yet.
    let jpeg = unsafe { std::slice::from_raw_parts(first.data, first.len as usize) };
    assert!(jpeg.starts_with(&[0xFF, 0xD8]) && jpeg.ends_with(&[0xFF, 0xD9]));

    assert_eq!(
        next_frame(session, 0).0,
        RTMP_PUSH_OK,
        "the next picture is not due"
    );
    let (code, second) = next_frame(session, PATIENT_MS);
    assert_eq!(code, RTMP_PUSH_RECEIVED);
    assert!(second.time > first.time);
    // The data outlives session and core.
    rtmp_push_v1_core_destroy(core);
    assert!(jpeg.starts_with(&[0xFF, 0xD8]));
    assert_eq!(
        (release(first), release(second)),
        (RTMP_PUSH_OK, RTMP_PUSH_OK)
    );
}

#[test]
fn a_frame_is_released_once() {
    let core = started();
    let (_, mut frame) = next_frame(open(core, 2), PATIENT_MS);
    let copy = frame;
    assert!(status(core).0.frames_held > 0);
    assert_eq!(abi!(rtmp_push_v1_frame_release(&mut frame)), RTMP_PUSH_OK);
    assert!(frame.owner.is_null() && frame.data.is_null());
    assert_eq!(
        abi!(rtmp_push_v1_frame_release(&mut frame)),
        RTMP_PUSH_OK,
        "nothing to release"
    );
    assert_eq!(release(copy), RTMP_PUSH_CLOSED);
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn nobody_waits_longer_than_was_asked() {
    const SLACK: Duration = Duration::from_secs(5);
    let core = started();
    let session = open(core, 1);
    release(next_frame(session, PATIENT_MS).1);
    let waits: [(i32, &dyn Fn(i32) -> i32); 3] = [
        (300, &|ms| next_frame(session, ms).0),
        (300, &|ms| next_event(core, ms)),
        (-1, &|ms| next_frame(session, ms).0),
    ];
    for (timeout_ms, wait) in waits {
        let start = Instant::now();
        assert_eq!(wait(timeout_ms), RTMP_PUSH_OK);
        let waited = start.elapsed();
        let asked = Duration::from_millis(timeout_ms.max(0) as u64);
        assert!(
            waited >= asked && waited < asked + SLACK,
            "{waited:?} instead of {asked:?}"
        );
    }
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn closing_wakes_whoever_waits() {
    let closers: [fn(RtmpPushCore, RtmpPushSession) -> i32; 4] = [
        |_, session| rtmp_push_v1_session_close(session),
        |_, session| rtmp_push_v1_session_destroy(session),
        |core, _| stop(core),
        |core, _| rtmp_push_v1_core_destroy(core),
    ];
    for close in closers {
        let core = started();
        let session = open(core, 3);
        thread::scope(|scope| {
            let waiter = scope.spawn(move || {
                loop {
                    match next_frame(session, 60_000) {
                        (RTMP_PUSH_RECEIVED, frame) => assert_eq!(release(frame), RTMP_PUSH_OK),
                        // The other thread asks whether this one waits.
                        (RTMP_PUSH_BAD_STATE, _) => thread::yield_now(),
                        (code, _) => break code,
                    }
                }
            });
            loop {
                match next_frame(session, 0) {
                    (RTMP_PUSH_BAD_STATE, _) => break,
                    (_, frame) => assert_eq!(release(frame), RTMP_PUSH_OK),
                }
                thread::yield_now();
            }
            let start = Instant::now();
            assert_eq!(close(core, session), RTMP_PUSH_OK);
            assert_eq!(waiter.join().unwrap(), RTMP_PUSH_CLOSED);
            assert!(start.elapsed() < Duration::from_secs(20));
        });
        assert_eq!(next_frame(session, 1000).0, RTMP_PUSH_CLOSED);
        rtmp_push_v1_core_destroy(core);
    }
}

/// A core is destroyed while another call is about to hand out a session of it.
#[test]
fn a_session_that_comes_after_the_end_of_its_core_has_no_handle() {
    let handle = started();
    let core = core::named(handle).unwrap();
    let live = core.driver().unwrap().open_session(0).unwrap();
    assert_eq!(rtmp_push_v1_core_destroy(handle), RTMP_PUSH_OK);
    let refused = session::register(&core, session::Live::Camera(live)).unwrap_err();
    assert_eq!(refused.code, RTMP_PUSH_CLOSED);
    assert!(
        session::give_up_of(&core).is_empty(),
        "nobody could close it"
    );
}

/// Whatever threads do to each other's handles: no crash, no deadlock, nothing left behind.
#[test]
fn threads_hammer_open_next_close_and_destroy() {
    const ROUNDS: u64 = 12;
    for round in 0..ROUNDS {
        let core = started();
        let sessions: Vec<AtomicU64> = (0..4).map(|_| AtomicU64::new(0)).collect();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for slot in &sessions {
                // Opens sessions until the core is gone.
                scope.spawn(|| {
                    let mut session = 0;
                    while abi!(rtmp_push_v1_session_open(
                        core,
                        RTMP_PUSH_DEVICE_CAMERA,
                        4,
                        &mut session
                    )) == RTMP_PUSH_OK
                    {
                        slot.store(session, Ordering::SeqCst);
                        for _ in 0..3 {
                            let (code, frame) = next_frame(session, 20);
                            if code == RTMP_PUSH_RECEIVED {
                                assert_eq!(release(frame), RTMP_PUSH_OK);
                            }
                        }
                        rtmp_push_v1_session_destroy(session);
                    }
                });
                // Takes part in them uninvited.
                scope.spawn(|| {
                    while !stop.load(Ordering::SeqCst) {
                        let session = slot.load(Ordering::SeqCst);
                        let (code, frame) = next_frame(session, 1);
                        if code == RTMP_PUSH_RECEIVED {
                            assert_eq!(release(frame), RTMP_PUSH_OK);
                        }
                        rtmp_push_v1_session_close(session);
                    }
                });
            }
            scope.spawn(|| {
                while apply(core, &format!("MaxConnections={}\n", 1 + round)) == RTMP_PUSH_OK {
                    let _ = text_of!(rtmp_push_v1_core_next_log(core, 1, &mut log_line()));
                    let _ = text_of!(rtmp_push_v1_core_next_event(core, 1, &mut event()));
                }
            });
            thread::sleep(Duration::from_millis(20 + 5 * round));
            assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_OK);
            stop.store(true, Ordering::SeqCst);
        });
    }
}

#[test]
fn a_microphone_without_sound_has_no_frames_and_no_errors() {
    let core = started();
    let mut session = 0;
    let microphone = RTMP_PUSH_DEVICE_MICROPHONE;
    assert_eq!(
        abi!(rtmp_push_v1_session_open(core, microphone, 1, &mut session)),
        RTMP_PUSH_OK
    );
    assert_eq!(next_frame(session, 20).0, RTMP_PUSH_OK, "nothing, in time");
    assert_eq!(next_frame(session, 0).0, RTMP_PUSH_OK);
    assert_eq!(rtmp_push_v1_session_close(session), RTMP_PUSH_OK);
    assert_eq!(next_frame(session, 1000).0, RTMP_PUSH_CLOSED);
    assert_eq!(rtmp_push_v1_session_destroy(session), RTMP_PUSH_OK);
    for (kind, number) in [
        (0, 1),
        (3, 1),
        (u32::MAX, 1),
        (microphone, 0),
        (microphone, 17),
    ] {
        assert_eq!(
            abi!(rtmp_push_v1_session_open(core, kind, number, &mut session)),
            RTMP_PUSH_INVALID_ARGUMENT
        );
    }
    rtmp_push_v1_core_destroy(core);
}
