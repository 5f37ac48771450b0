//! A server under test, and everything that its application gets to know.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use rtmp_server::connection::{ConnectionEnd, ConnectionSummary};
use rtmp_server::net::TrustedProxies;
use rtmp_server::service::AdmissionRefusal;
use rtmp_server::tls::TlsIdentityError;
use rtmp_server::{
    ConnectRequest, ConnectionHandle, EndReason, Incoming, Limits, Media, MediaSink, Observer,
    PublishCall, PublishRequest, ReloadingTls, Server, ServerBuilder, SessionConfig, Status,
    TlsConfig, TlsIdentity, TlsInfo, listen, service_fn,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a test waits before it gives up: long enough for any busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what has to happen.
pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it happens")
}

/// What the observer and the sinks of a server were told.
#[derive(Debug)]
pub enum Told {
    Accepted(ConnectionHandle),
    Refused(AdmissionRefusal),
    Encrypted(TlsInfo),
    CertificateReloaded(TlsIdentity),
    CertificateRejected(TlsIdentityError),
    ConnectRefused(Status),
    PublishRefused(Status),
    PublishEnded(EndReason),
    Closed(ConnectionEnd),
    Media(Media),
    SinkEnded(EndReason),
}

/// A loopback address that no other test listens on or connects from: a port of it that was freed stays free.
pub fn address_apart() -> IpAddr {
    static LAST: AtomicU8 = AtomicU8::new(1);
    // macOS has one loopback address alone.
    match cfg!(target_os = "macos") {
        true => Ipv4Addr::LOCALHOST.into(),
        false => Ipv4Addr::new(127, 0, 0, LAST.fetch_add(1, Ordering::Relaxed) + 1).into(),
    }
}

pub struct Running {
    pub address: SocketAddr,
    pub limits: Arc<Limits>,
    told: UnboundedReceiver<Told>,
    shutdown: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// What a test changes of the server.
#[derive(Default)]
pub struct Setup {
    pub session: SessionConfig,
    pub tls: Option<ReloadingTls>,
    /// The same as rustls has it.
    pub tls_config: Option<TlsConfig>,
    pub proxies: Arc<TrustedProxies>,
    /// Where it listens, if that matters.
    pub ip: Option<IpAddr>,
}

impl Setup {
    pub fn session(change: impl FnOnce(&mut SessionConfig)) -> Self {
        let mut setup = Self::default();
        change(&mut setup.session);
        setup
    }

    pub fn tls(tls: ReloadingTls) -> Self {
        Self {
            tls: Some(tls),
            ..Self::default()
        }
    }

    /// Accepts every publish, except of names that start with `refuse`; `panic…` panics in some
    /// way.
    pub fn run(self) -> Running {
        self.run_with(|told| {
            let publish = move |call: PublishCall| {
                let told = told.clone();
                async move { decide(&call, told) }
            };
            |builder: ServerBuilder| builder.publish(service_fn(publish))
        })
    }

    /// Accepts every publish; what it brings goes into the sink that `sink` makes.
    pub fn run_into<S: MediaSink>(
        self,
        sink: impl Fn(PublishCall) -> S + Clone + Send + Sync + 'static,
    ) -> Running {
        self.run_with(|_| {
            move |builder: ServerBuilder| {
                builder.publish(service_fn(move |call: PublishCall| {
                    let sink = sink(call);
                    async { Ok::<Box<dyn MediaSink>, Status>(Box::new(sink)) }
                }))
            }
        })
    }

    /// A server finished by `finish`, which gets the means to tell the test.
    pub fn run_with<F>(self, finish: impl FnOnce(UnboundedSender<Told>) -> F) -> Running
    where
        F: FnOnce(ServerBuilder) -> ServerBuilder,
    {
        let (teller, told) = unbounded_channel();
        let limits = Arc::new(Limits::default());
        limits.set_rate_limit_enabled(false);
        let ip = self.ip.unwrap_or(Ipv4Addr::LOCALHOST.into());
        let listener = listen(Some(ip), 0).expect("a free port");
        let address = listener.local_addr();
        let mut builder = Server::builder()
            .session_config(self.session)
            .limits(Arc::clone(&limits))
            .trusted_proxies(self.proxies)
            .observer(Teller(teller.clone()));
        if let Some(tls) = self.tls {
            builder = builder.certificate(tls);
        }
        if let Some(config) = self.tls_config {
            builder = builder.tls(config);
        }
        let server = finish(teller)(builder).build();
        let (shutdown, on_shutdown) = oneshot::channel();
        let serving = tokio::spawn(server.serve_with_shutdown([listener], async {
            let _ = on_shutdown.await;
        }));
        Running {
            address,
            limits,
            told,
            shutdown: Some(shutdown),
            serving,
        }
    }
}

/// The decision on a publish, and a sink that tells what it is told.
pub fn decide(
    call: &PublishCall,
    told: UnboundedSender<Told>,
) -> Result<Box<dyn MediaSink>, Status> {
    let name = &call.request.stream_name;
    assert_ne!(name, "panic when asked", "as the peer wished");
    if name.starts_with("refuse") {
        return Err(Status::bad_name("Not here. Try the next door."));
    }
    let panics = match name.as_str() {
        "panic at media" => Some(Moment::Media),
        "panic at the end" => Some(Moment::End),
        _ => None,
    };
    Ok(Box::new(Recorder { told, panics }))
}

#[derive(PartialEq)]
enum Moment {
    Media,
    End,
}

struct Recorder {
    told: UnboundedSender<Told>,
    panics: Option<Moment>,
}

impl MediaSink for Recorder {
    fn media(&mut self, _: Instant, media: Media) -> Result<(), Status> {
        assert!(self.panics != Some(Moment::Media), "as the peer wished");
        let refused = media.payload.starts_with(b"refuse me");
        let _ = self.told.send(Told::Media(media));
        if refused {
            return Err(Status::rejected("This codec is not for us."));
        }
        Ok(())
    }

