use alloc::sync::Arc;

use crate::nal::codec::{Codec, CommonOf};
use crate::nal::parameter_sets::{Learned, ParameterSets, ReadSets};
use crate::nal::slice::Slice;
use crate::nal::unit::NalUnit;

use super::event::SyncPoint;

/// The parameter sets of a stream: the newest, and those that the pictures use.
///
/// The parameter sets of a sequence can change only where decoding starts (H.264 section
/// 7.4.1.2.1, H.265 section 7.4.2.4.2). Until then, pictures use the old sets, and so does who
/// begins to decode at a recovery point.
#[derive(Debug)]
pub(super) struct KnownSets<C: Codec> {
    latest: Arc<ReadSets<C>>,
    /// Incomplete before the first sync point.
    active: Arc<ReadSets<C>>,
}

impl<C: Codec> Default for KnownSets<C> {
    fn default() -> Self {
        Self {
            latest: Arc::default(),
            active: Arc::default(),
        }
    }
}

impl<C: Codec> KnownSets<C> {
    pub(super) fn latest(&self) -> &Arc<ParameterSets> {
        &self.latest.sets
    }

    pub(super) fn active(&self) -> &ParameterSets {
        &self.active.sets
    }

    /// Whether pictures can be decoded.
    pub(super) fn is_complete(&self) -> bool {
        self.latest.sets.is_complete()
    }

    /// Takes the sets of a sequence header in place of all before.
    pub(super) fn replace(&mut self, sets: ReadSets<C>) {
        self.latest = Arc::new(sets);
    }

    /// Whether the units of the stream bring nothing new.
    pub(super) fn know<'a>(&self, units: impl Iterator<Item = NalUnit<'a>>) -> bool {
        self.latest.knows(units)
    }

    /// Takes what is new among the units of the stream.
    pub(super) fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>>) -> Learned {
        // No picture uses them yet: no need for a copy.
        if let Some(latest) = Arc::get_mut(&mut self.latest) {
            return latest.learn(units);
        }
        let mut sets = ReadSets::clone(&self.latest);
        let learned = sets.learn(units);
        if learned.changed() {
            self.latest = Arc::new(sets);
        }
        learned
    }

    /// Reads the header of a slice, of a picture that uses the latest sets or those before. Where
    /// decoding has started `anew` in the same message, those before are over.
    pub(super) fn read_slice(&self, unit: NalUnit<'_>, anew: bool) -> Option<C::Slice> {
        let latest = |id| self.latest.slice_syntax(id);
        if anew || Arc::ptr_eq(&self.latest, &self.active) {
            return C::Slice::read(unit, latest);
        }
        C::Slice::read(unit, |id| self.active.slice_syntax(id))
            .or_else(|| C::Slice::read(unit, latest))
    }

    /// Reads the header of a slice that begins a frame, of a picture that uses the latest sets.
    pub(super) fn read_first_slice(&self, unit: NalUnit<'_>) -> Option<(C::Slice, CommonOf<C>)> {
        C::Slice::read_first_of_frame(unit, |id| self.latest.slice_syntax(id))
    }

    /// Whether pictures use the latest sets.
    pub(super) fn are_settled(&self) -> bool {
        Arc::ptr_eq(&self.latest, &self.active) && self.is_complete()
    }

    /// Whether what was learned counts for the next picture, wherever that stands: picture
    /// parameter sets may change between any two pictures, unless they came for one of a sequence
    /// that itself has to wait.
    pub(super) fn take_effect_at_once(&self, learned: Learned) -> bool {
        let (active, latest) = (&self.active.sets, &self.latest.sets);
        learned.picture
            && !learned.sequence
            && active.is_complete()
            && active.have_sequences_of(latest)
    }

    /// The next picture uses the latest sets.
    pub(super) fn activate(&mut self) {
        self.active = Arc::clone(&self.latest);
    }

    /// A picture comes, with what was learned from its message. True if it begins another sequence,
    /// with parameter sets other than those before.
    pub(super) fn picture(&mut self, sync: SyncPoint, learned: Learned) -> bool {
        let latest = match sync {
            SyncPoint::Idr | SyncPoint::Cra | SyncPoint::Bla => true,
            SyncPoint::RecoveryPoint => learned.sequence || !self.active.sets.is_complete(),
            SyncPoint::IntraPicture | SyncPoint::None => false,
        };
        let active = &self.active.sets;
        let is_other =
            latest && active.is_complete() && !active.have_sequences_of(&self.latest.sets);
        if latest || self.take_effect_at_once(learned) {
            self.activate();
        }
        is_other
    }
}
