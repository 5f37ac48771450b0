use crate::h264::annex_b::{START_CODE, starts_with_start_code};
use crate::h264::nal_unit::{NalUnit, NalUnitType};
use crate::h264::slice_header::{SliceHeader, SliceKind};

/// What one pass over the NAL units of a message tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Survey {
    /// Units that are not empty.
    pub(super) units: usize,
    /// Units without a byte.
    pub(super) empty: usize,
    /// Bytes of all units, with 4 bytes of length or start code in front of each.
    pub(super) length: usize,
    /// Whether that is how they lie in the message: then it becomes a byte stream where it is.
    pub(super) in_place: bool,
    /// Bytes of the leading run of delimiters, parameter sets and empty units.
    pub(super) lead: usize,
    /// The first access unit delimiter in front of the picture.
    pub(super) delimiter: Option<[u8; DELIMITER]>,
    /// Whether there is a unit that begins with a start code.
    pub(super) wrapped: bool,
    /// Whether there are parameter sets.
    pub(super) parameter_sets: bool,
    /// Whether units to leave out stand behind the leading run.
    pub(super) scattered: bool,
    /// Whether there are slices of a primary coded picture.
    pub(super) picture: bool,
    /// Whether the first of them belongs to an IDR picture.
    pub(super) idr: bool,
    /// The header of the first, if readable.
    pub(super) first_slice: Option<SliceHeader>,
}

/// An access unit delimiter has a header byte and one byte of `primary_pic_type`.
pub(super) const DELIMITER: usize = 2;

impl Survey {
    /// Adds the next unit.
    pub(super) fn add(&mut self, unit: NalUnit<'_>) {
        let leading = self.lead == self.length;
        self.length = self
            .length
            .saturating_add(START_CODE.len())
            .saturating_add(unit.bytes().len());
        if unit.is_empty() {
            self.empty = self.empty.saturating_add(1);
            self.leave_out(leading);
            return;
        }
        self.units = self.units.saturating_add(1);
        match unit.unit_type() {
            NalUnitType::ACCESS_UNIT_DELIMITER if !self.picture => {
                self.leave_out(leading);
                self.delimiter = self.delimiter.or(unit.bytes().first_chunk().copied());
            }
            NalUnitType::SPS | NalUnitType::PPS | NalUnitType::SPS_EXTENSION => {
                self.parameter_sets = true;
                self.leave_out(leading);
            }
            unit_type if unit_type.is_vcl() && !self.picture => {
                self.picture = true;
                self.idr = unit_type == NalUnitType::IDR_SLICE;
                self.first_slice = SliceHeader::parse(unit).ok();
            }
            NalUnitType::UNSPECIFIED => self.wrapped |= starts_with_start_code(unit.bytes()),
            _ => {}
        }
    }

    /// What prediction the first slice uses.
    pub(super) fn slice_kind(&self) -> SliceKind {
        self.first_slice
            .map_or(SliceKind::Unknown, |slice| slice.slice_type.kind())
    }

    fn leave_out(&mut self, leading: bool) {
        match leading {
            true => self.lead = self.length,
            false => self.scattered = true,
        }
    }
}
