//! The listener: a server on a port.

use std::net::IpAddr;
use std::sync::Arc;

use rtmp_server::{ListenError, ReloadingTls, Server, listen};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::certificate::CertificateSource;
use super::hardware::Hardware;
use super::observer::ConnectionLog;
use super::publish::PublishDecision;
use crate::picture::Problem;

/// What a listener is to be.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ListenerPlan {
    pub(super) bind: Option<IpAddr>,
    pub(super) port: u16,
    /// RTMPS with this certificate; RTMP without one.
    pub(super) certificate: Option<CertificateSource>,
}

/// A listener that runs.
pub(super) struct Listener {
    pub(super) port: u16,
    pub(super) tls: Option<ReloadingTls>,
    shutdown: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Listener {
    /// Starts a listener on the port of `plan`.
    pub(super) fn start(
        plan: &ListenerPlan,
        tls: Option<ReloadingTls>,
        hardware: &Arc<Hardware>,
    ) -> Result<Self, Problem> {
        let socket = listen(plan.bind, plan.port).map_err(problem)?;
        let port = socket.local_addr().port();
        let server = Server::builder()
            .limits(Arc::clone(&hardware.limits))
            .tls(tls.clone())
            .observer(ConnectionLog::new(Arc::clone(hardware)))
            .publish(PublishDecision::new(Arc::clone(hardware)));
        let (shutdown, told) = oneshot::channel::<()>();
        let serving = hardware.servers.spawn(async move {
            // A listener that is dropped is told as well.
            let told = async { _ = told.await };
            server.serve_with_shutdown([socket], told).await;
        });
        Ok(Self {
            port,
            tls,
            shutdown,
            serving,
        })
    }

    /// Ends the listener's publishers. The port is free when the task has ended.
    pub(super) fn shut_down(self) -> JoinHandle<()> {
        // Whoever does not hear it has ended already.
        let _ = self.shutdown.send(());
        self.serving
    }

    /// Ready when the listener has ended although nobody wanted it to.
    pub(super) async fn failed(&mut self) {
        // Whatever it was, the listener is gone.
        let _ = (&mut self.serving).await;
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
