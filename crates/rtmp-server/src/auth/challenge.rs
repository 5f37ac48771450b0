//! Challenges that the server recognises without having kept them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::secret::hmac;
use super::verifier::Salt;
use crate::address_group::AddressGroup;

/// A challenge is good for so long.
pub const CHALLENGE_LIFETIME: Duration = Duration::from_secs(30);

/// So many used challenges are remembered for an address …
const MOST_PER_ADDRESS: usize = 64;
/// … and in all.
const MOST: usize = 4096;

/// Makes challenges, and knows those it made: `time ‖ HMAC(key, time ‖ address ‖ user)`. Whoever asks
/// for one leaves nothing behind; only those that were answered are remembered, until they would not
/// be good any more.
pub(super) struct Challenges {
    key: Zeroizing<[u8; 32]>,
    /// Time is counted from here, in microseconds.
    epoch: Instant,
    /// When the latest challenge was made. No two are made at the same time.
    latest: u64,
    used: Used,
}

/// As many bytes of the HMAC are sent.
const TAG: usize = 16;

impl Challenges {
    pub(super) fn new(key: [u8; 32], now: Instant) -> Self {
        Self {
            key: Zeroizing::new(key),
            epoch: now,
            latest: 0,
            used: Used::default(),
        }
    }

    /// A challenge for `user` at `peer`: 32 characters that need no escaping anywhere.
    pub(super) fn make(&mut self, now: Instant, peer: IpAddr, user: &str) -> String {
        self.latest = self.latest.saturating_add(1).max(self.micros(now));
        let tag = self.tag(self.latest, peer, user);
        let mut bytes = [0; size_of::<u64>() + TAG];
        let (time_part, tag_part) = bytes.split_at_mut(size_of::<u64>());
        time_part.copy_from_slice(&self.latest.to_be_bytes());
        tag_part.copy_from_slice(&tag);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Whether `text` is a challenge that was made for `user` at `peer`, is still good, and was not
    /// used before. It is now.
    pub(super) fn take(&mut self, now: Instant, peer: IpAddr, user: &str, text: &str) -> bool {
        let Some((made, tag)) = read(text) else {
            return false;
        };
        if !bool::from(self.tag(made, peer, user).ct_eq(&tag)) {
            return false;
        }
        let lifetime = u64::try_from(CHALLENGE_LIFETIME.as_micros()).unwrap_or(u64::MAX);
        let good_after = self.micros(now).checked_sub(lifetime);
        if good_after.is_some_and(|good_after| made <= good_after) {
            return false;
        }
        self.used.forget(good_after);
        self.used.add(made, AddressGroup::from(peer))
    }

    /// A salt for `user` that is always the same, and that nobody else can tell from a random one.
    pub(super) fn salt(&self, user: &str) -> Salt {
        let [a, b, c, d, e, f, g, h, ..] = hmac(&*self.key, &[b"salt", user.as_bytes()]);
        Salt::new([a, b, c, d, e, f, g, h])
    }

    fn tag(&self, made: u64, peer: IpAddr, user: &str) -> [u8; TAG] {
        let address = match peer {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        let made = made.to_be_bytes();
        let parts: [&[u8]; 4] = [b"challenge", &made, &address.octets(), user.as_bytes()];
        let mut tag = [0; TAG];
        for (to, from) in tag.iter_mut().zip(hmac(&*self.key, &parts)) {
            *to = from;
        }
        tag
    }

    fn micros(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.epoch).as_micros();
        u64::try_from(elapsed).unwrap_or(u64::MAX)
    }
}

fn read(text: &str) -> Option<(u64, [u8; TAG])> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (made, tag) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*made), tag.try_into().ok()?))
}

/// The challenges that were answered, by the time at which they were made.
///
/// When there is no room, the oldest is forgotten, and with it goes every challenge that was made
/// before: none can be used twice, and whoever asks for a new one gets in.
#[derive(Default)]
struct Used {
    all: BTreeMap<u64, AddressGroup>,
    addresses: HashMap<AddressGroup, UsedByAddress>,
    /// Challenges that were made before, or then, are not good any more.
    good_after: Option<u64>,
}

#[derive(Default)]
struct UsedByAddress {
    all: BTreeSet<u64>,
    /// As for all.
    good_after: Option<u64>,
}

impl Used {
    /// Remembers one. False if it was used before, or may have been.
    fn add(&mut self, made: u64, address: AddressGroup) -> bool {
        let by_address = self.addresses.get(&address);
        let good_after = by_address.and_then(|it| it.good_after).max(self.good_after);
        if good_after.is_some_and(|good_after| made <= good_after) || self.all.contains_key(&made) {
            return false;
        }
        self.all.insert(made, address);
        let by_address = self.addresses.entry(address).or_default();
        by_address.all.insert(made);
        if by_address.all.len() > MOST_PER_ADDRESS {
            let oldest = by_address.all.first().copied();
            by_address.good_after = oldest;
            self.remove(oldest);
        }
        if self.all.len() > MOST {
            self.good_after = self.all.keys().next().copied();
            self.remove(self.good_after);
        }
        true
    }

    /// Forgets those that would not be good any more anyway.
    fn forget(&mut self, good_after: Option<u64>) {
        while let Some(oldest) = self.all.keys().next().copied() {
            if good_after.is_none_or(|good_after| oldest > good_after) {
                return;
            }
            self.remove(Some(oldest));
        }
    }

