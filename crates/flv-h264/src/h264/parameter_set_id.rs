use super::HEADER;
use super::nal_unit_type::NalUnitType;
use crate::nal::rbsp::RbspReader;
use crate::nal::unit::NalUnit;

/// `seq_parameter_set_id` of an SPS or its extension, `pic_parameter_set_id` of a PPS (H.264
/// sections 7.3.2.1 and 7.3.2.2). `None` for other units and for ids out of range.
pub(crate) fn parameter_set_id(unit: NalUnit<'_>) -> Option<u8> {
    let mut reader = RbspReader::new(unit, HEADER);
    let max = match NalUnitType::of(unit) {
        NalUnitType::SPS => {
            let _profile_constraints_level = reader.bits(24).ok()?;
            31
        }
        NalUnitType::SPS_EXTENSION => 31,
        NalUnitType::PPS => 255,
        _ => return None,
    };
    reader.ue_up_to(max).ok().map(|id| id as u8)
}
