//! Tracing of decisions.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::proto::Status;
use crate::service::{Admission, AdmissionRefusal, Incoming, PublishCall};
use crate::sink::MediaSink;

/// Traces every decision of an admission or a publish service as one `tracing` event: admitted and
/// accepted at `DEBUG`, refused at `INFO`.
///
/// Stream names, which are keys, are not among the fields. Refusal texts may repeat what the peer
/// sent; a subscriber that writes to a terminal or a file escapes them.
#[derive(Copy, Clone, Debug, Default)]
pub struct TraceLayer;

impl TraceLayer {
    /// The layer.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace { inner }
    }
}

/// The service that [`TraceLayer`] makes.
#[derive(Copy, Clone, Debug)]
pub struct Trace<S> {
    inner: S,
}

impl<S> Service<Incoming> for Trace<S>
where
    S: Service<Incoming, Response = Admission, Error = AdmissionRefusal>,
{
    type Response = Admission;
    type Error = AdmissionRefusal;
    type Future = Tracing<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, incoming: Incoming) -> Self::Future {
        let subject = Subject {
            peer: incoming.peer,
            connection: None,
        };
        Tracing {
            inner: self.inner.call(incoming),
            subject,
        }
    }
}

impl<S> Service<PublishCall> for Trace<S>
where
    S: Service<PublishCall, Response = Box<dyn MediaSink>, Error = Status>,
{
    type Response = Box<dyn MediaSink>;
    type Error = Status;
    type Future = Tracing<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: PublishCall) -> Self::Future {
        let subject = Subject {
            peer: call.peer,
            connection: Some(call.connection.id().get()),
        };
        Tracing {
            inner: self.inner.call(call),
            subject,
        }
    }
}

/// What a decision is about.
#[derive(Copy, Clone, Debug)]
struct Subject {
    peer: SocketAddr,
    /// A publish names its connection; a connection that asks for admission has no number yet.
    connection: Option<u64>,
}

pin_project! {
    /// The inner service's decision, traced when it is there.
    #[derive(Debug)]
    pub struct Tracing<F> {
        #[pin]
        inner: F,
        subject: Subject,
    }
}

impl<F, T, E> Future for Tracing<F>
where
    F: Future<Output = Result<T, E>>,
    E: fmt::Display,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let decision = ready!(this.inner.poll(cx));
        let Subject { peer, connection } = *this.subject;
        match (&decision, connection) {
            (Ok(_), None) => tracing::debug!(%peer, "connection admitted"),
            (Ok(_), Some(connection)) => tracing::debug!(%peer, connection, "publish accepted"),
            (Err(refusal), None) => tracing::info!(%peer, %refusal, "connection refused"),
            (Err(refusal), Some(connection)) => {
                tracing::info!(%peer, connection, %refusal, "publish refused");
            }
        }
        Poll::Ready(decision)
    }
}
