//! Sessions and their frames.

use super::{camera_at, store_handle, wait};
use crate::ffi::boundary::call;
use crate::ffi::core::on_core;
use crate::ffi::frame::{self, NO_FRAME};
use crate::ffi::session::{self, on_session};
use crate::ffi::sized::{self, Destination};
use crate::ffi::types::*;

/// Opens a stream of frames from the camera or the microphone (`kind`, one of `RTMP_PUSH_DEVICE_…`) of this number.
/// There can be several; each gets all frames. A microphone has none unless somebody publishes sound.
///
/// # Safety
/// `session` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_session_open(
    core: RtmpPushCore,
    kind: u32,
    number: u32,
    session: *mut RtmpPushSession,
) -> i32 {
    on_core(core, |core| {
        // SAFETY: as this function demands.
        unsafe { store_handle(session, || session::open(core, kind, camera_at(number)?)) }
    })
}

/// The session's next frame; waits for one. It has to be released. `RTMP_PUSH_CLOSED` when the session is closed, or when
/// the core is stopped and every frame that came before was fetched.
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
        destination.store(frame);
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
        session::give_up(session)?.close();
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
        let held = unsafe { sized::load(frame, NO_FRAME) }?;
        if held.owner.is_null() {
            return Ok(RTMP_PUSH_OK);
        }
        // SAFETY: as this function demands.
        unsafe { Destination::new(frame) }?.store(NO_FRAME);
        frame::release(&held)?;
        Ok(RTMP_PUSH_OK)
    })
}
