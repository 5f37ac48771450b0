//! A hardware put together: its cameras, what is wanted of it, and how its listener is.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use rtmp_server::Limits;
use rtmp_server::auth::StreamKeys;
use rtmp_server::net::TrustedProxies;
use tokio::runtime::RuntimeMetrics;

use super::access::{Access, PublisherLogin};
use super::address::{self, HostAndPort};
use super::cameras::Cameras;
use super::config::DriverConfig;
use super::error::ConnectError;
use super::listener::Servers;
use super::listener_state::{ListenerState, Listening};
use super::wanted::Wanted;
use crate::device::{DrawingQueue, Notice};
use crate::identity::DEFAULT_PORT;
use crate::log::{Escaped, Log, cut};
use crate::outbox::Outbox;
use crate::picture::PublisherNeeds;
use crate::problem::Problem;
use crate::publish_point::Shared;
use crate::settings::{Change, PublisherAuthentication, SettingError, Settings};

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
    /// Connections of load balancers that have yet to say whose they are; not among `connections`.
    pub awaiting_header: usize,
    /// Tasks on the thread that serves the driver's connections: some for each driver that shares it, and one for
    /// each connection.
    pub tasks: usize,
    /// Everything that was asked for is done, as far as it can be: nothing of it is still under way.
    pub settled: bool,
    /// What is wrong; the driver keeps trying to put it right.
    pub problem: Option<Problem>,
}

