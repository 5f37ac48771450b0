//! The exported functions, called as a host calls them.

use std::net::TcpListener;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::core::on_core;
use super::*;

/// Calls an exported function whose pointers are all good.
macro_rules! abi {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        // SAFETY: structs, texts and buffers of these tests live longer than the call; null is allowed.
        unsafe { $function($($argument),*) }
    }};
}

/// What an exported function stores into a buffer.
macro_rules! text_of {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        let mut buffer = vec![0; 4096];
        let mut needed = 0;
        let code = abi!($function($($argument,)* buffer.as_mut_ptr(), buffer.len(), &mut needed));
        buffer.truncate(needed);
        (code, String::from_utf8(buffer).unwrap())
    }};
}

/// For what has to come, on a machine that has other things to do.
const PATIENT_MS: i32 = 60_000;

fn size_of_u32<T>() -> u32 {
    size_of::<T>() as u32
}

fn config() -> RtmpPushConfig {
    const FOLDER: &str = "/nonexistent";
    RtmpPushConfig {
        size: size_of_u32::<RtmpPushConfig>(),
        reserved: 0,
        uri: null(),
        uri_len: 0,
        data_dir: FOLDER.as_ptr(),
        data_dir_len: FOLDER.len(),
    }
}

fn frame() -> RtmpPushFrame {
    super::session::NO_FRAME
}

fn event() -> RtmpPushEvent {
    RtmpPushEvent {
        size: size_of_u32::<RtmpPushEvent>(),
        kind: 0,
        device: 0,
        reserved: 0,
        time: 0,
    }
}

fn log_line() -> RtmpPushLogLine {
    RtmpPushLogLine {
        size: size_of_u32::<RtmpPushLogLine>(),
        level: 0,
        time: 0,
    }
}

fn status(core: RtmpPushCore) -> (RtmpPushStatus, String) {
    let mut status = RtmpPushStatus {
        size: size_of_u32::<RtmpPushStatus>(),
        state: 0,
        error: 0,
        port: 0,
        tls: 0,
        connections: 0,
        frames_held: 0,
    };
    let (code, text) = text_of!(rtmp_push_v1_core_status(core, &mut status));
    assert_eq!(code, RTMP_PUSH_OK);
    (status, text)
}

fn last_error() -> String {
    let (code, text) = text_of!(rtmp_push_v1_last_error());
    assert_eq!(code, RTMP_PUSH_OK);
    text
}

fn create() -> RtmpPushCore {
    let mut core = 0;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&config(), &mut core)),
        RTMP_PUSH_OK
    );
    core
}

fn apply(core: RtmpPushCore, settings: &str) -> i32 {
    abi!(rtmp_push_v1_core_apply_settings(
        core,
        settings.as_ptr(),
        settings.len()
    ))
}

/// Takes a port that is below those which the system gives to outgoing connections: it stays free after use.
fn hold_port() -> TcpListener {
    static TRIED: AtomicU64 = AtomicU64::new(0);
    let first = u64::from(std::process::id()) * 7;
    loop {
        let next = first + TRIED.fetch_add(1, Ordering::SeqCst);
        let port = 9000 + (next % 2000) as u16;
        if let Ok(holder) = TcpListener::bind(("0.0.0.0", port)) {
            return holder;
        }
    }
}

/// A core that listens on a port which was free a moment ago.
fn started() -> RtmpPushCore {
    let core = create();
    for _ in 0..20 {
        let port = hold_port().local_addr().unwrap().port();
        assert_eq!(apply(core, &format!("ServerPort={port}\n")), RTMP_PUSH_OK);
        if rtmp_push_v1_core_start(core) == RTMP_PUSH_OK {
            return core;
        }
    }
    panic!("no port is free: {}", last_error());
}

fn open(core: RtmpPushCore, device: u32) -> RtmpPushSession {
    let mut session = 0;
    assert_eq!(
        abi!(rtmp_push_v1_session_open(core, device, &mut session)),
        RTMP_PUSH_OK
    );
    session
}

fn next_frame(session: RtmpPushSession, timeout_ms: i32) -> (i32, RtmpPushFrame) {
    let mut frame = frame();
    (
        abi!(rtmp_push_v1_session_next_frame(
            session, timeout_ms, &mut frame
        )),
        frame,
    )
}

fn release(mut frame: RtmpPushFrame) -> i32 {
    abi!(rtmp_push_v1_frame_release(&mut frame))
}

#[test]
fn the_version_has_a_major_part() {
    assert_eq!(rtmp_push_abi_version() >> 16, 1);
}

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
    assert_eq!(rtmp_push_v1_core_start(core), RTMP_PUSH_BAD_STATE);

    assert_eq!(rtmp_push_v1_core_stop(core), RTMP_PUSH_OK);
    assert_eq!(status(core).0.state, RTMP_PUSH_STATE_STOPPED);
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    assert_eq!(rtmp_push_v1_core_start(core), RTMP_PUSH_CLOSED);
    assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_OK);
    assert_eq!(rtmp_push_v1_core_destroy(core), RTMP_PUSH_CLOSED);
}

