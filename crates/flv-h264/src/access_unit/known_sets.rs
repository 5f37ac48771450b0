use alloc::sync::Arc;

use crate::h264::nal_unit::NalUnit;

use super::event::SyncPoint;
use super::parameter_sets::{Learned, ParameterSets};

/// The parameter sets of a stream: the newest, and those that the pictures use.
///
/// A sequence parameter set can change with an IDR picture only (H.264 section 7.4.1.2.1). Until
/// the next one, pictures use the old sets, and so does who begins to decode at a recovery point.
#[derive(Debug, Default)]
pub(super) struct KnownSets {
    latest: Arc<ParameterSets>,
    /// Incomplete before the first sync point.
    active: Arc<ParameterSets>,
}

impl KnownSets {
    pub(super) const fn latest(&self) -> &Arc<ParameterSets> {
        &self.latest
    }

    pub(super) fn active(&self) -> &ParameterSets {
        &self.active
    }

    /// Whether pictures can be decoded.
    pub(super) fn is_complete(&self) -> bool {
        self.latest.is_complete()
    }

    /// Takes the sets of a sequence header in place of all before; false if they are the same.
    pub(super) fn replace(&mut self, sets: ParameterSets) -> bool {
        let changed = sets != *self.latest;
        if changed {
            self.latest = Arc::new(sets);
        }
        changed
    }

    /// Takes what is new among the units of the stream.
    pub(super) fn learn<'a>(
        &mut self,
        units: impl Iterator<Item = NalUnit<'a>> + Clone,
    ) -> Learned {
        if self.latest.knows(units.clone()) {
            return Learned::default();
        }
        let mut sets = ParameterSets::clone(&self.latest);
        let learned = sets.learn(units);
        if learned.changed() {
            self.latest = Arc::new(sets);
        }
        learned
    }

    /// Whether what was learned counts for the next picture, IDR or not: picture parameter sets
    /// may change between any two pictures, unless they came for a sequence parameter set that
    /// itself has to wait.
    pub(super) fn take_effect_at_once(&self, learned: Learned) -> bool {
        learned.picture
            && !learned.sequence
            && self.active.is_complete()
            && self.active.sps == self.latest.sps
    }

    /// The next picture uses the latest sets.
    pub(super) fn activate(&mut self) {
        self.active = Arc::clone(&self.latest);
    }

    /// A picture comes, with what was learned from its message.
    pub(super) fn picture(&mut self, sync: SyncPoint, learned: Learned) {
        let latest = match sync {
            SyncPoint::Idr => true,
            SyncPoint::RecoveryPoint => learned.sequence || !self.active.is_complete(),
            SyncPoint::None => false,
        };
        if latest || self.take_effect_at_once(learned) {
            self.activate();
        }
    }
}
