//! The supervisor of a driver: keeps the listener as it is wanted, and runs it.

use std::sync::Arc;
use std::time::Duration;

use rtmp_server::ReloadingTls;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until};

use super::certificate;
use super::drawing_thread::DrawingThread;
use super::error::ConnectError;
use super::hardware::Hardware;
use super::listener::Listener;
use super::network_thread::NetworkThread;
use super::observer::ConnectionLog;
use super::publish::Decision;
use super::wanted::ListenerPlan;
use crate::problem::Problem;

/// How long after a failure the listener is tried again: at first, and at most.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// A supervisor at work.
pub(super) struct Supervision {
    /// Both end when their last user lets go of them.
    _thread: Arc<NetworkThread>,
    _drawing: Arc<DrawingThread>,
}

/// In whatever way a supervisor ends, the hardware knows.
struct Supervising(Arc<Hardware>);

impl Drop for Supervising {
    fn drop(&mut self) {
        self.0.listener.set_ended();
    }
}

/// Starts supervising. The listener is there when what is wanted is settled.
pub(super) fn start(
    hardware: &Arc<Hardware>,
    drawing: Arc<DrawingThread>,
) -> Result<Supervision, ConnectError> {
    let thread = NetworkThread::for_another_driver().map_err(ConnectError::runtime)?;
    hardware.runs_on(thread.metrics());
    let supervising = Supervising(Arc::clone(hardware));
    thread.spawn(async move {
        keep_supervising(&supervising.0).await;
    });
    Ok(Supervision {
        _thread: thread,
        _drawing: drawing,
    })
}

/// Supervises until the driver is closed, whatever happens.
async fn keep_supervising(hardware: &Arc<Hardware>) {
    while let Err(failure) = tokio::spawn(Supervisor::new(Arc::clone(hardware)).run()).await {
        hardware.log().error(format_args!(
            "internal error, the server starts anew: {failure}"
        ));
        give_up_for_now(hardware);
        tokio::select! {
            () = hardware.listener.closing() => {}
            () = sleep(FIRST_RETRY) => {}
        }
    }
    // The connections of earlier listeners end on their own. Whoever closes the driver has them cut off when that takes
    // too long.
    hardware.servers.ended().await;
}

/// Nothing is known to be done any more: whoever waits need not do so.
fn give_up_for_now(hardware: &Hardware) {
    let reason = "internal error".to_owned();
    let port = hardware.listener.port();
    hardware
        .listener
        .set_failed(port, Problem::ListenerDown { reason });
    hardware.update_notices();
    hardware.listener.set_done(hardware.wanted.latest());
}

struct Supervisor {
    hardware: Arc<Hardware>,
    /// What was tried last.
    plan: Option<ListenerPlan>,
    listener: Option<Listener>,
    retry_at: Option<Instant>,
    retry_after: Duration,
    seconds: Interval,
}

