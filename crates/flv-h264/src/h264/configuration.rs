use alloc::vec::Vec;

use bytes::BufMut;
use nom::Parser;
use nom::bytes::complete::take;
use nom::multi::{count, length_data};
use nom::number::complete::{be_u8, be_u16};

use super::nal_unit_type::NalUnitType;
use super::pps::Pps;
use super::sps::Sps;
use crate::error::{ParseError, ParseErrorKind};
use crate::flv::EncodeError;
use crate::grammar::{self, Parsed, fail};
use crate::nal::length_prefixed::LengthSize;
use crate::nal::record::{MAX_UNITS, salvage, salvage_annex_b, units_of_entry};
use crate::nal::unit::NalUnit;

/// `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 section 5.3.3.1.2): what an FLV file calls the
/// AVC sequence header and an MP4 file the avcC box.
///
/// ```
/// use flv_h264::h264::AvcDecoderConfigurationRecord;
///
/// let bytes = [
///     1, 0x42, 0xC0, 0x1E, 0xFF, // version, profile, compatibility, level, length size 4
///     0xE1, 0, 4, 0x67, 0x42, 0xC0, 0x1E, // one SPS
///     1, 0, 2, 0x68, 0xCE, // one PPS
/// ];
/// let record = AvcDecoderConfigurationRecord::parse(&bytes)?;
/// assert_eq!(record.length_size.get(), 4);
/// assert_eq!(record.sps[0].bytes(), [0x67, 0x42, 0xC0, 0x1E]);
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AvcDecoderConfigurationRecord<'a> {
    /// `AVCProfileIndication`: `profile_idc` of the parameter sets.
    pub profile_idc: u8,
    /// `profile_compatibility`: the constraint flags of the parameter sets.
    pub profile_compatibility: u8,
    /// `AVCLevelIndication`: `level_idc` of the parameter sets.
    pub level_idc: u8,
    /// The size of the length in front of every NAL unit of the stream.
    pub length_size: LengthSize,
    /// Sequence parameter sets, at most 31.
    pub sps: Vec<NalUnit<'a>>,
    /// Picture parameter sets, at most 255.
    pub pps: Vec<NalUnit<'a>>,
    /// What High profiles have behind the parameter sets; often left out.
    pub high: Option<HighProfileFields<'a>>,
}

/// The tail of a configuration record of a High profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighProfileFields<'a> {
    /// `chroma_format`, 2 bits.
    pub chroma_format: u8,
    /// `bit_depth_luma_minus8`, 3 bits.
    pub bit_depth_luma_minus8: u8,
    /// `bit_depth_chroma_minus8`, 3 bits.
    pub bit_depth_chroma_minus8: u8,
    /// Sequence parameter set extensions, at most 255.
    pub sps_extensions: Vec<NalUnit<'a>>,
}

/// `configurationVersion`.
const VERSION: u8 = 1;

impl<'a> AvcDecoderConfigurationRecord<'a> {
    /// Parses a record that follows the standard to the letter; a High profile may lack its tail,
    /// as it does in records of the standard's first edition.
    ///
    /// # Errors
    /// Anything the standard does not allow, bytes left over included.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        grammar::run(strict_record, bytes)
    }

    /// Parses what encoders really send: any version and reserved bits, length size 3, parameter
    /// sets in the wrong list, several in one entry with start codes in between or in front, empty
    /// ones (left out), more than 1024 units (the first ones are kept), a broken tail, and lists that
    /// end early (whole parameter sets before that are kept). If the lists are broken and have no pair
    /// of sequence and picture parameter set, but one is found behind lengths or start codes anywhere
    /// in the first kilobytes (wrong counts, another header in front), that is taken.
    ///
    /// # Errors
    /// The bytes end before the first list.
    pub fn parse_tolerant(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let record = grammar::run(tolerant_record, bytes)?;
        let is_incomplete = record.sps.is_empty() || record.pps.is_empty();
        match is_incomplete && Self::parse(bytes).is_err() {
            true => Ok(salvaged(bytes).unwrap_or(record)),
            false => Ok(record),
        }
    }

    /// The record of a stream with these parameter sets and lengths of 4 bytes, as the first
    /// sequence parameter set describes it.
    ///
    /// # Errors
    /// There is no sequence parameter set, or the first cannot be read.
    pub fn from_parameter_sets(
        sps: Vec<NalUnit<'a>>,
        pps: Vec<NalUnit<'a>>,
    ) -> Result<Self, ParseError> {
        let first = Sps::parse(sps.first().copied().unwrap_or_default())?;
        let high = has_high_profile_fields(first.profile.idc).then(|| HighProfileFields {
            chroma_format: first.chroma_format as u8,
            bit_depth_luma_minus8: first.bit_depth_luma.saturating_sub(8),
            bit_depth_chroma_minus8: first.bit_depth_chroma.saturating_sub(8),
            sps_extensions: Vec::new(),
        });
        Ok(Self {
            profile_idc: first.profile.idc,
            profile_compatibility: first.profile.constraint_flags,
            level_idc: first.level.idc,
            length_size: LengthSize::FOUR,
            sps,
            pps,
            high,
        })
    }

    /// All parameter sets, in the order of decoding.
    pub fn parameter_sets(&self) -> impl Iterator<Item = NalUnit<'a>> + Clone {
        let extensions = self.high.iter().flat_map(|high| &high.sps_extensions);
        self.sps.iter().chain(extensions).chain(&self.pps).copied()
    }

    /// Writes the record.
    ///
    /// # Errors
    /// More parameter sets than can be counted, longer ones than 65535 bytes, or a field of the
    /// tail too large.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        out.put_slice(&[
            VERSION,
            self.profile_idc,
            self.profile_compatibility,
            self.level_idc,
            0xFC | self.length_size.minus_one(),
            0xE0 | count_of(&self.sps, 0x1F)?,
        ]);
        put_units(&self.sps, out)?;
        out.put_u8(count_of(&self.pps, 0xFF)?);
        put_units(&self.pps, out)?;
        if let Some(high) = &self.high {
            out.put_u8(0xFC | up_to(high.chroma_format, 0x03)?);
            out.put_u8(0xF8 | up_to(high.bit_depth_luma_minus8, 0x07)?);
            out.put_u8(0xF8 | up_to(high.bit_depth_chroma_minus8, 0x07)?);
            out.put_u8(count_of(&high.sps_extensions, 0xFF)?);
            put_units(&high.sps_extensions, out)?;
        }
        Ok(())
    }
}

