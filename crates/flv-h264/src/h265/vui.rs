use crate::error::ParseError;
use crate::nal::format::{FrameRate, VideoSignal};
use crate::nal::rbsp::RbspReader;

/// `vui_parameters( )` (H.265 annex E.2.1), the parts that tell about the picture and its timing.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Vui {
    /// Width and height of a sample, if told.
    pub sample_aspect_ratio: Option<(u16, u16)>,
    /// `video_full_range_flag`.
    pub full_range: bool,
    /// `field_seq_flag`: pictures are fields.
    pub fields: bool,
    /// `vui_timing_info_present_flag` and what follows it.
    pub timing: Option<Timing>,
}

/// Timing information: pictures are `num_units_in_tick / time_scale` seconds apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timing {
    /// `num_units_in_tick`.
    pub num_units_in_tick: u32,
    /// `time_scale`.
    pub time_scale: u32,
}

impl Vui {
    pub(super) fn read(r: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        let signal = VideoSignal::read(r)?;
        let mut vui = Self {
            sample_aspect_ratio: signal.sample_aspect_ratio,
            full_range: signal.full_range,
            ..Self::default()
        };
        let _neutral_chroma_indication = r.flag()?;
        vui.fields = r.flag()?;
        let _frame_field_info_present = r.flag()?;
        let default_display_window = r.flag()?;
        if default_display_window {
            (0..4).try_for_each(|_| r.ue().map(drop))?;
        }
        let timing_info_present = r.flag()?;
        if timing_info_present {
            vui.timing = Some(Timing::read(r)?);
        }
        Ok(vui)
    }
}

impl Timing {
    pub(super) fn read(r: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            num_units_in_tick: r.bits(32)?,
            time_scale: r.bits(32)?,
        })
    }

    /// Pictures per second, `None` if a field is 0.
    pub fn frame_rate(self) -> Option<FrameRate> {
        FrameRate::new(self.time_scale.into(), self.num_units_in_tick.into())
    }
}
