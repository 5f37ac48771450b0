//! A limit on what comes per second and address.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::{AddressGroup, Limits};

/// How often each address came lately: [`Limits::rate_per_second`], [`Limits::rate_limit_enabled`].
#[derive(Default)]
pub(super) struct Rates(Mutex<Option<Limiter>>);

impl Rates {
    /// Whether `address` may come at `now`; if not, the number per second that it has passed.
    pub(super) fn admit(&self, limits: &Limits, address: IpAddr, now: Instant) -> Result<(), u32> {
        let mut limiter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !limits.rate_limit_enabled() {
            *limiter = None;
            return Ok(());
        }
        let rate = NonZeroU32::new(limits.rate_per_second()).unwrap_or(NonZeroU32::MIN);
        let limiter = match &mut *limiter {
            Some(limiter) if limiter.rate == rate => limiter,
            stale => stale.insert(Limiter::new(rate, now)),
        };
        if limiter.admits(AddressGroup::from(address), now) {
            Ok(())
        } else {
            Err(rate.get())
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
