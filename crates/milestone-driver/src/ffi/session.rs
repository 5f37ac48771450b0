//! Sessions: a live session with the core that it belongs to.

use std::sync::Arc;
use std::time::Duration;

use super::boundary::{Failure, call};
use super::core::Core;
use super::frame::{lend, lend_sound};
use super::registry::{Kind, Registry};
use super::types::{
    RTMP_PUSH_CLOSED, RTMP_PUSH_DEVICE_CAMERA, RTMP_PUSH_DEVICE_MICROPHONE, RtmpPushFrame,
};
use crate::{LiveSession, MicrophoneSession, NextFrameError, OpenSessionError, camera_name};

static SESSIONS: Registry<Arc<Session>> = Registry::new(Kind::Session);

pub(super) struct Session {
    core: Arc<Core>,
    live: Live,
}

/// What it reads from.
pub(super) enum Live {
    Camera(LiveSession),
    Microphone(MicrophoneSession),
}

impl Session {
    /// The next frame, which is lent to the host.
    pub(super) fn next_frame(&self, timeout: Duration) -> Result<Option<RtmpPushFrame>, Failure> {
        let next = match &self.live {
            Live::Camera(camera) => camera.next_frame(timeout).map(|frame| frame.map(lend)),
            Live::Microphone(microphone) => {
                let next = microphone.next_frame(timeout);
                next.map(|frame| frame.map(lend_sound))
            }
        };
        next.map_err(|error| match error {
            NextFrameError::Closed => Failure::new(RTMP_PUSH_CLOSED, "the session was closed"),
            NextFrameError::Busy => {
                Failure::bad_state("another thread waits for the session's next frame")
            }
        })
    }

    pub(super) fn close(&self) {
        match &self.live {
            Live::Camera(camera) => camera.close(),
            Live::Microphone(microphone) => microphone.close(),
        }
    }
}

pub(super) fn open(core: &Arc<Core>, kind: u32, device: usize) -> Result<u64, Failure> {
    let driver = core.driver()?;
    let live = match kind {
        RTMP_PUSH_DEVICE_CAMERA => driver.open_session(device).map(Live::Camera),
        RTMP_PUSH_DEVICE_MICROPHONE => driver.open_microphone(device).map(Live::Microphone),
        _ => {
            return Err(Failure::invalid(format!(
                "there are no devices of kind {kind}"
            )));
        }
    };
    let live = live.map_err(|error| match error {
        OpenSessionError::NoSuchDevice => {
            Failure::invalid(format!("there is no {}", camera_name(device)))
        }
        OpenSessionError::Closed => Failure::stopped(),
    })?;
    register(core, live)
}

/// Gives a session its handle, unless its core was stopped since it was opened: whoever destroys a core gives up the
/// sessions that have handles, and one that came later would keep the core and its threads.
pub(super) fn register(core: &Arc<Core>, live: Live) -> Result<u64, Failure> {
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

/// Makes the session's handle stale, and returns the session.
pub(super) fn give_up(handle: u64) -> Result<Arc<Session>, Failure> {
    SESSIONS.remove(handle)
}

/// Makes the handles of a core's sessions stale. Of a core that is stopped no session gets a handle any more.
pub(super) fn give_up_of(core: &Arc<Core>) -> Vec<Arc<Session>> {
    SESSIONS.remove_if(|session| Arc::ptr_eq(&session.core, core))
}
