//! What is wanted of a hardware, and how it is.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use rtmp_server::{Limits, TlsIdentity};
use tokio::runtime::RuntimeMetrics;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::address::{self, HostAndPort};
use super::certificate::CertificateSource;
use super::listener::ListenerPlan;
use super::{ConnectError, Status};
use crate::config::DriverConfig;
use crate::device::{DrawingQueue, Notice};
use crate::identity::{CAMERAS, DEFAULT_PORT};
use crate::log::{Escaped, cut};
use crate::outbox::Outbox;
use crate::problem::Problem;
use crate::publish_point::{Camera, Surroundings};
use crate::settings::{Change, SettingError, Settings};
use crate::stream_path::StreamPath;

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
    /// Tells whoever waits that the supervisor has done what was wanted, or has ended.
    supervised: Condvar,
    /// The driver is to end.
    pub(super) closing: CancellationToken,
    /// What has not ended yet is to be cut off.
    pub(super) cut_off: CancellationToken,
}

struct State {
    settings: Settings,
    /// Counts what was wanted, and how far the supervisor has got with it.
    wanted: u64,
    done: u64,
    listening: bool,
    port: u16,
    problem: Option<Problem>,
    /// The supervisor has ended: nothing more will happen.
    ended: bool,
}

impl Hardware {
    /// What `config` asks for. What happens to it goes to `outbox`, offline pictures are wanted of `drawing`.
    pub(super) fn new(
        config: DriverConfig,
        outbox: Outbox,
        drawing: Arc<DrawingQueue>,
    ) -> Result<Self, ConnectError> {
        let uri = config.uri.as_deref().map(checked_address).transpose()?;
        let entered_host = uri.as_ref().map(|uri| uri.host.as_str());
        let host = address::reachable_host(entered_host, config.bind);
        let default_port = match config.any_port {
            true => 0,
            false => uri
                .as_ref()
                .and_then(|uri| uri.port)
                .unwrap_or(DEFAULT_PORT),
        };
        let surroundings = Arc::new(Surroundings {
            drawing,
            ..Surroundings::telling(outbox)
        });
        if let Some(name) = entered_host.filter(|host| address::is_name(host)) {
            surroundings
                .log
                .info(format_args!("'{name}' is taken for a name of this machine"));
        }
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
                ended: false,
            }),
            changed: Notify::new(),
            supervised: Condvar::new(),
            closing: CancellationToken::new(),
            cut_off: CancellationToken::new(),
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
            settled: state.done >= state.wanted,
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
        let plan = self.listener_plan(&state);
        state.settings = settings;
        // What does not concern the listener is in effect already.
        if self.listener_plan(&state) != plan {
            state.wanted += 1;
            self.changed.notify_one();
        }
        self.tell_cameras(&state);
        Ok(())
    }

    /// Waits until the supervisor has done everything that is wanted by now. False if it has not in time, or no longer
    /// will.
    pub(super) fn wait_until_settled(&self, timeout: Duration) -> bool {
        let state = self.state();
        let wanted = state.wanted;
        let unsettled = |state: &mut State| state.done < wanted && !self.is_closing();
        let (state, _) = self
            .supervised
            .wait_timeout_while(state, timeout, unsettled)
            .unwrap_or_else(PoisonError::into_inner);
        state.done >= wanted && !self.is_closing()
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
        (self.listener_plan(&state), state.wanted)
    }

    fn listener_plan(&self, state: &State) -> ListenerPlan {
        let settings = &state.settings;
        // A port that the system has chosen is kept.
        let default_port = if self.default_port == 0 {
            state.port
        } else {
            self.default_port
        };
        ListenerPlan {
            bind: self.bind,
            port: settings.server_port.unwrap_or(default_port),
            certificate: settings.enable_tls.then(|| {
                CertificateSource::in_folder(&self.data_dir, &settings.tls_certificate_password)
            }),
        }
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
        self.supervised.notify_all();
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

    pub(super) fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Ends the sessions and asks the supervisor to end.
    pub(super) fn begin_close(&self) {
        // Under the lock: whoever is about to wait for the supervisor sees it, or is woken.
        let state = self.state();
        self.closing.cancel();
        drop(state);
        for camera in &self.cameras {
            camera.close();
        }
        self.supervised.notify_all();
    }

    /// The supervisor has ended: nothing more will happen.
    pub(super) fn supervision_ended(&self) {
        let mut state = self.state();
        (state.listening, state.problem, state.ended) = (false, None, true);
        drop(state);
        self.supervised.notify_all();
    }

    /// Waits until the supervisor has ended. False if it has not in time.
    pub(super) fn wait_until_ended(&self, timeout: Duration) -> bool {
        let (state, _) = self
            .supervised
            .wait_timeout_while(self.state(), timeout, |state| !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        state.ended
    }
}

fn checked_address(uri: &str) -> Result<HostAndPort, ConnectError> {
    let address = HostAndPort::of_uri(uri).ok_or_else(|| ConnectError::BadUri {
        uri: cut(&Escaped::foreign(uri).to_string(), 200).into_owned(),
    })?;
    match address::is_elsewhere(&address.host) {
        true => Err(ConnectError::NotThisMachine { host: address.host }),
        false => Ok(address),
    }
}