#[test]
fn a_port_in_use_is_reported_and_can_be_changed() {
    let holder = hold_port();
    let port = holder.local_addr().unwrap().port();
    let core = create();
    assert_eq!(apply(core, &format!("ServerPort={port}\n")), RTMP_PUSH_OK);
    assert_eq!(rtmp_push_v1_core_start(core), RTMP_PUSH_IO);
    assert!(last_error().contains(&port.to_string()), "{}", last_error());
    assert_eq!(status(core).0.state, RTMP_PUSH_STATE_IDLE);
    drop(holder);
    assert_eq!(
        rtmp_push_v1_core_start(core),
        RTMP_PUSH_OK,
        "{}",
        last_error()
    );
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn a_missing_certificate_is_a_matter_of_tls() {
    let core = create();
    assert_eq!(apply(core, "EnableTls=true\n"), RTMP_PUSH_OK);
    assert_eq!(rtmp_push_v1_core_start(core), RTMP_PUSH_TLS);
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
    assert_eq!(rtmp_push_v1_core_start(core), RTMP_PUSH_INVALID_ARGUMENT);
    assert!(last_error().contains("192.0.2.99"), "{}", last_error());
    rtmp_push_v1_core_destroy(core);
}

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
                "MaxConnections=7\nRtmpPushStreamPath[3]=/yard\nColour=red\n"
            ),
            RTMP_PUSH_OK
        );
        let (_, after) = text_of!(rtmp_push_v1_core_settings(core));
        assert!(
            after.contains("MaxConnections=7\n") && after.contains("RtmpPushStreamPath[3]=/yard\n"),
            "{after}"
        );
        rtmp_push_v1_core_destroy(core);
    }
}

#[test]
fn an_offline_camera_shows_a_picture_a_second() {
    let core = started();
    let session = open(core, 0);
    let (code, first) = next_frame(session, PATIENT_MS);
    assert_eq!(
        (code, first.codec),
        (RTMP_PUSH_RECEIVED, RTMP_PUSH_CODEC_JPEG)
    );
    assert_eq!(first.flags & RTMP_PUSH_FRAME_KEY, RTMP_PUSH_FRAME_KEY);
    assert_eq!(
        first.flags & RTMP_PUSH_FRAME_PLACEHOLDER,
        RTMP_PUSH_FRAME_PLACEHOLDER
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
    let (_, mut frame) = next_frame(open(core, 1), PATIENT_MS);
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
    let session = open(core, 0);
    release(next_frame(session, PATIENT_MS).1);
    let waits: [(i32, &dyn Fn(i32) -> i32); 3] = [
        (300, &|ms| next_frame(session, ms).0),
        (300, &|ms| {
            text_of!(rtmp_push_v1_core_next_event(core, ms, &mut event())).0
        }),
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
        |core, _| rtmp_push_v1_core_stop(core),
        |core, _| rtmp_push_v1_core_destroy(core),
    ];
    for close in closers {
        let core = started();
        let session = open(core, 2);
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

#[test]
fn the_log_tells_of_the_start_and_nothing_is_lost_to_a_small_buffer() {
    let core = started();
    let port = status(core).0.port.to_string();
    let mut line = log_line();
    let mut needed = 0;
    let code = abi!(rtmp_push_v1_core_next_log(
        core,
        PATIENT_MS,
        &mut line,
        null_mut(),
        0,
        &mut needed
    ));
    assert_eq!(code, RTMP_PUSH_BUFFER_TOO_SMALL);
    assert!(needed > 0);
    let (code, first) = text_of!(rtmp_push_v1_core_next_log(core, 0, &mut line));
    assert_eq!((code, first.len()), (RTMP_PUSH_RECEIVED, needed));

    rtmp_push_v1_core_stop(core);
    let mut lines = vec![first];
    loop {
        match text_of!(rtmp_push_v1_core_next_log(core, 60_000, &mut line)) {
            (RTMP_PUSH_RECEIVED, text) => lines.push(text),
            (code, _) => break assert_eq!(code, RTMP_PUSH_CLOSED),
        }
    }
    assert!(lines.iter().any(|line| line.contains(&port)), "{lines:?}");
    assert_eq!(
        text_of!(rtmp_push_v1_core_next_event(core, 60_000, &mut event())).0,
        RTMP_PUSH_CLOSED
    );
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn urls_and_statistics_are_there_for_each_camera() {
    let core = started();
    let session = open(core, 15);
    let (code, url) = text_of!(rtmp_push_v1_core_push_url(core, 15));
    assert_eq!(code, RTMP_PUSH_OK);
    assert!(
        url.starts_with("rtmp://") && url.ends_with("/stream16"),
        "{url}"
    );
    // SAFETY: any bytes are valid, and zeros are plain numbers.
    let mut stats: RtmpPushStats = unsafe { std::mem::zeroed() };
    stats.size = size_of_u32::<RtmpPushStats>();
    let (code, text) = text_of!(rtmp_push_v1_core_stats(core, 15, &mut stats));
    assert_eq!(
        (code, stats.sessions, stats.flags),
        (RTMP_PUSH_OK, 1, RTMP_PUSH_CAMERA_OPEN)
    );
    assert_eq!(text, "path=/stream16\n");
    assert_eq!(
        text_of!(rtmp_push_v1_core_stats(core, 16, &mut stats)).0,
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        text_of!(rtmp_push_v1_core_push_url(core, u32::MAX)).0,
        RTMP_PUSH_INVALID_ARGUMENT
    );
    rtmp_push_v1_session_destroy(session);
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn the_hardware_identity_depends_on_the_authority() {
    let mac = |authority: &str| {
        text_of!(rtmp_push_v1_hardware_mac(
            authority.as_ptr(),
            authority.len()
        ))
    };
    let serial = |authority: &str| {
        text_of!(rtmp_push_v1_hardware_serial(
            authority.as_ptr(),
            authority.len()
        ))
    };
    assert_eq!(
        mac("localhost:8783"),
        (RTMP_PUSH_OK, "02:2B:10:35:CD:B2".to_owned())
    );
    assert_eq!(
        serial("localhost:8783"),
        (RTMP_PUSH_OK, "35CDB2".to_owned())
    );
    assert_eq!(
        text_of!(rtmp_push_v1_hardware_mac(null(), 0)).1,
        "02:00:00:00:00:00"
    );
}

#[test]
fn bad_arguments_are_refused() {
    let core = create();
    assert_eq!(
        abi!(rtmp_push_v1_core_create(null(), &mut 0)),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&config(), null_mut())),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    let mut small = config();
    small.size -= 1;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&small, &mut 0)),
        RTMP_PUSH_WRONG_SIZE
    );
    let mut no_text = config();
    no_text.uri_len = 5;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&no_text, &mut 0)),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    no_text.uri = null::<u8>().wrapping_add(1);
    no_text.uri_len = usize::MAX;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&no_text, &mut 0)),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(apply(core, "ServerPort\n"), RTMP_PUSH_INVALID_ARGUMENT);
    assert_eq!(
        abi!(rtmp_push_v1_core_apply_settings(core, b"\xFF".as_ptr(), 1)),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        abi!(rtmp_push_v1_session_open(core, 0, &mut 0)),
        RTMP_PUSH_BAD_STATE,
        "not started"
    );
    assert_eq!(
        text_of!(rtmp_push_v1_core_next_event(core, 0, null_mut())).0,
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        text_of!(rtmp_push_v1_core_next_event(core, 0, &mut event())).0,
        RTMP_PUSH_BAD_STATE
    );
    assert_eq!(
        abi!(rtmp_push_v1_frame_release(null_mut())),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    rtmp_push_v1_core_destroy(core);
    for stale in [0, 1, core, u64::MAX] {
        assert_eq!(rtmp_push_v1_core_start(stale), RTMP_PUSH_CLOSED);
        assert_eq!(rtmp_push_v1_session_close(stale), RTMP_PUSH_CLOSED);
        assert_eq!(next_frame(stale, 60_000).0, RTMP_PUSH_CLOSED);
    }
}

