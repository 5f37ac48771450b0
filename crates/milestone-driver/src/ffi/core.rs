//! Cores: a driver with what surrounds its life.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::boundary::{Failure, call, contain};
use super::lines;
use super::registry::{Kind, Registry};
use super::types::{
    RTMP_PUSH_INVALID_ARGUMENT, RTMP_PUSH_IO, RTMP_PUSH_OK, RTMP_PUSH_PENDING, RTMP_PUSH_TLS,
};
use crate::outbox::Outbox;
use crate::{ConnectError, Driver, DriverConfig, PublisherLogin, SettingError, Settings, Status};

static CORES: Registry<Arc<Core>> = Registry::new(Kind::Core);

/// One hardware of the host.
///
/// Nobody waits for anybody else's call: where a core is in its life is looked at and changed under a lock that is held
/// for moments, whoever waits for the driver does so without it, and what is collected lies in an outbox that the core
/// has before its driver and after it.
pub(super) struct Core {
    uri: Option<String>,
    data_dir: PathBuf,
    pub(super) outbox: Outbox,
    life: Mutex<Life>,
    /// What publishers log in with. Changed while `life` is locked.
    login: Mutex<Option<PublisherLogin>>,
    /// Held while a driver is made, a core is stopped or settings are changed: for as long as it takes to start a thread.
    /// Who looks at the life of the core does not need it.
    transition: Mutex<()>,
    /// A panic happened in a call on this core.
    poisoned: AtomicBool,
}

enum Life {
    /// The settings to start with.
    Idle(Box<Settings>),
    /// Its listener may not be there yet.
    Started(Driver),
    /// The driver that ran, or the settings of one that never did.
    Stopped(Result<Driver, Box<Settings>>),
}

/// Where a core is in its life, for its status.
pub(super) enum Stage {
    Idle,
    Started(Status),
    Stopped(Option<Status>),
}

impl Core {
    /// With the settings that the host has stored, as lines. What of them cannot be read has its default.
    pub(super) fn new(uri: Option<String>, data_dir: PathBuf, stored: &str) -> Self {
        let outbox = Outbox::new();
        let (changes, unreadable) = lines::parse_stored(stored);
        let (settings, errors) = Settings::stored(changes);
        for name in unreadable {
            outbox.log.warning(format_args!(
                "a stored setting cannot be read and has its default: {name}"
            ));
        }
        for error in errors {
            outbox.log.warning(format_args!(
                "a stored setting cannot be used and has its default: {error}"
            ));
        }
        Self {
            uri,
            data_dir,
            outbox,
            life: Mutex::new(Life::Idle(Box::new(settings))),
            login: Mutex::default(),
            transition: Mutex::new(()),
            poisoned: AtomicBool::new(false),
        }
    }

    /// The running driver, or the one that was stopped.
    pub(super) fn driver(&self) -> Result<Driver, Failure> {
        match &*self.life.lock() {
            Life::Started(driver) | Life::Stopped(Ok(driver)) => Ok(driver.clone()),
            Life::Stopped(Err(_)) => Err(Failure::stopped()),
            Life::Idle(_) => Err(Failure::bad_state("the driver was not started")),
        }
    }

    pub(super) fn stage(&self) -> Stage {
        match &*self.life.lock() {
            Life::Idle(_) => Stage::Idle,
            Life::Started(driver) => Stage::Started(driver.status()),
            Life::Stopped(driver) => Stage::Stopped(driver.as_ref().ok().map(Driver::status)),
        }
    }

    /// Makes all changes of `text`, or none, and waits until they are in effect.
    pub(super) fn apply_settings(&self, text: &str, timeout: Duration) -> Result<i32, Failure> {
        let changes = lines::parse_changes(text)?;
        // A driver that is being made has the settings from before: then these changes are for it.
        let transition = self.transition.lock();
        let driver = match &mut *self.life.lock() {
            Life::Idle(settings) => {
                **settings = settings.with(changes).map_err(refused_settings)?;
                return Ok(RTMP_PUSH_OK);
            }
            // Does not wait. Under the lock: a start that fails takes the settings back.
            Life::Started(driver) => {
                driver.apply(changes).map_err(refused_settings)?;
                driver.clone()
            }
            Life::Stopped(_) => return Err(Failure::stopped()),
        };
        drop(transition);
        self.await_settled(&driver, timeout)
    }

