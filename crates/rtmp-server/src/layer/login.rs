//! Logins when a publisher connects.

use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tower_layer::Layer;
use tower_service::Service;

use crate::auth::{
    Authenticator, Failures, LoginText, Report, Salt, Secret, Turn, Verdict, Verifier,
};
use crate::proto::{Status, StatusCode};
use crate::service::{ConnectAcceptance, ConnectCall};

/// Which user a login is about: what a [`LoginLayer`] asks its source of users for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserLookup {
    /// The name, as the publisher says it.
    pub user: String,
    salt: Salt,
}

impl UserLookup {
    /// The verifier of this user, for a source that knows passwords.
    #[must_use]
    pub fn verifier(&self, password: &Secret) -> Verifier {
        Verifier::new(&self.user, password, self.salt)
    }
}

/// Decides on logins, and slows down who guesses: an [`Authenticator`] and [`Failures`] that the
/// connections of a server share.
#[derive(Debug)]
pub struct Logins {
    authenticator: Mutex<Authenticator>,
    failures: Mutex<Failures>,
}

/// A publisher does not get in: not yet, or not so.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginRefusal {
    /// What it is told.
    pub status: Status,
    /// A login has failed, and that is worth a line in a log: one a minute for each address.
    pub failure: Option<LoginFailure>,
}

/// What there is to say of a login that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginFailure {
    /// The user that was named, if any. It is the peer's text, of up to 768 bytes: escape it.
    pub user: Option<String>,
    /// So many logins of the address failed since there was a line about it.
    pub unreported: u64,
}

/// A login that nobody looks at is answered after this time.
const UNHEARD: Duration = Duration::from_secs(6);

impl Logins {
    /// Nobody has logged in yet. Nobody may guess `key`.
    #[must_use]
    pub fn new(key: [u8; 32], now: Instant) -> Self {
        Self {
            authenticator: Mutex::new(Authenticator::new(key, now)),
            failures: Mutex::new(Failures::new(now)),
        }
    }

    /// See [`Authenticator::salt`].
    #[must_use]
    pub fn salt(&self, user: &str) -> Salt {
        self.authenticator.lock().salt(user)
    }

    /// Decides on the login in `call`: who it is, or what it is told. `find` looks up its user.
    ///
    /// # Errors
    /// With the status to refuse the connect with: also the first legs of a login end like that.
    pub async fn decide<F>(
        &self,
        call: &ConnectCall,
        find: impl FnOnce(UserLookup) -> F,
    ) -> Result<Arc<str>, LoginRefusal>
    where
        F: Future<Output = Result<Option<Verifier>, Status>>,
    {
        let peer = call.peer.ip();
        let text = LoginText::read(call.request.queries());
        let turn = match text.may_be_wrong() {
            true => self.turn(call.at, peer).await,
            false => Some(call.at),
        };
        let now = turn.unwrap_or(call.at);
        let verdict = if turn.is_some() {
            let known = match text.user() {
                Some(user) => {
                    let salt = self.salt(user);
                    let user = user.to_owned();
                    find(UserLookup { user, salt }).await
                }
                None => Ok(None),
            };
            let known = known.map_err(|status| LoginRefusal {
                status,
                failure: None,
            })?;
            let mut authenticator = self.authenticator.lock();
            authenticator.decide(now, peer, &text, known.as_ref())
        } else {
            Verdict::denied()
        };
        let (description, failure) = match verdict {
            Verdict::Granted => return Ok(text.user().unwrap_or_default().into()),
            Verdict::GoOn(description) => (description, None),
            Verdict::Denied(description) => {
                let user = text.user().map(str::to_owned);
                let failure = self.record(now, peer);
                (description, failure.map(|it| LoginFailure { user, ..it }))
            }
        };
        let status = Status::new(StatusCode::CONNECT_REJECTED, description);
        Err(LoginRefusal { status, failure })
    }

    /// Looks at anything else by which `peer` claims a right, such as the key of a stream, when it is its
    /// turn: failures count together with those of logins.
    ///
    /// # Errors
    /// If it is wrong, or was not looked at; with what is worth a line in a log.
    pub async fn attempt(
        &self,
        peer: IpAddr,
        now: Instant,
        is_right: impl FnOnce() -> bool,
    ) -> Result<(), Option<LoginFailure>> {
        match self.turn(now, peer).await {
            Some(_) if is_right() => Ok(()),
            turn => Err(self.record(turn.unwrap_or(now), peer)),
        }
    }

