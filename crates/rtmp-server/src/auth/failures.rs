//! How fast an address may guess.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::Quota;

use crate::address_group::AddressGroup;
use crate::address_quotas::AddressQuotas;

/// So many logins of an address may fail one after the other …
const BURST: NonZeroU32 = NonZeroU32::new(20).expect("positive");
/// … and one more each time this has passed.
const ONE_EACH: Duration = Duration::from_secs(3);

/// Whoever fails more often has one login looked at in this time …
const SLOW: Duration = Duration::from_secs(2);
/// … and nobody waits longer for that. What would have to is not looked at.
const LONGEST_WAIT: Duration = Duration::from_secs(6);

/// One failure of an address is worth a line in the log each time this has passed.
const REPORT_EACH: Duration = Duration::from_secs(60);

/// More addresses are not kept in mind. Those that come when all places are taken are not slowed
/// down: to be in everybody's way would be easier otherwise than to guess.
const MOST_ADDRESSES: usize = 10_000;

/// Failed logins, by address (IPv6: by /64).
///
/// An address that fails too often is slowed down, whatever it says from then on. Nobody else is: no
/// other address, no user and no stream. Who publishes already is not asked.
pub struct Failures {
    quotas: AddressQuotas,
    addresses: HashMap<AddressGroup, Address>,
    /// When there are so many, those that do not matter any more are forgotten …
    prune_at: usize,
    /// … but when all places are taken, not before then.
    prune_not_before: Instant,
}

/// What is kept of an address that has failed.
#[derive(Debug)]
struct Address {
    /// It is slowed down until then.
    slow_until: Instant,
    /// The latest turn that was given away.
    latest_turn: Instant,
    reported: Instant,
    unreported: u64,
}

/// When a login is looked at.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Now.
    Now,
    /// The address has failed too often: after this time.
    After(Duration),
    /// Too many of the address wait already: this one is not looked at and not answered.
    Never,
}

/// What becomes of a failure in the log.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It is worth a line. So many failures of the address were not since the last one.
    Line {
        /// How many.
        unreported: u64,
    },
    /// There was a line less than a minute ago.
    Nothing,
}

