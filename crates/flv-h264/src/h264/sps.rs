use alloc::format;
use alloc::string::ToString;

use super::HEADER;
use super::nal_unit_type::NalUnitType;
use super::profile::{Level, Profile};
use super::vui::Vui;
use crate::error::{ParseError, ParseErrorKind};
use crate::nal::format::{ChromaFormat, Cropping, FrameRate, SpsSummary};
use crate::nal::rbsp::RbspReader;
use crate::nal::unit::NalUnit;

/// `seq_parameter_set_data( )` (H.264 section 7.3.2.1.1).
///
/// ```
/// use flv_h264::{h264::Sps, nal::NalUnit};
///
/// // x264 at 1920x1080, 25 frames per second.
/// let sps = Sps::parse(NalUnit(&[
///     0x67, 0x4D, 0x40, 0x28, 0xEC, 0xA0, 0x3C, 0x01, 0x13, 0xF2, 0xE0, 0x22, 0x00, 0x00, 0x03,
///     0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x64, 0x1E, 0x30, 0x63, 0x2C,
/// ]))?;
/// assert_eq!((sps.width(), sps.height()), (1920, 1080));
/// assert_eq!(sps.coded_height(), 1088);
/// assert_eq!(sps.profile.to_string(), "Main");
/// assert_eq!(sps.level.to_string(), "4");
/// assert_eq!(sps.frame_rate().map(|rate| rate.as_f64()), Some(25.0));
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sps {
    /// `profile_idc` and the constraint flags.
    pub profile: Profile,
    /// `level_idc`.
    pub level: Level,
    /// `seq_parameter_set_id`, 0..=31.
    pub id: u8,
    /// `chroma_format_idc`.
    pub chroma_format: ChromaFormat,
    /// `separate_colour_plane_flag`.
    pub separate_colour_planes: bool,
    /// Bits of a luma sample, 8..=14.
    pub bit_depth_luma: u8,
    /// Bits of a chroma sample, 8..=14.
    pub bit_depth_chroma: u8,
    /// `seq_scaling_matrix_present_flag`.
    pub scaling_matrix_present: bool,
    /// `log2_max_frame_num_minus4 + 4`.
    pub log2_max_frame_num: u8,
    /// `pic_order_cnt_type`, 0..=2.
    pub pic_order_cnt_type: u8,
    /// `log2_max_pic_order_cnt_lsb_minus4 + 4`; 0 unless `pic_order_cnt_type` is 0.
    pub log2_max_pic_order_cnt_lsb: u8,
    /// `delta_pic_order_always_zero_flag`; false unless `pic_order_cnt_type` is 1.
    pub delta_pic_order_always_zero: bool,
    /// `max_num_ref_frames`.
    pub max_num_ref_frames: u8,
    /// `pic_width_in_mbs_minus1 + 1`.
    pub width_in_mbs: u32,
    /// `pic_height_in_map_units_minus1 + 1`.
    pub height_in_map_units: u32,
    /// `frame_mbs_only_flag`: no fields, no macroblock pairs.
    pub frame_mbs_only: bool,
    /// `mb_adaptive_frame_field_flag`.
    pub mb_adaptive_frame_field: bool,
    /// What to cut off, in luma samples.
    pub cropping: Cropping,
    /// Video usability information, if there and readable.
    pub vui: Option<Vui>,
}

/// Macroblocks are 16 luma samples wide and high.
const MACROBLOCK: u32 = 16;

/// The largest picture of level 6.2 is 1055 macroblocks wide; a corrupt one could claim 2³².
const MAX_MACROBLOCKS: u32 = 4096;