#[test]
fn a_newer_host_with_a_larger_struct_is_served() {
    #[repr(C)]
    struct Newer {
        line: RtmpPushLogLine,
        more: u64,
    }
    let core = started();
    let mut newer = Newer {
        line: log_line(),
        more: 42,
    };
    newer.line.size = size_of_u32::<Newer>();
    let line = (&raw mut newer).cast::<RtmpPushLogLine>();
    assert_eq!(
        text_of!(rtmp_push_v1_core_next_log(core, PATIENT_MS, line)).0,
        RTMP_PUSH_RECEIVED
    );
    assert_eq!(
        (newer.line.size, newer.more),
        (size_of_u32::<RtmpPushLogLine>(), 42)
    );
    assert!(newer.line.time > 0);
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn a_panic_ends_its_core_only() {
    let (broken, healthy) = (started(), started());
    let session = open(broken, 0);
    let port = u16::try_from(status(broken).0.port).unwrap();
    assert_eq!(
        on_core(broken, |_| panic!("provoked by a test")),
        RTMP_PUSH_PANICKED
    );
    assert!(!last_error().is_empty());
    assert_eq!(rtmp_push_v1_core_stop(broken), RTMP_PUSH_PANICKED);
    assert_eq!(apply(broken, ""), RTMP_PUSH_PANICKED);
    assert_eq!(next_frame(session, 60_000).0, RTMP_PUSH_PANICKED);
    assert_eq!(status(healthy).0.state, RTMP_PUSH_STATE_LISTENING);
    assert_eq!(rtmp_push_v1_core_destroy(broken), RTMP_PUSH_OK);
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    assert_eq!(next_frame(session, 0).0, RTMP_PUSH_CLOSED);
    rtmp_push_v1_core_destroy(healthy);
}

#[test]
fn the_message_belongs_to_the_thread() {
    assert_eq!(rtmp_push_v1_core_start(0), RTMP_PUSH_CLOSED);
    assert!(!last_error().is_empty());
    thread::spawn(|| assert_eq!(last_error(), ""))
        .join()
        .unwrap();
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
                    while abi!(rtmp_push_v1_session_open(core, 3, &mut session)) == RTMP_PUSH_OK {
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
