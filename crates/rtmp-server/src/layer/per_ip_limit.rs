//! A limit on connections per address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::{AddressGroup, Admitting, Limits};
use crate::service::{Admission, AdmissionRefusal, Incoming};

type Counts = Mutex<HashMap<AddressGroup, usize>>;

/// Limits the number of concurrent connections per IPv4 address or IPv6 /64:
/// [`Limits::connections_per_ip`].
#[derive(Clone, Debug)]
pub struct PerIpLimitLayer {
    limits: Arc<Limits>,
    connections: Arc<Counts>,
}

impl PerIpLimitLayer {
    /// A layer that reads its limit from `limits`. All services it is put around share one count.
    pub fn new(limits: Arc<Limits>) -> Self {
        Self {
            limits,
            connections: Arc::default(),
        }
    }
}

impl<S> Layer<S> for PerIpLimitLayer {
    type Service = PerIpLimit<S>;

    fn layer(&self, inner: S) -> PerIpLimit<S> {
        PerIpLimit {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`PerIpLimitLayer`] makes.
#[derive(Clone, Debug)]
pub struct PerIpLimit<S> {
    inner: S,
    layer: PerIpLimitLayer,
}

impl<S> Service<Incoming> for PerIpLimit<S>
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
        let limit = self.layer.limits.connections_per_ip();
        let address = incoming.peer.ip();
        match Permit::acquire(&self.layer.connections, AddressGroup::from(address), limit) {
            Some(permit) => Admitting::inner_holding(self.inner.call(incoming), permit),
            None => Admitting::refused(AdmissionRefusal::PerIpLimit { limit, address }),
        }
    }
}

struct Permit {
    connections: Arc<Counts>,
    group: AddressGroup,
}

impl Permit {
    fn acquire(connections: &Arc<Counts>, group: AddressGroup, limit: usize) -> Option<Self> {
        match lock(connections).entry(group) {
            Entry::Occupied(mut count) if *count.get() < limit => {
                *count.get_mut() = count.get().saturating_add(1);
            }
            Entry::Vacant(count) if limit > 0 => {
                count.insert(1);
            }
            _ => return None,
        }
        Some(Self {
            connections: Arc::clone(connections),
            group,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.connections).entry(self.group) {
            match count.get().saturating_sub(1) {
                0 => drop(count.remove()),
                rest => *count.get_mut() = rest,
            }
        }
    }
}

fn lock(connections: &Counts) -> MutexGuard<'_, HashMap<AddressGroup, usize>> {
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}