pub(super) struct Hardware {
    pub(super) shared: Arc<Shared>,
    pub(super) cameras: Arc<Cameras>,
    pub(super) access: Arc<Access>,
    pub(super) limits: Arc<Limits>,
    pub(super) proxies: Arc<TrustedProxies>,
    pub(super) wanted: Wanted,
    pub(super) listener: Arc<ListenerState>,
    pub(super) servers: Servers,
    /// What publishers call this machine.
    host: String,
    /// Held while the cameras are given their notices, so that the latest state is what they have in the end.
    notices: Mutex<()>,
    /// Of the supervisor's thread, once it has one.
    runtime: OnceLock<RuntimeMetrics>,
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
        let shared = Arc::new(Shared::new(outbox, drawing));
        if let Some(name) = entered_host.filter(|host| address::is_name(host)) {
            shared
                .log
                .info(format_args!("'{name}' is taken for a name of this machine"));
        }
        let settings = config.settings;
        let port = settings.server_port.unwrap_or(default_port);
        let access = Access::new(&settings, config.login, Arc::clone(&shared.log));
        let hardware = Self {
            access: Arc::new(access.map_err(ConnectError::runtime)?),
            cameras: Arc::new(Cameras::new(&settings, &shared)),
            shared,
            limits: Arc::default(),
            proxies: Arc::new(TrustedProxies::new(settings.proxy_protocol_from.clone())),
            wanted: Wanted::new(settings, config.data_dir, config.bind, default_port),
            listener: Arc::new(ListenerState::new(port)),
            servers: Servers::default(),
            host,
            notices: Mutex::default(),
            runtime: OnceLock::new(),
        };
        set_limits(&hardware.limits, &hardware.wanted.settings());
        hardware.update_notices();
        Ok(hardware)
    }

    pub(super) fn log(&self) -> &Log {
        &self.shared.log
    }

    /// The thread that serves the connections, whose tasks are counted.
    pub(super) fn runs_on(&self, runtime: RuntimeMetrics) {
        // Nobody else has set it: a hardware is supervised once.
        let _ = self.runtime.set(runtime);
    }

    pub(super) fn status(&self) -> Status {
        // Looked at first: what is told of a settled driver is what it has settled on.
        let settled = self.listener.is_done(self.wanted.latest());
        let Listening {
            port,
            running,
            problem,
        } = self.listener.listening();
        let tasks = self.runtime.get().map(RuntimeMetrics::num_alive_tasks);
        Status {
            listening: running,
            port,
            tls: self.wanted.settings().enable_tls,
            connections: self.listener.connections(),
            awaiting_header: self.proxies.awaiting_header(),
            tasks: tasks.unwrap_or(0),
            settled,
            problem,
        }
    }

    /// Where to push to for the camera `device`.
    pub(super) fn push_url(&self, device: usize) -> Option<String> {
        self.push_url_on(self.listener.port(), &self.wanted.settings(), device)
    }

    /// What publishers of the camera `device` need besides its address.
    pub(super) fn publisher_needs(&self, device: usize) -> PublisherNeeds {
        needs(&self.wanted.settings(), device)
    }

    fn push_url_on(&self, port: u16, settings: &Settings, device: usize) -> Option<String> {
        let path = &settings.cameras.get(device)?.stream_path;
        let scheme = match settings.enable_tls {
            true => "rtmps",
            false => "rtmp",
        };
        Some(format!("{scheme}://{}:{port}{path}", self.host))
    }

    /// Changes settings as `changes` wants it of those in force. What concerns the listener is the supervisor's to do;
    /// everything else is in effect then.
    pub(super) fn apply<C: IntoIterator<Item = Change>>(
        &self,
        changes: impl FnOnce(&Settings) -> C,
    ) -> Result<(), Vec<SettingError>> {
        self.wanted.change(changes, |settings, plan| {
            for change in &plan.changes {
                self.log().info(format_args!("setting changed: {change}"));
            }
            set_limits(&self.limits, settings);
            self.proxies.set(settings.proxy_protocol_from.clone());
            if self.access.set_settings(settings) {
                self.access.log_mode(settings.enable_tls);
            }
            self.cameras.move_to(settings, &plan.moved);
        })?;
        self.update_notices();
        Ok(())
    }

    /// From now on publishers log in with `login`.
    pub(super) fn set_login(&self, login: Option<PublisherLogin>) {
        let lacked_login = self.access.lacks_login();
        self.access.set_login(login);
        if self.access.lacks_login() != lacked_login {
            self.access.log_mode(self.wanted.settings().enable_tls);
        }
        self.update_notices();
    }

    /// Lets the cameras' offline pictures say what is so now. For whoever has changed the settings or the listener's
    /// state.
    pub(super) fn update_notices(&self) {
        let _one_at_a_time = self.notices.lock();
        let (settings, listening) = (self.wanted.settings(), self.listener.listening());
        // What is wrong with a listener that runs is for the administrator to know, not for who publishes.
        let problem = listening.problem.filter(|_| !listening.running);
        let lacks_login = self.access.lacks_login();
        let problem = problem.or_else(|| lacks_login.then_some(Problem::NoPublisherPassword));
        self.cameras.set_notices(|device| Notice {
            show_info: settings.show_offline_info,
            push_url: self
                .push_url_on(listening.port, &settings, device)
                .unwrap_or_default(),
            needs: needs(&settings, device),
            problem: problem.clone(),
        });
    }

    /// Waits until the supervisor has done everything that is wanted by now. False if it has not in time, or no longer
    /// will.
    pub(super) fn wait_until_settled(&self, timeout: Duration) -> bool {
        self.listener.wait_until_done(self.wanted.latest(), timeout)
    }

    /// Ends the sessions and asks the supervisor to end.
    pub(super) fn begin_close(&self) {
        self.listener.close();
        self.cameras.close();
    }
}

/// What publishers of the camera `device` need besides its address.
fn needs(settings: &Settings, device: usize) -> PublisherNeeds {
    let camera = settings.cameras.get(device);
    let has_key = camera.is_some_and(|it| !StreamKeys::parse(it.stream_key.expose()).is_empty());
    match settings.publisher_authentication {
        PublisherAuthentication::StreamKey if has_key => PublisherNeeds::StreamKey,
        PublisherAuthentication::UserAndPassword => PublisherNeeds::Login,
        _ => PublisherNeeds::Nothing,
    }
}

fn set_limits(limits: &Limits, settings: &Settings) {
    limits.set_connections(settings.max_connections.into());
    limits.set_rate_limit_enabled(settings.rate_limit_enabled);
    let wants_login = settings.publisher_authentication == PublisherAuthentication::UserAndPassword;
    // A publisher that logs in comes three times: it is as many publishers that the limit lets in.
    let connections_each = if wants_login { 3 } else { 1 };
    limits.set_rate_per_second(u32::from(settings.rate_limit_max_requests) * connections_each);
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
