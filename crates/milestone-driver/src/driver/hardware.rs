//! What is wanted of a hardware, and how it is.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use rtmp_server::{Limits, TlsIdentity};
use tokio::runtime::RuntimeMetrics;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::address::{self, HostAndPort, Whose};
use super::certificate::CertificateSource;
use super::listener::ListenerPlan;
use super::{ConnectError, Status};
use crate::camera::{Camera, DrawingQueue, Notice, Surroundings};
use crate::config::DriverConfig;
use crate::log::{Escaped, cut};
use crate::picture::Problem;
use crate::settings::{Change, SettingError, Settings};
use crate::stream_path::StreamPath;
use crate::{CAMERAS, DEFAULT_PORT};

pub(super) struct Hardware {
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) cameras: [Arc<Camera>; CAMERAS],
    pub(super) limits: Arc<Limits>,
    pub(super) connections: AtomicUsize,
    /// Of the supervisor's thread, once it has one.
    pub(super) runtime: OnceLock<RuntimeMetrics>,
    /// Those that run, and those that have yet to end.
    pub(super) servers: TaskTracker,
    data_dir: PathBuf,
    bind: Option<IpAddr>,
    /// The port if the settings name none; 0 for any.
    default_port: u16,
    /// What publishers call this machine.
    host: String,
    state: Mutex<State>,
    /// Tells the supervisor that something else is wanted.
    pub(super) changed: Notify,
    /// Tells whoever waits that the supervisor has done what was wanted.
    settled: Condvar,
    closing: AtomicBool,
}

struct State {
    settings: Settings,
    /// Counts what was wanted, and how far the supervisor has got with it.
    wanted: u64,
    done: u64,
    listening: bool,
    port: u16,
    problem: Option<Problem>,
}

/// Longest time that a change of settings waits for the listener.
const RESTARTING: Duration = Duration::from_secs(10);

impl Hardware {
    pub(super) fn new(
        config: DriverConfig,
        drawing: Arc<DrawingQueue>,
    ) -> Result<Self, ConnectError> {
        let uri = config.uri.as_deref().map(checked_address).transpose()?;
        let entered_host = uri.as_ref().map(|uri| uri.host.as_str());
        let host = address::reachable_host(entered_host, config.bind);
        let default_port = match config.any_port {
            true => 0,
            false => uri.and_then(|uri| uri.port).unwrap_or(DEFAULT_PORT),
        };
        let surroundings = Arc::new(Surroundings {
            drawing,
            ..Surroundings::new()
        });
        let settings = config.settings;
        let cameras = std::array::from_fn(|device| {
            let path = settings.stream_paths[device].clone();
            Arc::new(Camera::new(device, path, Arc::clone(&surroundings)))
        });
        let hardware = Self {
            surroundings,
            cameras,
            limits: Arc::default(),
            connections: AtomicUsize::new(0),
            runtime: OnceLock::new(),
            servers: TaskTracker::new(),
            data_dir: config.data_dir,
            bind: config.bind,
            default_port,
            host,
            state: Mutex::new(State {
                port: settings.server_port.unwrap_or(default_port),
                settings,
                wanted: 1,
                done: 0,
                listening: false,
                problem: None,
            }),
            changed: Notify::new(),
            settled: Condvar::new(),
            closing: AtomicBool::new(false),
        };
        hardware.set_limits(&hardware.state().settings);
        hardware.tell_cameras(&hardware.state());
        Ok(hardware)
    }

    pub(super) fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    pub(super) fn status(&self) -> Status {
        let state = self.state();
        Status {
            listening: state.listening,
            port: state.port,
            tls: state.settings.enable_tls,
            connections: self.connections.load(Ordering::Relaxed),
            tasks: self
                .runtime
                .get()
                .map_or(0, RuntimeMetrics::num_alive_tasks),
            problem: state.problem.clone(),
        }
    }

    pub(super) fn push_url(&self, device: usize) -> Option<String> {
        self.push_url_by(&self.state(), device)
    }

    fn push_url_by(&self, state: &State, device: usize) -> Option<String> {
        let path = state.settings.stream_paths.get(device)?;
        let scheme = if state.settings.enable_tls {
            "rtmps"
        } else {
            "rtmp"
        };
        Some(format!("{scheme}://{}:{}{path}", self.host, state.port))
    }

