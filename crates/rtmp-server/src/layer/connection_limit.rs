//! A limit on connections in all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::{Admitting, Limits};
use crate::service::{Admission, AdmissionRefusal, Incoming};

/// Limits the number of concurrent connections: [`Limits::connections`].
#[derive(Clone, Debug)]
pub struct ConnectionLimitLayer {
    limits: Arc<Limits>,
    connections: Arc<AtomicUsize>,
}

impl ConnectionLimitLayer {
    /// A layer that reads its limit from `limits`. All services it is put around share one count.
    pub fn new(limits: Arc<Limits>) -> Self {
        Self {
            limits,
            connections: Arc::default(),
        }
    }
}

impl<S> Layer<S> for ConnectionLimitLayer {
    type Service = ConnectionLimit<S>;

    fn layer(&self, inner: S) -> ConnectionLimit<S> {
        ConnectionLimit {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`ConnectionLimitLayer`] makes.
#[derive(Clone, Debug)]
pub struct ConnectionLimit<S> {
    inner: S,
    layer: ConnectionLimitLayer,
}

impl<S> Service<Incoming> for ConnectionLimit<S>
where
    S: Service<Incoming, Response = Admission, Error = AdmissionRefusal>,
{
    type Response = Admission;
    type Error = AdmissionRefusal;
    type Future = Admitting<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, incoming: Incoming) -> Self::Future {
        let limit = self.layer.limits.connections();
        match Permit::acquire(&self.layer.connections, limit) {
            Some(permit) => Admitting::inner_holding(self.inner.call(incoming), permit),
            None => Admitting::refused(AdmissionRefusal::ConnectionLimit { limit }),
        }
    }
}

struct Permit(Arc<AtomicUsize>);

impl Permit {
    fn acquire(connections: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        connections
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < limit).then(|| count.saturating_add(1))
            })
            .ok()?;
        Some(Self(Arc::clone(connections)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
