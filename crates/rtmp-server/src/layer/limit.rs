//! One gate for all limits.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::Limits;
use super::connections::{Connections, Permit, Shared};
#[cfg(feature = "governor")]
use super::rate::Rates;
use crate::proto::Status;
use crate::service::{Admission, AdmissionRefusal, Incoming, PublishCall};
use crate::sink::MediaSink;

/// Keeps connections and publishes within [`Limits`].
///
/// Around an admission service it limits new connections per second and address, connections per
/// address on which nothing is published, connections per address, and connections in all. Around a
/// publish service it counts every publish of a connection but the first, which the connection itself
/// was counted for, as a new connection: otherwise whoever publishes and stops in a loop would be
/// limited by nothing.
///
/// What is over a limit is refused at once. A second's worth of connections may come at once. Time is
/// that of [`Incoming::at`] and [`PublishCall::at`], so tests need not wait.
///
/// One rule softens the limits on connections: a publisher that has been silent for so long that
/// the newcomer may [take over](crate::Claims) its stream makes room for it.
#[derive(Clone)]
pub struct LimitLayer {
    limits: Arc<Limits>,
    connections: Shared,
    #[cfg(feature = "governor")]
    rates: Arc<Rates>,
}

impl LimitLayer {
    /// A layer that reads its limits from `limits`. All services it is put around share one count.
    pub fn new(limits: Arc<Limits>) -> Self {
        Self {
            limits,
            connections: Shared::default(),
            #[cfg(feature = "governor")]
            rates: Arc::default(),
        }
    }

    fn admit(&self, incoming: &Incoming) -> Result<Permit, AdmissionRefusal> {
        let address = incoming.peer.ip();
        self.admit_another(address, incoming.at)
            .map_err(|per_second| AdmissionRefusal::RateLimit {
                per_second,
                address,
            })?;
        Connections::admit(&self.connections, &self.limits, incoming)
    }

    /// Whether `address` may come once more; if not, the number per second that it has passed.
    #[cfg(feature = "governor")]
    fn admit_another(&self, address: IpAddr, now: Instant) -> Result<(), u32> {
        self.rates.admit(&self.limits, address, now)
    }

    /// The same without a limit.
    #[cfg(not(feature = "governor"))]
    fn admit_another(&self, _: IpAddr, _: Instant) -> Result<(), u32> {
        Ok(())
    }

    fn admit_publish(&self, call: &PublishCall) -> Result<(), Status> {
        if !call.connection.has_published() {
            return Ok(());
        }
        let address = call.peer.ip();
        self.admit_another(address, call.at).map_err(|per_second| {
            Status::rejected(format!(
                "{address} connects and publishes more than {per_second} times per second"
            ))
        })
    }
}

impl fmt::Debug for LimitLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitLayer")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for LimitLayer {
    type Service = Limit<S>;

    fn layer(&self, inner: S) -> Limit<S> {
        Limit {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`LimitLayer`] makes.
#[derive(Clone, Debug)]
pub struct Limit<S> {
    inner: S,
    layer: LimitLayer,
}

impl<S> Service<Incoming> for Limit<S>
where
    S: Service<Incoming, Response = Admission, Error = AdmissionRefusal>,
{
    type Response = Admission;
    type Error = AdmissionRefusal;
    type Future = Limiting<S::Future, AdmissionRefusal>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, incoming: Incoming) -> Self::Future {
        match self.layer.admit(&incoming) {
            Ok(permit) => Limiting::inner(self.inner.call(incoming), Some(permit)),
            Err(refusal) => Limiting::refused(refusal),
        }
    }
}

impl<S> Service<PublishCall> for Limit<S>
where
    S: Service<PublishCall, Error = Status>,
    S::Response: MediaSink,
{
    type Response = S::Response;
    type Error = Status;
    type Future = Limiting<S::Future, Status>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: PublishCall) -> Self::Future {
        match self.layer.admit_publish(&call) {
            Ok(()) => Limiting::inner(self.inner.call(call), None),
            Err(refusal) => Limiting::refused(refusal),
        }
    }
}

pin_project! {
    /// A refusal at once, or the inner service's decision together with the place of the connection.
    pub struct Limiting<F, E> {
        #[pin]
        decision: Decision<F, E>,
    }
}

pin_project! {
    #[project = DecisionProjection]
    enum Decision<F, E> {
        Refused { refusal: Option<E> },
        Inner { #[pin] inner: F, permit: Option<Permit> },
    }
}

impl<F, E> Limiting<F, E> {
    fn refused(refusal: E) -> Self {
        Self {
            decision: Decision::Refused {
                refusal: Some(refusal),
            },
        }
    }

    fn inner(inner: F, permit: Option<Permit>) -> Self {
        Self {
            decision: Decision::Inner { inner, permit },
        }
    }
}

impl<F, T, E> Future for Limiting<F, E>
where
    F: Future<Output = Result<T, E>>,
    T: Hold,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().decision.project() {
            DecisionProjection::Refused { refusal } => match refusal.take() {
                Some(refusal) => Poll::Ready(Err(refusal)),
                None => Poll::Pending,
            },
            DecisionProjection::Inner { inner, permit } => inner.poll(cx).map_ok(|mut decision| {
                if let Some(permit) = permit.take() {
                    decision.hold_permit(permit);
                }
                decision
            }),
        }
    }
}

impl<F, E> fmt::Debug for Limiting<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiting").finish_non_exhaustive()
    }
}

/// What a permit can be held by.
trait Hold {
    fn hold_permit(&mut self, permit: Permit);
}

impl Hold for Admission {
    fn hold_permit(&mut self, permit: Permit) {
        self.hold(permit);
    }
}

/// A publish has none.
impl<S: MediaSink> Hold for S {
    fn hold_permit(&mut self, _: Permit) {}
}