impl Supervisor {
    fn new(hardware: Arc<Hardware>) -> Self {
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            hardware,
            plan: None,
            listener: None,
            retry_at: None,
            retry_after: FIRST_RETRY,
            seconds,
        }
    }

    async fn run(mut self) {
        let hardware = Arc::clone(&self.hardware);
        tokio::select! {
            () = hardware.listener.closing() => {}
            () = self.keep_listening() => {}
        }
        self.stop().await;
    }

    async fn keep_listening(&mut self) {
        loop {
            let port = self.hardware.listener.port();
            let (plan, wanted) = self.hardware.wanted.listener(port);
            if self.plan.as_ref() != Some(&plan) {
                self.retry_after = FIRST_RETRY;
                self.switch_to(plan).await;
            }
            self.hardware.listener.set_done(wanted);
            tokio::select! {
                () = self.hardware.wanted.changed() => {}
                _ = self.seconds.tick() => self.tick(),
                () = due(self.retry_at) => self.try_again().await,
                () = failed(&mut self.listener) => self.listener_failed(),
            }
        }
    }

    fn tick(&self) {
        self.hardware.shared.log_clock_change();
        self.hardware.cameras.tick(std::time::Instant::now());
    }

    /// Ends the listener there is, and starts the one that is wanted.
    async fn switch_to(&mut self, plan: ListenerPlan) {
        // Takes a while: the port stays open in the meantime.
        let tls = certificate(&plan).await;
        let same_port = self
            .listener
            .as_ref()
            .is_some_and(|listener| listener.port == plan.port);
        if same_port {
            self.stop().await;
        }
        let outcome = tls.and_then(|tls| self.listen(&plan, tls));
        self.stop().await;
        self.plan = Some(plan);
        self.take(outcome);
    }

    fn listen(&self, plan: &ListenerPlan, tls: Option<ReloadingTls>) -> Result<Listener, Problem> {
        let hardware = &*self.hardware;
        let decision = Decision {
            cameras: Arc::clone(&hardware.cameras),
            access: Arc::clone(&hardware.access),
        };
        let log = ConnectionLog {
            shared: Arc::clone(&hardware.shared),
            decision: decision.clone(),
            listener: Arc::clone(&hardware.listener),
        };
        Listener::start(
            plan,
            tls,
            &hardware.limits,
            &hardware.proxies,
            log,
            decision,
            &hardware.servers,
        )
    }

    async fn try_again(&mut self) {
        if let Some(plan) = self.plan.clone() {
            let tls = certificate(&plan).await;
            self.take(tls.and_then(|tls| self.listen(&plan, tls)));
        }
    }

    fn take(&mut self, outcome: Result<Listener, Problem>) {
        match outcome {
            Ok(listener) => {
                self.log_listening(&listener);
                self.hardware.access.log_mode(listener.tls.is_some());
                if let Some(tls) = &listener.tls {
                    certificate::log_in_use(self.hardware.log(), &tls.identity());
                }
                self.hardware.listener.set_running(listener.port);
                self.hardware.update_notices();
                // A port that the system has chosen is wanted again.
                if let Some(plan) = &mut self.plan {
                    plan.port = listener.port;
                }
                (self.retry_at, self.retry_after) = (None, FIRST_RETRY);
                self.listener = Some(listener);
            }
            Err(problem) => self.failed_with(problem),
        }
    }

    fn failed_with(&mut self, problem: Problem) {
        let port = self
            .plan
            .as_ref()
            .map_or_else(|| self.hardware.listener.port(), |plan| plan.port);
        self.hardware.log().error(format_args!(
            "not listening on port {port}: {problem}; trying again in {} s",
            self.retry_after.as_secs()
        ));
        self.hardware.listener.set_failed(port, problem);
        self.hardware.update_notices();
        self.retry_at = Some(Instant::now() + self.retry_after);
        self.retry_after = LAST_RETRY.min(self.retry_after * 2);
    }

    fn listener_failed(&mut self) {
        self.listener = None;
        self.failed_with(Problem::ListenerDown {
            reason: "it has failed".to_owned(),
        });
    }

    /// Frees the port of the listener there is.
    async fn stop(&mut self) {
        self.retry_at = None;
        if let Some(listener) = self.listener.take() {
            let port = listener.port;
            listener.shut_down().await;
            self.hardware
                .log()
                .info(format_args!("no longer listening on port {port}"));
        }
    }

    fn log_listening(&self, listener: &Listener) {
        let log = self.hardware.log();
        let limits = &self.hardware.limits;
        let rate = match limits.rate_limit_enabled() {
            true => format!(
                "{} new ones per second and IP address",
                limits.rate_per_second()
            ),
            false => "any number of new ones per second".to_owned(),
        };
        let proxies = self.hardware.proxies.networks();
        let behind = match proxies.is_empty() {
            true => String::new(),
            false => format!("; PROXY protocol headers from {proxies}"),
        };
        log.info(format_args!(
            "listening on port {} for {}: at most {} connections, {} per IP address that publish nothing yet and {} in all, {rate}{behind}",
            listener.port,
            if listener.tls.is_some() {
                "RTMPS"
            } else {
                "RTMP"
            },
            limits.connections(),
            limits.unpublished_per_ip(),
            limits.connections_per_ip()
        ));
    }
}

/// The certificate that `plan` asks for.
async fn certificate(plan: &ListenerPlan) -> Result<Option<ReloadingTls>, Problem> {
    let Some(certificate) = plan.certificate.clone() else {
        return Ok(None);
    };
    let opened = tokio::task::spawn_blocking(|| certificate.open()).await;
    opened
        .map_err(|failure| Problem::ListenerDown {
            reason: failure.to_string(),
        })?
        .map(Some)
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn failed(listener: &mut Option<Listener>) {
    match listener {
        Some(listener) => listener.failed().await,
        None => std::future::pending().await,
    }
}