    /// From now on publishers log in as `user` with `password`, where the settings ask for that. With an empty password
    /// nobody does.
    pub(super) fn set_login(&self, user: &str, password: &str) -> Result<i32, Failure> {
        let login = (!password.is_empty()).then(|| PublisherLogin::new(user, password));
        let life = self.life.lock();
        match &*life {
            Life::Idle(_) => {}
            Life::Started(driver) => driver.set_login(login.clone()),
            Life::Stopped(_) => return Err(Failure::stopped()),
        }
        *self.login.lock() = login;
        Ok(RTMP_PUSH_OK)
    }

    /// Waits until what `driver` was asked for is done.
    fn await_settled(&self, driver: &Driver, timeout: Duration) -> Result<i32, Failure> {
        if driver.wait_until_settled(timeout) {
            Ok(RTMP_PUSH_OK)
        } else if self.is_stopped() {
            Err(Failure::stopped())
        } else {
            Ok(RTMP_PUSH_PENDING)
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        matches!(*self.life.lock(), Life::Stopped(_))
    }

    /// The settings in force; with the port that counts once that is known.
    pub(super) fn settings(&self) -> Settings {
        let driver = match &*self.life.lock() {
            Life::Idle(settings) | Life::Stopped(Err(settings)) => return (**settings).clone(),
            Life::Started(driver) | Life::Stopped(Ok(driver)) => driver.clone(),
        };
        let mut settings = driver.settings();
        settings.server_port.get_or_insert_with(|| driver.port());
        settings
    }

    /// Starts, and waits until it listens. What keeps it from listening in time leaves the core as it was: it can be
    /// started again. A start that takes longer goes on by itself.
    pub(super) fn start(&self, timeout: Duration) -> Result<i32, Failure> {
        let driver = self.begin()?;
        let code = self.await_settled(&driver, timeout)?;
        match driver.failure() {
            Some(problem) if code == RTMP_PUSH_OK => {
                self.take_back(&driver);
                Err(refused_connect(problem.into()))
            }
            _ => Ok(code),
        }
    }

    /// Makes the driver.
    fn begin(&self) -> Result<Driver, Failure> {
        let _transition = self.transition.lock();
        let settings = match &*self.life.lock() {
            Life::Idle(settings) => (**settings).clone(),
            Life::Started(_) => return Err(Failure::bad_state("the driver was started already")),
            Life::Stopped(_) => return Err(Failure::stopped()),
        };
        let config = DriverConfig {
            uri: self.uri.clone(),
            data_dir: self.data_dir.clone(),
            settings,
            login: self.login.lock().clone(),
            ..DriverConfig::default()
        };
        let driver = Driver::start(config, self.outbox.clone()).map_err(refused_connect)?;
        let mut life = self.life.lock();
        // It may have changed meanwhile.
        driver.set_login(self.login.lock().clone());
        *life = Life::Started(driver.clone());
        Ok(driver)
    }

    /// Ends a driver that could not be started. Until then the core is a started one.
    fn take_back(&self, failed: &Driver) {
        failed.abandon();
        let mut life = self.life.lock();
        if matches!(&*life, Life::Started(driver) if driver.is(failed)) {
            *life = Life::Idle(Box::new(failed.settings()));
        }
    }

    /// Stops for good: the port is free, whoever waits is woken. Publishers are told; what of their connections has not
    /// ended in time is cut off. Events and log lines can still be collected.
    pub(super) fn stop(&self, time_limit: Duration) {
        let driver = {
            let _transition = self.transition.lock();
            let mut life = self.life.lock();
            let driver = match &*life {
                Life::Started(driver) | Life::Stopped(Ok(driver)) => Ok(driver.clone()),
                Life::Idle(settings) | Life::Stopped(Err(settings)) => Err(settings.clone()),
            };
            *life = Life::Stopped(driver.clone());
            driver
        };
        if let Ok(driver) = driver {
            driver.close_within(time_limit);
        }
        self.outbox.close();
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
}

/// Runs a call on the core that `handle` names.
pub(super) fn on_core(handle: u64, body: impl FnOnce(&Arc<Core>) -> Result<i32, Failure>) -> i32 {
    call(|| {
        let core = named(handle)?;
        core.run(|| body(&core))
    })
}

/// Gives a core its handle.
pub(super) fn register(core: Core) -> u64 {
    CORES.insert(Arc::new(core))
}

/// The core that `handle` names.
pub(super) fn named(handle: u64) -> Result<Arc<Core>, Failure> {
    CORES.get(handle)
}

/// Makes the core's handle stale, and returns the core.
pub(super) fn give_up(handle: u64) -> Result<Arc<Core>, Failure> {
    CORES.remove(handle)
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
