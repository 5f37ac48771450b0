use crate::error::ParseError;
use crate::nal::format::{FrameRate, VideoSignal};
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

impl Vui {
    pub(super) fn read(r: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        let signal = VideoSignal::read(r)?;
        let mut vui = Self {
            sample_aspect_ratio: signal.sample_aspect_ratio,
            full_range: signal.full_range,
            ..Self::default()
        };
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
        let denominator = u64::from(self.num_units_in_tick).saturating_mul(2);
        FrameRate::new(u64::from(self.time_scale), denominator)
    }
}
