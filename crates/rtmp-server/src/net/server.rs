//! The server: a builder, and the loop that accepts connections.

use std::collections::HashMap;
#[cfg(not(feature = "pkcs12"))]
use std::convert::Infallible;
use std::fmt;
use std::future::{self, Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::{self, JoinSet};
use tower::{ServiceExt as _, service_fn};
use tower_layer::Layer;
use tower_service::Service;

use super::accept::{Accepted, Acceptor};
use super::arrivals::Arrivals;
use super::connection::{self, Decision};
use super::observer::CatchPanics;
#[cfg(feature = "pkcs12")]
use super::reload;
use super::services::{AdmissionService, ConnectService, PublishService, Services};
use super::{Listener, Observer, TrustedProxies, panics};
use crate::connection::ConnectionHandle;
use crate::layer::{LimitLayer, Limits};
use crate::proto::{SessionConfig, Status, StatusCode};
use crate::service::{
    AcceptAll, Admission, AdmissionRefusal, AdmitAll, ConnectAcceptance, ConnectCall, Incoming,
    PublishCall,
};
use crate::sink::MediaSink;
#[cfg(feature = "pkcs12")]
use crate::tls::ReloadingTls;
#[cfg(feature = "tls")]
use crate::tls::TlsConfig;

/// What connections get on top of the session's own time to linger before a shutdown cuts them off:
/// something for a busy machine.
const SHUTDOWN_SLACK: Duration = Duration::from_secs(1);

/// An RTMP or RTMPS ingest server.
///
/// ```no_run
/// use rtmp_server::{Capacity, OverflowPolicy, PublishCall, Status, Server};
/// use rtmp_server::{listen, media_channel, service_fn};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let publish = service_fn(|call: PublishCall| async move {
///     if call.request.stream_name != "secret" {
///         return Err(Status::bad_name("There is no such stream. Is the stream key right?"));
///     }
///     let (sink, mut media) = media_channel(Capacity::messages(256), OverflowPolicy::Backpressure);
///     tokio::spawn(async move { while media.recv().await.is_some() {} });
///     Ok(sink)
/// });
///
/// let ctrl_c = async { tokio::time::sleep(std::time::Duration::from_secs(60)).await };
/// let server = Server::builder().publish(publish).build();
/// server.serve_with_shutdown([listen(None, 1935)?], ctrl_c).await;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    admission: AdmissionService,
    limits: Arc<Limits>,
    trusted_proxies: Arc<TrustedProxies>,
    #[cfg(feature = "pkcs12")]
    certificate: Option<ReloadingTls>,
    services: Arc<Services>,
}

impl Server {
    /// Everything a server can be told.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Serves for ever, or until the future is dropped, which cuts every connection off.
    pub async fn serve(self, listeners: impl IntoIterator<Item = Listener>) {
        self.serve_with_shutdown(listeners, std::future::pending())
            .await;
    }

    /// Serves until `shutdown` is ready. Then nothing more is accepted, every publish ends with a
    /// status that says so, and every connection is closed. When the call returns, all tasks have
    /// ended and the ports are free.
    pub async fn serve_with_shutdown(
        self,
        listeners: impl IntoIterator<Item = Listener>,
        shutdown: impl Future<Output = ()>,
    ) {
        let remaining = self.serve_until(listeners, shutdown).await;
        remaining.shut_down(pending()).await;
    }

    /// Serves until `shutdown` is ready. When the call returns, nothing more is accepted and the
    /// ports are free, while the connections are still as they were: another server can listen
    /// before they have [ended](RemainingConnections::shut_down).
    pub async fn serve_until(
        mut self,
        listeners: impl IntoIterator<Item = Listener>,
        shutdown: impl Future<Output = ()>,
    ) -> RemainingConnections {
        let mut connections = Connections::default();
        {
            let observer = Arc::clone(&self.services.observer);
            let mut arrivals = Arrivals::new(
                Acceptor::new(listeners, Arc::clone(&observer)),
                Arc::clone(&self.trusted_proxies),
                Arc::clone(&self.limits),
                self.services.session.timeouts.publish,
                Arc::clone(&observer),
            );
            #[cfg(feature = "pkcs12")]
            let mut reload = pin!(reload::watch(self.certificate.take(), observer));
            #[cfg(not(feature = "pkcs12"))]
            let mut reload = pin!(pending::<Infallible>());
            let mut shutdown = pin!(shutdown);
            loop {
                let accepting = poll_fn(|cx| {
                    let ready = ready!(poll_ready(&mut self.admission, cx));
                    arrivals.poll_next(cx).map(|accepted| (ready, accepted))
                });
                let (ready, accepted) = tokio::select! {
                    biased;
                    () = &mut shutdown => break,
                    never = &mut reload => match never {},
                    () = connections.reap() => continue,
                    accepting = accepting => accepting,
                };
                // Whatever panics in there, the connection is closed, and the next one comes.
                panics::catch(self.admit(accepted, ready, &mut connections)).await;
            }
            arrivals.end().await;
        }
        RemainingConnections {
            connections,
            linger: self.services.session.timeouts.linger,
        }
    }

