use alloc::sync::Arc;

use crate::h264::nal_unit_type::NalUnitType;
use crate::h264::slice::{CommonHeader, Slice};
use crate::nal::unit::NalUnit;

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

    /// Takes the sets of a sequence header in place of all before.
    pub(super) fn replace(&mut self, sets: ParameterSets) {
        self.latest = Arc::new(sets);
    }

    /// Whether the units of the stream bring nothing new.
    pub(super) fn know<'a>(&self, units: impl Iterator<Item = NalUnit<'a>>) -> bool {
        self.latest.knows(units)
    }

    /// Takes what is new among the units of the stream.
    pub(super) fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>>) -> Learned {
        // No picture uses them yet, and nobody looks at them any more: no need for a copy.
        if let Some(latest) = Arc::get_mut(&mut self.latest) {
            return latest.learn(units);
        }
        let mut sets = ParameterSets::clone(&self.latest);
        let learned = sets.learn(units);
        if learned.changed() {
            self.latest = Arc::new(sets);
        }
        learned
    }

    /// Reads the header of a slice, of a picture that uses the latest sets or those before.
    pub(super) fn read_slice(&self, unit: NalUnit<'_>) -> Option<Slice> {
        let latest = |id| self.latest.slice_syntax(id);
        if unit.unit_type() == NalUnitType::IDR_SLICE || Arc::ptr_eq(&self.latest, &self.active) {
            return Slice::read(unit, latest);
        }
        Slice::read(unit, |id| self.active.slice_syntax(id)).or_else(|| Slice::read(unit, latest))
    }

    /// Reads the header of a slice that begins a frame, of a picture that uses the latest sets.
    pub(super) fn read_first_slice(&self, unit: NalUnit<'_>) -> Option<(Slice, CommonHeader)> {
        Slice::read_first_of_frame(unit, |id| self.latest.slice_syntax(id))
    }

    /// Whether pictures use the latest sets.
    pub(super) fn are_settled(&self) -> bool {
        Arc::ptr_eq(&self.latest, &self.active) && self.is_complete()
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
            SyncPoint::IntraPicture | SyncPoint::None => false,
        };
        if latest || self.take_effect_at_once(learned) {
            self.activate();
        }
    }
}
