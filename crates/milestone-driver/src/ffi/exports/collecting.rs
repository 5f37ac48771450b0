//! What happened, and what the log says: collected one by one.

use super::wait;
use crate::ffi::boundary::Failure;
use crate::ffi::core::on_core;
use crate::ffi::lines;
use crate::ffi::sized::Answer;
use crate::ffi::types::*;
use crate::poll_queue::ClosedAndEmpty;
use crate::{DriverEvent, LogLevel, LogLine};

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
        let mut answer = unsafe { Answer::new(event, buffer, capacity, needed) }?;
        collected(core.outbox.events.deliver(wait(timeout_ms), |event| {
            answer.store(event_of(event), &lines::write_event(event))
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
        let mut answer = unsafe { Answer::new(line, buffer, capacity, needed) }?;
        collected(core.outbox.log.deliver(wait(timeout_ms), |line| {
            answer.store(log_line_of(line), &line.text)
        }))
    })
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
