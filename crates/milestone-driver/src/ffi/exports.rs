//! The exported functions: arguments checked, results stored, everything else elsewhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::border::{self, Failure, call};
use super::core::{self, CORES, Core, Stage, on_core};
use super::lines;
use super::schema;
use super::session::{self, SESSIONS, on_session};
use super::sized::{self, Destination};
use super::text::{TextBuffer, text_at};
use super::types::*;
use crate::identity::HardwareIdentity;
use crate::poll_queue::ClosedAndEmpty;
use crate::{CAMERAS, CameraStatistics, DriverEvent, LogLevel, LogLine, Problem, Settings};

/// `RTMP_PUSH_ABI_VERSION` of the library. A host that was made for another major version (the upper 16 bits) must not
/// go on.
#[unsafe(no_mangle)]
pub extern "C" fn rtmp_push_abi_version() -> u32 {
    RTMP_PUSH_ABI_VERSION
}

/// Why the latest call on this thread failed, for people.
///
/// # Safety
/// `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_last_error(
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    let stored = border::contain(|| {
        // SAFETY: as this function demands.
        unsafe { TextBuffer::new(buffer, capacity, needed) }?.store(&border::last_error())
    });
    // The message is not replaced by one about itself.
    stored.map_or_else(|failure| failure.code, |()| RTMP_PUSH_OK)
}

/// The MAC address that a hardware is known by, such as `02:5A:…`; `authority` is `host:port` of its URI, empty for a
/// hardware without URI.
///
/// # Safety
/// `authority` points to `authority_len` bytes; `buffer` has room for `capacity` bytes or is null; `needed` is valid or
/// null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_hardware_mac(
    authority: *const u8,
    authority_len: usize,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    call(|| {
        // SAFETY: as this function demands.
        let authority = unsafe { text_at(authority, authority_len) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        buffer.store(&HardwareIdentity::of(authority).mac_address())?;
        Ok(RTMP_PUSH_OK)
    })
}

/// The serial number that goes with the MAC address.
///
/// # Safety
/// As of `rtmp_push_v1_hardware_mac`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_hardware_serial(
    authority: *const u8,
    authority_len: usize,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    call(|| {
        // SAFETY: as this function demands.
        let authority = unsafe { text_at(authority, authority_len) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        buffer.store(&HardwareIdentity::of(authority).serial_number())?;
        Ok(RTMP_PUSH_OK)
    })
}

/// A row of the table of settings, counted from 0, in the order in which people should see them:
/// `RTMP_PUSH_RECEIVED`, or `RTMP_PUSH_OK` behind the last one. The text holds lines: `key`, `name`, `description`, `id`
/// (a GUID), `default` (`default[camera]` of each camera; none of a secret, nor of what has no value until it is set)
/// and `choice[KEY]=NAME` for each choice.
///
/// # Safety
/// `setting` is a valid struct; `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_setting(
    index: u32,
    setting: *mut RtmpPushSetting,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    call(|| {
        // SAFETY: as this function demands.
        let mut destination = unsafe { Destination::new(setting) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        let Some(setting) = schema::at(index) else {
            return Ok(RTMP_PUSH_OK);
        };
        destination.store(schema::numbers(setting));
        buffer.store(&schema::write_texts(setting, &Settings::default()))?;
        Ok(RTMP_PUSH_RECEIVED)
    })
}

/// Creates a core with the settings that the host has stored. Of these, what cannot be read or used has its default, and
/// the core's log says so. It does nothing yet.
///
/// # Safety
/// `config` is a valid struct whose texts are valid; `core` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_create(
    config: *const RtmpPushConfig,
    core: *mut RtmpPushCore,
) -> i32 {
    call(|| {
        let nothing = RtmpPushConfig {
            size: 0,
            reserved: 0,
            uri: std::ptr::null(),
            uri_len: 0,
            data_dir: std::ptr::null(),
            data_dir_len: 0,
            settings: std::ptr::null(),
            settings_len: 0,
        };
        // SAFETY: as this function demands.
        let config = unsafe { sized::load(config, nothing) }?;
        // SAFETY: as this function demands.
        let uri = unsafe { text_at(config.uri, config.uri_len) }?;
        // SAFETY: as this function demands.
        let data_dir = unsafe { text_at(config.data_dir, config.data_dir_len) }?;
        // SAFETY: as this function demands.
        let settings = unsafe { text_at(config.settings, config.settings_len) }?;
        let uri = (!uri.is_empty()).then(|| uri.to_owned());
        let create = || Arc::new(Core::new(uri, PathBuf::from(data_dir), settings));
        // SAFETY: as this function demands.
        unsafe { store_handle(core, || Ok(CORES.insert(create()))) }
    })
}