impl Sps {
    /// Reads a sequence parameter set from its NAL unit, header byte included.
    ///
    /// A VUI that cannot be read costs the VUI alone.
    ///
    /// # Errors
    /// Another NAL unit type, a value out of range, or an early end.
    pub fn parse(unit: NalUnit<'_>) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != NalUnitType::SPS {
            return Err(ParseError::new(0, ParseErrorKind::WrongNalUnitType));
        }
        seq_parameter_set_data(&mut RbspReader::new(unit, HEADER))
    }

    /// Luma samples in a row, after cropping.
    pub const fn width(&self) -> u32 {
        self.coded_width()
            .saturating_sub(self.cropping.left)
            .saturating_sub(self.cropping.right)
    }

    /// Rows of a frame, after cropping.
    pub const fn height(&self) -> u32 {
        self.coded_height()
            .saturating_sub(self.cropping.top)
            .saturating_sub(self.cropping.bottom)
    }

    /// Luma samples in a row, before cropping.
    pub const fn coded_width(&self) -> u32 {
        self.width_in_mbs.saturating_mul(MACROBLOCK)
    }

    /// Rows of a frame, before cropping (formula 7-18).
    pub const fn coded_height(&self) -> u32 {
        self.height_in_map_units
            .saturating_mul(fields(self.frame_mbs_only))
            .saturating_mul(MACROBLOCK)
    }

    /// Macroblocks of a frame (formula 7-25 for a frame).
    pub(crate) const fn frame_size_in_mbs(&self) -> u32 {
        self.width_in_mbs
            .saturating_mul(self.height_in_map_units)
            .saturating_mul(fields(self.frame_mbs_only))
    }

    /// Frames per second, if the VUI tells.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        self.vui?.timing?.frame_rate()
    }

    /// Whether pictures may be shown in another order than that in which they are decoded, and
    /// `pic_order_cnt_lsb` tells which (section 8.2.1).
    fn reorders_by_lsb(&self) -> bool {
        let told = self.vui.and_then(|vui| vui.max_num_reorder_frames);
        self.pic_order_cnt_type == 0 && self.profile.idc != Profile::BASELINE && told != Some(0)
    }

    pub(super) fn summary(&self) -> SpsSummary {
        let (profile, level) = (self.profile, self.level);
        SpsSummary {
            profile: profile.to_string(),
            level: level.to_string(),
            codec_string: format!(
                "avc1.{:02x}{:02x}{:02x}",
                profile.idc, profile.constraint_flags, level.idc
            ),
            width: self.width(),
            height: self.height(),
            frame_rate: self.frame_rate(),
            reorders: self.reorders_by_lsb(),
        }
    }
}

/// `2 - frame_mbs_only_flag`.
const fn fields(frame_mbs_only: bool) -> u32 {
    if frame_mbs_only { 1 } else { 2 }
}