fn up_to(value: u8, max: u8) -> Result<u8, EncodeError> {
    match value <= max {
        true => Ok(value),
        false => Err(EncodeError::OutOfRange),
    }
}

fn count_of(units: &[NalUnit<'_>], max: u8) -> Result<u8, EncodeError> {
    let count = u8::try_from(units.len()).map_err(|_| EncodeError::TooLong)?;
    up_to(count, max).map_err(|_| EncodeError::TooLong)
}

fn put_units(units: &[NalUnit<'_>], out: &mut impl BufMut) -> Result<(), EncodeError> {
    for unit in units {
        out.put_u16(u16::try_from(unit.bytes().len()).map_err(|_| EncodeError::TooLong)?);
        out.put_slice(unit.bytes());
    }
    Ok(())
}

fn strict_record(input: &[u8]) -> Parsed<'_, AvcDecoderConfigurationRecord<'_>> {
    let start = input;
    let (input, version) = be_u8(input)?;
    if version != VERSION {
        return fail(start, ParseErrorKind::UnsupportedVersion);
    }
    let (input, profile_idc) = be_u8(input)?;
    let (input, profile_compatibility) = be_u8(input)?;
    let (input, level_idc) = be_u8(input)?;
    let (input, length_size_minus_one) = reserved_ones(0xFC)(input)?;
    if length_size_minus_one == 2 {
        return fail(input, ParseErrorKind::ForbiddenLengthSize);
    }
    let (input, sps_count) = reserved_ones(0xE0)(input)?;
    let (input, sps) = count(unit_of_type(NalUnitType::SPS), sps_count.into()).parse(input)?;
    let (input, pps_count) = be_u8(input)?;
    let (input, pps) = count(unit_of_type(NalUnitType::PPS), pps_count.into()).parse(input)?;
    let (input, high) = match (has_high_profile_fields(profile_idc), input) {
        (_, []) => (input, None),
        (true, _) => {
            let (input, high) = high_profile_fields(input)?;
            (input, Some(high))
        }
        (false, _) => return fail(input, ParseErrorKind::TrailingBytes),
    };
    if !input.is_empty() {
        return fail(input, ParseErrorKind::TrailingBytes);
    }
    let record = AvcDecoderConfigurationRecord {
        profile_idc,
        profile_compatibility,
        level_idc,
        length_size: LengthSize::from_minus_one(length_size_minus_one),
        sps,
        pps,
        high,
    };
    Ok((input, record))
}

fn tolerant_record(input: &[u8]) -> Parsed<'_, AvcDecoderConfigurationRecord<'_>> {
    let (input, _version) = be_u8(input)?;
    let (input, profile_idc) = be_u8(input)?;
    let (input, profile_compatibility) = be_u8(input)?;
    let (input, level_idc) = be_u8(input)?;
    let (input, length_size) = be_u8(input)?;
    let mut record = AvcDecoderConfigurationRecord {
        profile_idc,
        profile_compatibility,
        level_idc,
        length_size: LengthSize::from_minus_one(length_size),
        ..AvcDecoderConfigurationRecord::default()
    };
    let (input, sps_count) = be_u8(input)?;
    let Ok((input, ())) = sort_units(sps_count & 0x1F, &mut record, input) else {
        return Ok((&[], record));
    };
    let Ok((input, ())) =
        be_u8(input).and_then(|(input, pps_count)| sort_units(pps_count, &mut record, input))
    else {
        return Ok((&[], record));
    };
    if has_high_profile_fields(profile_idc)
        && let Ok((_, high)) = high_profile_fields(input)
    {
        record.high = Some(high);
    }
    Ok((&[], record))
}

/// Puts each unit into the list of its type, whatever list it came in.
fn sort_units<'a>(
    count: u8,
    record: &mut AvcDecoderConfigurationRecord<'a>,
    mut input: &'a [u8],
) -> Parsed<'a, ()> {
    for _ in 0..count {
        let (rest, bytes) = length_data(be_u16).parse(input)?;
        units_of_entry(bytes).for_each(|unit| sort_unit(unit, record));
        input = rest;
    }
    Ok((input, ()))
}

