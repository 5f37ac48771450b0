//! RTMP and RTMPS push ingest as a device driver for the Milestone XProtect Recording Server.
//!
//! A [`Driver`] is one hardware: it listens on a port and has 16 cameras, each published to by its [`StreamPath`].
//! A [`LiveSession`] takes a camera's frames, a [`MicrophoneSession`] its sound, [`Driver::next_event`] what happens,
//! [`Driver::next_log`] the log.
//! [`Settings`] can be changed while all that runs.

pub mod ffi;
#[cfg(feature = "measuring")]
#[doc(hidden)]
pub mod measuring;
pub mod picture;

mod clock;
mod device;
mod driver;
mod event;
mod identity;
mod log;
mod outbox;
mod poll_queue;
mod problem;
mod publish_point;
mod session;
mod settings;
mod statistics;
mod stream_path;
mod time;
mod track;

/// For hosts that look into the access units of [`Frame::data`].
pub use flv_h264;
pub use flv_h264::{AudioEncoding, AudioFormat};

pub use driver::{ConnectError, Driver, DriverClosed, DriverConfig, PublisherLogin, Status};
pub use event::DriverEvent;
pub use identity::{CAMERAS, DEFAULT_PORT, HardwareIdentity, camera_name};
pub use log::{LogLevel, LogLine};
pub use problem::Problem;
pub use session::{
    Codec, Frame, LiveSession, MicrophoneSession, NextFrameError, OpenSessionError, SoundFrame,
};
pub use settings::{
    CameraSettings, Change, Choice, Networks, NetworksError, PublisherAuthentication, Secret,
    SettingDescriptor, SettingEffect, SettingError, SettingKind, SettingProblem, SettingScope,
    Settings,
};
pub use statistics::{
    CameraStatistics, DropStatistics, FlowStatistics, LatencyStatistics, PublisherStatistics,
    SoundDescription, SoundStatistics, SpacingStatistics, VideoCodec, VideoStatistics,
};
pub use stream_path::{StreamPath, StreamPathError};
pub use time::Ticks;
