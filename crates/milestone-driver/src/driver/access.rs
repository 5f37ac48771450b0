//! Who may publish.

use std::fmt;
use std::future::ready;
use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use parking_lot::Mutex;
use rtmp_server::auth::{PresentedKey, StreamKeys, Verifier};
use rtmp_server::layer::{LoginFailure, Logins};
use rtmp_server::{ConnectCall, PublishCall, Status};

use crate::identity::CAMERAS;
use crate::log::{Escaped, Log, LogLevel, cut};
use crate::settings::{PublisherAuthentication, Secret, Settings};
use crate::stream_path::StreamPath;

/// User name and password that publishers log in with where
/// [`PublisherAuthentication::UserAndPassword`] asks for it: the hardware's. They are no settings, and no text shows
/// the password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublisherLogin {
    /// The user name.
    pub user: String,
    /// The password. Nobody logs in with an empty one.
    pub password: Secret,
}

impl PublisherLogin {
    /// A login of `user` with `password`.
    pub fn new(user: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
        }
    }
}

/// Who may publish, by the settings and the login of the hardware.
pub(super) struct Access {
    log: Arc<Log>,
    logins: Logins,
    /// Of cameras that there are not.
    nobodys_keys: StreamKeys,
    rules: Mutex<Arc<Rules>>,
}

/// What counts at a moment.
#[derive(Clone)]
struct Rules {
    mode: PublisherAuthentication,
    keys: [StreamKeys; CAMERAS],
    login: Option<Login>,
}

/// The login that there is.
#[derive(Clone)]
struct Login {
    user: Secret,
    password: Secret,
    verifier: Verifier,
    /// Stands for this login; another one has another.
    id: Arc<str>,
}

/// What a publisher asks for shows what is secret, or may: it is not to be shown.
pub(super) const NOT_SHOWN: &str = "(not shown)";