fn sort_unit<'a>(unit: NalUnit<'a>, record: &mut AvcDecoderConfigurationRecord<'a>) {
    if record.sps.len().saturating_add(record.pps.len()) >= MAX_UNITS {
        return;
    }
    match NalUnitType::of(unit) {
        NalUnitType::SPS => record.sps.push(unit),
        NalUnitType::PPS => record.pps.push(unit),
        _ => {}
    }
}

/// A byte whose upper bits are reserved to be 1; yields the others.
fn reserved_ones(reserved: u8) -> impl Fn(&[u8]) -> Parsed<'_, u8> {
    move |input| match be_u8(input)? {
        (rest, byte) if byte & reserved == reserved => Ok((rest, byte & !reserved)),
        _ => fail(input, ParseErrorKind::ReservedBits),
    }
}

/// A 16-bit length and a unit, which has to be of that type.
fn unit_of_type(unit_type: NalUnitType) -> impl Fn(&[u8]) -> Parsed<'_, NalUnit<'_>> {
    move |input| {
        let (input, length) = be_u16(input)?;
        let (rest, bytes) = take(length)(input)?;
        match NalUnit(bytes) {
            unit if NalUnitType::of(unit) == unit_type => Ok((rest, unit)),
            _ => fail(input, ParseErrorKind::WrongNalUnitType),
        }
    }
}

/// All profiles but Baseline, Main and Extended.
const fn has_high_profile_fields(profile_idc: u8) -> bool {
    !matches!(profile_idc, 66 | 77 | 88)
}

fn high_profile_fields(input: &[u8]) -> Parsed<'_, HighProfileFields<'_>> {
    let (input, chroma_format) = reserved_ones(0xFC)(input)?;
    let (input, bit_depth_luma_minus8) = reserved_ones(0xF8)(input)?;
    let (input, bit_depth_chroma_minus8) = reserved_ones(0xF8)(input)?;
    let (input, extension_count) = be_u8(input)?;
    let (input, sps_extensions) = count(
        unit_of_type(NalUnitType::SPS_EXTENSION),
        extension_count.into(),
    )
    .parse(input)?;
    let high = HighProfileFields {
        chroma_format,
        bit_depth_luma_minus8,
        bit_depth_chroma_minus8,
        sps_extensions,
    };
    Ok((input, high))
}

/// The parameter sets of a record whose lists are wrong: whatever stands behind a length of 2
/// bytes, or a start code, and can be read as one. `None` unless there are both kinds.
fn salvaged(bytes: &[u8]) -> Option<AvcDecoderConfigurationRecord<'_>> {
    let sets = salvage(bytes, is_parameter_set);
    let first = sets
        .iter()
        .find(|(_, unit)| NalUnitType::of(*unit) == NalUnitType::SPS);
    let length_size = length_size_before(bytes, first.map(|(at, _)| *at));
    let record = of_sets(sets.into_iter().map(|(_, unit)| unit), length_size);
    let has_both = |record: &AvcDecoderConfigurationRecord<'_>| {
        !record.sps.is_empty() && !record.pps.is_empty()
    };
    if has_both(&record) {
        return Some(record);
    }
    let sets = salvage_annex_b(bytes, is_parameter_set);
    let record = of_sets(sets.into_iter(), LengthSize::FOUR);
    has_both(&record).then_some(record)
}

fn of_sets<'a>(
    sets: impl Iterator<Item = NalUnit<'a>>,
    length_size: LengthSize,
) -> AvcDecoderConfigurationRecord<'a> {
    let mut record = AvcDecoderConfigurationRecord {
        length_size,
        ..AvcDecoderConfigurationRecord::default()
    };
    sets.for_each(|unit| sort_unit(unit, &mut record));
    record
}

fn is_parameter_set(unit: NalUnit<'_>) -> bool {
    Sps::parse(unit).is_ok() || Pps::parse(unit).is_ok()
}

/// The length size that stands two bytes in front of the first entry, if there is one.
fn length_size_before(bytes: &[u8], entry: Option<usize>) -> LengthSize {
    let field = entry
        .and_then(|entry| entry.checked_sub(2))
        .and_then(|at| bytes.get(at));
    match field {
        Some(field) if field & 0xFC == 0xFC => LengthSize::from_minus_one(*field),
        _ => LengthSize::FOUR,
    }
}
