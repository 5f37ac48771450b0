//! The services of the control plane, with their types erased.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use tower_service::Service;

use crate::proto::PublishRefusal;
use crate::service::{Admission, AdmissionRefusal, Incoming, PublishCall};
use crate::sink::MediaSink;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The decision on a connection, to come.
pub(super) type AdmissionFuture = BoxFuture<Result<Admission, AdmissionRefusal>>;
/// The decision on a publish, to come.
pub(super) type PublishFuture = BoxFuture<Result<Box<dyn MediaSink>, PublishRefusal>>;

/// An admission service of any type.
pub(super) struct AdmissionGate(Box<dyn AdmissionService>);

trait AdmissionService: Send {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AdmissionRefusal>>;
    fn call(&mut self, incoming: Incoming) -> AdmissionFuture;
}

impl<S> AdmissionService for S
where
    S: Service<Incoming, Response = Admission, Error = AdmissionRefusal> + Send,
    S::Future: Send + 'static,
{
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AdmissionRefusal>> {
        Service::poll_ready(self, cx)
    }

    fn call(&mut self, incoming: Incoming) -> AdmissionFuture {
        Box::pin(Service::call(self, incoming))
    }
}

impl AdmissionGate {
    pub(super) fn new<S>(service: S) -> Self
    where
        S: Service<Incoming, Response = Admission, Error = AdmissionRefusal> + Send + 'static,
        S::Future: Send + 'static,
    {
        Self(Box::new(service))
    }
}

impl Service<Incoming> for AdmissionGate {
    type Response = Admission;
    type Error = AdmissionRefusal;
    type Future = AdmissionFuture;

    /// A panic in there is a refusal of the next connection, and nothing else.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AdmissionRefusal>> {
        catch_unwind(AssertUnwindSafe(|| self.0.poll_ready(cx))).unwrap_or_else(|_| {
            let reason = "the admission service panicked".into();
            Poll::Ready(Err(AdmissionRefusal::Other(reason)))
        })
    }

    fn call(&mut self, incoming: Incoming) -> AdmissionFuture {
        self.0.call(incoming)
    }
}

/// A publish service of any type, for all connections: each call is made on a clone.
pub(super) struct PublishGate(Box<dyn PublishService>);

trait PublishService: Send + Sync {
    fn decide(&self, call: PublishCall) -> PublishFuture;
}

impl<S> PublishService for Mutex<S>
where
    S: Service<PublishCall, Response = Box<dyn MediaSink>, Error = PublishRefusal>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    fn decide(&self, call: PublishCall) -> PublishFuture {
        let mut service = self.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await?;
            service.call(call).await
        })
    }
}

impl PublishGate {
    pub(super) fn new<S>(service: S) -> Self
    where
        S: Service<PublishCall, Response = Box<dyn MediaSink>, Error = PublishRefusal>
            + Clone
            + Send
            + 'static,
        S::Future: Send + 'static,
    {
        Self(Box::new(Mutex::new(service)))
    }

    /// Asks for the decision on `call`.
    pub(super) fn decide(&self, call: PublishCall) -> PublishFuture {
        self.0.decide(call)
    }
}
