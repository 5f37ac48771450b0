//! How a host takes frames from a device.

mod frame;
mod video;

pub use frame::{Codec, Frame};
pub use video::{LiveSession, NextFrameError, OpenSessionError};
