use super::HEADER;
use super::nal_unit_type::NalUnitType;
use crate::error::{ParseError, ParseErrorKind};
use crate::nal::rbsp::RbspReader;
use crate::nal::unit::NalUnit;

/// The beginning of `slice_segment_header( )` (H.265 section 7.3.6.1), as far as it needs no
/// parameter sets.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SliceHeader {
    /// `first_slice_segment_in_pic_flag`.
    pub first_slice_segment_in_pic: bool,
    /// The picture parameter set the slice uses.
    pub pic_parameter_set_id: u8,
}

impl SliceHeader {
    /// Reads the first few bits of a slice segment.
    ///
    /// # Errors
    /// Another NAL unit type, a value out of range, or an early end.
    pub fn parse(unit: NalUnit<'_>) -> Result<Self, ParseError> {
        let unit_type = NalUnitType::of(unit);
        if !unit_type.is_vcl() {
            return Err(ParseError::new(0, ParseErrorKind::WrongNalUnitType));
        }
        let mut r = RbspReader::new(unit, HEADER);
        let first_slice_segment_in_pic = r.flag()?;
        if unit_type.is_irap() {
            let _no_output_of_prior_pics = r.flag()?;
        }
        Ok(Self {
            first_slice_segment_in_pic,
            pic_parameter_set_id: r.ue_up_to(63)? as u8,
        })
    }
}
