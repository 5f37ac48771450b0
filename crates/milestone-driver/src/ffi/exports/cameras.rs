//! What there is to know of a camera.

use std::time::Duration;

use super::{camera_at, no_camera};
use crate::CameraStatistics;
use crate::ffi::core::on_core;
use crate::ffi::lines;
use crate::ffi::sized::Answer;
use crate::ffi::text::TextBuffer;
use crate::ffi::types::*;

/// State and counters of a camera; the text holds lines with `path`, and if there are such `problem`, `peer`, `tls`,
/// `encoder`, `declared`, `profile`, `level` and `sound`.
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
        let mut answer = unsafe { Answer::new(stats, buffer, capacity, needed) }?;
        let statistics = core
            .driver()?
            .statistics(camera_at(camera)?)
            .ok_or_else(|| no_camera(camera))?;
        let details = lines::write_statistics(&statistics);
        answer.store(stats_of(&statistics), &details)?;
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
        sound_frames_in: statistics.sound.input.frames,
        sound_bytes_in: statistics.sound.input.bytes,
        sound_frames_out: statistics.sound.output.frames,
        sound_dropped_slow_session: statistics.sound.slow_session,
        sound_left_out: statistics.sound.left_out,
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