    fn remove(&mut self, made: Option<u64>) {
        let Some((made, address)) = made.and_then(|made| self.all.remove_entry(&made)) else {
            return;
        };
        if let Some(by_address) = self.addresses.get_mut(&address) {
            by_address.all.remove(&made);
            // What it has forgotten was made before what it still has.
            if by_address.all.is_empty() {
                self.addresses.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn host(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    fn some() -> (Challenges, Instant) {
        let start = Instant::now();
        (Challenges::new([7; 32], start), start)
    }

    #[test]
    fn a_challenge_is_good_once() {
        let (mut challenges, now) = some();
        let text = challenges.make(now, ME, "me");
        assert_eq!(text.len(), 32);
        assert!(challenges.take(now, ME, "me", &text));
        assert!(!challenges.take(now, ME, "me", &text));
    }

    #[test]
    fn a_challenge_is_good_for_half_a_minute() {
        let (mut challenges, start) = some();
        let now = start + Duration::from_secs(100);
        let [first, second] = [(); 2].map(|()| challenges.make(now, ME, "me"));
        let end = now + CHALLENGE_LIFETIME;
        assert!(challenges.take(end - Duration::from_millis(1), ME, "me", &first));
        assert!(!challenges.take(end + Duration::from_millis(1), ME, "me", &second));
        assert!(!challenges.take(end + Duration::from_millis(1), ME, "me", &first));
    }

    #[test]
    fn a_challenge_is_for_one_address_and_one_user() {
        let (mut challenges, now) = some();
        let text = challenges.make(now, ME, "me");
        assert!(!challenges.take(now, host(9), "me", &text));
        assert!(!challenges.take(now, ME, "you", &text));
        assert!(!challenges.take(now, ME, "me2", &text));
        assert!(
            challenges.take(now, ME, "me", &text),
            "attempts of others do not use it up"
        );
        let mapped = challenges.make(now, "::ffff:192.0.2.1".parse().unwrap(), "me");
        assert!(
            challenges.take(now, ME, "me", &mapped),
            "that is the same address"
        );
    }

    #[test]
    fn challenges_of_the_same_moment_are_different_ones() {
        let (mut challenges, now) = some();
        let texts: BTreeSet<_> = (0..100).map(|_| challenges.make(now, ME, "me")).collect();
        assert_eq!(texts.len(), 100);
    }

    #[test]
    fn nobody_else_makes_one() {
        let (mut challenges, now) = some();
        let mut others = Challenges::new([8; 32], now);
        let text = others.make(now, ME, "me");
        assert!(!challenges.take(now, ME, "me", &text));
        let own = challenges.make(now, ME, "me");
        for at in 0..own.len() {
            let mut forged = own.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(!challenges.take(now, ME, "me", &forged), "{forged}");
        }
        for text in [
            "",
            "A",
            "AAAA",
            &own[..31],
            &format!("{own}="),
            &format!("{own}A"),
            "ä",
        ] {
            assert!(!challenges.take(now, ME, "me", text), "{text}");
        }
        assert!(challenges.take(now, ME, "me", &own));
    }

    #[test]
    fn a_flood_from_many_addresses_leaves_memory_flat_and_lets_others_in() {
        let (mut challenges, start) = some();
        let mut now = start;
        for number in 0..100_000 {
            now += Duration::from_micros(50);
            let _ = challenges.make(now, host(number), "nobody");
            let text = challenges.make(now, host(number), "nobody");
            assert!(challenges.take(now, host(number), "nobody", &text));
            assert!(challenges.used.all.len() <= MOST);
            assert!(challenges.used.addresses.len() <= MOST);
        }
        let text = challenges.make(now, ME, "me");
        assert!(challenges.take(now + Duration::from_millis(1), ME, "me", &text));
    }

    #[test]
    fn what_was_forgotten_for_want_of_room_cannot_be_used_again() {
        let (mut challenges, now) = some();
        let first = challenges.make(now, ME, "me");
        let unused = challenges.make(now, ME, "me");
        assert!(challenges.take(now, ME, "me", &first));
        let count = u32::try_from(MOST).unwrap();
        for number in 0..count {
            let text = challenges.make(now, host(number), "x");
            assert!(challenges.take(now, host(number), "x", &text));
        }
        assert!(
            !challenges
                .used
                .all
                .values()
                .any(|it| *it == AddressGroup::from(ME))
        );
        assert!(!challenges.take(now, ME, "me", &first));
        assert!(challenges.take(now, ME, "me", &unused), "it was made later");
    }

    #[test]
    fn who_uses_many_forgets_only_its_own() {
        let (mut challenges, now) = some();
        let mine = challenges.make(now, ME, "me");
        let texts: Vec<_> = (0..1000)
            .map(|_| challenges.make(now, host(9), "x"))
            .collect();
        for text in &texts {
            assert!(challenges.take(now, host(9), "x", text));
        }
        assert_eq!(challenges.used.all.len(), MOST_PER_ADDRESS);
        for text in &texts {
            assert!(!challenges.take(now, host(9), "x", text));
        }
        assert!(challenges.take(now, ME, "me", &mine));
    }

    #[test]
    fn all_is_forgotten_in_time() {
        let (mut challenges, now) = some();
        for number in 0..100 {
            let text = challenges.make(now, host(number), "x");
            assert!(challenges.take(now, host(number), "x", &text));
        }
        let later = now + 2 * CHALLENGE_LIFETIME;
        let text = challenges.make(later, ME, "me");
        assert!(challenges.take(later, ME, "me", &text));
        assert_eq!(challenges.used.all.len(), 1);
        assert_eq!(challenges.used.addresses.len(), 1);
    }
}
