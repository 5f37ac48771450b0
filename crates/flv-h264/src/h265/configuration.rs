use alloc::vec::Vec;

use bytes::BufMut;
use nom::Parser;
use nom::bytes::complete::take;
use nom::multi::length_data;
use nom::number::complete::{be_u8, be_u16, be_u32};

use super::nal_unit_type::NalUnitType;
use super::pps::Pps;
use super::profile::{Level, Profile};
use super::sps::Sps;
use super::vps::Vps;
use crate::error::{ParseError, ParseErrorKind};
use crate::flv::EncodeError;
use crate::grammar::{self, Parsed, fail};
use crate::nal::length_prefixed::LengthSize;
use crate::nal::record::{MAX_UNITS, salvage, salvage_annex_b, units_of_entry};
use crate::nal::unit::NalUnit;

/// `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15 section 8.3.3.1.2): the sequence header of
/// Enhanced RTMP, and what an MP4 file calls the hvcC box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HevcDecoderConfigurationRecord<'a> {
    /// What decoders have to know.
    pub profile: Profile,
    /// How much they have to do.
    pub level: Level,
    /// `min_spatial_segmentation_idc`, 12 bits.
    pub min_spatial_segmentation_idc: u16,
    /// `parallelismType`, 2 bits.
    pub parallelism_type: u8,
    /// `chromaFormat`, 2 bits.
    pub chroma_format: u8,
    /// `bitDepthLumaMinus8`, 3 bits.
    pub bit_depth_luma_minus8: u8,
    /// `bitDepthChromaMinus8`, 3 bits.
    pub bit_depth_chroma_minus8: u8,
    /// `avgFrameRate`: frames in 256 seconds, 0 if not told.
    pub avg_frame_rate: u16,
    /// `constantFrameRate`, 2 bits.
    pub constant_frame_rate: u8,
    /// `numTemporalLayers`, 3 bits, 0 if not told.
    pub num_temporal_layers: u8,
    /// `temporalIdNested`.
    pub temporal_id_nested: bool,
    /// The size of the length in front of every NAL unit of the stream.
    pub length_size: LengthSize,
    /// Parameter sets and SEI, by their types.
    pub arrays: Vec<NalUnitArray<'a>>,
}

/// The NAL units of a type in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NalUnitArray<'a> {
    /// `array_completeness`: there are no others in the stream.
    pub complete: bool,
    /// What they all are.
    pub unit_type: NalUnitType,
    /// The units, at most 65535.
    pub units: Vec<NalUnit<'a>>,
}

/// `configurationVersion`.
const VERSION: u8 = 1;

/// In the order of decoding.
const SETS: [NalUnitType; 3] = [NalUnitType::VPS, NalUnitType::SPS, NalUnitType::PPS];

/// How many bytes `lengthSizeMinusOne` stands in front of the length of the first unit.
const LENGTH_SIZE_BEFORE_ENTRY: usize = 5;

