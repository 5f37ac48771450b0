//! One hardware connection: settings, cameras and the listener they share.
//!
//! A [`Driver`] is the handle. Behind it the [`Hardware`] has the [cameras](cameras), what is [wanted](wanted) of the
//! driver and how its listener [is](listener_state), and the [supervisor](supervisor), a task on a
//! [thread](network_thread) that drivers share, makes the last follow the second.

mod access;
mod address;
mod cameras;
mod certificate;
mod config;
mod drawing_thread;
mod error;
mod hardware;
mod listener;
mod listener_state;
mod network_thread;
mod observer;
mod publish;
mod supervisor;
mod wanted;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use access::PublisherLogin;
pub use config::DriverConfig;
pub use error::{ConnectError, DriverClosed};
pub use hardware::Status;

use crate::device::{Camera, Feed, Sound};
use crate::event::DriverEvent;
use crate::log::LogLine;
use crate::outbox::Outbox;
use crate::picture::PublisherNeeds;
use crate::problem::Problem;
use crate::publish_point::Shared;
use crate::session::{LiveSession, MicrophoneSession, OpenSessionError};
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
    outbox: Outbox,
    /// The thread that it may have to itself ends when this is dropped.
    _supervision: Supervision,
}

impl Driver {
    /// Starts a driver: checks the address, and listens. Waits for the listener, for ten seconds at most: a machine that
    /// needs longer has a driver that does not listen yet, as its [`status`](Self::status) says.
    ///
    /// # Errors
    /// If the address is not this machine's, the port cannot be listened on, or the certificate is of no use. What goes
    /// wrong later does not end the driver: see [`status`](Self::status).
    pub fn connect(config: DriverConfig) -> Result<Self, ConnectError> {
        let driver = Self::start(config, Outbox::new())?;
        driver.wait_until_settled(CONNECTING);
        match driver.failure() {
            None => Ok(driver),
            Some(problem) => Err(problem.into()),
        }
    }

    /// Starts a driver without waiting for its listener. Its events and log lines go to `outbox`.
    pub(crate) fn start(config: DriverConfig, outbox: Outbox) -> Result<Self, ConnectError> {
        let drawing = DrawingThread::for_another_driver().map_err(ConnectError::runtime)?;
        let hardware = Arc::new(Hardware::new(config, outbox.clone(), drawing.queue())?);
        let supervision = supervisor::start(&hardware, drawing)?;
        Ok(Self {
            running: Arc::new(Running {
                hardware,
                outbox,
                _supervision: supervision,
            }),
        })
    }

    /// Why the driver does not listen, if it cannot.
    pub(crate) fn failure(&self) -> Option<Problem> {
        let status = self.status();
        status.problem.filter(|_| !status.listening)
    }

