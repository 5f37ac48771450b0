use super::HEADER;
use super::configuration::HevcDecoderConfigurationRecord;
use super::nal_unit_type::NalUnitType;
use super::pps::Pps;
use super::profile::profile_tier_level;
use super::sei::RecoveryPoint;
use super::slice::{Slice, SliceSyntax};
use super::sps::{Sps, max_sub_layers_minus1};
use super::vps::Vps;
use crate::flv::video::codec::VideoCodec;
use crate::nal::codec::{Codec, NalCodec, SetKind, UnitKind, parameter_sets};
use crate::nal::format::SpsSummary;
use crate::nal::rbsp::RbspReader;
use crate::nal::record::Record;
use crate::nal::slice::PictureKind;
use crate::nal::unit::NalUnit;

/// H.265, to framing and assembly.
#[derive(Debug)]
pub(crate) enum H265 {}

impl Codec for H265 {
    const CODEC: VideoCodec = VideoCodec::Hevc;
    const HEADER: usize = HEADER;
    /// Open groups of pictures begin with CRA pictures, so a recovery point is one of gradual refresh;
    /// FFmpeg, for one, does not flag it.
    const FLAGS_RECOVERY_POINTS: bool = false;

    type Vps = Vps;
    type Sps = Sps;
    type Pps = Pps;
    type Slice = Slice;

    fn kind(unit: NalUnit<'_>) -> UnitKind {
        const FORBIDDEN_ZERO_BIT: u8 = 0x80;
        let is_forbidden = |first: &u8| first & FORBIDDEN_ZERO_BIT != 0;
        if unit.bytes().first().is_none_or(is_forbidden) || NalUnitType::temporal_id(unit).is_none()
        {
            return UnitKind::Unknown;
        }
        match kind(NalUnitType::of(unit)) {
            UnitKind::Unknown => UnitKind::Unknown,
            _ if NalUnitType::layer_id(unit) > 0 => UnitKind::Ignored,
            kind => kind,
        }
    }

    fn picture_kind(slice: NalUnit<'_>) -> PictureKind {
        match NalUnitType::of(slice) {
            NalUnitType::IDR_W_RADL | NalUnitType::IDR_N_LP => PictureKind::Idr,
            NalUnitType::CRA => PictureKind::Cra,
            NalUnitType::BLA_W_LP | NalUnitType::BLA_W_RADL | NalUnitType::BLA_N_LP => {
                PictureKind::Bla
            }
            NalUnitType::RASL_N | NalUnitType::RASL_R => PictureKind::Rasl,
            _ => PictureKind::Ordinary,
        }
    }

    fn has_recovery_point(unit: NalUnit<'_>) -> bool {
        RecoveryPoint::find(unit).is_some()
    }

    /// What could be told from the first byte alone could be of any codec.
    fn are_of_another_codec<'a>(_: impl Iterator<Item = NalUnit<'a>>) -> Option<NalCodec> {
        None
    }

    fn read_strict_record(bytes: &[u8]) -> Option<Record<'_>> {
        HevcDecoderConfigurationRecord::parse(bytes)
            .ok()
            .map(record)
    }

    fn read_record(bytes: &[u8]) -> Option<Record<'_>> {
        HevcDecoderConfigurationRecord::parse_tolerant(bytes)
            .ok()
            .map(record)
    }

    fn set_kind(unit: NalUnit<'_>) -> Option<SetKind> {
        if NalUnitType::layer_id(unit) > 0 {
            return None;
        }
        match NalUnitType::of(unit) {
            NalUnitType::VPS => Some(SetKind::Vps),
            NalUnitType::SPS => Some(SetKind::Sps),
            NalUnitType::PPS => Some(SetKind::Pps),
            _ => None,
        }
    }

    fn set_id(unit: NalUnit<'_>) -> Option<u8> {
        let r = &mut RbspReader::new(unit, HEADER);
        match NalUnitType::of(unit) {
            NalUnitType::VPS => r.bits(4).ok().map(|id| id as u8),
            NalUnitType::SPS => {
                let _vps_id = r.bits(4).ok()?;
                let sub_layers_minus1 = max_sub_layers_minus1(r).ok()?;
                let _temporal_id_nesting = r.flag().ok()?;
                profile_tier_level(r, sub_layers_minus1).ok()?;
                r.ue_up_to(15).ok().map(|id| id as u8)
            }
            NalUnitType::PPS => r.ue_up_to(63).ok().map(|id| id as u8),
            _ => None,
        }
    }

    fn slice_syntax(pps: &Pps, sps: &[Option<Sps>]) -> Option<(u8, SliceSyntax)> {
        let sps = sps.iter().flatten().find(|sps| sps.id == pps.sps_id)?;
        Some((pps.id, SliceSyntax::new(sps, pps)))
    }

    fn summary(sps: &Sps, vps: &[Option<Vps>]) -> SpsSummary {
        let vps = vps.iter().flatten().find(|vps| vps.id == sps.vps_id);
        let timing = vps.and_then(|vps| vps.timing);
        sps.summary(timing.and_then(|timing| timing.frame_rate()))
    }
}

parameter_sets!(Vps, Sps, Pps);

fn record(record: HevcDecoderConfigurationRecord<'_>) -> Record<'_> {
    Record {
        length_size: record.length_size,
        sets: record.parameter_sets().collect(),
    }
}

/// By table 7-1 and the order of section 7.4.2.4.4.
const fn kind(unit_type: NalUnitType) -> UnitKind {
    match unit_type.0 {
        0..=9 | 16..=21 => UnitKind::Slice,
        32..=34 => UnitKind::ParameterSet,
        35 => UnitKind::Delimiter,
        36 | 37 => UnitKind::End,
        38 => UnitKind::Ignored,
        39 => UnitKind::Prefix,
        40 => UnitKind::Suffix,
        _ => UnitKind::Unknown,
    }
}
