//! The exported functions, called as a host calls them.

use std::net::TcpListener;
use std::ptr::null;
use std::sync::atomic::{AtomicU64, Ordering};

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

mod arguments;
mod collecting;
mod life;
mod sessions;
mod settings;
#[cfg(unix)]
mod slow_start;

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
    super::frame::NO_FRAME
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
        kept_bytes: 0,
        pending: 0,
        awaiting_header: 0,
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
        abi!(rtmp_push_v1_session_open(
            core,
            RTMP_PUSH_DEVICE_CAMERA,
            camera,
            &mut session
        )),
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
