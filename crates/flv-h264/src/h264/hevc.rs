//! Enough of HEVC to recognise it under a label that says H.264.

use nom::Parser;
use nom::multi::length_data;
use nom::number::complete::{be_u8, be_u16};

use crate::error::ParseErrorKind;
use crate::grammar::{Parsed, fail};
use crate::nal::unit::NalUnit;

/// The fixed part of HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 8.3.3.1.2).
const FIXED_PART: usize = 22;

/// NAL unit types (ITU-T H.265 table 7-1).
const VIDEO_PARAMETER_SET: u8 = 32;
const SEQUENCE_PARAMETER_SET: u8 = 33;

/// Whether the bytes are an HEVCDecoderConfigurationRecord ("hvcC"): its arrays of NAL units are
/// whole and hold what they say.
pub(crate) fn is_configuration_record(bytes: &[u8]) -> bool {
    bytes
        .get(FIXED_PART..)
        .is_some_and(|arrays| matches!(parameter_set_arrays(arrays), Ok((_, 1..))))
}

/// Yields the number of NAL units; fails if one is not of its array's type.
fn parameter_set_arrays(input: &[u8]) -> Parsed<'_, usize> {
    let mut units = 0_usize;
    let (mut input, arrays) = be_u8(input)?;
    for _ in 0..arrays {
        let (rest, array_type) = be_u8(input)?;
        let (mut rest, count) = be_u16(rest)?;
        for _ in 0..count {
            let (behind, unit) = length_data(be_u16).parse(rest)?;
            if unit.first().map(|first| first >> 1) != Some(array_type & 0x3F) {
                return fail(rest, ParseErrorKind::WrongNalUnitType);
            }
            units = units.saturating_add(1);
            rest = behind;
        }
        input = rest;
    }
    Ok((input, units))
}

/// Whether the units, read as H.264, are the VPS and SPS of an HEVC stream.
///
/// Their first bytes, 0x40 and 0x42, would be H.264's unspecified type 0 and data partition A,
/// followed by 1: no H.264 stream has both before its first parameter sets.
pub(crate) fn are_parameter_sets<'a>(units: impl Iterator<Item = NalUnit<'a>>) -> bool {
    let (mut vps, mut sps) = (false, false);
    for unit in units {
        vps |= base_layer_type(unit.bytes()) == Some(VIDEO_PARAMETER_SET);
        sps |= base_layer_type(unit.bytes()) == Some(SEQUENCE_PARAMETER_SET);
    }
    vps && sps
}

/// `nal_unit_type` of a unit of layer 0 and temporal id 0, as parameter sets are.
fn base_layer_type(unit: &[u8]) -> Option<u8> {
    match unit {
        [first, 1, ..] if first & 0x81 == 0 => Some(first >> 1),
        _ => None,
    }
}