/// Changes settings: `key=value` lines, `key[camera]=value` for those of a camera; `\n`, `\r` and `\\` in a value stand
/// for line feed, carriage return and backslash. All changes are made or none; unknown keys are passed over.
///
/// `RTMP_PUSH_OK`: they are in effect. `RTMP_PUSH_PENDING`: they are accepted, and the listener needs more time than
/// `timeout_ms` to follow; the status tells when it has. Before the start they are in effect at once.
///
/// # Safety
/// `text` points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_apply_settings(
    core: RtmpPushCore,
    text: *const u8,
    len: usize,
    timeout_ms: i32,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let text = unsafe { text_at(text, len) }?;
        core.apply_settings(text, wait(timeout_ms))
    })
}

/// All settings in force, as lines, but for secrets. The server port is among them once it is known.
///
/// # Safety
/// `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_settings(
    core: RtmpPushCore,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        buffer.store(&lines::write_settings(&core.settings()))?;
        Ok(RTMP_PUSH_OK)
    })
}

/// Listens.
///
/// `RTMP_PUSH_OK`: publishers can connect. A failure: the core can be started again, also with other settings.
/// `RTMP_PUSH_PENDING`: it takes longer than `timeout_ms`, and goes on by itself; the status tells how it ends, and what
/// fails from now on is tried again until it works.
#[unsafe(no_mangle)]
pub extern "C" fn rtmp_push_v1_core_start(core: RtmpPushCore, timeout_ms: i32) -> i32 {
    on_core(core, |core| core.start(wait(timeout_ms)))
}

/// Stops for good. Publishers are told, and have `timeout_ms` to take it in; then they are cut off. When this returns,
/// the port is free and everything has ended; calls that wait return. What happened until then can still be collected.
#[unsafe(no_mangle)]
pub extern "C" fn rtmp_push_v1_core_stop(core: RtmpPushCore, timeout_ms: i32) -> i32 {
    on_core(core, |core| {
        core.stop(wait(timeout_ms));
        Ok(RTMP_PUSH_OK)
    })
}

/// Stops at once, if that has not happened, and gives up the core and its sessions. Their handles are stale from now
/// on. When this has returned for the last core, no thread of the library is left: it may be unloaded, if no call is
/// under way and every frame was released.
#[unsafe(no_mangle)]
pub extern "C" fn rtmp_push_v1_core_destroy(core: RtmpPushCore) -> i32 {
    core::destroy(core)
}

/// How the core is doing; the text says what is wrong and is empty if nothing is. Never waits for another call.
///
/// # Safety
/// `status` is a valid struct; `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_status(
    core: RtmpPushCore,
    status: *mut RtmpPushStatus,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let mut destination = unsafe { Destination::new(status) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        let stage = core.stage();
        destination.store(status_of(&stage));
        let problem = match stage {
            Stage::Started(status) => status.problem.map(|problem| problem.to_string()),
            Stage::Idle | Stage::Stopped(_) => None,
        };
        buffer.store(&problem.unwrap_or_default())?;
        Ok(RTMP_PUSH_OK)
    })
}

/// State and counters of a camera; the text holds lines with `path`, and if there are such `problem`, `peer`, `tls`,
/// `encoder`, `declared`, `profile` and `level`.
///
/// # Safety
/// `stats` is a valid struct; `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_stats(
    core: RtmpPushCore,
    camera: u32,
    stats: *mut RtmpPushStats,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let mut destination = unsafe { Destination::new(stats) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        let statistics = core
            .driver()?
            .statistics(camera_at(camera)?)
            .ok_or_else(|| no_camera(camera))?;
        destination.store(stats_of(&statistics));
        buffer.store(&lines::write_statistics(&statistics))?;
        Ok(RTMP_PUSH_OK)
    })
}

/// Where to push to for a camera, such as `rtmp://192.0.2.7:8783/stream1`.
///
/// # Safety
/// `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_push_url(
    core: RtmpPushCore,
    camera: u32,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        let url = core
            .driver()?
            .push_url(camera_at(camera)?)
            .ok_or_else(|| no_camera(camera))?;
        buffer.store(&url)?;
        Ok(RTMP_PUSH_OK)
    })
}

/// The oldest event that was not collected; waits for one, in whatever state the core is. `RTMP_PUSH_CLOSED` when the
/// core is stopped and all are collected, not before. The text holds lines: `path`, `peer`, `reason`, `frames`, as far as
/// they apply. If the buffer is too small, the event comes again. Several threads may collect: each event comes once.
///
/// # Safety
/// `event` is a valid struct; `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_next_event(
    core: RtmpPushCore,
    timeout_ms: i32,
    event: *mut RtmpPushEvent,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let mut destination = unsafe { Destination::new(event) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        collected(core.outbox.events.deliver(wait(timeout_ms), |event| {
            destination.store(event_of(event));
            buffer.store(&lines::write_event(event))
        }))
    })
}

