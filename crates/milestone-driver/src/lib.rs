//! RTMP and RTMPS push ingest as a device driver for the Milestone XProtect Recording Server.
//!
//! A [`Driver`] is one hardware: it listens on a port and has 16 cameras, each published to by its [`StreamPath`].
//! A [`LiveSession`] takes a camera's frames, [`Driver::next_event`] what happens, [`Driver::next_log`] the log.
//! [`Settings`] can be changed while all that runs.

pub mod ffi;
#[cfg(feature = "measuring")]
#[doc(hidden)]
pub mod measuring;
pub mod picture;

mod camera;
mod clock;
mod config;
mod driver;
mod event;
mod frame;
mod hardware_identity;
mod live_session;
mod log;
mod outbox;
mod poll_queue;
mod problem;
mod settings;
mod statistics;
mod stream_path;
mod time;

/// For hosts that look into the access units of [`Frame::data`].
pub use flv_h264;

pub use config::DriverConfig;
pub use driver::{ConnectError, Driver, DriverClosed, Status};
pub use event::DriverEvent;
pub use frame::{Codec, Frame};
pub use hardware_identity::HardwareIdentity;
pub use live_session::{LiveSession, NextFrameError, OpenSessionError};
pub use log::{LogLevel, LogLine};
pub use picture::Problem;
pub use settings::{
    Change, SettingDescriptor, SettingError, SettingKind, SettingProblem, SettingScope, Settings,
};
pub use statistics::{
    CameraStatistics, DropStatistics, FlowStatistics, LatencyStatistics, PublisherStatistics,
    SpacingStatistics, VideoStatistics,
};
pub use stream_path::{StreamPath, StreamPathError};
pub use time::Ticks;

/// Cameras of a hardware.
pub const CAMERAS: usize = 16;

/// The port that is listened on if neither settings nor URI name one.
pub const DEFAULT_PORT: u16 = 8783;

/// The name of the camera `device`, counted from 0: "Stream 1" for the first.
#[must_use]
pub fn camera_name(device: usize) -> String {
    format!("Stream {}", device + 1)
}
