use core::fmt;

use crate::error::ParseError;
use crate::nal::rbsp::RbspReader;

/// `vui_parameters( )` (H.264 annex E.1.1), the parts that tell about the picture and its timing.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Vui {
    /// Width and height of a sample, if told.
    pub sample_aspect_ratio: Option<(u16, u16)>,
    /// `video_full_range_flag`.
    pub full_range: bool,
    /// `timing_info_present_flag` and what follows it.
    pub timing: Option<Timing>,
    /// `pic_struct_present_flag`.
    pub pic_struct_present: bool,
    /// `max_num_reorder_frames`, if told: 0 means no B frames that are shown out of order.
    pub max_num_reorder_frames: Option<u32>,
}

/// Timing information: a tick is `num_units_in_tick / time_scale` seconds, a frame has two.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timing {
    /// `num_units_in_tick`.
    pub num_units_in_tick: u32,
    /// `time_scale`.
    pub time_scale: u32,
    /// `fixed_frame_rate_flag`.
    pub fixed_frame_rate: bool,
}

/// Frames per second as a fraction.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    /// Never 0.
    pub numerator: u64,
    /// Never 0.
    pub denominator: u64,
}

/// `Extended_SAR`.
const EXTENDED_SAR: u8 = 255;

/// Table E-1, from `aspect_ratio_idc` 1 on.
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

impl Vui {
    pub(super) fn read(r: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        let mut vui = Self::default();
        if r.flag()? {
            vui.sample_aspect_ratio = sample_aspect_ratio(r)?;
        }
        let overscan_info_present = r.flag()?;
        if overscan_info_present {
            let _overscan_appropriate = r.flag()?;
        }
        let video_signal_type_present = r.flag()?;
        if video_signal_type_present {
            let _video_format = r.bits(3)?;
            vui.full_range = r.flag()?;
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
        if r.flag()? {
            vui.timing = Some(Timing {
                num_units_in_tick: r.bits(32)?,
                time_scale: r.bits(32)?,
                fixed_frame_rate: r.flag()?,
            });
        }
        let nal_hrd_parameters_present = r.flag()?;
        if nal_hrd_parameters_present {
            hrd_parameters(r)?;
        }
        let vcl_hrd_parameters_present = r.flag()?;
        if vcl_hrd_parameters_present {
            hrd_parameters(r)?;
        }
        if nal_hrd_parameters_present || vcl_hrd_parameters_present {
            let _low_delay_hrd = r.flag()?;
        }
        vui.pic_struct_present = r.flag()?;
        let bitstream_restriction = r.flag()?;
        if bitstream_restriction {
            vui.max_num_reorder_frames = Some(bitstream_restriction_info(r)?);
        }
        Ok(vui)
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

/// `hrd_parameters( )`, annex E.1.2.
fn hrd_parameters(r: &mut RbspReader<'_>) -> Result<(), ParseError> {
    let cpb_cnt_minus1 = r.ue_up_to(31)?;
    let _bit_rate_scale = r.bits(4)?;
    let _cpb_size_scale = r.bits(4)?;
    for _ in 0..=cpb_cnt_minus1 {
        let _bit_rate_value_minus1 = r.ue()?;
        let _cpb_size_value_minus1 = r.ue()?;
        let _cbr = r.flag()?;
    }
    let _initial_cpb_removal_delay_length_minus1 = r.bits(5)?;
    let _cpb_removal_delay_length_minus1 = r.bits(5)?;
    let _dpb_output_delay_length_minus1 = r.bits(5)?;
    let _time_offset_length = r.bits(5)?;
    Ok(())
}

/// What follows `bitstream_restriction_flag`; yields `max_num_reorder_frames`.
fn bitstream_restriction_info(r: &mut RbspReader<'_>) -> Result<u32, ParseError> {
    let _motion_vectors_over_pic_boundaries = r.flag()?;
    let _max_bytes_per_pic_denom = r.ue()?;
    let _max_bits_per_mb_denom = r.ue()?;
    let _log2_max_mv_length_horizontal = r.ue()?;
    let _log2_max_mv_length_vertical = r.ue()?;
    r.ue()
}

impl Timing {
    /// Frames per second, `None` if a field is 0.
    pub fn frame_rate(self) -> Option<FrameRate> {
        let numerator = u64::from(self.time_scale);
        let denominator = u64::from(self.num_units_in_tick).saturating_mul(2);
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(FrameRate {
            numerator: numerator.checked_div(divisor)?,
            denominator: denominator.checked_div(divisor)?,
        })
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while let Some(remainder) = a.checked_rem(b) {
        a = b;
        b = remainder;
    }
    a
}

impl FrameRate {
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
