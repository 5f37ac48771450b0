//! What goes through a track.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::deliveries::Deliveries;
use crate::time::Ticks;

/// What a track is of: what its samples carry beside their bytes, and what is kept of them.
pub(crate) trait Medium: Clone {
    /// Who begins to read begins at the latest sync point, and what came since is kept for that. Otherwise he begins
    /// with the present, and nothing is kept but what a reader has yet to take.
    const KEPT_SINCE_SYNC: bool;

    /// Whether a reader can begin at this sample.
    fn is_sync(&self) -> bool;

    /// Whether this sample, behind a sync point, needs samples from before that: it is of no use to a reader that
    /// begins there, and left out for him.
    fn reaches_behind_sync(&self) -> bool {
        false
    }
}

/// A frame on its way from a publisher to the sessions, which share its bytes.
#[derive(Clone)]
pub(crate) struct Sample<M> {
    pub(crate) data: Bytes,
    /// Size of the buffer that `data` keeps from being freed.
    pub(crate) buffer_bytes: usize,
    pub(crate) time: Ticks,
    /// When its first byte came in.
    pub(crate) received: Instant,
    /// The publish that it belongs to.
    pub(crate) publish: Arc<Deliveries>,
    /// The first of its publish.
    pub(crate) first: bool,
    pub(crate) medium: M,
}

impl<M> Sample<M> {
    /// What a sample takes beside its bytes: its place in the ring, of which half may be empty, the counter of
    /// references to the bytes, and what the allocator adds to each.
    pub(super) const OVERHEAD: usize = 2 * (size_of::<Self>() + size_of::<u64>()) + 64;

    /// What it takes as long as it is kept.
    pub(super) fn counted_bytes(&self) -> u64 {
        (self.buffer_bytes + Self::OVERHEAD) as u64
    }
}