    fn end(&mut self, _: Instant, reason: &EndReason) {
        let _ = self.told.send(Told::SinkEnded(reason.clone()));
        assert!(self.panics != Some(Moment::End), "as the peer wished");
    }
}

impl Running {
    /// The next thing that the application was told.
    pub async fn next(&mut self) -> Told {
        soon(self.told.recv()).await.expect("the server runs")
    }

    /// The next thing that the application was told; none once nobody is left to tell anything.
    pub async fn next_if_any(&mut self) -> Option<Told> {
        soon(self.told.recv()).await
    }

    /// The next thing of this kind; what lies before is passed over.
    pub async fn next_that<T>(&mut self, mut pick: impl FnMut(Told) -> Option<T>) -> T {
        loop {
            if let Some(picked) = pick(self.next().await) {
                return picked;
            }
        }
    }

    pub async fn accepted(&mut self) -> ConnectionHandle {
        self.next_that(|told| match told {
            Told::Accepted(handle) => Some(handle),
            _ => None,
        })
        .await
    }

    pub async fn closed(&mut self) -> ConnectionEnd {
        self.next_that(|told| match told {
            Told::Closed(end) => Some(end),
            _ => None,
        })
        .await
    }

    pub async fn sink_ended(&mut self) -> EndReason {
        self.next_that(|told| match told {
            Told::SinkEnded(reason) => Some(reason),
            _ => None,
        })
        .await
    }

    pub async fn publish_ended(&mut self) -> EndReason {
        self.next_that(|told| match told {
            Told::PublishEnded(reason) => Some(reason),
            _ => None,
        })
        .await
    }

    pub async fn media(&mut self) -> Media {
        self.next_that(|told| match told {
            Told::Media(media) => Some(media),
            _ => None,
        })
        .await
    }

    /// Asks for a shutdown without waiting for it.
    pub fn ask_to_shut_down(&mut self) {
        if let Some(shutdown) = self.shutdown.take() {
            let _ = shutdown.send(());
        }
    }

    /// Drops the server where it stands.
    pub fn abort(&self) {
        self.serving.abort();
    }

    /// Shuts down, and returns what was told since the last look.
    pub async fn shut_down(mut self) -> Vec<Told> {
        self.ask_to_shut_down();
        soon(&mut self.serving).await.expect("the server ends well");
        let mut rest = Vec::new();
        while let Some(told) = self.told.recv().await {
            rest.push(told);
        }
        rest
    }
}

struct Teller(UnboundedSender<Told>);

impl Teller {
    fn record(&self, told: Told) {
        let _ = self.0.send(told);
    }
}

impl Observer for Teller {
    fn accepted(&self, connection: &ConnectionHandle) {
        self.record(Told::Accepted(connection.clone()));
    }

    fn refused(&self, _: &Incoming, refusal: &AdmissionRefusal) {
        self.record(Told::Refused(refusal.clone()));
    }

    fn encrypted(&self, _: &ConnectionHandle, tls: &TlsInfo) {
        self.record(Told::Encrypted(tls.clone()));
    }

    fn certificate_reloaded(&self, identity: &TlsIdentity) {
        self.record(Told::CertificateReloaded(identity.clone()));
    }

    fn certificate_rejected(&self, error: &TlsIdentityError) {
        self.record(Told::CertificateRejected(error.clone()));
    }

    fn connect_refused(&self, _: &ConnectionHandle, _: &ConnectRequest, status: &Status) {
        self.record(Told::ConnectRefused(status.clone()));
    }

    fn publish_refused(&self, _: &ConnectionHandle, _: &PublishRequest, status: &Status) {
        self.record(Told::PublishRefused(status.clone()));
    }

    fn publish_ended(&self, _: &ConnectionHandle, _: &PublishRequest, reason: &EndReason) {
        self.record(Told::PublishEnded(reason.clone()));
    }

    fn closed(&self, _: &ConnectionHandle, summary: &ConnectionSummary) {
        self.record(Told::Closed(summary.end.clone()));
    }
}