impl<'a> HevcDecoderConfigurationRecord<'a> {
    /// Parses a record that follows the standard to the letter.
    ///
    /// # Errors
    /// Anything the standard does not allow, bytes left over included, and more than 1024 units.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        grammar::run(strict_record, bytes)
    }

    /// Parses what encoders really send: any version and reserved bits, length size 3, units in the
    /// wrong array, several in one entry with start codes in between or in front, empty ones and
    /// those of other layers (left out), more than 1024 units (the first ones are kept), and arrays
    /// that end early (whole units before that are kept). If the arrays are broken and have no pair of sequence and picture parameter set, but
    /// one is found behind lengths or start codes anywhere in the first kilobytes (wrong counts,
    /// another header in front), that is taken.
    ///
    /// # Errors
    /// The bytes end before the first array.
    pub fn parse_tolerant(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let record = grammar::run(tolerant_record, bytes)?;
        match record.has_both() || Self::parse(bytes).is_ok() {
            true => Ok(record),
            false => Ok(salvaged(bytes).unwrap_or(record)),
        }
    }

    /// The record of a stream with these parameter sets and lengths of 4 bytes, as the first sequence
    /// parameter set describes it. No other parameter sets are promised not to be in the stream.
    ///
    /// # Errors
    /// There is no sequence parameter set, or the first cannot be read.
    pub fn from_parameter_sets(
        vps: Vec<NalUnit<'a>>,
        sps: Vec<NalUnit<'a>>,
        pps: Vec<NalUnit<'a>>,
    ) -> Result<Self, ParseError> {
        let first = Sps::parse(sps.first().copied().unwrap_or_default())?;
        let lists = SETS.into_iter().zip([vps, sps, pps]);
        Ok(Self {
            profile: first.profile,
            level: first.level,
            chroma_format: first.chroma_format as u8,
            bit_depth_luma_minus8: first.bit_depth_luma.saturating_sub(8),
            bit_depth_chroma_minus8: first.bit_depth_chroma.saturating_sub(8),
            num_temporal_layers: first.max_sub_layers,
            temporal_id_nested: first.temporal_id_nesting,
            length_size: LengthSize::FOUR,
            arrays: lists
                .map(|(unit_type, units)| NalUnitArray {
                    complete: false,
                    unit_type,
                    units,
                })
                .collect(),
            ..Self::default()
        })
    }

    /// All parameter sets, in the order of decoding.
    pub fn parameter_sets(&self) -> impl Iterator<Item = NalUnit<'a>> + Clone {
        SETS.into_iter()
            .flat_map(|unit_type| self.of_type(unit_type))
    }

    /// The units of a type, whatever array they are in.
    pub fn of_type(&self, unit_type: NalUnitType) -> impl Iterator<Item = NalUnit<'a>> + Clone {
        let units = self.arrays.iter().flat_map(|array| &array.units).copied();
        units.filter(move |unit| NalUnitType::of(*unit) == unit_type)
    }

    fn has_both(&self) -> bool {
        let has = |unit_type| self.of_type(unit_type).next().is_some();
        has(NalUnitType::SPS) && has(NalUnitType::PPS)
    }

    /// How many more units it may have.
    fn room(&self) -> usize {
        let units = self.arrays.iter().map(|array| array.units.len()).sum();
        MAX_UNITS.saturating_sub(units)
    }

    /// Puts a unit into the array of its type; left out if it is none of the base layer, or there is no
    /// room.
    fn sort(&mut self, unit: NalUnit<'a>) {
        let unit_type = NalUnitType::of(unit);
        let is_expected = SETS.contains(&unit_type)
            || [NalUnitType::PREFIX_SEI, NalUnitType::SUFFIX_SEI].contains(&unit_type);
        if !is_expected || NalUnitType::layer_id(unit) > 0 || self.room() == 0 {
            return;
        }
        let mut arrays = self.arrays.iter_mut();
        match arrays.find(|array| array.unit_type == unit_type) {
            Some(array) => array.units.push(unit),
            None => self.arrays.push(NalUnitArray {
                complete: false,
                unit_type,
                units: [unit].to_vec(),
            }),
        }
    }

    /// Writes the record.
    ///
    /// # Errors
    /// A field too large, more units than can be counted, or longer ones than 65535 bytes.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        let tier = u8::from(self.level.high_tier);
        out.put_slice(&[
            VERSION,
            up_to(self.profile.space, 0x03)? << 6 | tier << 5 | up_to(self.profile.idc, 0x1F)?,
        ]);
        out.put_u32(self.profile.compatibility_flags);
        out.put_slice(&self.profile.constraint_flags);
        out.put_u8(self.level.idc);
        if self.min_spatial_segmentation_idc > 0x0FFF {
            return Err(EncodeError::OutOfRange);
        }
        out.put_u16(0xF000 | self.min_spatial_segmentation_idc);
        out.put_u8(0xFC | up_to(self.parallelism_type, 0x03)?);
        out.put_u8(0xFC | up_to(self.chroma_format, 0x03)?);
        out.put_u8(0xF8 | up_to(self.bit_depth_luma_minus8, 0x07)?);
        out.put_u8(0xF8 | up_to(self.bit_depth_chroma_minus8, 0x07)?);
        out.put_u16(self.avg_frame_rate);
        out.put_u8(
            up_to(self.constant_frame_rate, 0x03)? << 6
                | up_to(self.num_temporal_layers, 0x07)? << 3
                | u8::from(self.temporal_id_nested) << 2
                | self.length_size.minus_one(),
        );
        out.put_u8(u8::try_from(self.arrays.len()).map_err(|_| EncodeError::TooLong)?);
        for array in &self.arrays {
            let complete = u8::from(array.complete) << 7;
            out.put_u8(complete | up_to(array.unit_type.0, 0x3F)?);
            out.put_u16(u16::try_from(array.units.len()).map_err(|_| EncodeError::TooLong)?);
            for unit in &array.units {
                let length = u16::try_from(unit.bytes().len()).map_err(|_| EncodeError::TooLong)?;
                out.put_u16(length);
                out.put_slice(unit.bytes());
            }
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

/// Where bits are reserved to be 1, and which.
const RESERVED: [(usize, u8); 5] = [(13, 0xF0), (15, 0xFC), (16, 0xFC), (17, 0xF8), (18, 0xF8)];

/// Where `lengthSizeMinusOne` stands.
const LENGTH_SIZE: usize = 21;

/// What stands in front of the arrays, whatever version and reserved bits are.
fn fixed_part(input: &[u8]) -> Parsed<'_, HevcDecoderConfigurationRecord<'_>> {
    let (input, _version) = be_u8(input)?;
    let (input, profile) = be_u8(input)?;
    let (input, compatibility_flags) = be_u32(input)?;
    let (input, constraints) = take(6_usize)(input)?;
    let mut constraint_flags = [0; 6];
    constraint_flags.copy_from_slice(constraints);
    let (input, level_idc) = be_u8(input)?;
    let (input, min_spatial_segmentation_idc) = be_u16(input)?;
    let (input, parallelism_type) = be_u8(input)?;
    let (input, chroma_format) = be_u8(input)?;
    let (input, bit_depth_luma_minus8) = be_u8(input)?;
    let (input, bit_depth_chroma_minus8) = be_u8(input)?;
    let (input, avg_frame_rate) = be_u16(input)?;
    let (input, layers_and_length_size) = be_u8(input)?;
    let record = HevcDecoderConfigurationRecord {
        profile: Profile {
            space: profile >> 6,
            idc: profile & 0x1F,
            compatibility_flags,
            constraint_flags,
        },
        level: Level {
            idc: level_idc,
            high_tier: profile & 0x20 != 0,
        },
        min_spatial_segmentation_idc: min_spatial_segmentation_idc & 0x0FFF,
        parallelism_type: parallelism_type & 0x03,
        chroma_format: chroma_format & 0x03,
        bit_depth_luma_minus8: bit_depth_luma_minus8 & 0x07,
        bit_depth_chroma_minus8: bit_depth_chroma_minus8 & 0x07,
        avg_frame_rate,
        constant_frame_rate: layers_and_length_size >> 6,
        num_temporal_layers: layers_and_length_size >> 3 & 0x07,
        temporal_id_nested: layers_and_length_size & 0x04 != 0,
        length_size: LengthSize::from_minus_one(layers_and_length_size),
        arrays: Vec::new(),
    };
    Ok((input, record))
}

fn strict_record(input: &[u8]) -> Parsed<'_, HevcDecoderConfigurationRecord<'_>> {
    let (behind, mut record) = fixed_part(input)?;
    let from = |at: usize| input.get(at..).unwrap_or_default();
    if input.first() != Some(&VERSION) {
        return fail(input, ParseErrorKind::UnsupportedVersion);
    }
    for (at, ones) in RESERVED {
        if from(at).first().is_none_or(|byte| byte & ones != ones) {
            return fail(from(at), ParseErrorKind::ReservedBits);
        }
    }
    if record.length_size.get() == 3 {
        return fail(from(LENGTH_SIZE), ParseErrorKind::ForbiddenLengthSize);
    }
    let (mut input, arrays) = be_u8(behind)?;
    for _ in 0..arrays {
        let (behind, array) = strict_array(input, record.room())?;
        record.arrays.push(array);
        input = behind;
    }
    match input {
        [] => Ok((input, record)),
        _ => fail(input, ParseErrorKind::TrailingBytes),
    }
}

fn strict_array(input: &[u8], room: usize) -> Parsed<'_, NalUnitArray<'_>> {
    let (behind, first) = be_u8(input)?;
    if first & 0x40 != 0 {
        return fail(input, ParseErrorKind::ReservedBits);
    }
    let unit_type = NalUnitType(first & 0x3F);
    let (mut input, count) = be_u16(behind)?;
    if usize::from(count) > room {
        return fail(behind, ParseErrorKind::OutOfRange);
    }
    let mut units = Vec::new();
    for _ in 0..count {
        let (behind, bytes) = length_data(be_u16).parse(input)?;
        let unit = NalUnit(bytes);
        if unit.is_empty() || NalUnitType::of(unit) != unit_type {
            return fail(input, ParseErrorKind::WrongNalUnitType);
        }
        units.push(unit);
        input = behind;
    }
    let array = NalUnitArray {
        complete: first & 0x80 != 0,
        unit_type,
        units,
    };
    Ok((input, array))
}

fn tolerant_record(input: &[u8]) -> Parsed<'_, HevcDecoderConfigurationRecord<'_>> {
    let (input, mut record) = fixed_part(input)?;
    let (input, arrays) = be_u8(input)?;
    // What ends early has ended.
    let _ended = tolerant_arrays(input, arrays, &mut record);
    Ok((&[], record))
}

fn tolerant_arrays<'a>(
    mut input: &'a [u8],
    arrays: u8,
    record: &mut HevcDecoderConfigurationRecord<'a>,
) -> Parsed<'a, ()> {
    // Empty ones count, too: they take time.
    let mut entries = 0_usize;
    for _ in 0..arrays {
        let (behind, first) = be_u8(input)?;
        let (behind, count) = be_u16(behind)?;
        input = behind;
        for _ in 0..count {
            if entries >= MAX_UNITS {
                return Ok((&[], ()));
            }
            entries = entries.saturating_add(1);
            let (behind, entry) = length_data(be_u16).parse(input)?;
            units_of_entry(entry).for_each(|unit| record.sort(unit));
            input = behind;
        }
        let unit_type = NalUnitType(first & 0x3F);
        let mut arrays = record.arrays.iter_mut();
        if let Some(array) = arrays.find(|array| array.unit_type == unit_type) {
            array.complete = first & 0x80 != 0;
        }
    }
    Ok((input, ()))
}

