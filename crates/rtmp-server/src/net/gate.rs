//! The services of the control plane, with their types erased.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use tower_service::Service;

use crate::proto::Status;
use crate::service::{Admission, AdmissionRefusal, Incoming};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The decision on a connection, to come.
pub(super) type AdmissionFuture = BoxFuture<Result<Admission, AdmissionRefusal>>;
/// The decision on what a session asks, to come.
pub(super) type RequestFuture<T> = BoxFuture<Result<T, Status>>;

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

/// A service of any type that decides on what sessions ask, for all connections: each call is made
/// on a clone.
pub(super) struct RequestGate<Call, T>(Box<dyn RequestService<Call, T>>);

trait RequestService<Call, T>: Send + Sync {
    fn decide(&self, call: Call) -> RequestFuture<T>;
}

impl<S, Call, T> RequestService<Call, T> for Mutex<S>
where
    S: Service<Call, Response = T, Error = Status> + Clone + Send + 'static,
    S::Future: Send + 'static,
    Call: Send + 'static,
    T: 'static,
{
    fn decide(&self, call: Call) -> RequestFuture<T> {
        let mut service = self.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await?;
            service.call(call).await
        })
    }
}

impl<Call: Send + 'static, T: 'static> RequestGate<Call, T> {
    pub(super) fn new<S>(service: S) -> Self
    where
        S: Service<Call, Response = T, Error = Status> + Clone + Send + 'static,
        S::Future: Send + 'static,
    {
        Self(Box::new(Mutex::new(service)))
    }

    /// Asks for the decision on `call`.
    pub(super) fn decide(&self, call: Call) -> RequestFuture<T> {
        self.0.decide(call)
    }
}
