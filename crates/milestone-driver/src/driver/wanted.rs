//! What is wanted of a driver: its settings, and the listener that they ask for.

use std::net::IpAddr;
use std::path::PathBuf;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::certificate::CertificateSource;
use crate::settings::{Change, Plan, SettingError, Settings};

/// What a listener is to be.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ListenerPlan {
    pub(super) bind: Option<IpAddr>,
    pub(super) port: u16,
    /// RTMPS with this certificate; RTMP without one.
    pub(super) certificate: Option<CertificateSource>,
}

/// The settings in force, and what they do not say of a listener.
pub(super) struct Wanted {
    data_dir: PathBuf,
    bind: Option<IpAddr>,
    /// The port if the settings name none; 0 for any.
    default_port: u16,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    settings: Settings,
    /// Counts the listeners that were wanted one after the other.
    listeners: u64,
}

impl Wanted {
    pub(super) fn new(
        settings: Settings,
        data_dir: PathBuf,
        bind: Option<IpAddr>,
        default_port: u16,
    ) -> Self {
        Self {
            data_dir,
            bind,
            default_port,
            state: Mutex::new(State {
                settings,
                listeners: 1,
            }),
            changed: Notify::new(),
        }
    }

    pub(super) fn settings(&self) -> Settings {
        self.state.lock().settings.clone()
    }

    /// Makes the changes that `changes` wants of the settings in force, all or none. `effect` is told the settings from
    /// now on, and what has to be done for them; of several threads that change settings, one is at it at a time. Whoever
    /// waits in [`changed`](Self::changed) is woken if another listener is wanted now.
    pub(super) fn change<C: IntoIterator<Item = Change>>(
        &self,
        changes: impl FnOnce(&Settings) -> C,
        effect: impl FnOnce(&Settings, &Plan),
    ) -> Result<(), Vec<SettingError>> {
        let mut state = self.state.lock();
        let settings = state.settings.with(changes(&state.settings))?;
        let plan = state.settings.plan(&settings);
        effect(&settings, &plan);
        // Others may do as well: the port that counted before can be named, the password of no certificate changed.
        let other_listener =
            plan.restarts_listener && self.plan(&settings, 0) != self.plan(&state.settings, 0);
        state.settings = settings;
        if other_listener {
            state.listeners += 1;
            self.changed.notify_one();
        }
        Ok(())
    }

    /// The listener that is wanted, and its number. `port` is the one that is listened on, or was: a port that the
    /// system has chosen is kept.
    pub(super) fn listener(&self, port: u16) -> (ListenerPlan, u64) {
        let state = self.state.lock();
        (self.plan(&state.settings, port), state.listeners)
    }

    /// The number of the listener that is wanted.
    pub(super) fn latest(&self) -> u64 {
        self.state.lock().listeners
    }

    /// Ready when another listener is wanted than before.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn plan(&self, settings: &Settings, any_port: u16) -> ListenerPlan {
        let default_port = match self.default_port {
            0 => any_port,
            port => port,
        };
        ListenerPlan {
            bind: self.bind,
            port: settings.server_port.unwrap_or(default_port),
            certificate: settings.enable_tls.then(|| {
                let password = settings.tls_certificate_password.expose();
                CertificateSource::in_folder(&self.data_dir, password)
            }),
        }
    }
}