/// The parameter sets of a record whose arrays are wrong: whatever stands behind a length of 2
/// bytes, or a start code, and can be read as one. `None` unless there are a sequence and a picture
/// parameter set.
fn salvaged(bytes: &[u8]) -> Option<HevcDecoderConfigurationRecord<'_>> {
    let sets = salvage(bytes, is_parameter_set);
    let length_size = sets.first().map_or(LengthSize::FOUR, |(at, unit)| {
        length_size_before(bytes, *at, *unit)
    });
    let mut record = HevcDecoderConfigurationRecord {
        length_size,
        ..HevcDecoderConfigurationRecord::default()
    };
    sets.into_iter().for_each(|(_, unit)| record.sort(unit));
    if record.has_both() {
        return Some(record);
    }
    let mut record = HevcDecoderConfigurationRecord::default();
    salvage_annex_b(bytes, is_parameter_set)
        .into_iter()
        .for_each(|unit| record.sort(unit));
    record.has_both().then_some(record)
}

fn is_parameter_set(unit: NalUnit<'_>) -> bool {
    NalUnitType::layer_id(unit) == 0
        && (Vps::parse(unit).is_ok() || Sps::parse(unit).is_ok() || Pps::parse(unit).is_ok())
}

/// The length size in front of the first array, if `unit`, whose length stands there, is the first
/// one of an array of its type.
fn length_size_before(bytes: &[u8], entry: usize, unit: NalUnit<'_>) -> LengthSize {
    let fields = entry
        .checked_sub(LENGTH_SIZE_BEFORE_ENTRY)
        .and_then(|at| bytes.get(at..));
    match fields {
        Some([field, _arrays, array, ..])
            if array & 0x3F == NalUnitType::of(unit).0 && field & 0x38 != 0 =>
        {
            LengthSize::from_minus_one(*field)
        }
        _ => LengthSize::FOUR,
    }
}
