use super::HEADER;
use super::nal_unit_type::NalUnitType;
use super::profile::{Level, Profile, profile_tier_level};
use super::sps::{max_sub_layers_minus1, sub_layer_ordering_info};
use super::vui::Timing;
use crate::error::{ParseError, ParseErrorKind};
use crate::nal::rbsp::RbspReader;
use crate::nal::unit::NalUnit;

/// `video_parameter_set_rbsp( )` (H.265 section 7.3.2.1), up to the timing.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Vps {
    /// `vps_video_parameter_set_id`, 0..=15.
    pub id: u8,
    /// `vps_max_layers_minus1 + 1`: more than one in streams with extensions, such as several views.
    pub max_layers: u8,
    /// `vps_max_sub_layers_minus1 + 1`, 1..=7.
    pub max_sub_layers: u8,
    /// What decoders have to know.
    pub profile: Profile,
    /// How much they have to do.
    pub level: Level,
    /// `vps_timing_info_present_flag` and what follows it.
    pub timing: Option<Timing>,
}

impl Vps {
    /// Reads a video parameter set from its NAL unit, header included.
    ///
    /// A timing that cannot be read costs the timing alone.
    ///
    /// # Errors
    /// Another NAL unit type, a value out of range, or an early end.
    pub fn parse(unit: NalUnit<'_>) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != NalUnitType::VPS {
            return Err(ParseError::new(0, ParseErrorKind::WrongNalUnitType));
        }
        video_parameter_set(&mut RbspReader::new(unit, HEADER))
    }
}

fn video_parameter_set(r: &mut RbspReader<'_>) -> Result<Vps, ParseError> {
    let id = r.bits(4)? as u8;
    let _base_layer_internal_and_available = r.bits(2)?;
    let max_layers = (r.bits(6)? as u8).saturating_add(1);
    let sub_layers_minus1 = max_sub_layers_minus1(r)?;
    let _temporal_id_nesting = r.flag()?;
    let _reserved_0xffff_16bits = r.bits(16)?;
    let (profile, level) = profile_tier_level(r, sub_layers_minus1)?;
    Ok(Vps {
        id,
        max_layers,
        max_sub_layers: sub_layers_minus1.saturating_add(1),
        profile,
        level,
        timing: timing(r, sub_layers_minus1).unwrap_or_default(),
    })
}

/// From `vps_sub_layer_ordering_info_present_flag` to the timing.
fn timing(r: &mut RbspReader<'_>, sub_layers_minus1: u8) -> Result<Option<Timing>, ParseError> {
    sub_layer_ordering_info(r, sub_layers_minus1)?;
    let max_layer_id = r.bits(6)?;
    let num_layer_sets_minus1 = r.ue_up_to(1023)?;
    for _ in 0..num_layer_sets_minus1 {
        (0..=max_layer_id).try_for_each(|_| r.flag().map(drop))?;
    }
    let timing_info_present = r.flag()?;
    timing_info_present.then(|| Timing::read(r)).transpose()
}
