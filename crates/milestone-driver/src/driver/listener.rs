//! The listener: a server on a port.

use std::convert::Infallible;
use std::sync::Arc;

use rtmp_server::net::{ListenError, TrustedProxies};
use rtmp_server::{Limits, ReloadingTls, Server, listen};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::observer::ConnectionLog;
use super::publish::Decision;
use super::wanted::ListenerPlan;
use crate::problem::Problem;

/// The servers of a driver: that of its listener, and those of earlier listeners, whose connections have yet to end.
#[derive(Default)]
pub(super) struct Servers {
    running: TaskTracker,
    /// What has not ended yet is to be cut off.
    cut_off: CancellationToken,
}

impl Servers {
    /// Ends all connections without another word to their peers.
    pub(super) fn cut_off(&self) {
        self.cut_off.cancel();
    }

    /// Waits until all have ended; there will be no more.
    pub(super) async fn ended(&self) {
        self.running.close();
        self.running.wait().await;
    }
}

/// A listener that runs.
pub(super) struct Listener {
    pub(super) port: u16,
    pub(super) tls: Option<ReloadingTls>,
    /// The listener ends with it.
    shutdown: oneshot::Sender<Infallible>,
    /// Ready when the port is free, whether somebody wanted that or not.
    freed: oneshot::Receiver<Infallible>,
}

impl Listener {
    /// Starts a listener on the port of `plan`.
    pub(super) fn start(
        plan: &ListenerPlan,
        tls: Option<ReloadingTls>,
        limits: &Arc<Limits>,
        proxies: &Arc<TrustedProxies>,
        log: ConnectionLog,
        decision: Decision,
        servers: &Servers,
    ) -> Result<Self, Problem> {
        let socket = listen(plan.bind, plan.port).map_err(problem)?;
        let port = socket.local_addr().port();
        let mut server = Server::builder()
            .limits(Arc::clone(limits))
            .trusted_proxies(Arc::clone(proxies))
            .observer(log)
            .connect(decision.clone())
            .publish(decision);
        if let Some(certificate) = &tls {
            server = server.certificate(certificate.clone());
        }
        let server = server.build();
        let (shutdown, told) = oneshot::channel::<Infallible>();
        let (freeing, freed) = oneshot::channel::<Infallible>();
        let cut_off = servers.cut_off.clone();
        servers.running.spawn(async move {
            let told = async { _ = told.await };
            let remaining = server.serve_until([socket], told).await;
            drop(freeing);
            remaining.shut_down(cut_off.cancelled()).await;
        });
        Ok(Self {
            port,
            tls,
            shutdown,
            freed,
        })
    }

    /// Frees the port. The connections end on their own: nobody has to wait until their peers have heard of it.
    pub(super) async fn shut_down(self) {
        drop(self.shutdown);
        // Nothing is ever sent: it is the sender's end that is waited for.
        let _ = self.freed.await;
    }

    /// Ready when the listener has ended although nobody wanted it to.
    pub(super) async fn failed(&mut self) {
        // Whatever it was, the listener is gone.
        let _ = (&mut self.freed).await;
    }
}

fn problem(error: ListenError) -> Problem {
    if error.is_in_use() {
        Problem::PortInUse { port: error.port() }
    } else {
        Problem::ListenerDown {
            reason: error.to_string(),
        }
    }
}
