use super::HEADER;
use super::nal_unit_type::NalUnitType;
use crate::error::{ParseError, ParseErrorKind};
use crate::nal::rbsp::RbspReader;
use crate::nal::slice::SliceKind;
use crate::nal::unit::NalUnit;

/// The beginning of `slice_header( )` (H.264 section 7.3.3), as far as it needs no parameter sets.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SliceHeader {
    /// Whether the slice belongs to an IDR picture.
    pub idr: bool,
    /// 0 in the first slice of a picture (but for arbitrary slice order).
    pub first_mb_in_slice: u32,
    /// The type of the slice.
    pub slice_type: SliceType,
    /// The picture parameter set the slice uses.
    pub pic_parameter_set_id: u8,
}

/// `slice_type` (table 7-6): 5 to 9 say that all slices of the picture are of that type.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct SliceType(pub u8);

impl SliceType {
    /// What prediction slices of this type use.
    pub const fn kind(self) -> SliceKind {
        match self.0 {
            0 | 3 | 5 | 8 => SliceKind::P,
            1 | 6 => SliceKind::B,
            2 | 4 | 7 | 9 => SliceKind::I,
            _ => SliceKind::Unknown,
        }
    }
}

impl SliceHeader {
    /// Reads the first few bytes of a slice: NAL unit types 1, 2, 5 and 19.
    ///
    /// # Errors
    /// Another NAL unit type, a value out of range, or an early end.
    pub fn parse(unit: NalUnit<'_>) -> Result<Self, ParseError> {
        let unit_type = NalUnitType::of(unit);
        if !matches!(
            unit_type,
            NalUnitType::SLICE
                | NalUnitType::DATA_PARTITION_A
                | NalUnitType::IDR_SLICE
                | NalUnitType::AUXILIARY_SLICE
        ) {
            return Err(ParseError::new(0, ParseErrorKind::WrongNalUnitType));
        }
        let mut reader = RbspReader::new(unit, HEADER);
        Ok(Self {
            idr: unit_type == NalUnitType::IDR_SLICE,
            first_mb_in_slice: reader.ue()?,
            slice_type: SliceType(reader.ue_up_to(9)? as u8),
            pic_parameter_set_id: reader.ue_up_to(255)? as u8,
        })
    }

    /// Whether a picture begins with this slice.
    pub const fn is_first_of_picture(&self) -> bool {
        self.first_mb_in_slice == 0
    }
}
