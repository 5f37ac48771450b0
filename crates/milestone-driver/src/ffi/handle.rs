//! Handles: identifiers that can be checked.
//!
//! A handle names a slot and the slot's generation. A slot that was emptied gets the next generation, so the old
//! handle never names what came after it. The kind is part of the handle too: a session is never taken for a core.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::border::Failure;

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
    kind: Kind,
    slots: Mutex<Slots<T>>,
}

struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// From the highest bit: 0, three bits kind, 28 bits generation, 32 bits slot.
const GENERATION_BITS: u32 = 28;
const GENERATION_MASK: u32 = (1 << GENERATION_BITS) - 1;

impl<T: Clone> Registry<T> {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            slots: Mutex::new(Slots {
                slots: Vec::new(),
                free: Vec::new(),
            }),
        }
    }

    pub(super) fn insert(&self, value: T) -> Result<u64, Failure> {
        let mut slots = self.lock();
        let index = match slots.free.pop() {
            Some(index) => index,
            None => {
                let index = u32::try_from(slots.slots.len())
                    .map_err(|_| Failure::bad_state("too many handles"))?;
                slots.slots.push(Slot {
                    generation: 0,
                    value: None,
                });
                index
            }
        };
        let slot = &mut slots.slots[index as usize];
        slot.value = Some(value);
        Ok(self.handle(index, slot.generation))
    }

    pub(super) fn get(&self, handle: u64) -> Result<T, Failure> {
        let index = self.index(handle)?;
        self.lock()
            .slots
            .get(index as usize)
            .filter(|slot| self.handle(index, slot.generation) == handle)
            .and_then(|slot| slot.value.clone())
            .ok_or_else(Failure::stale_handle)
    }

    /// Takes the value out; from now on the handle is stale.
    pub(super) fn remove(&self, handle: u64) -> Result<T, Failure> {
        let index = self.index(handle)?;
        self.lock()
            .remove(index, |slot| self.handle(index, slot.generation) == handle)
    }

    /// Takes out every value that is `unwanted`.
    pub(super) fn remove_if(&self, unwanted: impl Fn(&T) -> bool) -> Vec<T> {
        let mut slots = self.lock();
        (0..slots.slots.len() as u32)
            .filter_map(|index| {
                slots
                    .remove(index, |slot| slot.value.as_ref().is_some_and(&unwanted))
                    .ok()
            })
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        let slots = self.lock();
        slots.slots.len() - slots.free.len()
    }

    fn handle(&self, index: u32, generation: u32) -> u64 {
        let high = (self.kind as u32) << GENERATION_BITS | generation;
        u64::from(high) << 32 | u64::from(index)
    }

    /// The slot that `handle` names, if the handle is of this kind.
    fn index(&self, handle: u64) -> Result<u32, Failure> {
        let kind = handle >> (32 + GENERATION_BITS);
        if kind == self.kind as u64 {
            Ok((handle & u64::from(u32::MAX)) as u32)
        } else {
            Err(Failure::stale_handle())
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slots<T>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Slots<T> {
    fn remove(&mut self, index: u32, wanted: impl Fn(&Slot<T>) -> bool) -> Result<T, Failure> {
        let slot = self
            .slots
            .get_mut(index as usize)
            .filter(|slot| wanted(slot))
            .ok_or_else(Failure::stale_handle)?;
        let value = slot.value.take().ok_or_else(Failure::stale_handle)?;
        slot.generation = (slot.generation + 1) & GENERATION_MASK;
        self.free.push(index);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_names_its_value_until_it_is_removed() {
        let registry = Registry::new(Kind::Core);
        let (a, b) = (registry.insert('a').unwrap(), registry.insert('b').unwrap());
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
        let old = registry.insert(1).unwrap();
        registry.remove(old).unwrap();
        let new = registry.insert(2).unwrap();
        assert_ne!(old, new);
        assert!(registry.get(old).is_err());
        assert_eq!(registry.get(new).unwrap(), 2);
    }

    #[test]
    fn kinds_are_not_confused() {
        let (cores, sessions) = (Registry::new(Kind::Core), Registry::new(Kind::Session));
        let (core, session) = (cores.insert(()).unwrap(), sessions.insert(()).unwrap());
        assert!(cores.get(session).is_err() && sessions.remove(core).is_err());
    }

    #[test]
    fn handles_are_positive_and_garbage_is_refused() {
        let registry = Registry::new(Kind::Frame);
        assert!(i64::try_from(registry.insert(()).unwrap()).unwrap() > 0);
        for garbage in [0, 1, u64::MAX, u64::MAX >> 1, 3 << 60 | 7] {
            assert!(registry.get(garbage).is_err(), "{garbage:x}");
        }
    }

    #[test]
    fn several_are_removed_at_once() {
        let registry = Registry::new(Kind::Session);
        let handles: Vec<_> = (0..6)
            .map(|value| registry.insert(value).unwrap())
            .collect();
        assert_eq!(registry.remove_if(|value| value % 2 == 0), [0, 2, 4]);
        assert!(registry.get(handles[2]).is_err());
        assert_eq!(registry.get(handles[3]).unwrap(), 3);
    }
}
