//! The supervisor of a driver: keeps the listener as it is wanted, and runs it.

use std::sync::Arc;
use std::time::Duration;

use rtmp_server::ReloadingTls;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until};

use super::ConnectError;
use super::drawing_thread::DrawingThread;
use super::hardware::Hardware;
use super::listener::{Listener, ListenerPlan};
use super::network_thread::NetworkThread;
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

/// Tells the hardware that its supervisor has ended, in whatever way it did.
struct Supervising(Arc<Hardware>);

impl Drop for Supervising {
    fn drop(&mut self) {
        self.0.supervision_ended();
    }
}

/// Starts supervising. The listener is there when what is wanted is settled.
pub(super) fn start(
    hardware: &Arc<Hardware>,
    drawing: Arc<DrawingThread>,
) -> Result<Supervision, ConnectError> {
    let thread = NetworkThread::for_another_driver().map_err(ConnectError::runtime)?;
    // Nobody else has set it: a hardware is supervised once.
    let _ = hardware.runtime.set(thread.metrics());
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
        hardware.surroundings.log.error(format_args!(
            "internal error, the server starts anew: {failure}"
        ));
        hardware.supervision_failed();
        tokio::select! {
            () = hardware.closing.cancelled() => {}
            () = sleep(FIRST_RETRY) => {}
        }
    }
    // The connections of earlier listeners say farewell on their own. Whoever closes the driver has them cut off when
    // that takes too long.
    hardware.servers.close();
    hardware.servers.wait().await;
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
        let closing = self.hardware.closing.clone();
        tokio::select! {
            () = closing.cancelled() => {}
            () = self.keep_listening() => {}
        }
        self.stop().await;
    }

    async fn keep_listening(&mut self) {
        loop {
            let (plan, wanted) = self.hardware.wanted_listener();
            if self.plan.as_ref() != Some(&plan) {
                self.retry_after = FIRST_RETRY;
                self.switch_to(plan).await;
            }
            self.hardware.settle(wanted);
            tokio::select! {
                () = self.hardware.changed.notified() => {}
                _ = self.seconds.tick() => self.tick(),
                () = due(self.retry_at) => self.try_again().await,
                () = failed(&mut self.listener) => self.listener_failed(),
            }
        }
    }

    fn tick(&self) {
        let now = std::time::Instant::now();
        self.hardware.surroundings.look_at_the_clock();
        for camera in &self.hardware.cameras {
            camera.tick(now);
        }
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
        let outcome = tls.and_then(|tls| Listener::start(&plan, tls, &self.hardware));
        self.stop().await;
        self.plan = Some(plan);
        self.take(outcome);
    }

    async fn try_again(&mut self) {
        if let Some(plan) = self.plan.clone() {
            let tls = certificate(&plan).await;
            self.take(tls.and_then(|tls| Listener::start(&plan, tls, &self.hardware)));
        }
    }

    fn take(&mut self, outcome: Result<Listener, Problem>) {
        match outcome {
            Ok(listener) => {
                self.tell_listening(&listener);
                self.hardware.listener_is(listener.port, true, None);
                if let Some(tls) = &listener.tls {
                    self.hardware.certificate_is(&tls.identity());
                }
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
            .map_or_else(|| self.hardware.status().port, |plan| plan.port);
        self.hardware.surroundings.log.error(format_args!(
            "not listening on port {port}: {problem}; trying again in {} s",
            self.retry_after.as_secs()
        ));
        self.hardware.listener_is(port, false, Some(problem));
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
                .surroundings
                .log
                .info(format_args!("no longer listening on port {port}"));
        }
    }

    fn tell_listening(&self, listener: &Listener) {
        let log = &self.hardware.surroundings.log;
        let limits = &self.hardware.limits;
        let rate = match limits.rate_limit_enabled() {
            true => format!(
                "{} new ones per second and IP address",
                limits.rate_per_second()
            ),
            false => "any number of new ones per second".to_owned(),
        };
        log.info(format_args!(
            "listening on port {} for {}: at most {} connections, {} per IP address that publish nothing yet and {} in all, {rate}",
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
