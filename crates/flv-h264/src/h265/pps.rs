use super::HEADER;
use super::nal_unit_type::NalUnitType;
use crate::error::{ParseError, ParseErrorKind};
use crate::nal::rbsp::RbspReader;
use crate::nal::unit::NalUnit;

/// `pic_parameter_set_rbsp( )` (H.265 section 7.3.2.3.1), as far as slice headers need it.
///
/// ```
/// use flv_h264::{h265::Pps, nal::NalUnit};
///
/// let pps = Pps::parse(NalUnit(&[0x44, 0x01, 0xC1, 0x73, 0xD1, 0x89]))?;
/// assert_eq!((pps.id, pps.sps_id), (0, 0));
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pps {
    /// `pps_pic_parameter_set_id`, 0..=63.
    pub id: u8,
    /// `pps_seq_parameter_set_id`, 0..=15.
    pub sps_id: u8,
    /// `dependent_slice_segments_enabled_flag`.
    pub dependent_slice_segments_enabled: bool,
    /// `output_flag_present_flag`.
    pub output_flag_present: bool,
    /// `num_extra_slice_header_bits`, 0..=7.
    pub num_extra_slice_header_bits: u8,
}

impl Pps {
    /// Reads a picture parameter set from its NAL unit, header included.
    ///
    /// # Errors
    /// Another NAL unit type, a value out of range, or an early end.
    pub fn parse(unit: NalUnit<'_>) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != NalUnitType::PPS {
            return Err(ParseError::new(0, ParseErrorKind::WrongNalUnitType));
        }
        let r = &mut RbspReader::new(unit, HEADER);
        Ok(Self {
            id: r.ue_up_to(63)? as u8,
            sps_id: r.ue_up_to(15)? as u8,
            dependent_slice_segments_enabled: r.flag()?,
            output_flag_present: r.flag()?,
            num_extra_slice_header_bits: r.bits(3)? as u8,
        })
    }
}
