use alloc::vec::Vec;

use crate::h264::annex_b::{START_CODE, write_annex_b};
use crate::h264::nal_unit::{NalUnit, NalUnitType};
use crate::h264::sei::RecoveryPoint;

use super::survey::DELIMITER;

/// NAL units that came without a picture and belong to the next one, as a byte stream.
#[derive(Debug, Default)]
pub(super) struct Held {
    delimiter: Option<[u8; DELIMITER]>,
    /// Superfluous where all parameter sets are put in front anyway.
    parameter_sets: Vec<u8>,
    others: Vec<u8>,
    recovery_point: bool,
}

/// No encoder sends more than that for one picture; what is over the limit is lost.
const MAX_HELD: usize = 64 * 1024;

impl Held {
    pub(super) fn delimiter(&mut self, unit: NalUnit<'_>) {
        self.delimiter = unit.bytes().first_chunk().copied();
    }

    /// Keeps a parameter set; false if there is no room.
    pub(super) fn parameter_set(&mut self, unit: NalUnit<'_>) -> bool {
        let room = self.has_room(unit);
        if room {
            write_annex_b([unit], &mut self.parameter_sets);
        }
        room
    }

    /// Keeps an SEI message or the like; false if there is no room.
    pub(super) fn other(&mut self, unit: NalUnit<'_>) -> bool {
        let room = self.has_room(unit);
        if room {
            self.recovery_point |=
                unit.unit_type() == NalUnitType::SEI && RecoveryPoint::find(unit).is_some();
            write_annex_b([unit], &mut self.others);
        }
        room
    }

    fn has_room(&self, unit: NalUnit<'_>) -> bool {
        self.parameter_sets
            .len()
            .saturating_add(self.others.len())
            .saturating_add(START_CODE.len())
            .saturating_add(unit.bytes().len())
            <= MAX_HELD
    }

    pub(super) const fn held_delimiter(&self) -> Option<[u8; DELIMITER]> {
        self.delimiter
    }

    pub(super) fn parameter_sets(&self) -> &[u8] {
        &self.parameter_sets
    }

    pub(super) fn others(&self) -> &[u8] {
        &self.others
    }

    pub(super) const fn has_recovery_point(&self) -> bool {
        self.recovery_point
    }

    /// Forgets everything; the room stays.
    pub(super) fn clear(&mut self) {
        self.delimiter = None;
        self.parameter_sets.clear();
        self.others.clear();
        self.recovery_point = false;
    }
}
