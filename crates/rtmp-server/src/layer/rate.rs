//! A limit on what comes per second and address.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Instant;

use governor::Quota;
use parking_lot::Mutex;

use super::{AddressGroup, Limits};
use crate::address_quotas::AddressQuotas;

/// How often each address came lately: [`Limits::rate_per_second`], [`Limits::rate_limit_enabled`].
#[derive(Default)]
pub(super) struct Rates(Mutex<Option<Limiter>>);

impl Rates {
    /// Whether `address` may come at `now`; if not, the number per second that it has passed.
    pub(super) fn admit(&self, limits: &Limits, address: IpAddr, now: Instant) -> Result<(), u32> {
        let mut limiter = self.0.lock();
        if !limits.rate_limit_enabled() {
            *limiter = None;
            return Ok(());
        }
        let rate = NonZeroU32::new(limits.rate_per_second()).unwrap_or(NonZeroU32::MIN);
        let limiter = match &mut *limiter {
            Some(limiter) if limiter.rate == rate => limiter,
            stale => stale.insert(Limiter::new(rate, now)),
        };
        let group = AddressGroup::from(address);
        let taken = limiter.addresses.take(group, now);
        taken.map_err(|_| rate.get())
    }
}

/// The quotas for one rate.
struct Limiter {
    rate: NonZeroU32,
    addresses: AddressQuotas,
}

impl Limiter {
    fn new(rate: NonZeroU32, now: Instant) -> Self {
        Self {
            rate,
            addresses: AddressQuotas::new(Quota::per_second(rate), now),
        }
    }
}