    /// Asks for the admission of a new connection, if the service is ready to be asked.
    async fn admit(
        &mut self,
        accepted: Accepted,
        ready: Result<(), AdmissionRefusal>,
        connections: &mut Connections,
    ) {
        let Accepted { stream, incoming } = accepted;
        if let Err(refusal) = ready {
            return self.services.observer.refused(&incoming, &refusal);
        }
        let mut decision = self.admission.call(incoming.clone());
        // Most decisions are there at once. A refusal then costs no task.
        let admission = match poll_fn(|cx| Poll::Ready(decision.as_mut().poll(cx))).await {
            Poll::Ready(Err(refusal)) => {
                return self.services.observer.refused(&incoming, &refusal);
            }
            Poll::Ready(Ok(admission)) => Decision::Made(admission),
            Poll::Pending => Decision::Pending(decision),
        };
        let handle = incoming.connection.clone();
        let services = Arc::clone(&self.services);
        let task = connection::serve(stream, incoming, admission, services);
        connections.spawn(handle, task);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// The connections of a server that has stopped listening. Dropping this cuts them off.
#[must_use = "dropping this cuts the connections off"]
pub struct RemainingConnections {
    connections: Connections,
    linger: Duration,
}

impl RemainingConnections {
    /// Ends every publish with a status that says so, and closes the connections. What has not
    /// ended within the session's time to linger, or when `cut_off` is ready, is cut off. When the
    /// call returns, all tasks have ended.
    pub async fn shut_down(self, cut_off: impl Future<Output = ()>) {
        let grace = self.linger.saturating_add(SHUTDOWN_SLACK);
        let cut_off = async {
            tokio::select! {
                () = cut_off => {}
                () = tokio::time::sleep(grace) => {}
            }
        };
        self.connections.shut_down(cut_off).await;
    }
}

impl fmt::Debug for RemainingConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemainingConnections")
            .field("connections", &self.connections.handles.len())
            .finish_non_exhaustive()
    }
}

/// The connections that are being served, by the tasks that do.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    handles: HashMap<task::Id, ConnectionHandle>,
}

impl Connections {
    fn spawn(&mut self, handle: ConnectionHandle, task: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(task);
        self.handles.insert(task.id(), handle);
    }

    /// Ready when a connection has ended and been forgotten.
    async fn reap(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => pending().await,
        };
        self.handles.remove(&id);
    }

    /// Tells every connection to end, and cuts off what has not ended when `cut_off` is ready.
    async fn shut_down(mut self, cut_off: impl Future<Output = ()>) {
        for handle in self.handles.values() {
            handle.disconnect(Status::new(
                StatusCode::APP_SHUTDOWN,
                "The server is shutting down",
            ));
        }
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        tokio::select! {
            biased;
            () = all_ended => {}
            () = cut_off => self.tasks.shutdown().await,
        }
    }
}

/// Tells a [`Server`] what to do. The default limits, deadlines and admission suit a public ingest
/// server; plain RTMP.
pub struct ServerBuilder {
    session: SessionConfig,
    limits: Arc<Limits>,
    trusted_proxies: Arc<TrustedProxies>,
    #[cfg(feature = "tls")]
    tls: Option<TlsConfig>,
    #[cfg(feature = "pkcs12")]
    certificate: Option<ReloadingTls>,
    observer: Arc<dyn Observer>,
    admission: AdmissionService,
    connect: ConnectService,
    publish: PublishService,
}

impl ServerBuilder {
    /// How sessions present themselves, what they allow a peer, and for how long.
    #[must_use]
    pub fn session_config(mut self, config: SessionConfig) -> Self {
        self.session = config;
        self
    }

