//! How many lines a peer can provoke.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use rtmp_server::AddressGroup;

/// Decides which lines about peers are written: a burst for each address (IPv6: for each /64) and then one now and then, and a limit for
/// all addresses together, because an attacker can have many.
pub(super) struct FloodGate {
    peers: HashMap<AddressGroup, Bucket>,
    all: Bucket,
    left_out: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Write it, and say how many lines were left out since the last that was written.
    Pass {
        left_out: u64,
    },
    LeaveOut,
}

impl FloodGate {
    /// Lines about one address at once, and how often after that.
    pub(super) const PEER: Rate = Rate {
        burst: 256,
        every: Duration::from_secs(2),
    };
    /// Lines about all addresses at once, and how often after that.
    pub(super) const ALL: Rate = Rate {
        burst: 1024,
        every: Duration::from_millis(100),
    };
    /// Addresses that are remembered.
    const PEERS: usize = 1024;

    pub(super) fn new(now: Instant) -> Self {
        Self {
            peers: HashMap::new(),
            all: Bucket::full(now),
            left_out: 0,
        }
    }

    pub(super) fn ask(&mut self, peer: IpAddr, now: Instant) -> Verdict {
        let peer = AddressGroup::from(peer);
        if self.peers.len() >= Self::PEERS && !self.peers.contains_key(&peer) {
            self.peers.retain(|_, bucket| !bucket.is_full_at(now));
            if self.peers.len() >= Self::PEERS {
                self.left_out += 1;
                return Verdict::LeaveOut;
            }
        }
        let bucket = self.peers.entry(peer).or_insert_with(|| Bucket::full(now));
        if bucket.take(Self::PEER, now) && self.all.take(Self::ALL, now) {
            Verdict::Pass {
                left_out: std::mem::take(&mut self.left_out),
            }
        } else {
            self.left_out += 1;
            Verdict::LeaveOut
        }
    }
}

/// `burst` at once, then one `every` so often.
#[derive(Clone, Copy)]
pub(super) struct Rate {
    pub(super) burst: u32,
    pub(super) every: Duration,
}

/// A token bucket, kept as the time at which it will be full again.
struct Bucket {
    full_at: Instant,
}

impl Bucket {
    fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    fn is_full_at(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + rate.every;
        let allowed = full_at <= now + rate.every * rate.burst;
        if allowed {
            self.full_at = full_at;
        }
        allowed
    }
}
