//! The exported functions, called as a host calls them.

use std::net::{TcpListener, TcpStream};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::core::{CORES, on_core};
use super::session::SESSIONS;
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
        settings: null(),
        settings_len: 0,
    }
}

fn frame() -> RtmpPushFrame {
    super::session::NO_FRAME
}

fn event() -> RtmpPushEvent {
    RtmpPushEvent {
        size: size_of_u32::<RtmpPushEvent>(),
        kind: 0,
        camera: 0,
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
        pending: 0,
        reserved: 0,
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

fn create_with(settings: &str, folder: &str) -> RtmpPushCore {
    let mut config = config();
    (config.settings, config.settings_len) = (settings.as_ptr(), settings.len());
    (config.data_dir, config.data_dir_len) = (folder.as_ptr(), folder.len());
    let mut core = 0;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&config, &mut core)),
        RTMP_PUSH_OK
    );
    core
}

fn apply(core: RtmpPushCore, settings: &str) -> i32 {
    apply_within(core, settings, PATIENT_MS)
}

fn apply_within(core: RtmpPushCore, settings: &str, timeout_ms: i32) -> i32 {
    abi!(rtmp_push_v1_core_apply_settings(
        core,
        settings.as_ptr(),
        settings.len(),
        timeout_ms
    ))
}

fn start(core: RtmpPushCore) -> i32 {
    rtmp_push_v1_core_start(core, PATIENT_MS)
}

fn stop(core: RtmpPushCore) -> i32 {
    rtmp_push_v1_core_stop(core, PATIENT_MS)
}

fn next_event(core: RtmpPushCore, timeout_ms: i32) -> i32 {
    text_of!(rtmp_push_v1_core_next_event(core, timeout_ms, &mut event())).0
}

/// All log lines that wait.
fn log_of(core: RtmpPushCore) -> Vec<String> {
    let mut lines = Vec::new();
    while let (RTMP_PUSH_RECEIVED, text) =
        text_of!(rtmp_push_v1_core_next_log(core, 0, &mut log_line()))
    {
        lines.push(text);
    }
    lines
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
        if start(core) == RTMP_PUSH_OK {
            return core;
        }
    }
    panic!("no port is free: {}", last_error());
}

