//! One hardware connection: settings, cameras and the listener they share.

mod address;
mod error;

use std::fmt;
use std::net::{Ipv6Addr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use error::ConnectError;

use crate::camera::{Camera, Notice, Surroundings};
use crate::clock::UtcClock;
use crate::config::DriverConfig;
use crate::event::{DriverEvent, Events};
use crate::live_session::{LiveSession, OpenSessionError};
use crate::log::{Escaped, Log, LogLine, cut};
use crate::picture::Problem;
use crate::settings::{Change, SettingError, Settings};
use crate::statistics::CameraStatistics;
use crate::{CAMERAS, DEFAULT_PORT};
use address::{HostAndPort, Whose};

/// One hardware: a listener and 16 cameras. Handles are cheap to clone; the driver ends with [`close`](Self::close)
/// or with the last handle.
#[derive(Clone)]
pub struct Driver {
    hardware: Arc<Hardware>,
}

struct Hardware {
    surroundings: Arc<Surroundings>,
    cameras: [Arc<Camera>; CAMERAS],
    host: String,
    uri_port: Option<u16>,
    state: Mutex<State>,
    closed: AtomicBool,
}

struct State {
    settings: Settings,
    listener: Option<TcpListener>,
    port: u16,
    problem: Option<Problem>,
}

/// How the driver is.
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
        let uri = config.uri.as_deref().map(checked_address).transpose()?;
        let port = if config.any_port {
            0
        } else {
            wanted_port(&config.settings, uri.as_ref())
        };
        let address = config.bind.unwrap_or(Ipv6Addr::UNSPECIFIED.into());
        let listener = TcpListener::bind((address, port)).map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => ConnectError::PortInUse { port },
            _ => ConnectError::CannotListen {
                port,
                error: Arc::new(error),
            },
        })?;
        let port = listener.local_addr().map_or(port, |address| address.port());
        let surroundings = Arc::new(Surroundings {
            log: Log::new(),
            events: Events::new(),
            clock: UtcClock::new(),
        });
        let host = address::reachable_host(uri.as_ref().map(|uri| uri.host.as_str()), config.bind);
        let cameras = std::array::from_fn(|device| {
            let path = config.settings.stream_paths[device].clone();
            let notice = Notice {
                show_info: true,
                push_url: String::new(),
                problem: None,
            };
            Arc::new(Camera::new(device, path, notice, Arc::clone(&surroundings)))
        });
        let hardware = Hardware {
            surroundings,
            cameras,
            host,
            uri_port: uri.and_then(|uri| uri.port),
            state: Mutex::new(State {
                settings: config.settings,
                listener: Some(listener),
                port,
                problem: None,
            }),
            closed: AtomicBool::new(false),
        };
        hardware.tell_cameras();
        Ok(Self {
            hardware: Arc::new(hardware),
        })
    }

    /// Changes settings, all of `changes` or none, with effect at once.
    ///
    /// # Errors
    /// One error for each change that is refused. The settings stay what they were.
    pub fn apply(
        &self,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), Vec<SettingError>> {
        let mut state = self.hardware.state();
        state.settings = state.settings.with(changes)?;
        drop(state);
        self.hardware.tell_cameras();
        Ok(())
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.hardware.state().settings.clone()
    }

    /// The port that is listened on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.hardware.state().port
    }

    /// Opens a live session of the camera `device`, counted from 0.
    ///
    /// # Errors
    /// If there is no such camera, or the driver is closed.
    pub fn open_session(&self, device: usize) -> Result<LiveSession, OpenSessionError> {
        let camera = self
            .hardware
            .cameras
            .get(device)
            .ok_or(OpenSessionError::NoSuchCamera)?;
        if self.hardware.closed.load(Ordering::SeqCst) {
            return Err(OpenSessionError::Closed);
        }
        let reader = camera.session_opened();
        Ok(LiveSession::new(Arc::clone(camera), reader, Instant::now()))
    }

    /// The oldest event that was not collected yet, waiting up to `timeout` for one. `None` at once when the driver is
    /// closed and all are collected.
    ///
    /// Starts and stops wait until they are collected. A host that collects none of thousands of them gets no new
    /// publishers.
    #[must_use]
    pub fn next_event(&self, timeout: Duration) -> Option<DriverEvent> {
        self.hardware.surroundings.events.next(timeout)
    }

    /// The oldest log line that was not collected yet, waiting up to `timeout` for one. `None` at once when the driver
    /// is closed and all are collected. The latest few thousand lines wait.
    #[must_use]
    pub fn next_log(&self, timeout: Duration) -> Option<LogLine> {
        self.hardware.surroundings.log.next(timeout)
    }

    /// How the driver is.
    #[must_use]
    pub fn status(&self) -> Status {
        let state = self.hardware.state();
        Status {
            listening: state.listener.is_some(),
            port: state.port,
            tls: state.settings.enable_tls,
            connections: 0,
            problem: state.problem.clone(),
        }
    }

    /// State and counters of the camera `device`, counted from 0.
    #[must_use]
    pub fn statistics(&self, device: usize) -> Option<CameraStatistics> {
        self.hardware
            .cameras
            .get(device)
            .map(|camera| camera.statistics(Instant::now()))
    }

    /// Where to push to for the camera `device`, counted from 0, such as `rtmp://192.0.2.7:8783/stream1`.
    #[must_use]
    pub fn push_url(&self, device: usize) -> Option<String> {
        self.hardware.push_url(&self.hardware.state(), device)
    }

    /// Ends the driver: publishers and sessions are closed, and the port is free when this returns. A second call does
    /// nothing.
    pub fn close(&self) {
        self.hardware.close();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

fn checked_address(uri: &str) -> Result<HostAndPort, ConnectError> {
    let address = HostAndPort::of_uri(uri).ok_or_else(|| ConnectError::BadUri {
        uri: cut(&Escaped::foreign(uri).to_string(), 200).into_owned(),
    })?;
    match address::whose(&address.host) {
        Whose::NotOurs => Err(ConnectError::NotThisMachine { host: address.host }),
        Whose::Ours | Whose::Unknown => Ok(address),
    }
}

fn wanted_port(settings: &Settings, uri: Option<&HostAndPort>) -> u16 {
    settings
        .server_port
        .or(uri.and_then(|uri| uri.port))
        .unwrap_or(DEFAULT_PORT)
}

impl Hardware {
    fn tell_cameras(&self) {
        let state = self.state();
        for (device, camera) in self.cameras.iter().enumerate() {
            camera.set_notice(Notice {
                show_info: state.settings.show_offline_info,
                push_url: self.push_url(&state, device).unwrap_or_default(),
                problem: state.problem.clone(),
            });
        }
    }

    fn push_url(&self, state: &State, device: usize) -> Option<String> {
        let path = state.settings.stream_paths.get(device)?;
        let scheme = if state.settings.enable_tls {
            "rtmps"
        } else {
            "rtmp"
        };
        Some(format!("{scheme}://{}:{}{path}", self.host, state.port))
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.state().listener = None;
        for camera in &self.cameras {
            camera.close();
        }
        self.surroundings.events.close();
        self.surroundings.log.close();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hardware {
    fn drop(&mut self) {
        self.close();
    }
}
