//! What habits have to know of a codec's NAL units.

use flv_h264::{VideoCodec, h264, h265, nal::NalUnit};

/// The codec of a publish.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Codec {
    /// H.264.
    #[default]
    H264,
    /// H.265.
    H265,
}

impl Codec {
    /// That of an access unit.
    pub(crate) fn of(codec: VideoCodec) -> Self {
        match codec {
            VideoCodec::Hevc => Self::H265,
            _ => Self::H264,
        }
    }

    /// Whether a unit is what a picture is made of: no parameter set, delimiter, filler or end.
    pub(crate) fn is_content(self, unit: &[u8]) -> bool {
        let is_other = match self {
            Self::H264 => matches!(h264::NalUnitType::of(NalUnit(unit)).0, 7..=13),
            Self::H265 => matches!(h265::NalUnitType::of(NalUnit(unit)).0, 32..=38),
        };
        !unit.is_empty() && !is_other
    }

    pub(crate) fn is_slice(self, unit: &[u8]) -> bool {
        let unit = NalUnit(unit);
        match self {
            Self::H264 => h264::NalUnitType::of(unit).is_vcl(),
            Self::H265 => h265::NalUnitType::of(unit).is_vcl(),
        }
    }

    /// Whether a unit belongs to the slice in front of it (H.265 table 7-1: suffix SEI, and what is
    /// reserved for the like).
    pub(crate) fn is_suffix(self, unit: &[u8]) -> bool {
        match self {
            Self::H264 => false,
            Self::H265 => matches!(h265::NalUnitType::of(NalUnit(unit)).0, 40 | 45..=47),
        }
    }

    pub(crate) fn is_parameter_set(self, unit: &[u8]) -> bool {
        match self {
            Self::H264 => matches!(h264::NalUnitType::of(NalUnit(unit)).0, 7 | 8 | 13),
            Self::H265 => matches!(h265::NalUnitType::of(NalUnit(unit)).0, 32..=34),
        }
    }

    /// Whether a slice is of a picture at which decoding starts.
    pub(crate) fn is_start(self, slice: &[u8]) -> bool {
        match self {
            Self::H264 => h264::NalUnitType::of(NalUnit(slice)) == h264::NalUnitType::IDR_SLICE,
            Self::H265 => h265::NalUnitType::of(NalUnit(slice)).is_irap(),
        }
    }

    /// Whether a slice is of a picture that refers to what came before the latest start.
    pub(crate) fn is_rasl(self, slice: &[u8]) -> bool {
        match self {
            Self::H264 => false,
            Self::H265 => h265::NalUnitType::of(NalUnit(slice)).is_rasl(),
        }
    }

    /// Whether a picture begins with a slice: macroblock 0, in Exp-Golomb code a bit of 1, or
    /// first_slice_segment_in_pic_flag.
    pub(crate) fn begins_picture(self, slice: &[u8]) -> bool {
        let header = match self {
            Self::H264 => 1,
            Self::H265 => 2,
        };
        slice.get(header).is_some_and(|byte| byte & 0x80 != 0)
    }

    pub(crate) const fn delimiter(self) -> &'static [u8] {
        match self {
            Self::H264 => &[0x09, 0xF0],
            Self::H265 => &[0x46, 0x01, 0x50],
        }
    }

    pub(crate) const fn end_of_sequence(self) -> &'static [u8] {
        match self {
            Self::H264 => &[0x0A],
            Self::H265 => &[0x48, 0x01],
        }
    }

    /// The header of filler data.
    pub(crate) const fn filler(self) -> &'static [u8] {
        match self {
            Self::H264 => &[0x0C],
            Self::H265 => &[0x4C, 0x01],
        }
    }

    pub(crate) const fn id(self) -> u8 {
        match self {
            Self::H264 => 7,
            Self::H265 => 12,
        }
    }

    pub(crate) const fn four_cc(self) -> &'static [u8; 4] {
        match self {
            Self::H264 => b"avc1",
            Self::H265 => b"hvc1",
        }
    }
}