fn open(core: RtmpPushCore, camera: u32) -> RtmpPushSession {
    let mut session = 0;
    assert_eq!(
        abi!(rtmp_push_v1_session_open(core, camera, &mut session)),
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

#[test]
fn events_and_log_are_collected_in_every_state() {
    let core = create();
    assert_eq!(next_event(core, 0), RTMP_PUSH_OK, "before the start");
    rtmp_push_v1_core_destroy(core);
    let core = create();
    assert_eq!(stop(core), RTMP_PUSH_OK);
    assert_eq!(
        next_event(core, PATIENT_MS),
        RTMP_PUSH_CLOSED,
        "never started"
    );
    assert_eq!(apply(core, "MaxConnections=7\n"), RTMP_PUSH_CLOSED);
    rtmp_push_v1_core_destroy(core);
    // A start that fails is not the end of the log.
    let holder = hold_port();
    let port = holder.local_addr().unwrap().port();
    let core = create_with(&format!("ServerPort={port}\n"), "/nonexistent");
    assert_eq!(start(core), RTMP_PUSH_IO);
    assert!(log_of(core).iter().any(|line| line.contains("in use")));
    assert_eq!(next_event(core, 0), RTMP_PUSH_OK);
    rtmp_push_v1_core_destroy(core);
}

/// A certificate file that nobody can read until the test lets them: a pipe.
#[cfg(unix)]
struct SlowCertificate {
    folder: tempfile::TempDir,
}

#[cfg(unix)]
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
#[cfg(unix)]
fn prompt<T>(call: impl FnOnce() -> T) -> T {
    const SLACK: Duration = Duration::from_secs(5);
    let start = Instant::now();
    let result = call();
    assert!(start.elapsed() < SLACK, "{:?}", start.elapsed());
    result
}

#[cfg(unix)]
#[test]
fn no_call_waits_for_a_start_that_takes_its_time() {
    let certificate = SlowCertificate::new();
    let port = hold_port().local_addr().unwrap().port();
    let core = create_with(
        &format!("ServerPort={port}\nEnableTls=true\n"),
        certificate.folder(),
    );
    thread::scope(|scope| {
        let starting = scope.spawn(|| start(core));
        while status(core).0.state == RTMP_PUSH_STATE_IDLE {
            thread::yield_now();
        }
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

#[cfg(unix)]
#[test]
fn a_start_that_takes_too_long_goes_on_by_itself() {
    let certificate = SlowCertificate::new();
    let port = hold_port().local_addr().unwrap().port();
    let core = create_with(
        &format!("ServerPort={port}\nEnableTls=true\n"),
        certificate.folder(),
    );
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

#[cfg(unix)]
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

#[cfg(unix)]
#[test]
fn a_stop_ends_a_start_that_waits() {
    for destroy in [false, true] {
        let certificate = SlowCertificate::new();
        let port = hold_port().local_addr().unwrap().port();
        let core = create_with(
            &format!("ServerPort={port}\nEnableTls=true\n"),
            certificate.folder(),
        );
        thread::scope(|scope| {
            let starting = scope.spawn(|| start(core));
            while status(core).0.state == RTMP_PUSH_STATE_IDLE {
                thread::yield_now();
            }
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

/// Two collectors, one of which has too little room: each line comes once, in its order.
#[test]
fn two_collectors_lose_nothing() {
    let core = started();
    log_of(core);
    let collected: [Vec<String>; 2] = thread::scope(|scope| {
        let collectors = [8192, 60].map(|capacity| {
            scope.spawn(move || {
                let mut lines = Vec::new();
                loop {
                    let mut buffer = vec![0; capacity];
                    let (mut line, mut needed) = (log_line(), 0);
                    let code = abi!(rtmp_push_v1_core_next_log(
                        core,
                        PATIENT_MS,
                        &mut line,
                        buffer.as_mut_ptr(),
                        buffer.len(),
                        &mut needed
                    ));
                    match code {
                        RTMP_PUSH_RECEIVED => {
                            buffer.truncate(needed);
                            lines.push(String::from_utf8(buffer).unwrap());
                        }
                        RTMP_PUSH_BUFFER_TOO_SMALL => thread::yield_now(),
                        code => {
                            assert_eq!(code, RTMP_PUSH_CLOSED);
                            break lines;
                        }
                    }
                }
            })
        });
        for change in 0..300 {
            // Lines of both lengths.
            let path = if change % 2 == 0 {
                "/a"
            } else {
                "/a-path-that-is-somewhat-longer"
            };
            let change = format!("RtmpPushStreamPath[1]={path}{change}\n");
            assert_eq!(apply(core, &change), RTMP_PUSH_OK);
        }
        stop(core);
        collectors.map(|collector| collector.join().unwrap())
    });
    let number = |line: &String| {
        let digits = line.rsplit_once(|c: char| !c.is_ascii_digit())?.1;
        line.contains("is now /a")
            .then(|| digits.parse::<u32>().unwrap())
    };
    let mut numbers: Vec<_> = collected.iter().flatten().filter_map(number).collect();
    for lines in &collected {
        assert!(lines.iter().filter_map(number).is_sorted());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>());
    rtmp_push_v1_core_destroy(core);
}

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
    let core = CORES.get(handle).unwrap();
    let live = core.driver().unwrap().open_session(0).unwrap();
    assert_eq!(rtmp_push_v1_core_destroy(handle), RTMP_PUSH_OK);
    let refused = super::session::register(&core, live).unwrap_err();
    assert_eq!(refused.code, RTMP_PUSH_CLOSED);
    let left = SESSIONS.remove_if(|session| std::sync::Arc::ptr_eq(&session.core, &core));
    assert!(left.is_empty(), "nobody could close it");
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

    stop(core);
    let mut lines = vec![first];
    loop {
        match text_of!(rtmp_push_v1_core_next_log(core, 60_000, &mut line)) {
            (RTMP_PUSH_RECEIVED, text) => lines.push(text),
            (code, _) => break assert_eq!(code, RTMP_PUSH_CLOSED),
        }
    }
    assert!(lines.iter().any(|line| line.contains(&port)), "{lines:?}");
    assert_eq!(next_event(core, PATIENT_MS), RTMP_PUSH_CLOSED);
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn urls_and_statistics_are_there_for_each_camera() {
    let core = started();
    let session = open(core, 16);
    let (code, url) = text_of!(rtmp_push_v1_core_push_url(core, 16));
    assert_eq!(code, RTMP_PUSH_OK);
    assert!(
        url.starts_with("rtmp://") && url.ends_with("/stream16"),
        "{url}"
    );
    // SAFETY: any bytes are valid, and zeros are plain numbers.
    let mut stats: RtmpPushStats = unsafe { std::mem::zeroed() };
    stats.size = size_of_u32::<RtmpPushStats>();
    let (code, text) = text_of!(rtmp_push_v1_core_stats(core, 16, &mut stats));
    assert_eq!(
        (code, stats.sessions, stats.flags),
        (RTMP_PUSH_OK, 1, RTMP_PUSH_CAMERA_OPEN)
    );
    assert_eq!(text, "path=/stream16\n");
    assert_eq!(
        text_of!(rtmp_push_v1_core_stats(core, 17, &mut stats)).0,
        RTMP_PUSH_INVALID_ARGUMENT
    );
    for nobody in [0, 17, u32::MAX] {
        let (code, _) = text_of!(rtmp_push_v1_core_push_url(core, nobody));
        assert_eq!(code, RTMP_PUSH_INVALID_ARGUMENT);
        assert_eq!(
            abi!(rtmp_push_v1_session_open(core, nobody, &mut 0)),
            RTMP_PUSH_INVALID_ARGUMENT
        );
        assert!(last_error().contains("1 to 16"), "{}", last_error());
    }
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
        abi!(rtmp_push_v1_core_apply_settings(
            core,
            b"\xFF".as_ptr(),
            1,
            0
        )),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        abi!(rtmp_push_v1_session_open(core, 1, &mut 0)),
        RTMP_PUSH_BAD_STATE,
        "not started"
    );
    assert_eq!(
        text_of!(rtmp_push_v1_core_next_event(core, 0, null_mut())).0,
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        abi!(rtmp_push_v1_frame_release(null_mut())),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    rtmp_push_v1_core_destroy(core);
    for stale in [0, 1, core, u64::MAX] {
        assert_eq!(start(stale), RTMP_PUSH_CLOSED);
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

#[test]
fn the_message_belongs_to_the_thread() {
    assert_eq!(start(0), RTMP_PUSH_CLOSED);
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
                    while abi!(rtmp_push_v1_session_open(core, 4, &mut session)) == RTMP_PUSH_OK {
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