/// The oldest log line that was not collected; waits for one, in whatever state the core is. `RTMP_PUSH_CLOSED` when the
/// core is stopped and all are collected, not before. If the buffer is too small, the line comes again. Several threads
/// may collect: each line comes once.
///
/// # Safety
/// `line` is a valid struct; `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_next_log(
    core: RtmpPushCore,
    timeout_ms: i32,
    line: *mut RtmpPushLogLine,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let mut destination = unsafe { Destination::new(line) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        collected(core.outbox.log.deliver(wait(timeout_ms), |line| {
            destination.store(log_line_of(line));
            buffer.store(&line.text)
        }))
    })
}

/// Opens a stream of frames from a camera. There can be several; each gets all frames.
///
/// # Safety
/// `session` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_session_open(
    core: RtmpPushCore,
    camera: u32,
    session: *mut RtmpPushSession,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        unsafe { store_handle(session, || session::open(core, camera_at(camera)?)) }
    })
}

/// The session's next frame; waits for one. It has to be released.
///
/// # Safety
/// `frame` is a valid struct that holds no frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_session_next_frame(
    session: RtmpPushSession,
    timeout_ms: i32,
    frame: *mut RtmpPushFrame,
) -> i32 {
    on_session(session, |session| {
        // SAFETY: as this function demands.
        let mut destination = unsafe { Destination::new(frame) }?;
        let Some(frame) = session.next_frame(wait(timeout_ms))? else {
            return Ok(RTMP_PUSH_OK);
        };
        destination.store(session::lend(frame));
        Ok(RTMP_PUSH_RECEIVED)
    })
}

/// Ends the session. A call that waits for its next frame returns at once with `RTMP_PUSH_CLOSED`.
#[unsafe(no_mangle)]
pub extern "C" fn rtmp_push_v1_session_close(session: RtmpPushSession) -> i32 {
    on_session(session, |session| {
        session.close();
        Ok(RTMP_PUSH_OK)
    })
}

/// Ends the session, if that has not happened, and gives it up. Its handle is stale from now on.
#[unsafe(no_mangle)]
pub extern "C" fn rtmp_push_v1_session_destroy(session: RtmpPushSession) -> i32 {
    call(|| {
        SESSIONS.remove(session)?.close();
        Ok(RTMP_PUSH_OK)
    })
}

/// Gives a frame back and clears the struct. A struct that holds no frame is left as it is; a copy of one that was
/// released gives `RTMP_PUSH_CLOSED`.
///
/// # Safety
/// `frame` is a valid struct, and nobody uses its data any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_frame_release(frame: *mut RtmpPushFrame) -> i32 {
    call(|| {
        // SAFETY: as this function demands.
        let held = unsafe { sized::load(frame, session::NO_FRAME) }?;
        if held.owner.is_null() {
            return Ok(RTMP_PUSH_OK);
        }
        // SAFETY: as this function demands.
        unsafe { Destination::new(frame) }?.store(session::NO_FRAME);
        session::release(&held)?;
        Ok(RTMP_PUSH_OK)
    })
}

/// # Safety
/// `destination` is null or valid.
unsafe fn store_handle(
    destination: *mut u64,
    make: impl FnOnce() -> Result<u64, Failure>,
) -> Result<i32, Failure> {
    if destination.is_null() || !destination.is_aligned() {
        return Err(Failure::invalid("there is no place for the handle"));
    }
    let handle = make()?;
    // SAFETY: not null, aligned, and valid as this function demands.
    unsafe { destination.write(handle) };
    Ok(RTMP_PUSH_OK)
}

/// A time to wait as hosts give it.
fn wait(timeout_ms: i32) -> Duration {
    const LONGEST_MS: u64 = 60_000;
    Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0).min(LONGEST_MS))
}

/// The result of collecting.
fn collected(
    delivered: Result<Option<Result<(), Failure>>, ClosedAndEmpty>,
) -> Result<i32, Failure> {
    match delivered {
        Ok(Some(delivered)) => delivered.map(|()| RTMP_PUSH_RECEIVED),
        Ok(None) => Ok(RTMP_PUSH_OK),
        Err(ClosedAndEmpty) => Err(Failure::stopped()),
    }
}

/// The camera that hosts know by this number: they count from 1.
fn camera_at(camera: u32) -> Result<usize, Failure> {
    let index = (camera as usize).checked_sub(1);
    index
        .filter(|index| *index < CAMERAS)
        .ok_or_else(|| no_camera(camera))
}

