//! Sessions and the frames they hand out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::border::{Failure, call};
use super::core::Core;
use super::handle::{Kind, Registry};
use super::types::{
    RTMP_PUSH_CLOSED, RTMP_PUSH_CODEC_H264, RTMP_PUSH_CODEC_JPEG, RTMP_PUSH_FRAME_DISCONTINUITY,
    RTMP_PUSH_FRAME_KEY, RTMP_PUSH_FRAME_PLACEHOLDER, RtmpPushFrame,
};
use crate::{Codec, Frame, LiveSession, NextFrameError, OpenSessionError, camera_name};

pub(super) static SESSIONS: Registry<Arc<Session>> = Registry::new(Kind::Session);

/// The data of frames that the host holds.
static FRAMES: Registry<Bytes> = Registry::new(Kind::Frame);

/// What a released frame looks like.
pub(super) const NO_FRAME: RtmpPushFrame = RtmpPushFrame {
    size: size_of::<RtmpPushFrame>() as u32,
    codec: 0,
    len: 0,
    time: 0,
    sync_time: 0,
    flags: 0,
    reserved: 0,
    data: std::ptr::null(),
    owner: std::ptr::null_mut(),
};

pub(super) struct Session {
    pub(super) core: Arc<Core>,
    live: LiveSession,
}

impl Session {
    pub(super) fn next_frame(&self, timeout: Duration) -> Result<Option<Frame>, Failure> {
        self.live.next_frame(timeout).map_err(|error| match error {
            NextFrameError::Closed => Failure::new(RTMP_PUSH_CLOSED, "the session was closed"),
            NextFrameError::Busy => {
                Failure::bad_state("another thread waits for the session's next frame")
            }
        })
    }

    pub(super) fn close(&self) {
        self.live.close();
    }
}

pub(super) fn open(core: &Arc<Core>, device: usize) -> Result<u64, Failure> {
    let live = core
        .driver()?
        .open_session(device)
        .map_err(|error| match error {
            OpenSessionError::NoSuchCamera => {
                Failure::invalid(format!("there is no {}", camera_name(device)))
            }
            OpenSessionError::Closed => Failure::stopped(),
        })?;
    register(core, live)
}

/// Gives a session its handle, unless its core was stopped since it was opened: whoever destroys a core gives up the
/// sessions that have handles, and one that came later would keep the core and its threads.
pub(super) fn register(core: &Arc<Core>, live: LiveSession) -> Result<u64, Failure> {
    let session = Session {
        core: Arc::clone(core),
        live,
    };
    let handle = SESSIONS.insert(Arc::new(session));
    if core.is_stopped() {
        let _ = SESSIONS.remove(handle);
        return Err(Failure::stopped());
    }
    Ok(handle)
}

/// Runs a call on the session that `handle` names.
pub(super) fn on_session(handle: u64, body: impl FnOnce(&Session) -> Result<i32, Failure>) -> i32 {
    call(|| {
        let session = SESSIONS.get(handle)?;
        session.core.run(|| body(&session))
    })
}

/// Lends `frame` to the host until [`release`].
pub(super) fn lend(frame: Frame) -> RtmpPushFrame {
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    let (data, len) = (frame.data.as_ptr(), frame.data.len() as u64);
    let owner = FRAMES.insert(frame.data);
    RtmpPushFrame {
        size: size_of::<RtmpPushFrame>() as u32,
        codec: match frame.codec {
            Codec::Jpeg => RTMP_PUSH_CODEC_JPEG,
            Codec::H264 => RTMP_PUSH_CODEC_H264,
        },
        len,
        time: frame.time.0,
        sync_time: frame.sync_time.0,
        flags: flag(frame.key, RTMP_PUSH_FRAME_KEY)
            | flag(frame.discontinuity, RTMP_PUSH_FRAME_DISCONTINUITY)
            | flag(frame.placeholder, RTMP_PUSH_FRAME_PLACEHOLDER),
        reserved: 0,
        data,
        owner: std::ptr::without_provenance_mut(owner as usize),
    }
}

/// Takes a frame back.
pub(super) fn release(frame: &RtmpPushFrame) -> Result<(), Failure> {
    FRAMES.remove(frame.owner.addr() as u64).map(drop)
}

pub(super) fn frames_held() -> u64 {
    FRAMES.len() as u64
}
