use core::convert::Infallible;

use super::HEADER;
use super::configuration::AvcDecoderConfigurationRecord;
use super::nal_unit_type::NalUnitType;
use super::parameter_set_id::parameter_set_id;
use super::pps::Pps;
use super::sei::RecoveryPoint;
use super::slice::{Slice, SliceSyntax};
use super::sps::Sps;
use crate::flv::video::codec::VideoCodec;
use crate::nal::codec::{Codec, NalCodec, ParameterSet, SetKind, UnitKind, parameter_sets};
use crate::nal::format::SpsSummary;
use crate::nal::record::Record;
use crate::nal::slice::PictureKind;
use crate::nal::unit::NalUnit;

/// H.264, to framing and assembly.
#[derive(Debug)]
pub(crate) enum H264 {}

const FORBIDDEN_ZERO_BIT: u8 = 0x80;

impl Codec for H264 {
    const CODEC: VideoCodec = VideoCodec::Avc;
    const HEADER: usize = HEADER;
    /// Encoders have them in front of other pictures, too.
    const FLAGS_RECOVERY_POINTS: bool = true;

    /// There are none.
    type Vps = Infallible;
    type Sps = Sps;
    type Pps = Pps;
    type Slice = Slice;

    fn kind(unit: NalUnit<'_>) -> UnitKind {
        match unit.bytes().first() {
            Some(header) if header & FORBIDDEN_ZERO_BIT == 0 => kind(NalUnitType::of(unit)),
            _ => UnitKind::Unknown,
        }
    }

    fn picture_kind(slice: NalUnit<'_>) -> PictureKind {
        match NalUnitType::of(slice) {
            NalUnitType::IDR_SLICE => PictureKind::Idr,
            _ => PictureKind::Ordinary,
        }
    }

    fn has_recovery_point(unit: NalUnit<'_>) -> bool {
        RecoveryPoint::find(unit).is_some()
    }

    /// The first bytes of HEVC's VPS and SPS, 0x40 and 0x42, would be the unspecified type 0 and
    /// data partition A, followed by 1: no H.264 stream has both before its first parameter sets.
    fn are_of_another_codec<'a>(units: impl Iterator<Item = NalUnit<'a>>) -> Option<NalCodec> {
        let (mut vps, mut sps) = (false, false);
        for unit in units {
            vps |= unit.bytes().starts_with(&[0x40, 1]);
            sps |= unit.bytes().starts_with(&[0x42, 1]);
        }
        (vps && sps).then_some(NalCodec::H265)
    }

    fn read_strict_record(bytes: &[u8]) -> Option<Record<'_>> {
        AvcDecoderConfigurationRecord::parse(bytes).ok().map(record)
    }

    fn read_record(bytes: &[u8]) -> Option<Record<'_>> {
        AvcDecoderConfigurationRecord::parse_tolerant(bytes)
            .ok()
            .map(record)
    }

    fn set_kind(unit: NalUnit<'_>) -> Option<SetKind> {
        match NalUnitType::of(unit) {
            NalUnitType::SPS => Some(SetKind::Sps),
            NalUnitType::SPS_EXTENSION => Some(SetKind::SpsExtension),
            NalUnitType::PPS => Some(SetKind::Pps),
            _ => None,
        }
    }

    fn set_id(unit: NalUnit<'_>) -> Option<u8> {
        parameter_set_id(unit)
    }

    fn slice_syntax(pps: &Pps, sps: &[Option<Sps>]) -> Option<(u8, SliceSyntax)> {
        let sps = sps.iter().flatten().find(|sps| sps.id == pps.sps_id)?;
        Some((pps.id, SliceSyntax::new(sps, pps)))
    }

    fn summary(sps: &Sps, _: &[Option<Infallible>]) -> SpsSummary {
        sps.summary()
    }
}

/// There is no such parameter set.
impl ParameterSet for Infallible {
    fn read(_: NalUnit<'_>) -> Option<Self> {
        None
    }
}

parameter_sets!(Sps, Pps);

fn record(record: AvcDecoderConfigurationRecord<'_>) -> Record<'_> {
    Record {
        length_size: record.length_size,
        sets: record.parameter_sets().collect(),
    }
}

/// By table 7-1 and the order of section 7.4.1.2.3.
const fn kind(unit_type: NalUnitType) -> UnitKind {
    match unit_type.0 {
        1 | 2 | 5 => UnitKind::Slice,
        7 | 8 | 13 => UnitKind::ParameterSet,
        6 | 14..=18 => UnitKind::Prefix,
        9 => UnitKind::Delimiter,
        10 | 11 => UnitKind::End,
        12 => UnitKind::Filler,
        // Of a data partition, of another layer or plane.
        3 | 4 | 19..=21 => UnitKind::Suffix,
        _ => UnitKind::Unknown,
    }
}