    /// Both are handles to the same driver.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.running, &other.running)
    }

    fn hardware(&self) -> &Hardware {
        &self.running.hardware
    }

    /// Changes settings, all of `changes` or none. Limits change without touching anybody, a new path moves only its
    /// camera, and the listener is restarted at most once.
    ///
    /// Does not wait: what concerns the listener is under way when this returns, see
    /// [`wait_until_settled`](Self::wait_until_settled); everything else is in effect. A listener that cannot be
    /// restarted is no error of the change: see [`status`](Self::status).
    ///
    /// # Errors
    /// One error for each change that is refused. The settings stay what they were.
    pub fn apply(
        &self,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), Vec<SettingError>> {
        self.apply_to_current(|_| changes)
    }

    /// As [`apply`](Self::apply), with changes that depend on the settings in force: nobody else changes these meanwhile.
    /// `changes` calls nothing of this driver.
    ///
    /// # Errors
    /// As for [`apply`](Self::apply).
    pub fn apply_to_current<C: IntoIterator<Item = Change>>(
        &self,
        changes: impl FnOnce(&Settings) -> C,
    ) -> Result<(), Vec<SettingError>> {
        self.hardware().apply(changes)
    }

    /// From now on publishers log in with `login`, where the settings ask for a login. It is in effect at once; nobody who
    /// publishes is asked again. Without one, or with one that has no password, nobody can log in.
    pub fn set_login(&self, login: Option<PublisherLogin>) {
        self.hardware().set_login(login);
    }

    /// Waits until everything that was asked for by now is done, as far as it can be. False if that takes longer than
    /// `timeout`, or the driver is closed.
    pub fn wait_until_settled(&self, timeout: Duration) -> bool {
        self.hardware().wait_until_settled(timeout)
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.hardware().wanted.settings()
    }

    /// The port that is listened on, or that the driver tries to listen on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.hardware().listener.port()
    }

    /// Opens a live session of the camera `device`, counted from 0.
    ///
    /// # Errors
    /// If there is no such camera, or the driver is closed.
    pub fn open_session(&self, device: usize) -> Result<LiveSession, OpenSessionError> {
        LiveSession::open(self.camera(device)?, Instant::now())
    }

    /// Opens a live session for a viewer that nobody vouches for: where another session would hold the publisher back,
    /// to the harm of all who watch the camera, this one loses frames.
    ///
    /// # Errors
    /// As for [`open_session`](Self::open_session).
    pub fn open_preview(&self, device: usize) -> Result<LiveSession, OpenSessionError> {
        LiveSession::open_preview(self.camera(device)?, Instant::now())
    }

    /// Opens a session of the microphone `device`, counted from 0: that of the camera of the same number.
    ///
    /// # Errors
    /// If there is no such microphone, or the driver is closed.
    pub fn open_microphone(&self, device: usize) -> Result<MicrophoneSession, OpenSessionError> {
        MicrophoneSession::open(self.microphone(device)?, Instant::now())
    }

    /// Opens a session for a listener that nobody vouches for: see [`open_preview`](Self::open_preview).
    ///
    /// # Errors
    /// As for [`open_microphone`](Self::open_microphone).
    pub fn open_microphone_preview(
        &self,
        device: usize,
    ) -> Result<MicrophoneSession, OpenSessionError> {
        MicrophoneSession::open_preview(self.microphone(device)?, Instant::now())
    }

    fn microphone(&self, device: usize) -> Result<Arc<Feed<Sound>>, OpenSessionError> {
        let point = self.hardware().cameras.get(device);
        let point = point.ok_or(OpenSessionError::NoSuchDevice)?;
        Ok(Arc::clone(point.microphone()))
    }

    fn camera(&self, device: usize) -> Result<Arc<Camera>, OpenSessionError> {
        let point = self.hardware().cameras.get(device);
        let point = point.ok_or(OpenSessionError::NoSuchDevice)?;
        Ok(Arc::clone(point.camera()))
    }

    /// The oldest event that was not collected yet, waiting up to `timeout` for one.
    ///
    /// Starts and stops are kept until they are collected. A camera of which a host leaves hundreds gets no new
    /// publishers.
    ///
    /// # Errors
    /// When the driver is closed and all are collected.
    pub fn next_event(&self, timeout: Duration) -> Result<Option<DriverEvent>, DriverClosed> {
        Ok(self.running.outbox.events.next(timeout)?)
    }

    /// The oldest log line that was not collected yet, waiting up to `timeout` for one. The latest few thousand lines
    /// are kept.
    ///
    /// # Errors
    /// When the driver is closed and all are collected.
    pub fn next_log(&self, timeout: Duration) -> Result<Option<LogLine>, DriverClosed> {
        Ok(self.running.outbox.log.next(timeout)?)
    }

    /// How the driver is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.hardware().status()
    }

    /// What the cameras and microphones of all drivers in the process keep, in bytes: the sum of
    /// [`CameraStatistics::kept_bytes`] and [`SoundStatistics::kept_bytes`](crate::SoundStatistics::kept_bytes).
    #[must_use]
    pub fn kept_bytes_of_process() -> usize {
        Shared::kept_bytes_of_process()
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

    /// What publishers of the camera `device`, counted from 0, need besides its address.
    #[must_use]
    pub fn publisher_needs(&self, device: usize) -> PublisherNeeds {
        self.hardware().publisher_needs(device)
    }

    /// Ends the driver: sessions and publishers are closed, and the port is free when this returns. Publishers have
    /// three seconds to hear of it. Sessions hand out what their publishers have brought until their end, and then that
    /// they are closed. A second call does nothing.
    pub fn close(&self) {
        self.close_within(CLOSING);
    }

    /// As [`close`](Self::close); what has not ended within `time_limit` is cut off. Of several calls at the same time,
    /// the one with the shortest limit counts.
    pub fn close_within(&self, time_limit: Duration) {
        self.running.end(time_limit);
        self.running.outbox.close();
    }

    /// Ends the driver without a word to its publishers. Its outbox stays open, for another one.
    pub(crate) fn abandon(&self) {
        self.running.end(Duration::ZERO);
    }
}

/// How long [`Driver::connect`] waits for the listener.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long publishers may take to hear that the driver ends; a little more than a session lingers.
const CLOSING: Duration = Duration::from_secs(3);

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Running {
    fn end(&self, time_limit: Duration) {
        let hardware = &self.hardware;
        hardware.begin_close();
        if !hardware.listener.wait_until_ended(time_limit) {
            hardware.servers.cut_off();
        }
        // Nothing can keep the supervisor from ending any more.
        while !hardware.listener.wait_until_ended(CLOSING) {}
        hardware.cameras.end_abandoned_publishes();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(CLOSING);
    }
}
