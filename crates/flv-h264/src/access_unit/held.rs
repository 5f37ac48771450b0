use alloc::vec::Vec;

use crate::nal::annex_b::{START_CODE, write_annex_b};
use crate::nal::codec::Codec;
use crate::nal::unit::NalUnit;
use crate::nal::unit_lengths::UnitLengths;

/// NAL units that came without a picture and belong to the next one, as a byte stream.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) delimiter: Option<Delimiter>,
    /// Superfluous where all parameter sets are put in front anyway.
    parameter_sets: Units,
    others: Units,
    recovery_point: bool,
    /// That came flagged as a key frame.
    key: bool,
}

/// Units as a byte stream.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) annex_b: Vec<u8>,
    pub(super) lengths: UnitLengths,
}

/// An access unit delimiter as a byte stream: behind its header it has a byte that says which slices
/// the picture may have.
#[derive(Copy, Clone, Debug)]
pub(super) struct Delimiter {
    bytes: [u8; START_CODE.len() + LONGEST_HEADER + 1],
    unit: u8,
}

const LONGEST_HEADER: usize = 2;

/// No encoder sends more than that for one picture; what is over the limit is lost.
const MAX_HELD: usize = 64 * 1024;

impl Delimiter {
    /// `None` if it is too short.
    pub(super) fn of<C: Codec>(unit: NalUnit<'_>) -> Option<Self> {
        let unit = unit.bytes().get(..=C::HEADER)?;
        let [a, b, c, d] = START_CODE;
        let mut bytes = [a, b, c, d, 0, 0, 0];
        bytes
            .get_mut(START_CODE.len()..)?
            .get_mut(..unit.len())?
            .copy_from_slice(unit);
        Some(Self {
            bytes,
            unit: unit.len() as u8,
        })
    }

    /// How long it is without its start code.
    pub(super) const fn unit_length(&self) -> usize {
        self.unit as usize
    }

    pub(super) fn annex_b(&self) -> &[u8] {
        let end = START_CODE.len().saturating_add(self.unit_length());
        self.bytes.get(..end).unwrap_or_default()
    }
}

impl Units {
    fn add(&mut self, unit: NalUnit<'_>) {
        write_annex_b([unit], &mut self.annex_b);
        self.lengths.push(unit.bytes().len());
    }
}

impl Held {
    pub(super) fn delimiter<C: Codec>(&mut self, unit: NalUnit<'_>) {
        self.delimiter = Delimiter::of::<C>(unit);
    }

    /// Keeps a parameter set; false if there is no room.
    pub(super) fn parameter_set(&mut self, unit: NalUnit<'_>) -> bool {
        let room = self.has_room(unit);
        if room {
            self.parameter_sets.add(unit);
        }
        room
    }

    /// Keeps an SEI message or the like, of a message that is flagged as a `key` frame or not; false
    /// if there is no room.
    pub(super) fn other<C: Codec>(&mut self, unit: NalUnit<'_>, key: bool) -> bool {
        let room = self.has_room(unit);
        if room {
            let recovery_point = C::has_recovery_point(unit);
            self.recovery_point |= recovery_point;
            self.key |= recovery_point && key;
            self.others.add(unit);
        }
        room
    }

    pub(super) fn is_empty(&self) -> bool {
        self.delimiter.is_none()
            && self.parameter_sets.annex_b.is_empty()
            && self.others.annex_b.is_empty()
    }

    /// Bytes that go in front of the picture.
    pub(super) fn len(&self) -> usize {
        let delimiter = self.delimiter.map_or(0, |unit| unit.annex_b().len());
        delimiter
            .saturating_add(self.parameter_sets.annex_b.len())
            .saturating_add(self.others.annex_b.len())
    }

    fn has_room(&self, unit: NalUnit<'_>) -> bool {
        self.parameter_sets
            .annex_b
            .len()
            .saturating_add(self.others.annex_b.len())
            .saturating_add(START_CODE.len())
            .saturating_add(unit.bytes().len())
            <= MAX_HELD
    }

    pub(super) const fn parameter_sets(&self) -> &Units {
        &self.parameter_sets
    }

    pub(super) const fn others(&self) -> &Units {
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