    pub(super) fn apply(
        &self,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), Vec<SettingError>> {
        let mut state = self.state();
        let settings = state.settings.with(changes)?;
        for changed in settings.differences_to(&state.settings) {
            self.surroundings
                .log
                .info(format_args!("setting changed: {changed}"));
        }
        self.set_limits(&settings);
        for (camera, path) in self.cameras.iter().zip(&settings.stream_paths) {
            camera.move_to(path);
        }
        state.settings = settings;
        state.wanted += 1;
        let wanted = state.wanted;
        self.tell_cameras(&state);
        self.changed.notify_one();
        let unsettled = |state: &mut State| state.done < wanted && !self.is_closing();
        let waited = self
            .settled
            .wait_timeout_while(state, RESTARTING, unsettled);
        drop(waited);
        Ok(())
    }

    fn set_limits(&self, settings: &Settings) {
        self.limits.set_connections(settings.max_connections.into());
        self.limits
            .set_rate_limit_enabled(settings.rate_limit_enabled);
        self.limits
            .set_rate_per_second(settings.rate_limit_max_requests.into());
    }

    fn tell_cameras(&self, state: &State) {
        for (device, camera) in self.cameras.iter().enumerate() {
            camera.set_notice(Notice {
                show_info: state.settings.show_offline_info,
                push_url: self.push_url_by(state, device).unwrap_or_default(),
                // What is wrong with a listener that runs is for the administrator to know, not for who publishes.
                problem: state.problem.clone().filter(|_| !state.listening),
            });
        }
    }

    /// The camera whose path `path` is.
    pub(super) fn device_of(&self, path: &StreamPath) -> Option<usize> {
        self.state()
            .settings
            .stream_paths
            .iter()
            .position(|candidate| candidate == path)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The supervisor's side.
impl Hardware {
    /// The listener that is wanted, and the number of that wish.
    pub(super) fn wanted_listener(&self) -> (ListenerPlan, u64) {
        let state = self.state();
        let settings = &state.settings;
        // A port that the system has chosen is kept.
        let default_port = if self.default_port == 0 {
            state.port
        } else {
            self.default_port
        };
        let plan = ListenerPlan {
            bind: self.bind,
            port: settings.server_port.unwrap_or(default_port),
            certificate: settings.enable_tls.then(|| {
                CertificateSource::in_folder(&self.data_dir, &settings.tls_certificate_password)
            }),
        };
        (plan, state.wanted)
    }

    /// The listener runs on `port`, or does not.
    pub(super) fn listener_is(&self, port: u16, listening: bool, problem: Option<Problem>) {
        let mut state = self.state();
        (state.port, state.listening, state.problem) = (port, listening, problem);
        self.tell_cameras(&state);
    }

    /// The listener runs, but `problem` keeps it from being what it should be.
    pub(super) fn listener_has(&self, problem: Option<Problem>) {
        self.state().problem = problem;
    }

    /// New connections get this certificate.
    pub(super) fn certificate_is(&self, identity: &TlsIdentity) {
        let log = &self.surroundings.log;
        log.info("certificate read from rtmp.pfx");
        for warning in identity.warnings(SystemTime::now()) {
            log.warning(format_args!("rtmp.pfx: {warning}"));
        }
        self.listener_has(None);
    }

    /// The wish with the number `wanted` is done, as far as it can be.
    pub(super) fn settle(&self, wanted: u64) {
        self.state().done = wanted;
        self.settled.notify_all();
    }

    /// Nothing is known to be done any more: whoever waits need not do so.
    pub(super) fn supervision_failed(&self) {
        let reason = "internal error".to_owned();
        self.listener_is(
            self.status().port,
            false,
            Some(Problem::ListenerDown { reason }),
        );
        let wanted = self.state().wanted;
        self.settle(wanted);
    }

    pub(super) fn wait_until_settled(&self, wanted: u64) {
        let state = self.state();
        drop(self.settled.wait_while(state, |state| state.done < wanted));
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Ends the sessions and asks the supervisor to end.
    pub(super) fn begin_close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        for camera in &self.cameras {
            camera.close();
        }
        self.changed.notify_one();
        self.settled.notify_all();
    }

    /// The supervisor has ended: nothing more will happen.
    pub(super) fn end_close(&self) {
        self.listener_is(self.status().port, false, None);
        self.surroundings.events.close();
        self.surroundings.log.close();
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