fn no_camera(camera: u32) -> Failure {
    Failure::invalid(format!(
        "there is no camera {camera}, cameras are 1 to {CAMERAS}"
    ))
}

fn status_of(stage: &Stage) -> RtmpPushStatus {
    let (state, status) = match stage {
        Stage::Idle => (RTMP_PUSH_STATE_IDLE, None),
        Stage::Stopped(status) => (RTMP_PUSH_STATE_STOPPED, status.as_ref()),
        Stage::Started(status) if status.listening => (RTMP_PUSH_STATE_LISTENING, Some(status)),
        Stage::Started(status) if status.problem.is_some() => {
            (RTMP_PUSH_STATE_FAILED, Some(status))
        }
        Stage::Started(status) => (RTMP_PUSH_STATE_STARTING, Some(status)),
    };
    let error = match status.and_then(|status| status.problem.as_ref()) {
        None => RTMP_PUSH_OK,
        Some(
            Problem::CertificateMissing { .. }
            | Problem::WrongCertificatePassword
            | Problem::CertificateUnusable { .. },
        ) => RTMP_PUSH_TLS,
        Some(_) => RTMP_PUSH_IO,
    };
    RtmpPushStatus {
        size: size_of::<RtmpPushStatus>() as u32,
        state,
        error,
        port: status.map_or(0, |status| status.port.into()),
        tls: status.is_some_and(|status| status.tls).into(),
        connections: status.map_or(0, |status| status.connections as u32),
        frames_held: session::frames_held(),
        pending: (state != RTMP_PUSH_STATE_STOPPED && status.is_some_and(|status| !status.settled))
            .into(),
        reserved: 0,
    }
}

fn stats_of(statistics: &CameraStatistics) -> RtmpPushStats {
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    let publisher = statistics.publisher.as_ref();
    let video = publisher.and_then(|publisher| publisher.video.as_ref());
    RtmpPushStats {
        size: size_of::<RtmpPushStats>() as u32,
        flags: flag(statistics.open, RTMP_PUSH_CAMERA_OPEN)
            | flag(publisher.is_some(), RTMP_PUSH_CAMERA_PUBLISHING)
            | flag(statistics.problem.is_some(), RTMP_PUSH_CAMERA_PROBLEM),
        sessions: statistics.sessions as u32,
        width: video.map_or(0, |video| video.width),
        height: video.map_or(0, |video| video.height),
        queue_depth: statistics.queue_depth as u32,
        uptime_ms: publisher.map_or(0, |publisher| publisher.uptime.as_millis() as u64),
        frames_in: statistics.input.frames,
        bytes_in: statistics.input.bytes,
        key_frames_in: statistics.input.key_frames,
        frames_out: statistics.output.frames,
        bytes_out: statistics.output.bytes,
        dropped_slow_session: statistics.drops.slow_session,
        dropped_before_key_frame: statistics.drops.before_key_frame,
        unusable_messages: statistics.drops.unusable_messages,
        audio_messages: statistics.drops.audio_messages,
        latency_p50_us: statistics
            .latency
            .map_or(0, |latency| microseconds(latency.median)),
        latency_p99_us: statistics
            .latency
            .map_or(0, |latency| microseconds(latency.p99)),
    }
}

fn microseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

fn event_of(event: &DriverEvent) -> RtmpPushEvent {
    let (kind, camera, time) = match event {
        DriverEvent::StreamStarted { device, time, .. } => {
            (RTMP_PUSH_EVENT_STREAM_STARTED, device + 1, time)
        }
        DriverEvent::StreamStopped { device, time, .. } => {
            (RTMP_PUSH_EVENT_STREAM_STOPPED, device + 1, time)
        }
        DriverEvent::PublishRefused { time, .. } => (RTMP_PUSH_EVENT_PUBLISH_REFUSED, 0, time),
    };
    RtmpPushEvent {
        size: size_of::<RtmpPushEvent>() as u32,
        kind,
        camera: camera as u32,
        reserved: 0,
        time: time.0,
    }
}

fn log_line_of(line: &LogLine) -> RtmpPushLogLine {
    RtmpPushLogLine {
        size: size_of::<RtmpPushLogLine>() as u32,
        level: match line.level {
            LogLevel::Debug => RTMP_PUSH_LOG_DEBUG,
            LogLevel::Info => RTMP_PUSH_LOG_INFO,
            LogLevel::Warning => RTMP_PUSH_LOG_WARNING,
            LogLevel::Error => RTMP_PUSH_LOG_ERROR,
        },
        time: line.time.0,
    }
}
