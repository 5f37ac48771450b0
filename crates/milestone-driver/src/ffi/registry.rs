//! Handles: identifiers that can be checked.
//!
//! A handle is a number that was never given before: there are 2⁶⁰ of each kind, which a host that takes a frame every
//! microsecond does not use up in 36,000 years. So a stale handle never names what came after it, however long a host
//! has kept it. The kind is part of the handle: a session is never taken for a core.

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::{Mutex, MutexGuard};

use super::boundary::Failure;

/// What a handle stands for.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Kind {
    Core = 1,
    Session = 2,
    Frame = 3,
}

/// All living things of one kind.
pub(super) struct Registry<T> {
    living: LazyLock<Mutex<Living<T>>>,
    kind: Kind,
}

struct Living<T> {
    by_handle: HashMap<u64, T>,
    latest: u64,
}

/// From the highest bit: 0, three bits kind, a number. As a signed number it is positive.
const NUMBER_BITS: u32 = 60;

impl<T: Clone> Registry<T> {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            living: LazyLock::new(|| {
                Mutex::new(Living {
                    by_handle: HashMap::new(),
                    latest: 0,
                })
            }),
            kind,
        }
    }

    pub(super) fn insert(&self, value: T) -> u64 {
        let mut living = self.living();
        living.latest += 1;
        let handle = (self.kind as u64) << NUMBER_BITS | living.latest;
        living.by_handle.insert(handle, value);
        handle
    }

    pub(super) fn get(&self, handle: u64) -> Result<T, Failure> {
        let living = self.living();
        let value = living.by_handle.get(&handle).cloned();
        value.ok_or_else(Failure::stale_handle)
    }

    /// Takes the value out; from now on the handle is stale.
    pub(super) fn remove(&self, handle: u64) -> Result<T, Failure> {
        let removed = self.living().by_handle.remove(&handle);
        removed.ok_or_else(Failure::stale_handle)
    }

    /// Takes out every value that is `unwanted`.
    pub(super) fn remove_if(&self, unwanted: impl Fn(&T) -> bool) -> Vec<T> {
        let mut living = self.living();
        let removed = living.by_handle.extract_if(|_, value| unwanted(value));
        removed.map(|(_, value)| value).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.living().by_handle.len()
    }

    fn living(&self) -> MutexGuard<'_, Living<T>> {
        self.living.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_names_its_value_until_it_is_removed() {
        let registry = Registry::new(Kind::Core);
        let (a, b) = (registry.insert('a'), registry.insert('b'));
        assert_eq!(
            (registry.get(a).unwrap(), registry.get(b).unwrap()),
            ('a', 'b')
        );
        assert_eq!(registry.remove(a).unwrap(), 'a');
        assert!(registry.get(a).is_err() && registry.remove(a).is_err());
        assert_eq!((registry.get(b).unwrap(), registry.len()), ('b', 1));
    }

    #[test]
    fn a_stale_handle_does_not_name_what_took_its_place() {
        let registry = Registry::new(Kind::Frame);
        let old = registry.insert(1);
        registry.remove(old).unwrap();
        // More than 28 bits count: a generation of so many wrapped within hours.
        registry.living().latest += (1 << 28) - 10_000;
        for frame in 2..20_000 {
            let new = registry.insert(frame);
            assert_ne!(old, new);
            assert!(registry.get(old).is_err());
            assert_eq!(registry.remove(new).unwrap(), frame);
        }
        assert_eq!(registry.len(), 0);
    }

    #[test]
    fn kinds_are_not_confused() {
        let (cores, sessions) = (Registry::new(Kind::Core), Registry::new(Kind::Session));
        let (core, session) = (cores.insert(()), sessions.insert(()));
        assert!(cores.get(session).is_err() && sessions.remove(core).is_err());
    }

    #[test]
    fn handles_are_positive_and_garbage_is_refused() {
        let registry = Registry::new(Kind::Frame);
        assert!(i64::try_from(registry.insert(())).unwrap() > 0);
        for garbage in [0, 1, u64::MAX, u64::MAX >> 1, 3 << 60 | 7] {
            assert!(registry.get(garbage).is_err(), "{garbage:x}");
        }
    }

    #[test]
    fn several_are_removed_at_once() {
        let registry = Registry::new(Kind::Session);
        let handles: Vec<_> = (0..6).map(|value| registry.insert(value)).collect();
        let mut removed = registry.remove_if(|value| value % 2 == 0);
        removed.sort_unstable();
        assert_eq!(removed, [0, 2, 4]);
        assert!(registry.get(handles[2]).is_err());
        assert_eq!(registry.get(handles[3]).unwrap(), 3);
    }
}
