//! Sessions: how a host takes what comes from a device.

mod frame;
mod reading;
mod sound;
mod video;
mod wait;

use std::fmt;

pub use frame::{Codec, Frame};
pub use sound::{MicrophoneSession, SoundFrame};
pub use video::LiveSession;

/// Why there is no next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextFrameError {
    /// The session or its driver was closed.
    Closed,
    /// Another call waits for the session's next frame.
    Busy,
}

/// Why a session was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenSessionError {
    /// Cameras and microphones are counted from 0 to 15.
    NoSuchDevice,
    /// The driver was closed.
    Closed,
}

impl fmt::Display for NextFrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the session is closed",
            Self::Busy => "another call waits for the session's next frame",
        })
    }
}

impl std::error::Error for NextFrameError {}

impl fmt::Display for OpenSessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchDevice => "there is no such camera or microphone",
            Self::Closed => "the driver is closed",
        })
    }
}

impl std::error::Error for OpenSessionError {}
