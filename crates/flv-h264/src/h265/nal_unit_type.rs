use crate::nal::unit::NalUnit;

/// `nal_unit_type`, 6 bits (H.265 table 7-1).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NalUnitType(pub u8);

impl NalUnitType {
    /// Trailing picture that no other of its sub-layer refers to.
    pub const TRAIL_N: Self = Self(0);
    /// Trailing picture.
    pub const TRAIL_R: Self = Self(1);
    /// Random access decodable leading picture that no other of its sub-layer refers to.
    pub const RADL_N: Self = Self(6);
    /// Random access decodable leading picture.
    pub const RADL_R: Self = Self(7);
    /// Random access skipped leading picture that no other of its sub-layer refers to.
    pub const RASL_N: Self = Self(8);
    /// Random access skipped leading picture.
    pub const RASL_R: Self = Self(9);
    /// Broken link access picture, which may have leading pictures.
    pub const BLA_W_LP: Self = Self(16);
    /// Broken link access picture, which may have decodable leading pictures.
    pub const BLA_W_RADL: Self = Self(17);
    /// Broken link access picture without leading pictures.
    pub const BLA_N_LP: Self = Self(18);
    /// IDR picture, which may have decodable leading pictures.
    pub const IDR_W_RADL: Self = Self(19);
    /// IDR picture without leading pictures.
    pub const IDR_N_LP: Self = Self(20);
    /// Clean random access picture.
    pub const CRA: Self = Self(21);
    /// Video parameter set.
    pub const VPS: Self = Self(32);
    /// Sequence parameter set.
    pub const SPS: Self = Self(33);
    /// Picture parameter set.
    pub const PPS: Self = Self(34);
    /// Access unit delimiter.
    pub const ACCESS_UNIT_DELIMITER: Self = Self(35);
    /// End of sequence.
    pub const END_OF_SEQUENCE: Self = Self(36);
    /// End of bitstream.
    pub const END_OF_BITSTREAM: Self = Self(37);
    /// Filler data.
    pub const FILLER_DATA: Self = Self(38);
    /// Supplemental enhancement information in front of the slices.
    pub const PREFIX_SEI: Self = Self(39);
    /// Supplemental enhancement information behind the slices.
    pub const SUFFIX_SEI: Self = Self(40);

    /// That of a unit; 63, which is unspecified, for an empty one.
    pub fn of(unit: NalUnit<'_>) -> Self {
        Self(unit.bytes().first().map_or(0x3F, |first| first >> 1 & 0x3F))
    }

    /// `nuh_layer_id` of a unit: 0 but for extensions, which decoders of a single layer pass over.
    pub fn layer_id(unit: NalUnit<'_>) -> u8 {
        match *unit.bytes() {
            [first, second, ..] => (first & 1) << 5 | second >> 3,
            _ => 0,
        }
    }

    /// `TemporalId` of a unit; `None` if the header is cut off, or has the forbidden 0.
    pub fn temporal_id(unit: NalUnit<'_>) -> Option<u8> {
        (unit.bytes().get(1)? & 0x07).checked_sub(1)
    }

    /// Whether the unit is a slice segment of a kind that the standard defines.
    pub const fn is_vcl(self) -> bool {
        matches!(self.0, 0..=9 | 16..=21)
    }

    /// Whether the unit is of an intra random access point picture (IRAP): BLA, IDR, CRA, and the
    /// types that are reserved for more of them.
    pub const fn is_irap(self) -> bool {
        matches!(self.0, 16..=23)
    }

    /// Whether the unit is of a random access skipped leading picture (RASL).
    pub const fn is_rasl(self) -> bool {
        matches!(self, Self::RASL_N | Self::RASL_R)
    }

    pub(super) const fn is_idr(self) -> bool {
        matches!(self, Self::IDR_W_RADL | Self::IDR_N_LP)
    }
}
