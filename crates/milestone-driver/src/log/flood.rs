//! How many lines a peer can provoke.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use rtmp_server::AddressGroup;

use crate::identity::CAMERAS;

/// What a line is about that somebody else can provoke.
///
/// Whoever floods the log with lines about one subject silences that subject, and no other: neither those behind the
/// same address nor, with many addresses, the cameras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The publisher of a camera, of which there is one at a time.
    Camera(usize),
    /// Connections from an address.
    Connection(IpAddr),
    /// A publisher at this address that was refused, by that camera if the path was that of one.
    Refusal(IpAddr, Option<usize>),
}

/// Decides which lines are written: a burst for each subject (IPv6 addresses: for each /64) and then one now and then,
/// and a limit for all addresses together, because an attacker can have many.
pub(super) struct FloodGate {
    cameras: [Bucket; CAMERAS],
    connections: Addresses<AddressGroup>,
    refusals: Addresses<(AddressGroup, Option<usize>)>,
    left_out: u64,
}

/// The lines about addresses.
struct Addresses<K> {
    each: HashMap<K, Bucket>,
    all: Bucket,
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
    /// Lines about one subject at once, and how often after that.
    pub(super) const EACH: Rate = Rate {
        burst: 256,
        every: Duration::from_secs(2),
    };
    /// Lines about all addresses at once, and how often after that.
    pub(super) const ALL: Rate = Rate {
        burst: 1024,
        every: Duration::from_millis(100),
    };
    /// Addresses that are remembered, for each kind of line.
    pub(super) const ADDRESSES: usize = 1024;

    pub(super) fn new(now: Instant) -> Self {
        Self {
            cameras: std::array::from_fn(|_| Bucket::full(now)),
            connections: Addresses::new(now),
            refusals: Addresses::new(now),
            left_out: 0,
        }
    }

    pub(super) fn ask(&mut self, subject: Subject, now: Instant) -> Verdict {
        let passes = match subject {
            Subject::Camera(device) => self.cameras[device].take(Self::EACH, now),
            Subject::Connection(peer) => self.connections.take(peer.into(), now),
            Subject::Refusal(peer, device) => self.refusals.take((peer.into(), device), now),
        };
        if passes {
            Verdict::Pass {
                left_out: std::mem::take(&mut self.left_out),
            }
        } else {
            self.left_out += 1;
            Verdict::LeaveOut
        }
    }
}

impl<K: Eq + Hash> Addresses<K> {
    fn new(now: Instant) -> Self {
        Self {
            each: HashMap::new(),
            all: Bucket::full(now),
        }
    }

    fn take(&mut self, address: K, now: Instant) -> bool {
        if self.each.len() >= FloodGate::ADDRESSES && !self.each.contains_key(&address) {
            self.each.retain(|_, bucket| !bucket.is_full_at(now));
            if self.each.len() >= FloodGate::ADDRESSES {
                return false;
            }
        }
        let bucket = self
            .each
            .entry(address)
            .or_insert_with(|| Bucket::full(now));
        bucket.take(FloodGate::EACH, now) && self.all.take(FloodGate::ALL, now)
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
