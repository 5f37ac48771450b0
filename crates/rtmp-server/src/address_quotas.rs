//! How often each address may do something.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::address_group::AddressGroup;

type Addresses = RateLimiter<
    AddressGroup,
    HashMapStateStore<AddressGroup>,
    CallersClock,
    NoOpMiddleware<Duration>,
>;

/// One quota for each address. Another quota means another table.
pub(crate) struct AddressQuotas {
    clock: CallersClock,
    addresses: Addresses,
    /// How many addresses may be remembered before those that count as new again are forgotten.
    prune_at: usize,
}

impl AddressQuotas {
    const PRUNE_AT_LEAST: usize = 64;

    pub(crate) fn new(quota: Quota, now: Instant) -> Self {
        let clock = CallersClock {
            epoch: now,
            elapsed_nanos: Arc::default(),
        };
        Self {
            addresses: RateLimiter::hashmap_with_clock(quota, clock.clone()),
            clock,
            prune_at: Self::PRUNE_AT_LEAST,
        }
    }

    /// Counts what `group` does at `now`. If that is too much, it is not counted, and the error says
    /// how long it takes until the next is not.
    pub(crate) fn take(&mut self, group: AddressGroup, now: Instant) -> Result<(), Duration> {
        self.clock.set(now);
        if self.addresses.len() >= self.prune_at {
            self.addresses.retain_recent();
            self.addresses.shrink_to_fit();
            // Pruning each time the table has doubled costs a constant per call.
            self.prune_at = self
                .addresses
                .len()
                .saturating_mul(2)
                .max(Self::PRUNE_AT_LEAST);
        }
        self.addresses.check_key(&group).map_err(|not_until| {
            let next: Duration = not_until.earliest_possible();
            next.duration_since(self.clock.now()).into()
        })
    }
}

/// The latest time that a caller gave.
#[derive(Clone)]
struct CallersClock {
    epoch: Instant,
    elapsed_nanos: Arc<AtomicU64>,
}

impl CallersClock {
    fn set(&self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.epoch).as_nanos();
        let nanos = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.elapsed_nanos.fetch_max(nanos, Ordering::Relaxed);
    }
}

impl Clock for CallersClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.elapsed_nanos.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr};
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn forgets_addresses_that_count_as_new_again() {
        let start = Instant::now();
        let quota = Quota::per_second(NonZeroU32::new(10).unwrap());
        let mut quotas = AddressQuotas::new(quota, start);
        for second in 0..100u64 {
            for host in 0..1000u64 {
                let address = Ipv6Addr::from(u128::from(second * 1000 + host) << 64);
                let now = start + Duration::from_millis(second * 1000 + host);
                assert_eq!(quotas.take(IpAddr::from(address).into(), now), Ok(()));
            }
        }
        assert!(
            quotas.addresses.len() < 2500,
            "{} addresses are remembered",
            quotas.addresses.len()
        );
    }

    #[test]
    fn who_is_too_fast_is_told_when_to_come_again() {
        let start = Instant::now();
        let quota = Quota::per_second(NonZeroU32::new(2).unwrap());
        let mut quotas = AddressQuotas::new(quota, start);
        let group = AddressGroup::from(IpAddr::from([192, 0, 2, 1]));
        assert_eq!(quotas.take(group, start), Ok(()));
        assert_eq!(quotas.take(group, start), Ok(()));
        let wait = quotas.take(group, start).unwrap_err();
        assert!(
            !wait.is_zero() && wait <= Duration::from_millis(500),
            "{wait:?}"
        );
        assert_eq!(quotas.take(group, start + wait), Ok(()));
    }
}
