use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::ChunkStreamId;

/// Ids below this fit into a basic header of one byte, and are all that most connections use.
const SMALL_IDS: usize = 64;

/// State per chunk stream: found at once for ids below 64, stored only for the streams in use.
#[derive(Debug)]
pub(super) struct StreamTable<T> {
    streams: Vec<T>,
    /// For ids below 64: position in `streams` plus one, if that fits into a byte; else 0.
    small: [u8; SMALL_IDS],
    /// Position in `streams` of all others.
    others: BTreeMap<ChunkStreamId, usize>,
}

impl<T> StreamTable<T> {
    pub(super) const fn new() -> Self {
        Self {
            streams: Vec::new(),
            small: [0; SMALL_IDS],
            others: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.streams.len()
    }

    /// The position of a chunk stream, if it has been used before.
    pub(super) fn position(&self, id: ChunkStreamId) -> Option<usize> {
        match self.small.get(id.get() as usize) {
            Some(&above) if above > 0 => usize::from(above).checked_sub(1),
            _ => self.others.get(&id).copied(),
        }
    }

    pub(super) fn get(&self, position: usize) -> Option<&T> {
        self.streams.get(position)
    }

    pub(super) fn get_mut(&mut self, position: usize) -> Option<&mut T> {
        self.streams.get_mut(position)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.streams.iter_mut()
    }

    /// Adds a chunk stream that has no position yet, and returns its position.
    pub(super) fn insert(&mut self, id: ChunkStreamId, stream: T) -> usize {
        let position = self.streams.len();
        self.streams.push(stream);
        match (
            self.small.get_mut(id.get() as usize),
            u8::try_from(position.saturating_add(1)),
        ) {
            (Some(small), Ok(above)) => *small = above,
            _ => {
                self.others.insert(id, position);
            }
        }
        position
    }
}