    /// The limits on connections. Keep a clone of the `Arc` to adjust them while the server runs.
    #[must_use]
    pub fn limits(mut self, limits: Arc<Limits>) -> Self {
        self.limits = limits;
        self
    }

    /// The load balancers in front, which say whose connections they pass on; none by default. Keep a
    /// clone of the `Arc` to change them while the server runs.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: Arc<TrustedProxies>) -> Self {
        self.trusted_proxies = proxies;
        self
    }

    /// RTMPS with this configuration of rustls, as it is: an `Arc<ServerConfig>`, or a [`TlsConfig`],
    /// which can be replaced while the server runs. Plain RTMP without.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: impl Into<TlsConfig>) -> Self {
        #[cfg(feature = "pkcs12")]
        {
            self.certificate = None;
        }
        self.tls = Some(config.into());
        self
    }

    /// RTMPS with this certificate, whose file is looked after while the server runs.
    #[cfg(feature = "pkcs12")]
    #[must_use]
    pub fn certificate(mut self, certificate: ReloadingTls) -> Self {
        self.tls = Some(certificate.config().clone());
        self.certificate = Some(certificate);
        self
    }

    /// Who is told what happens to connections.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Arc::new(CatchPanics(observer));
        self
    }

    /// Whose connections are taken at all, asked after the [`limits`](Self::limits).
    #[must_use]
    pub fn admission<S>(mut self, service: S) -> Self
    where
        S: Service<Incoming, Response = Admission, Error = AdmissionRefusal> + Send + 'static,
        S::Future: Send + 'static,
    {
        self.admission = AdmissionService::new(service);
        self
    }

    /// Who may connect to which application, and what is declared to them. Everybody by default, and
    /// nothing.
    ///
    /// Each connect is decided by a clone of `service`, on the task of its connection.
    #[must_use]
    pub fn connect<S>(mut self, service: S) -> Self
    where
        S: Service<ConnectCall, Response = ConnectAcceptance, Error = Status>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.connect = ConnectService::new(service);
        self
    }

    /// Who may publish, and where the media goes: a service that answers with a [`MediaSink`].
    /// Without one every publish is refused.
    ///
    /// Each publish is decided by a clone of `service`, on the task of its connection.
    #[must_use]
    pub fn publish<S>(mut self, service: S) -> Self
    where
        S: Service<PublishCall, Error = Status> + Clone + Send + Sync + 'static,
        S::Response: MediaSink,
        S::Future: Send + 'static,
    {
        self.publish = PublishService::new(service.map_response(MediaSink::boxed));
        self
    }

    /// The server, which listens when it is told to [serve](Server::serve).
    pub fn build(self) -> Server {
        let limits = LimitLayer::new(Arc::clone(&self.limits));
        Server {
            admission: AdmissionService::new(limits.layer(self.admission)),
            limits: self.limits,
            trusted_proxies: self.trusted_proxies,
            #[cfg(feature = "pkcs12")]
            certificate: self.certificate,
            services: Arc::new(Services {
                session: Arc::new(self.session),
                #[cfg(feature = "tls")]
                tls: self.tls,
                observer: self.observer,
                connect: self.connect,
                publish: PublishService::new(limits.layer(self.publish)),
            }),
        }
    }
}

/// Whether the service is ready. A panic in there is a refusal of the next connection, and nothing
/// else.
fn poll_ready(
    admission: &mut AdmissionService,
    cx: &mut Context<'_>,
) -> Poll<Result<(), AdmissionRefusal>> {
    catch_unwind(AssertUnwindSafe(|| admission.poll_ready(cx))).unwrap_or_else(|_| {
        let reason = "the admission service panicked".into();
        Poll::Ready(Err(AdmissionRefusal::Other(reason)))
    })
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            session: SessionConfig::default(),
            limits: Arc::default(),
            trusted_proxies: Arc::default(),
            #[cfg(feature = "tls")]
            tls: None,
            #[cfg(feature = "pkcs12")]
            certificate: None,
            observer: Arc::new(()),
            admission: AdmissionService::new(AdmitAll),
            connect: ConnectService::new(AcceptAll::default()),
            publish: PublishService::new(service_fn(|_: PublishCall| {
                future::ready(Err(Status::rejected("Nothing can be published here.")))
            })),
        }
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("session", &self.session)
            .field("limits", &self.limits)
            .field("trusted_proxies", &self.trusted_proxies)
            .finish_non_exhaustive()
    }
}