fn seq_parameter_set_data(r: &mut RbspReader<'_>) -> Result<Sps, ParseError> {
    let profile = Profile {
        idc: r.byte()?,
        constraint_flags: r.byte()?,
    };
    let level = Level::new(r.byte()?, profile);
    let id = r.ue_up_to(31)? as u8;

    let mut chroma_format = ChromaFormat::Yuv420;
    let mut separate_colour_planes = false;
    let mut bit_depth_luma = 8;
    let mut bit_depth_chroma = 8;
    let mut scaling_matrix_present = false;
    if profile.has_chroma_format() {
        chroma_format = ChromaFormat::read(r)?;
        if chroma_format == ChromaFormat::Yuv444 {
            separate_colour_planes = r.flag()?;
        }
        bit_depth_luma = bit_depth(r)?;
        bit_depth_chroma = bit_depth(r)?;
        let _qpprime_y_zero_transform_bypass = r.flag()?;
        scaling_matrix_present = r.flag()?;
        if scaling_matrix_present {
            seq_scaling_matrix(r, chroma_format)?;
        }
    }

    let log2_max_frame_num = log2_minus_4(r)?;
    let pic_order_cnt_type = r.ue_up_to(2)? as u8;
    let mut log2_max_pic_order_cnt_lsb = 0;
    let mut delta_pic_order_always_zero = false;
    match pic_order_cnt_type {
        0 => log2_max_pic_order_cnt_lsb = log2_minus_4(r)?,
        1 => delta_pic_order_always_zero = pic_order_cnt_type_1(r)?,
        _ => {}
    }
    let max_num_ref_frames = r.ue_up_to(16)? as u8;
    let _gaps_in_frame_num_allowed = r.flag()?;

    let width_in_mbs = r
        .ue_up_to(MAX_MACROBLOCKS.saturating_sub(1))?
        .saturating_add(1);
    let height_in_map_units = r
        .ue_up_to(MAX_MACROBLOCKS.saturating_sub(1))?
        .saturating_add(1);
    let frame_mbs_only = r.flag()?;
    let mb_adaptive_frame_field = !frame_mbs_only && r.flag()?;
    let _direct_8x8_inference = r.flag()?;
    let cropping = match r.flag()? {
        true => Cropping::read(r, chroma_format, fields(frame_mbs_only))?,
        false => Cropping::default(),
    };
    let vui = match r.flag() {
        Ok(true) => Vui::read(r).ok(),
        _ => None,
    };

    let sps = Sps {
        profile,
        level,
        id,
        chroma_format,
        separate_colour_planes,
        bit_depth_luma,
        bit_depth_chroma,
        scaling_matrix_present,
        log2_max_frame_num,
        pic_order_cnt_type,
        log2_max_pic_order_cnt_lsb,
        delta_pic_order_always_zero,
        max_num_ref_frames,
        width_in_mbs,
        height_in_map_units,
        frame_mbs_only,
        mb_adaptive_frame_field,
        cropping,
        vui,
    };
    if sps.width() == 0 || sps.height() == 0 {
        return Err(r.error(ParseErrorKind::EmptyCroppedPicture));
    }
    Ok(sps)
}

/// `bit_depth_luma_minus8` and `bit_depth_chroma_minus8`.
fn bit_depth(r: &mut RbspReader<'_>) -> Result<u8, ParseError> {
    Ok((r.ue_up_to(6)? as u8).saturating_add(8))
}

/// `log2_max_frame_num_minus4` and `log2_max_pic_order_cnt_lsb_minus4`.
fn log2_minus_4(r: &mut RbspReader<'_>) -> Result<u8, ParseError> {
    Ok((r.ue_up_to(12)? as u8).saturating_add(4))
}

/// `seq_scaling_list_present_flag[ i ]` and the lists, whose values do not matter here.
fn seq_scaling_matrix(r: &mut RbspReader<'_>, format: ChromaFormat) -> Result<(), ParseError> {
    let lists = match format {
        ChromaFormat::Yuv444 => 12,
        _ => 8,
    };
    for list in 0..lists {
        if r.flag()? {
            scaling_list(r, if list < 6 { 16 } else { 64 })?;
        }
    }
    Ok(())
}

/// `scaling_list( )`, section 7.3.2.1.1.1.
pub(super) fn scaling_list(r: &mut RbspReader<'_>, size: usize) -> Result<(), ParseError> {
    let mut last_scale = 8_i32;
    for _ in 0..size {
        let delta_scale = r.se()?;
        let next_scale = last_scale.wrapping_add(delta_scale).rem_euclid(256);
        if next_scale == 0 {
            break;
        }
        last_scale = next_scale;
    }
    Ok(())
}

/// The fields of `pic_order_cnt_type` 1; yields `delta_pic_order_always_zero_flag`.
fn pic_order_cnt_type_1(r: &mut RbspReader<'_>) -> Result<bool, ParseError> {
    let delta_pic_order_always_zero = r.flag()?;
    let _offset_for_non_ref_pic = r.se()?;
    let _offset_for_top_to_bottom_field = r.se()?;
    let num_ref_frames_in_pic_order_cnt_cycle = r.ue_up_to(255)?;
    (0..num_ref_frames_in_pic_order_cnt_cycle).try_for_each(|_| r.se().map(drop))?;
    Ok(delta_pic_order_always_zero)
}
