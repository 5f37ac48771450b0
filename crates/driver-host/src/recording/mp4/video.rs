//! What the samples of a video track have in common (ISO/IEC 14496-15).

use milestone_driver::Codec;
use milestone_driver::flv_h264::{h264, h265, nal::NalUnit};
use mp4_atom::{Avc1, Avcc, AvccExt, Hvc1, HvcCArray, Hvcc, Visual};

/// What a player has to know before the samples.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct VideoDescription {
    pub(super) width: u16,
    pub(super) height: u16,
    configuration: Configuration,
}

#[derive(Debug, PartialEq, Eq)]
enum Configuration {
    H264(Avcc),
    H265(Hvcc),
}

impl VideoDescription {
    /// `None` if there are no parameter sets among the units, or none that can be understood.
    pub(super) fn of(codec: Codec, units: &[NalUnit<'_>]) -> Option<Self> {
        match codec {
            Codec::H264 => Self::of_h264(units),
            Codec::H265 => Self::of_h265(units),
            _ => None,
        }
    }

    fn of_h264(units: &[NalUnit<'_>]) -> Option<Self> {
        let sets = |unit_type| sets(units, move |unit| h264::NalUnitType::of(unit) == unit_type);
        let sps_type = h264::NalUnitType::SPS;
        let sps = used_sps(
            units,
            |unit| Some(h264::SliceHeader::parse(unit).ok()?.pic_parameter_set_id),
            |unit| h264::Pps::parse(unit).ok().map(|pps| (pps.id, pps.sps_id)),
            |unit| h264::Sps::parse(unit).ok().map(|sps| (sps.id, sps)),
        )?;
        Some(Self {
            width: sps.width().try_into().ok()?,
            height: sps.height().try_into().ok()?,
            configuration: Configuration::H264(Avcc {
                configuration_version: 1,
                avc_profile_indication: sps.profile.idc,
                profile_compatibility: sps.profile.constraint_flags,
                avc_level_indication: sps.level.idc,
                length_size: 4,
                sequence_parameter_sets: sets(sps_type),
                picture_parameter_sets: sets(h264::NalUnitType::PPS),
                ext: high_profile_fields(&sps),
            }),
        })
    }

    fn of_h265(units: &[NalUnit<'_>]) -> Option<Self> {
        let sps_type = h265::NalUnitType::SPS;
        let sps = used_sps(
            units,
            |unit| Some(h265::SliceHeader::parse(unit).ok()?.pic_parameter_set_id),
            |unit| h265::Pps::parse(unit).ok().map(|pps| (pps.id, pps.sps_id)),
            |unit| h265::Sps::parse(unit).ok().map(|sps| (sps.id, sps)),
        )?;
        let types = [h265::NalUnitType::VPS, sps_type, h265::NalUnitType::PPS];
        Some(Self {
            width: sps.width().try_into().ok()?,
            height: sps.height().try_into().ok()?,
            configuration: Configuration::H265(Hvcc {
                general_profile_space: sps.profile.space,
                general_tier_flag: sps.level.high_tier,
                general_profile_idc: sps.profile.idc,
                general_profile_compatibility_flags: sps.profile.compatibility_flags.to_be_bytes(),
                general_constraint_indicator_flags: sps.profile.constraint_flags,
                general_level_idc: sps.level.idc,
                chroma_format_idc: sps.chroma_format as u8,
                bit_depth_luma_minus8: sps.bit_depth_luma.saturating_sub(8),
                bit_depth_chroma_minus8: sps.bit_depth_chroma.saturating_sub(8),
                num_temporal_layers: sps.max_sub_layers,
                temporal_id_nested: sps.temporal_id_nesting,
                length_size_minus_one: 3,
                arrays: types
                    .map(|unit_type| HvcCArray {
                        // `hvc1` has them nowhere else (8.3.3.1.3).
                        completeness: true,
                        nal_unit_type: unit_type.0,
                        nalus: sets(units, |unit| h265::NalUnitType::of(unit) == unit_type),
                    })
                    .to_vec(),
                ..Hvcc::new()
            }),
        })
    }

    /// How the file says what is in it.
    pub(super) fn brand(&self) -> &'static [u8; 4] {
        match self.configuration {
            Configuration::H264(_) => b"avc1",
            Configuration::H265(_) => b"hvc1",
        }
    }

    /// Whether the unit is a parameter set that the description lacks: samples should not hold any.
    pub(super) fn lacks(&self, unit: NalUnit<'_>) -> bool {
        self.sets_like(unit)
            .is_some_and(|sets| !sets.iter().any(|set| set == unit.bytes()))
    }

    /// Parameter sets stand in the movie box, but for those that come in the middle of a group of pictures; delimiters
    /// should not be stored (ISO/IEC 14496-15, 5.3.2).
    pub(super) fn belongs_into_samples(&self, unit: NalUnit<'_>) -> bool {
        match (&self.configuration, self.sets_like(unit)) {
            (_, Some(_)) => self.lacks(unit),
            (Configuration::H264(_), None) => {
                h264::NalUnitType::of(unit) != h264::NalUnitType::ACCESS_UNIT_DELIMITER
            }
            (Configuration::H265(_), None) => {
                h265::NalUnitType::of(unit) != h265::NalUnitType::ACCESS_UNIT_DELIMITER
            }
        }
    }

    /// The parameter sets of the unit's type, if it is one.
    fn sets_like(&self, unit: NalUnit<'_>) -> Option<&[Vec<u8>]> {
        match &self.configuration {
            Configuration::H264(avcc) => match h264::NalUnitType::of(unit) {
                h264::NalUnitType::SPS => Some(&avcc.sequence_parameter_sets),
                h264::NalUnitType::PPS => Some(&avcc.picture_parameter_sets),
                _ => None,
            },
            Configuration::H265(hvcc) => {
                let unit_type = h265::NalUnitType::of(unit).0;
                let mut arrays = hvcc.arrays.iter();
                let same = arrays.find(|array| array.nal_unit_type == unit_type)?;
                Some(&same.nalus)
            }
        }
    }

    pub(super) fn sample_entry(&self) -> mp4_atom::Codec {
        let visual = Visual {
            data_reference_index: 1,
            width: self.width,
            height: self.height,
            ..Visual::default()
        };
        match &self.configuration {
            Configuration::H264(avcc) => mp4_atom::Codec::Avc1(Avc1 {
                visual,
                avcc: avcc.clone(),
                ..Avc1::default()
            }),
            Configuration::H265(hvcc) => mp4_atom::Codec::Hvc1(Hvc1 {
                visual,
                hvcc: hvcc.clone(),
                ..Hvc1::default()
            }),
        }
    }
}

/// The sequence parameter set that the picture uses, or the first one if it does not say: those of sequences before may
/// stand beside it. Ids of a picture parameter set are its own and that of its sequence's.
fn used_sps<Sps>(
    units: &[NalUnit<'_>],
    pps_of_slice: impl Fn(NalUnit<'_>) -> Option<u8>,
    ids_of_pps: impl Fn(NalUnit<'_>) -> Option<(u8, u8)>,
    read_sps: impl Fn(NalUnit<'_>) -> Option<(u8, Sps)>,
) -> Option<Sps> {
    let units = || units.iter().copied();
    let pps = units().find_map(pps_of_slice);
    let pps = pps.and_then(|pps| units().filter_map(ids_of_pps).find(|(id, _)| *id == pps));
    let is_used = |id| pps.is_some_and(|(_, sps)| sps == id);
    let mut sets = units().filter_map(read_sps);
    let first = sets.next()?;
    let used = match is_used(first.0) {
        true => first,
        false => sets.find(|(id, _)| is_used(*id)).unwrap_or(first),
    };
    Some(used.1)
}

fn sets(units: &[NalUnit<'_>], is_one: impl Fn(NalUnit<'_>) -> bool) -> Vec<Vec<u8>> {
    let sets = units.iter().filter(|unit| is_one(**unit));
    sets.map(|unit| unit.bytes().to_vec()).collect()
}

/// What the configuration of High profiles has besides (ISO/IEC 14496-15, 5.3.3.1).
fn high_profile_fields(sps: &h264::Sps) -> Option<AvccExt> {
    matches!(sps.profile.idc, 100 | 110 | 122 | 144).then(|| AvccExt {
        chroma_format: sps.chroma_format as u8,
        bit_depth_luma: sps.bit_depth_luma,
        bit_depth_chroma: sps.bit_depth_chroma,
        sequence_parameter_sets_ext: Vec::new(),
    })
}