impl Access {
    pub(super) fn new(
        settings: &Settings,
        login: Option<PublisherLogin>,
        log: Arc<Log>,
    ) -> io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let mut nobodys = [0; 16];
        getrandom::fill(&mut nobodys).map_err(io::Error::other)?;
        let nobodys = u128::from_ne_bytes(nobodys);
        let access = Self {
            log,
            logins: Logins::new(key, Instant::now()),
            nobodys_keys: StreamKeys::parse(&format!("{nobodys:032x}")),
            rules: Mutex::new(Arc::new(Rules::of(settings))),
        };
        access.set_login(login);
        Ok(access)
    }

    /// From now on `settings` count. Nobody who publishes is asked again. True if publishers need something else now.
    pub(super) fn set_settings(&self, settings: &Settings) -> bool {
        let mut rules = self.rules.lock();
        let is_other_mode = rules.mode != settings.publisher_authentication;
        let login = rules.login.clone();
        *rules = Arc::new(Rules {
            login,
            ..Rules::of(settings)
        });
        is_other_mode
    }

    /// From now on publishers log in with `login`, if it has a password; else nobody does. Nobody who publishes is asked
    /// again.
    pub(super) fn set_login(&self, login: Option<PublisherLogin>) {
        let login = login
            .filter(|login| !login.password.is_empty())
            .map(|login| {
                let PublisherLogin { user, password } = login;
                let verifier = Verifier::new(&user, &password, self.logins.salt(&user));
                Login {
                    user: Secret::new(user),
                    password,
                    verifier,
                    id: "the hardware's login".into(),
                }
            });
        let mut rules = self.rules.lock();
        if rules.login.as_ref().map(|it| &it.verifier) != login.as_ref().map(|it| &it.verifier) {
            *rules = Arc::new(Rules {
                login,
                ..Rules::clone(&rules)
            });
        }
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.lock())
    }

    /// Publishers need keys, where cameras have some.
    pub(super) fn asks_for_keys(&self) -> bool {
        self.rules().mode == PublisherAuthentication::StreamKey
    }

    /// The camera `device` has a key.
    pub(super) fn has_key(&self, device: usize) -> bool {
        !self.rules().keys[device].is_empty()
    }

    /// A login is wanted, and there is none that anybody could know.
    pub(super) fn lacks_login(&self) -> bool {
        let rules = self.rules();
        rules.mode == PublisherAuthentication::UserAndPassword && rules.login.is_none()
    }

    /// Decides on a connect: who it is, if that matters already.
    pub(super) async fn connect(&self, call: &ConnectCall) -> Result<Option<Arc<str>>, Status> {
        if self.rules().mode != PublisherAuthentication::UserAndPassword {
            return Ok(None);
        }
        let mut id = None;
        let decision = self.logins.decide(call, |lookup| {
            // What counts now: the publisher may have waited for its turn.
            let login = self.rules().login.clone();
            let user = Secret::new(lookup.user);
            let login = login.filter(|login| login.user == user);
            id = login.as_ref().map(|login| Arc::clone(&login.id));
            ready(Ok(login.map(|login| login.verifier)))
        });
        match decision.await {
            Ok(_) => Ok(id),
            Err(refusal) => {
                self.log_failure(call.peer, "a login", refusal.failure);
                Err(refusal.status)
            }
        }
    }

    /// Decides whether a publisher may ask for `camera`, which is none if nobody has what it asks for.
    pub(super) async fn publish(
        &self,
        call: &PublishCall,
        camera: Option<(usize, &StreamPath)>,
        presented: &PresentedKey,
    ) -> Result<(), Status> {
        let rules = self.rules();
        match rules.mode {
            PublisherAuthentication::None => Ok(()),
            PublisherAuthentication::UserAndPassword => match (&rules.login, &call.user) {
                (Some(login), Some(user)) if Arc::ptr_eq(&login.id, user) => Ok(()),
                _ => Err(Status::rejected(
                    "Publishers have to log in, and how has changed since this one connected: connect again",
                )),
            },
            PublisherAuthentication::StreamKey => {
                let needs_none =
                    |&(device, _): &(usize, &StreamPath)| rules.keys[device].is_empty();
                if camera.as_ref().is_some_and(needs_none) {
                    return Ok(());
                }
                self.check_key(call, camera, presented).await
            }
        }
    }

    async fn check_key(
        &self,
        call: &PublishCall,
        camera: Option<(usize, &StreamPath)>,
        presented: &PresentedKey,
    ) -> Result<(), Status> {
        if !matches!(presented, PresentedKey::Nothing) {
            let attempt = self.logins.attempt(call.peer.ip(), call.at, || {
                // What counts now, as for a login. Where there is no such camera the same is done with a key that
                // nobody knows.
                let rules = self.rules();
                let (keys, path) = match camera {
                    Some((device, path)) => (rules.keys[device].clone(), path.canonical()),
                    None => (self.nobodys_keys.clone(), "/nobody"),
                };
                keys.accept(presented, path, SystemTime::now())
            });
            match attempt.await {
                Ok(()) => return Ok(()),
                Err(failure) => self.log_failure(call.peer, "a stream key", failure),
            }
        }
        Err(Status::rejected(
            "There is no such stream, or its stream key is missing or wrong: push to rtmp://host:port/path?key=KEY with \
             the RTMP Push Stream Path and the Stream Key of a camera",
        ))
    }

    fn log_failure(&self, peer: impl fmt::Display, what: &str, failure: Option<LoginFailure>) {
        let Some(LoginFailure {
            user, unreported, ..
        }) = failure
        else {
            return;
        };
        let user = match user {
            // Whoever mixes up the fields types a password here.
            Some(user) if self.is_secret(&user) => format!(" of {NOT_SHOWN}"),
            Some(user) => format!(" of '{}'", cut(&Escaped::foreign(&user).to_string(), 60)),
            None => String::new(),
        };
        let more = match unreported {
            0 => String::new(),
            unreported => {
                format!(", and {unreported} more of that address since the last such line")
            }
        };
        self.log.write(
            LogLevel::Warning,
            format_args!("{peer}: {what}{user} is wrong{more}"),
        );
    }

    /// Paths that no camera has are not to be shown: with them may come a key, in whatever place somebody has put it.
    pub(super) fn hides(&self, path: &str) -> bool {
        self.rules().mode != PublisherAuthentication::None || self.is_secret(path)
    }

    /// A secret is in `text`.
    fn is_secret(&self, text: &str) -> bool {
        let rules = self.rules();
        let passwords = rules.login.iter().map(|login| &login.password);
        let keys = rules.keys.iter().flat_map(StreamKeys::iter);
        keys.chain(passwords)
            .any(|secret| text.contains(secret.expose()))
    }

    /// What the log says about who may publish, when that changes or the server starts.
    pub(super) fn log_mode(&self, tls: bool) {
        let rules = self.rules();
        let (text, is_secret) = match rules.mode {
            PublisherAuthentication::None => {
                ("whoever knows the path of a camera may publish", false)
            }
            PublisherAuthentication::StreamKey => (
                "publishers need the stream key of a camera that has one",
                true,
            ),
            PublisherAuthentication::UserAndPassword => (
                "publishers need the user name and password of the hardware",
                true,
            ),
        };
        let subject = "Publisher Authentication";
        match (is_secret && !tls, self.lacks_login()) {
            (_, true) => self.log.warning(format_args!(
                "{subject}: {text}, and it has no password: nobody may publish"
            )),
            (true, false) => self.log.warning(format_args!(
                "{subject}: {text}. Without TLS whoever can read the network traffic learns what is needed to publish: enable TLS"
            )),
            (false, false) => self.log.info(format_args!("{subject}: {text}")),
        }
    }
}

impl Rules {
    fn of(settings: &Settings) -> Self {
        Self {
            mode: settings.publisher_authentication,
            keys: settings
                .cameras
                .each_ref()
                .map(|camera| StreamKeys::parse(camera.stream_key.expose())),
            login: None,
        }
    }
}
