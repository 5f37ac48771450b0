use crate::nal::codec::{Codec, UnitKind};
use crate::nal::unit::NalUnit;

/// `nal_unit_type`, 5 bits (H.264 table 7-1).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NalUnitType(pub u8);

impl NalUnitType {
    /// Unspecified.
    pub const UNSPECIFIED: Self = Self(0);
    /// Coded slice of a non-IDR picture.
    pub const SLICE: Self = Self(1);
    /// Coded slice data partition A, which has the slice header.
    pub const DATA_PARTITION_A: Self = Self(2);
    /// Coded slice data partition B.
    pub const DATA_PARTITION_B: Self = Self(3);
    /// Coded slice data partition C.
    pub const DATA_PARTITION_C: Self = Self(4);
    /// Coded slice of an IDR picture.
    pub const IDR_SLICE: Self = Self(5);
    /// Supplemental enhancement information.
    pub const SEI: Self = Self(6);
    /// Sequence parameter set.
    pub const SPS: Self = Self(7);
    /// Picture parameter set.
    pub const PPS: Self = Self(8);
    /// Access unit delimiter.
    pub const ACCESS_UNIT_DELIMITER: Self = Self(9);
    /// End of sequence.
    pub const END_OF_SEQUENCE: Self = Self(10);
    /// End of stream.
    pub const END_OF_STREAM: Self = Self(11);
    /// Filler data.
    pub const FILLER_DATA: Self = Self(12);
    /// Sequence parameter set extension.
    pub const SPS_EXTENSION: Self = Self(13);
    /// Prefix NAL unit.
    pub const PREFIX: Self = Self(14);
    /// Subset sequence parameter set.
    pub const SUBSET_SPS: Self = Self(15);
    /// Coded slice of an auxiliary picture.
    pub const AUXILIARY_SLICE: Self = Self(19);
    /// Coded slice extension.
    pub const SLICE_EXTENSION: Self = Self(20);

    /// Whether the unit is part of a primary coded picture (types 1 to 5).
    pub const fn is_vcl(self) -> bool {
        matches!(self.0, 1..=5)
    }
}

/// H.264's header: one byte.
impl NalUnit<'_> {
    /// `nal_unit_type`; 0 for an empty unit.
    pub fn unit_type(self) -> NalUnitType {
        NalUnitType(self.0.first().map_or(0, |header| header & 0x1F))
    }

    /// `nal_ref_idc`: 0 if nothing refers to the unit.
    pub fn ref_idc(self) -> u8 {
        self.0.first().map_or(0, |header| header >> 5 & 0x03)
    }
}

/// H.264, to framing and assembly.
#[derive(Debug)]
pub(crate) enum H264 {}

const FORBIDDEN_ZERO_BIT: u8 = 0x80;

impl Codec for H264 {
    fn kind(unit: NalUnit<'_>) -> UnitKind {
        match unit.bytes().first() {
            Some(header) if header & FORBIDDEN_ZERO_BIT == 0 => kind(unit.unit_type()),
            _ => UnitKind::Unknown,
        }
    }

    /// `first_mb_in_slice` is 0, in Exp-Golomb code a single bit.
    fn is_first_slice(slice: NalUnit<'_>) -> bool {
        slice.payload().first().is_some_and(|byte| byte & 0x80 != 0)
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
