use alloc::vec::Vec;

use crate::h264::nal_unit_type::NalUnitType;
use crate::h264::sei::RecoveryPoint;
use crate::nal::annex_b::{START_CODE, write_annex_b};
use crate::nal::unit::NalUnit;

/// An access unit delimiter has a header byte and one byte of `primary_pic_type`.
const DELIMITER: usize = 2;

/// An access unit delimiter as a byte stream.
pub(super) type Delimiter = [u8; START_CODE.len() + DELIMITER];

/// NAL units that came without a picture and belong to the next one, as a byte stream.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) delimiter: Option<Delimiter>,
    /// Superfluous where all parameter sets are put in front anyway.
    parameter_sets: Vec<u8>,
    others: Vec<u8>,
    recovery_point: bool,
    /// That came flagged as a key frame.
    key: bool,
}

/// No encoder sends more than that for one picture; what is over the limit is lost.
const MAX_HELD: usize = 64 * 1024;

/// A delimiter with a start code in front.
pub(super) fn delimiter(unit: NalUnit<'_>) -> Option<Delimiter> {
    let [header, primary_pic_type] = *unit.bytes().first_chunk()?;
    let [a, b, c, d] = START_CODE;
    Some([a, b, c, d, header, primary_pic_type])
}

impl Held {
    pub(super) fn delimiter(&mut self, unit: NalUnit<'_>) {
        self.delimiter = delimiter(unit);
    }

    /// Keeps a parameter set; false if there is no room.
    pub(super) fn parameter_set(&mut self, unit: NalUnit<'_>) -> bool {
        let room = self.has_room(unit);
        if room {
            write_annex_b([unit], &mut self.parameter_sets);
        }
        room
    }

    /// Keeps an SEI message or the like, of a message that is flagged as a `key` frame or not; false
    /// if there is no room.
    pub(super) fn other(&mut self, unit: NalUnit<'_>, key: bool) -> bool {
        let room = self.has_room(unit);
        if room {
            let recovery_point =
                unit.unit_type() == NalUnitType::SEI && RecoveryPoint::find(unit).is_some();
            self.recovery_point |= recovery_point;
            self.key |= recovery_point && key;
            write_annex_b([unit], &mut self.others);
        }
        room
    }

    pub(super) fn is_empty(&self) -> bool {
        self.delimiter.is_none() && self.parameter_sets.is_empty() && self.others.is_empty()
    }

    /// Bytes that go in front of the picture.
    pub(super) fn len(&self) -> usize {
        let delimiter = self.delimiter.map_or(0, |unit| unit.len());
        delimiter
            .saturating_add(self.parameter_sets.len())
            .saturating_add(self.others.len())
    }

    fn has_room(&self, unit: NalUnit<'_>) -> bool {
        self.parameter_sets
            .len()
            .saturating_add(self.others.len())
            .saturating_add(START_CODE.len())
            .saturating_add(unit.bytes().len())
            <= MAX_HELD
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

    /// Whether it has one whose message was flagged as a key frame.
    pub(super) const fn is_key(&self) -> bool {
        self.key
    }
}
