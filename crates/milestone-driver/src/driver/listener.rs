//! The listener: a server on a port.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use rtmp_server::{AcceptAll, ListenError, ReloadingTls, Server, listen};
use tokio::sync::oneshot;

use super::certificate::CertificateSource;
use super::hardware::Hardware;
use super::observer::ConnectionLog;
use super::publish::{PublishDecision, capabilities};
use crate::problem::Problem;

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
        hardware: &Arc<Hardware>,
    ) -> Result<Self, Problem> {
        let socket = listen(plan.bind, plan.port).map_err(problem)?;
        let port = socket.local_addr().port();
        let server = Server::builder()
            .limits(Arc::clone(&hardware.limits))
            .tls(tls.clone())
            .observer(ConnectionLog::new(Arc::clone(hardware)))
            .connect(AcceptAll::with_capabilities(capabilities()))
            .publish(PublishDecision::new(Arc::clone(hardware)));
        let (shutdown, told) = oneshot::channel::<Infallible>();
        let (freeing, freed) = oneshot::channel::<Infallible>();
        let cut_off = hardware.cut_off.clone();
        hardware.servers.spawn(async move {
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

    /// Frees the port. The connections end on their own: nobody has to wait for their farewell.
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
