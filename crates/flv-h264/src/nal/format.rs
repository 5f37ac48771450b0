//! What parameter sets of every codec tell of the pictures.

use alloc::string::String;
use core::fmt;

use super::rbsp::RbspReader;
use crate::error::ParseError;

/// What a sequence parameter set tells about the pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpsSummary {
    /// The usual name of the profile, such as `High` or `Main 10`.
    pub profile: String,
    /// The usual number of the level, such as `4.1`; with the tier, where that is not the main one.
    pub level: String,
    /// The codec's name with profile and level as RFC 6381 and ISO/IEC 14496-15 annex E have it,
    /// such as `avc1.64001f` or `hvc1.1.6.L93.b0`.
    pub codec_string: String,
    /// Width in luma samples, cropped.
    pub width: u32,
    /// Height in luma samples, cropped.
    pub height: u32,
    /// Frames per second, if told.
    pub frame_rate: Option<FrameRate>,
    /// Pictures may be shown in another order than that in which they are decoded, and
    /// `pic_order_cnt_lsb` tells which.
    pub reorders: bool,
}

/// `chroma_format_idc` (H.264 and H.265 table 6-1).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChromaFormat {
    /// No chroma.
    Monochrome,
    /// Half the width, half the height.
    Yuv420,
    /// Half the width.
    Yuv422,
    /// Full size.
    Yuv444,
}

/// Luma samples to cut off each side of the decoded picture.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cropping {
    /// From the left.
    pub left: u32,
    /// From the right.
    pub right: u32,
    /// From the top.
    pub top: u32,
    /// From the bottom.
    pub bottom: u32,
}

/// Frames per second as a fraction.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    /// Never 0.
    pub numerator: u64,
    /// Never 0.
    pub denominator: u64,
}

impl ChromaFormat {
    pub(crate) fn read(r: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        Ok(match r.ue_up_to(3)? {
            0 => Self::Monochrome,
            1 => Self::Yuv420,
            2 => Self::Yuv422,
            _ => Self::Yuv444,
        })
    }

    /// `SubWidthC` and `SubHeightC`. Separate colour planes, which 4:4:4 alone can have, count like
    /// monochrome, and that like 4:4:4.
    const fn subsampling(self) -> (u32, u32) {
        match self {
            Self::Yuv420 => (2, 2),
            Self::Yuv422 => (2, 1),
            Self::Monochrome | Self::Yuv444 => (1, 1),
        }
    }
}

impl Cropping {
    /// Four offsets in units of chroma samples (H.264 formulas 7-19 to 7-22, H.265 formulas D-28 and
    /// D-29), rows in units of `rows` frames' rows.
    pub(crate) fn read(
        r: &mut RbspReader<'_>,
        format: ChromaFormat,
        rows: u32,
    ) -> Result<Self, ParseError> {
        let (unit_x, sub_height) = format.subsampling();
        let unit_y = rows.saturating_mul(sub_height);
        Ok(Self {
            left: r.ue()?.saturating_mul(unit_x),
            right: r.ue()?.saturating_mul(unit_x),
            top: r.ue()?.saturating_mul(unit_y),
            bottom: r.ue()?.saturating_mul(unit_y),
        })
    }
}

impl FrameRate {
    /// In lowest terms; `None` if one of the numbers is 0.
    pub(crate) fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(Self {
            numerator: numerator.checked_div(divisor)?,
            denominator: denominator.checked_div(divisor)?,
        })
    }

    /// Frames per second.
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            _ => write!(f, "{:.2}", self.as_f64()),
        }
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while let Some(remainder) = a.checked_rem(b) {
        a = b;
        b = remainder;
    }
    a
}

/// `Extended_SAR`.
const EXTENDED_SAR: u8 = 255;

/// Table E-1 of both standards, from `aspect_ratio_idc` 1 on.
const SAMPLE_ASPECT_RATIOS: [(u16, u16); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

/// The first fields of `vui_parameters( )`, which are the same in both standards.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VideoSignal {
    pub(crate) sample_aspect_ratio: Option<(u16, u16)>,
    pub(crate) full_range: bool,
}

impl VideoSignal {
    /// Up to the place of chroma samples.
    pub(crate) fn read(r: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        let mut signal = Self::default();
        let aspect_ratio_info_present = r.flag()?;
        if aspect_ratio_info_present {
            signal.sample_aspect_ratio = sample_aspect_ratio(r)?;
        }
        let overscan_info_present = r.flag()?;
        if overscan_info_present {
            let _overscan_appropriate = r.flag()?;
        }
        let video_signal_type_present = r.flag()?;
        if video_signal_type_present {
            let _video_format = r.bits(3)?;
            signal.full_range = r.flag()?;
            let colour_description_present = r.flag()?;
            if colour_description_present {
                let _primaries_transfer_matrix = r.bits(24)?;
            }
        }
        let chroma_loc_info_present = r.flag()?;
        if chroma_loc_info_present {
            let _top_field = r.ue()?;
            let _bottom_field = r.ue()?;
        }
        Ok(signal)
    }
}

fn sample_aspect_ratio(r: &mut RbspReader<'_>) -> Result<Option<(u16, u16)>, ParseError> {
    let aspect_ratio_idc = r.byte()?;
    if aspect_ratio_idc == EXTENDED_SAR {
        return Ok(Some((r.bits(16)? as u16, r.bits(16)? as u16)));
    }
    let index = usize::from(aspect_ratio_idc).checked_sub(1);
    Ok(index.and_then(|index| SAMPLE_ASPECT_RATIOS.get(index).copied()))
}
