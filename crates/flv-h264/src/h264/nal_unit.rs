use core::fmt;

/// One NAL unit: its header byte and payload, without length field or start code.
///
/// May be empty, since empty units come over the wire; an empty unit has type 0.
#[derive(Copy, Clone, Default, PartialEq, Eq, Hash)]
pub struct NalUnit<'a>(pub &'a [u8]);

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

impl<'a> NalUnit<'a> {
    /// `nal_unit_type`; 0 for an empty unit.
    pub fn unit_type(self) -> NalUnitType {
        NalUnitType(self.0.first().map_or(0, |header| header & 0x1F))
    }

    /// `nal_ref_idc`: 0 if nothing refers to the unit.
    pub fn ref_idc(self) -> u8 {
        self.0.first().map_or(0, |header| header >> 5 & 0x03)
    }

    /// Whether there is not even a header byte.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The header byte and the payload, as they came.
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// What stands behind the header byte, emulation prevention bytes included.
    pub(crate) fn payload(self) -> &'a [u8] {
        self.0.split_first().map_or(&[], |(_, payload)| payload)
    }
}

impl fmt::Debug for NalUnit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NalUnit")
            .field("type", &self.unit_type().0)
            .field("len", &self.0.len())
            .finish()
    }
}
