use super::HEADER;
use super::nal_unit_type::NalUnitType;
use crate::error::{ParseError, ParseErrorKind};
use crate::nal::rbsp::RbspReader;
use crate::nal::unit::NalUnit;

/// `pic_parameter_set_rbsp( )` (H.264 section 7.3.2.2), up to the deblocking flags.
///
/// ```
/// use flv_h264::{h264::Pps, nal::NalUnit};
///
/// let pps = Pps::parse(NalUnit(&[0x68, 0xEB, 0xE3, 0xCB, 0x20]))?;
/// assert_eq!((pps.id, pps.sps_id), (0, 0));
/// assert!(pps.cabac);
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pps {
    /// `pic_parameter_set_id`.
    pub id: u8,
    /// `seq_parameter_set_id`, 0..=31.
    pub sps_id: u8,
    /// `entropy_coding_mode_flag`.
    pub cabac: bool,
    /// `bottom_field_pic_order_in_frame_present_flag`.
    pub bottom_field_pic_order_in_frame_present: bool,
    /// `num_slice_groups_minus1 + 1`, 1..=8.
    pub slice_groups: u8,
    /// `num_ref_idx_l0_default_active_minus1 + 1`, 1..=32.
    pub num_ref_idx_l0_default_active: u8,
    /// `num_ref_idx_l1_default_active_minus1 + 1`, 1..=32.
    pub num_ref_idx_l1_default_active: u8,
    /// `weighted_pred_flag`.
    pub weighted_pred: bool,
    /// `weighted_bipred_idc`, 0..=2.
    pub weighted_bipred_idc: u8,
    /// `redundant_pic_cnt_present_flag`.
    pub redundant_pic_cnt_present: bool,
    /// `transform_8x8_mode_flag`: false where the parameter set ends before it.
    pub transform_8x8_mode: bool,
}

impl Pps {
    /// Reads a picture parameter set from its NAL unit, header byte included.
    ///
    /// # Errors
    /// Another NAL unit type, a value out of range, or an early end.
    pub fn parse(unit: NalUnit<'_>) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != NalUnitType::PPS {
            return Err(ParseError::new(0, ParseErrorKind::WrongNalUnitType));
        }
        pic_parameter_set(&mut RbspReader::new(unit, HEADER))
    }
}

fn pic_parameter_set(r: &mut RbspReader<'_>) -> Result<Pps, ParseError> {
    let id = r.ue_up_to(255)? as u8;
    let sps_id = r.ue_up_to(31)? as u8;
    let cabac = r.flag()?;
    let bottom_field_pic_order_in_frame_present = r.flag()?;
    let slice_groups = plus_one(r.ue_up_to(7)?);
    if slice_groups > 1 {
        slice_group_map(r, slice_groups)?;
    }
    let num_ref_idx_l0_default_active = plus_one(r.ue_up_to(31)?);
    let num_ref_idx_l1_default_active = plus_one(r.ue_up_to(31)?);
    let weighted_pred = r.flag()?;
    let weighted_bipred_idc = r.bits(2)? as u8;
    if weighted_bipred_idc > 2 {
        return Err(r.error(ParseErrorKind::OutOfRange));
    }
    let _pic_init_qp_minus26 = r.se()?;
    let _pic_init_qs_minus26 = r.se()?;
    let _chroma_qp_index_offset = r.se()?;
    let _deblocking_filter_control_present = r.flag()?;
    let _constrained_intra_pred = r.flag()?;
    let redundant_pic_cnt_present = r.flag()?;
    let transform_8x8_mode = r.more_data() && r.flag()?;
    Ok(Pps {
        id,
        sps_id,
        cabac,
        bottom_field_pic_order_in_frame_present,
        slice_groups,
        num_ref_idx_l0_default_active,
        num_ref_idx_l1_default_active,
        weighted_pred,
        weighted_bipred_idc,
        redundant_pic_cnt_present,
        transform_8x8_mode,
    })
}

fn plus_one(minus_one: u32) -> u8 {
    (minus_one as u8).saturating_add(1)
}

/// The fields behind `num_slice_groups_minus1`, of Baseline and Extended alone.
fn slice_group_map(r: &mut RbspReader<'_>, slice_groups: u8) -> Result<(), ParseError> {
    match r.ue_up_to(6)? {
        0 => (0..slice_groups).try_for_each(|_| r.ue().map(drop)),
        2 => {
            let rectangles = slice_groups.saturating_sub(1);
            (0..rectangles).try_for_each(|_| {
                let _top_left = r.ue()?;
                let _bottom_right = r.ue()?;
                Ok(())
            })
        }
        3..=5 => {
            let _slice_group_change_direction = r.flag()?;
            let _slice_group_change_rate_minus1 = r.ue()?;
            Ok(())
        }
        6 => {
            // Ceil( Log2( num_slice_groups_minus1 + 1 ) ) bits for each map unit.
            let id_bits = u32::from(slice_groups).next_power_of_two().trailing_zeros();
            let pic_size_in_map_units_minus1 = r.ue()?;
            (0..=pic_size_in_map_units_minus1).try_for_each(|_| r.bits(id_bits).map(drop))
        }
        _ => Ok(()),
    }
}
