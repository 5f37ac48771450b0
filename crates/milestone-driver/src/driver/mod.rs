//! One hardware connection: settings, cameras and the listener they share.
//!
//! A [`Driver`] is the handle. Behind it the [`Hardware`] holds what is wanted and how things are, and the
//! [supervisor](supervisor), a task on a [thread](network_thread) that drivers share, makes the second follow the first.

mod address;
mod certificate;
mod drawing_thread;
mod error;
mod hardware;
mod listener;
mod network_thread;
mod observer;
mod publish;
mod supervisor;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use error::ConnectError;

use crate::config::DriverConfig;
use crate::event::DriverEvent;
use crate::live_session::{LiveSession, OpenSessionError};
use crate::log::LogLine;
use crate::picture::Problem;
use crate::settings::{Change, SettingError, Settings};
use crate::statistics::CameraStatistics;
use drawing_thread::DrawingThread;
use hardware::Hardware;
use supervisor::Supervision;

/// One hardware: a listener and 16 cameras.
///
/// Handles are cheap to clone. The driver ends with [`close`](Self::close) or with its last handle.
#[derive(Clone)]
pub struct Driver {
    running: Arc<Running>,
}

struct Running {
    hardware: Arc<Hardware>,
    supervisor: Mutex<Option<Supervision>>,
}

/// How a driver is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Publishers can connect.
    pub listening: bool,
    /// The port that is listened on, or that the driver tries to listen on.
    pub port: u16,
    /// RTMPS instead of RTMP.
    pub tls: bool,
    /// Connections at this moment.
    pub connections: usize,
    /// Tasks on the thread that serves the driver's connections: some for each driver that shares it, and one for
    /// each connection.
    pub tasks: usize,
    /// What is wrong; the driver keeps trying to put it right.
    pub problem: Option<Problem>,
}

impl Driver {
    /// Starts a driver: checks the address, and listens.
    ///
    /// # Errors
    /// If the address is not this machine's, the port cannot be listened on, or the certificate is of no use. What goes
    /// wrong later does not end the driver: see [`status`](Self::status).
    pub fn connect(config: DriverConfig) -> Result<Self, ConnectError> {
        let drawing = DrawingThread::for_another_driver().map_err(ConnectError::runtime)?;
        let hardware = Arc::new(Hardware::new(config, drawing.queue())?);
        let supervisor = supervisor::start(Arc::clone(&hardware), drawing)?;
        Ok(Self {
            running: Arc::new(Running {
                hardware,
                supervisor: Mutex::new(Some(supervisor)),
            }),
        })
    }

    fn hardware(&self) -> &Hardware {
        &self.running.hardware
    }

    /// Changes settings, all of `changes` or none, with effect when this returns. Limits change without touching
    /// anybody, a new path moves only its camera, and the listener is restarted at most once.
    ///
    /// A listener that cannot be restarted is no error of the change: see [`status`](Self::status).
    ///
    /// # Errors
    /// One error for each change that is refused. The settings stay what they were.
    pub fn apply(
        &self,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), Vec<SettingError>> {
        self.hardware().apply(changes)
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.hardware().settings()
    }

    /// The port that is listened on, or that the driver tries to listen on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.hardware().status().port
    }

    /// Opens a live session of the camera `device`, counted from 0.
    ///
    /// # Errors
    /// If there is no such camera, or the driver is closed.
    pub fn open_session(&self, device: usize) -> Result<LiveSession, OpenSessionError> {
        let camera = self
            .hardware()
            .cameras
            .get(device)
            .ok_or(OpenSessionError::NoSuchCamera)?;
        LiveSession::open(Arc::clone(camera), Instant::now())
    }

    /// The oldest event that was not collected yet, waiting up to `timeout` for one. `None` at once when the driver is
    /// closed and all are collected.
    ///
    /// Starts and stops are kept until they are collected. A host that leaves thousands of them gets no new
    /// publishers.
    #[must_use]
    pub fn next_event(&self, timeout: Duration) -> Option<DriverEvent> {
        self.hardware().surroundings.events.next(timeout)
    }

    /// The oldest log line that was not collected yet, waiting up to `timeout` for one. `None` at once when the driver
    /// is closed and all are collected. The latest few thousand lines are kept.
    #[must_use]
    pub fn next_log(&self, timeout: Duration) -> Option<LogLine> {
        self.hardware().surroundings.log.next(timeout)
    }

    /// How the driver is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.hardware().status()
    }

    /// State and counters of the camera `device`, counted from 0.
    #[must_use]
    pub fn statistics(&self, device: usize) -> Option<CameraStatistics> {
        let camera = self.hardware().cameras.get(device)?;
        Some(camera.statistics(Instant::now()))
    }

    /// Where to push to for the camera `device`, counted from 0, such as `rtmp://192.0.2.7:8783/stream1`.
    #[must_use]
    pub fn push_url(&self, device: usize) -> Option<String> {
        self.hardware().push_url(device)
    }

    /// Ends the driver: sessions and publishers are closed, and the port is free when this returns. A second call does
    /// nothing.
    pub fn close(&self) {
        self.running.close();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Running {
    fn close(&self) {
        self.hardware.begin_close();
        let supervisor = self
            .supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(supervisor) = supervisor {
            supervisor.join();
            self.hardware.end_close();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.close();
    }
}
