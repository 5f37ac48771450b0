//! A limit on new connections per second and address.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tower_layer::Layer;
use tower_service::Service;

use super::{AddressGroup, Admitting, Limits};
use crate::service::{Admission, AdmissionRefusal, Incoming};

/// Limits the number of new connections per second and IPv4 address or IPv6 /64:
/// [`Limits::rate_per_second`], [`Limits::rate_limit_enabled`].
///
/// A second's worth of connections may come at once; what is over the limit is refused at once.
/// Time is that of [`Incoming::at`], so tests need not wait.
#[derive(Clone)]
pub struct RateLimitLayer {
    limits: Arc<Limits>,
    limiter: Arc<Mutex<Option<Limiter>>>,
}

impl RateLimitLayer {
    /// A layer that reads its limit from `limits`. All services it is put around share the counts.
    pub fn new(limits: Arc<Limits>) -> Self {
        Self {
            limits,
            limiter: Arc::default(),
        }
    }

    fn check(&self, incoming: &Incoming) -> Result<(), AdmissionRefusal> {
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.limits.rate_limit_enabled() {
            *limiter = None;
            return Ok(());
        }
        let rate = NonZeroU32::new(self.limits.rate_per_second()).unwrap_or(NonZeroU32::MIN);
        let limiter = match &mut *limiter {
            Some(limiter) if limiter.rate == rate => limiter,
            stale => stale.insert(Limiter::new(rate, incoming.at)),
        };
        let address = incoming.peer.ip();
        if limiter.admits(AddressGroup::from(address), incoming.at) {
            Ok(())
        } else {
            Err(AdmissionRefusal::RateLimit {
                per_second: rate.get(),
                address,
            })
        }
    }
}

impl fmt::Debug for RateLimitLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimitLayer")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for RateLimitLayer {
    type Service = RateLimit<S>;

    fn layer(&self, inner: S) -> RateLimit<S> {
        RateLimit {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`RateLimitLayer`] makes.
#[derive(Clone, Debug)]
pub struct RateLimit<S> {
    inner: S,
    layer: RateLimitLayer,
}

impl<S> Service<Incoming> for RateLimit<S>
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
        match self.layer.check(&incoming) {
            Ok(()) => Admitting::inner(self.inner.call(incoming)),
            Err(refusal) => Admitting::refused(refusal),
        }
    }
}

type Addresses = RateLimiter<
    AddressGroup,
    HashMapStateStore<AddressGroup>,
    ArrivalClock,
    NoOpMiddleware<Duration>,
>;

/// A keyed limiter for one rate. Another rate means another limiter.
struct Limiter {
    rate: NonZeroU32,
    clock: ArrivalClock,
    addresses: Addresses,
    /// How many addresses may be remembered before those that count as new again are forgotten.
    prune_at: usize,
}

impl Limiter {
    const PRUNE_AT_LEAST: usize = 64;

    fn new(rate: NonZeroU32, now: Instant) -> Self {
        let clock = ArrivalClock {
            epoch: now,
            elapsed_nanos: Arc::default(),
        };
        let addresses = RateLimiter::hashmap_with_clock(Quota::per_second(rate), clock.clone());
        Self {
            rate,
            clock,
            addresses,
            prune_at: Self::PRUNE_AT_LEAST,
        }
    }

    fn admits(&mut self, group: AddressGroup, now: Instant) -> bool {
        self.clock.set(now);
        if self.addresses.len() >= self.prune_at {
            self.addresses.retain_recent();
            self.addresses.shrink_to_fit();
            // Pruning each time the table has doubled costs a constant per connection.
            self.prune_at = self
                .addresses
                .len()
                .saturating_mul(2)
                .max(Self::PRUNE_AT_LEAST);
        }
        self.addresses.check_key(&group).is_ok()
    }
}

/// The time of the latest arrival.
#[derive(Clone)]
struct ArrivalClock {
    epoch: Instant,
    elapsed_nanos: Arc<AtomicU64>,
}

impl ArrivalClock {
    fn set(&self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.epoch).as_nanos();
        let nanos = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.elapsed_nanos.fetch_max(nanos, Ordering::Relaxed);
    }
}

impl Clock for ArrivalClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.elapsed_nanos.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_addresses_that_count_as_new_again() {
        let start = Instant::now();
        let mut limiter = Limiter::new(NonZeroU32::new(10).unwrap(), start);
        for second in 0..100u64 {
            for host in 0..1000u64 {
                let address = std::net::Ipv6Addr::from(u128::from(second * 1000 + host) << 64);
                let now = start + Duration::from_millis(second * 1000 + host);
                assert!(limiter.admits(AddressGroup::from(std::net::IpAddr::from(address)), now));
            }
        }
        assert!(
            limiter.addresses.len() < 2500,
            "{} addresses are remembered",
            limiter.addresses.len()
        );
    }
}
