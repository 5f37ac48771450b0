//! A core: its life, its settings and how it is doing.

use std::path::PathBuf;
use std::time::Duration;

use super::{store_handle, wait};
use crate::ffi::boundary::{call, contain};
use crate::ffi::core::{self, Core, Stage, on_core};
use crate::ffi::sized::{self, Answer};
use crate::ffi::text::{TextBuffer, text_at};
use crate::ffi::types::*;
use crate::ffi::{frame, lines, session};
use crate::{Driver, Problem};

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
        let create = || Core::new(uri, PathBuf::from(data_dir), settings);
        // SAFETY: as this function demands.
        unsafe { store_handle(core, || Ok(core::register(create()))) }
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

/// User name and password of the hardware: what publishers log in with where the setting `PublisherAuthentication` is
/// `UserAndPassword`. In effect at once, before the start and afterwards; nobody who publishes is asked again. With an empty
/// password nobody logs in. They are no settings, no function gives them out, and what they replace is overwritten.
///
/// # Safety
/// `user` points to `user_len` bytes, `password` to `password_len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_core_set_login(
    core: RtmpPushCore,
    user: *const u8,
    user_len: usize,
    password: *const u8,
    password_len: usize,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        let user = unsafe { text_at(user, user_len) }?;
        // SAFETY: as this function demands.
        let password = unsafe { text_at(password, password_len) }?;
        core.set_login(user, password)
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
    call(|| {
        let core = core::give_up(core)?;
        // A core that is poisoned is stopped as well as it goes.
        let stopped = contain(|| {
            core.stop(Duration::ZERO);
            Ok(RTMP_PUSH_OK)
        });
        // Afterwards: of a core that is stopped no session gets a handle any more.
        session::give_up_of(&core);
        stopped
    })
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
        let mut answer = unsafe { Answer::new(status, buffer, capacity, needed) }?;
        let stage = core.stage();
        let problem = match &stage {
            Stage::Started(status) => status.problem.as_ref().map(ToString::to_string),
            Stage::Idle | Stage::Stopped(_) => None,
        };
        answer.store(status_of(&stage), &problem.unwrap_or_default())?;
        Ok(RTMP_PUSH_OK)
    })
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
        frames_held: frame::held(),
        kept_bytes: Driver::kept_bytes_of_process() as u64,
        pending: (state != RTMP_PUSH_STATE_STOPPED && status.is_some_and(|status| !status.settled))
            .into(),
        awaiting_header: status.map_or(0, |status| status.awaiting_header as u32),
    }
}
