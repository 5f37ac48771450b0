//! Cores: a driver with what surrounds its life.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::border::{Failure, call, contain};
use super::handle::{Kind, Registry};
use super::lines;
use super::session::SESSIONS;
use super::types::{RTMP_PUSH_INVALID_ARGUMENT, RTMP_PUSH_IO, RTMP_PUSH_TLS};
use crate::{
    ConnectError, Driver, DriverConfig, DriverEvent, LogLine, SettingError, Settings, Status,
};

pub(super) static CORES: Registry<Arc<Core>> = Registry::new(Kind::Core);

/// One hardware of the host.
pub(super) struct Core {
    uri: Option<String>,
    data_dir: PathBuf,
    life: Mutex<Life>,
    /// Set once, when the core is started.
    driver: OnceLock<Driver>,
    /// A panic happened in a call on this core.
    poisoned: AtomicBool,
    pub(super) events: Mailbox<DriverEvent>,
    pub(super) log: Mailbox<LogLine>,
}

enum Life {
    /// The settings to start with.
    Idle(Box<Settings>),
    Started,
    Stopped,
}

impl Core {
    pub(super) fn new(uri: Option<String>, data_dir: PathBuf) -> Self {
        Self {
            uri,
            data_dir,
            life: Mutex::new(Life::Idle(Box::default())),
            driver: OnceLock::new(),
            poisoned: AtomicBool::new(false),
            events: Mailbox::default(),
            log: Mailbox::default(),
        }
    }

    /// The running driver, or the one that was stopped.
    pub(super) fn driver(&self) -> Result<&Driver, Failure> {
        self.driver.get().ok_or_else(|| match *self.life() {
            Life::Stopped => Failure::stopped(),
            Life::Idle(_) | Life::Started => Failure::bad_state("the driver was not started"),
        })
    }

    /// How the driver is, once it was started.
    pub(super) fn status(&self) -> Option<Status> {
        self.driver.get().map(Driver::status)
    }

    pub(super) fn is_stopped(&self) -> bool {
        matches!(*self.life(), Life::Stopped)
    }

    /// Makes all changes of `text`, or none.
    pub(super) fn apply_settings(&self, text: &str) -> Result<(), Failure> {
        let changes = lines::parse_changes(text)?;
        let mut life = self.life();
        match &mut *life {
            Life::Idle(settings) => {
                **settings = settings.with(changes).map_err(refused_settings)?
            }
            Life::Started => self.driver()?.apply(changes).map_err(refused_settings)?,
            Life::Stopped => return Err(Failure::stopped()),
        }
        Ok(())
    }

    /// The settings in force; with the port that counts once that is known.
    pub(super) fn settings(&self) -> Settings {
        let life = self.life();
        let Some(driver) = self.driver.get() else {
            return match &*life {
                Life::Idle(settings) => (**settings).clone(),
                Life::Started | Life::Stopped => Settings::default(),
            };
        };
        let mut settings = driver.settings();
        settings.server_port.get_or_insert_with(|| driver.port());
        settings
    }

    /// Listens. What keeps it from listening leaves the core as it was: it can be started again.
    pub(super) fn start(&self) -> Result<(), Failure> {
        let mut life = self.life();
        let settings = match &*life {
            Life::Idle(settings) => (**settings).clone(),
            Life::Started => return Err(Failure::bad_state("the driver was started already")),
            Life::Stopped => return Err(Failure::stopped()),
        };
        let config = DriverConfig {
            uri: self.uri.clone(),
            data_dir: self.data_dir.clone(),
            settings,
            ..DriverConfig::default()
        };
        let driver = Driver::connect(config).map_err(refused_connect)?;
        // The lock is held: nobody else gets here.
        let _ = self.driver.set(driver);
        *life = Life::Started;
        Ok(())
    }

    /// Stops for good: the port is free, whoever waits is woken. Events and log lines can still be collected.
    pub(super) fn stop(&self) {
        let mut life = self.life();
        *life = Life::Stopped;
        if let Some(driver) = self.driver.get() {
            driver.close();
        }
    }

    /// Runs a call on this core; a panic in it is the end of the core.
    pub(super) fn run<T>(&self, body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Failure::panicked());
        }
        let result = contain(body);
        if matches!(&result, Err(failure) if failure.is_panic()) {
            self.poisoned.store(true, Ordering::Release);
        }
        result
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a call on the core that `handle` names.
pub(super) fn on_core(handle: u64, body: impl FnOnce(&Arc<Core>) -> Result<i32, Failure>) -> i32 {
    call(|| {
        let core = CORES.get(handle)?;
        core.run(|| body(&core))
    })
}

/// Stops the core, and makes its handle and those of its sessions stale.
pub(super) fn destroy(handle: u64) -> i32 {
    call(|| {
        let core = CORES.remove(handle)?;
        let sessions = SESSIONS.remove_if(|session| Arc::ptr_eq(&session.core, &core));
        // A core that is poisoned is stopped as well as it goes.
        contain(|| {
            core.stop();
            drop(sessions);
            Ok(0)
        })
    })
}

fn refused_settings(errors: Vec<SettingError>) -> Failure {
    let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
    Failure::invalid(messages.join("; "))
}

fn refused_connect(error: ConnectError) -> Failure {
    let code = match error {
        ConnectError::Tls(_) => RTMP_PUSH_TLS,
        ConnectError::BadUri { .. } | ConnectError::NotThisMachine { .. } => {
            RTMP_PUSH_INVALID_ARGUMENT
        }
        _ => RTMP_PUSH_IO,
    };
    Failure::new(code, error.to_string())
}

/// Something to collect that is not lost when the collector's buffer is too small for it.
pub(super) struct Mailbox<T>(Mutex<Option<T>>);

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Mailbox<T> {
    /// Hands over what could not be handed over last time, else what `next` yields. If `deliver` fails, it is kept.
    pub(super) fn collect(
        &self,
        timeout: Duration,
        next: impl FnOnce(Duration) -> Option<T>,
        deliver: impl FnOnce(&T) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(item) = kept.or_else(|| next(timeout)) else {
            return Ok(false);
        };
        let delivered = deliver(&item);
        if delivered.is_err() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(item);
        }
        delivered.map(|()| true)
    }
}