impl Failures {
    /// Nobody has failed yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let quota = Quota::with_period(ONE_EACH)
            .expect("positive")
            .allow_burst(BURST);
        Self {
            quotas: AddressQuotas::new(quota, now),
            addresses: HashMap::new(),
            prune_at: Self::PRUNE_AT_LEAST,
            prune_not_before: now,
        }
    }

    const PRUNE_AT_LEAST: usize = 64;

    /// Asks when a login from `peer` may be looked at. To be asked once for each login that can be
    /// right or wrong, not for legs that cannot.
    pub fn turn(&mut self, now: Instant, peer: IpAddr) -> Turn {
        let Some(address) = self.addresses.get_mut(&AddressGroup::from(peer)) else {
            return Turn::Now;
        };
        if now >= address.slow_until && now >= address.latest_turn {
            return Turn::Now;
        }
        let turn = address.latest_turn.max(now) + SLOW;
        let wait = turn.saturating_duration_since(now);
        if wait > LONGEST_WAIT {
            return Turn::Never;
        }
        address.latest_turn = turn;
        Turn::After(wait)
    }

    /// A login from `peer` has failed.
    pub fn record(&mut self, now: Instant, peer: IpAddr) -> Report {
        self.prune(now);
        let group = AddressGroup::from(peer);
        if !self.addresses.contains_key(&group) && self.addresses.len() >= MOST_ADDRESSES {
            return Report::Nothing;
        }
        let wait = self.quotas.take(group, now).err();
        let mut is_new = false;
        let address = self.addresses.entry(group).or_insert_with(|| {
            is_new = true;
            Address {
                slow_until: now,
                latest_turn: now,
                reported: now,
                unreported: 0,
            }
        });
        if let Some(wait) = wait {
            address.slow_until = now + wait;
        }
        if !is_new && now.saturating_duration_since(address.reported) < REPORT_EACH {
            address.unreported += 1;
            return Report::Nothing;
        }
        address.reported = now;
        Report::Line {
            unreported: std::mem::take(&mut address.unreported),
        }
    }

    fn prune(&mut self, now: Instant) {
        let count = self.addresses.len();
        if count < self.prune_at || count >= MOST_ADDRESSES && now < self.prune_not_before {
            return;
        }
        self.prune_not_before = now + Duration::from_secs(1);
        self.addresses.retain(|_, address| {
            now < address.reported + REPORT_EACH
                || now < address.slow_until
                || now < address.latest_turn
        });
        self.addresses.shrink_to_fit();
        self.prune_at = (self.addresses.len() * 2).clamp(Self::PRUNE_AT_LEAST, MOST_ADDRESSES);
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failures")
            .field("addresses", &self.addresses.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn failed(times: u32) -> (Failures, Instant) {
        let now = Instant::now();
        let mut failures = Failures::new(now);
        for _ in 0..times {
            let _ = failures.record(now, ME);
        }
        (failures, now)
    }

    #[test]
    fn a_few_failures_cost_nothing() {
        let (mut failures, now) = failed(BURST.get());
        for _ in 0..100 {
            assert_eq!(failures.turn(now, ME), Turn::Now);
        }
    }

    #[test]
    fn a_hundred_failures_slow_the_address_down_and_nobody_else() {
        let (mut failures, now) = failed(100);
        let turns = [(); 5].map(|()| failures.turn(now, ME));
        let after = |seconds| Turn::After(Duration::from_secs(seconds));
        assert_eq!(
            turns,
            [after(2), after(4), after(6), Turn::Never, Turn::Never]
        );
        assert_eq!(failures.turn(now, OTHER), Turn::Now);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let now = Instant::now();
        let mut failures = Failures::new(now);
        for host in 0..100u128 {
            let peer = IpAddr::from(std::net::Ipv6Addr::from((0x2001 << 112) + host));
            let _ = failures.record(now, peer);
        }
        assert!(matches!(
            failures.turn(now, "2001::ffff".parse().unwrap()),
            Turn::After(_)
        ));
        assert_eq!(
            failures.turn(now, "2001:0:0:1::".parse().unwrap()),
            Turn::Now
        );
    }

    #[test]
    fn it_passes() {
        let (mut failures, now) = failed(100);
        assert_eq!(failures.turn(now + ONE_EACH, ME), Turn::Now);
        let _ = failures.record(now + ONE_EACH, ME);
        assert_eq!(
            failures.turn(now + ONE_EACH, ME),
            Turn::Now,
            "the one that was free again"
        );
        let _ = failures.record(now + ONE_EACH, ME);
        assert!(matches!(failures.turn(now + ONE_EACH, ME), Turn::After(_)));
    }

    /// Twenty at once, and then one in two to three seconds: some 40,000 a day.
    #[test]
    fn guesses_of_a_day() {
        let (mut failures, start) = failed(0);
        let mut guesses = 0;
        for tenth in 0..10 * 3600u64 {
            let now = start + Duration::from_millis(tenth * 100);
            if failures.turn(now, ME) != Turn::Never {
                guesses += 1;
                let _ = failures.record(now, ME);
            }
        }
        assert!(
            (1200..=2 * 1840).contains(&guesses),
            "{guesses} guesses in an hour"
        );
    }

    #[test]
    fn a_line_a_minute() {
        let (mut failures, now) = failed(0);
        assert_eq!(failures.record(now, ME), Report::Line { unreported: 0 });
        assert_eq!(failures.record(now, OTHER), Report::Line { unreported: 0 });
        for _ in 0..500 {
            assert_eq!(
                failures.record(now + Duration::from_secs(59), ME),
                Report::Nothing
            );
        }
        assert_eq!(
            failures.record(now + REPORT_EACH, ME),
            Report::Line { unreported: 500 }
        );
        assert_eq!(failures.record(now + REPORT_EACH, ME), Report::Nothing);
    }

    #[test]
    fn a_flood_from_many_addresses_leaves_memory_flat_and_harms_nobody() {
        let (mut failures, now) = failed(0);
        for number in 0..100_000u32 {
            let _ = failures.record(now, IpAddr::from(number.to_be_bytes()));
        }
        assert_eq!(failures.addresses.len(), MOST_ADDRESSES);
        assert_eq!(failures.turn(now, ME), Turn::Now);
        let later = now + 2 * REPORT_EACH;
        let _ = failures.record(later, ME);
        assert_eq!(failures.addresses.len(), 1);
    }
}