    /// Waits until it is the turn of `peer`, and tells when that is. None if it has no turn.
    async fn turn(&self, now: Instant, peer: IpAddr) -> Option<Instant> {
        let turn = self.failures.lock().turn(now, peer);
        let (wait, is_heard) = match turn {
            Turn::Now => return Some(now),
            Turn::After(wait) => (wait, true),
            Turn::Never => (UNHEARD, false),
        };
        tokio::time::sleep(wait).await;
        is_heard.then(|| now + wait)
    }

    fn record(&self, now: Instant, peer: IpAddr) -> Option<LoginFailure> {
        match self.failures.lock().record(now, peer) {
            Report::Nothing => None,
            Report::Line { unreported } => Some(LoginFailure {
                user: None,
                unreported,
            }),
        }
    }
}

/// Publishers have to log in when they connect: by RTMP's own login (Adobe's), or by
/// `?user=…&pass=…`. Who they are goes with their publishes, as
/// [`PublishCall::user`](crate::PublishCall::user).
///
/// `U` is where users come from: a service that takes a [`UserLookup`], and answers with the
/// [`Verifier`] of that user, if there is such a user. If it cannot tell, it refuses with a status of
/// its own, and nobody gets in.
///
/// ```
/// use std::time::Instant;
///
/// use rtmp_server::layer::{LoginLayer, UserLookup};
/// use rtmp_server::{Status, service_fn};
/// use rtmp_server::service::AcceptAll;
/// use tower_layer::Layer as _;
///
/// let users = service_fn(|lookup: UserLookup| async move {
///     let password = (lookup.user == "me").then(|| "s3cret".into());
///     Ok::<_, Status>(password.map(|password| lookup.verifier(&password)))
/// });
/// # let random = [7; 32];
/// let connect = LoginLayer::new(random, Instant::now(), users).layer(AcceptAll::default());
/// # let _ = connect;
/// ```
#[derive(Clone, Debug)]
pub struct LoginLayer<U> {
    logins: Arc<Logins>,
    users: U,
}

impl<U> LoginLayer<U> {
    /// Nobody has logged in yet. `key` is random: nobody may guess it.
    pub fn new(key: [u8; 32], now: Instant, users: U) -> Self {
        let logins = Arc::new(Logins::new(key, now));
        Self { logins, users }
    }
}

impl<S, U: Clone> Layer<S> for LoginLayer<U> {
    type Service = Login<S, U>;

    fn layer(&self, inner: S) -> Login<S, U> {
        Login {
            inner,
            logins: Arc::clone(&self.logins),
            users: self.users.clone(),
        }
    }
}

/// The service of a [`LoginLayer`].
#[derive(Clone, Debug)]
pub struct Login<S, U> {
    inner: S,
    logins: Arc<Logins>,
    users: U,
}

impl<S, U> Service<ConnectCall> for Login<S, U>
where
    S: Service<ConnectCall, Response = ConnectAcceptance, Error = Status> + Clone + Send + 'static,
    S::Future: Send + 'static,
    U: Service<UserLookup, Response = Option<Verifier>, Error = Status> + Clone + Send + 'static,
    U::Future: Send + 'static,
{
    type Response = ConnectAcceptance;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<ConnectAcceptance, Status>> + Send>>;

    /// The services behind it are asked once there is something to ask them.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: ConnectCall) -> Self::Future {
        let Self {
            mut inner,
            logins,
            mut users,
        } = self.clone();
        Box::pin(async move {
            let find = move |lookup| async move {
                poll_fn(|cx| users.poll_ready(cx)).await?;
                users.call(lookup).await
            };
            match logins.decide(&call, find).await {
                Ok(user) => {
                    poll_fn(|cx| inner.poll_ready(cx)).await?;
                    Ok(inner.call(call).await?.with_user(user))
                }
                Err(LoginRefusal { status, failure }) => {
                    if let Some(LoginFailure { user, unreported }) = failure {
                        tracing::warn!(peer = %call.peer, ?user, unreported, "login failed");
                    }
                    Err(status)
                }
            }
        })
    }
}
