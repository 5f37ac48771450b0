use alloc::string::ToString;

use super::HEADER;
use super::nal_unit_type::NalUnitType;
use super::profile::{CodecString, Level, Profile, profile_tier_level};
use super::vui::Vui;
use crate::error::{ParseError, ParseErrorKind};
use crate::nal::format::{ChromaFormat, Cropping, FrameRate, SpsSummary};
use crate::nal::rbsp::RbspReader;
use crate::nal::unit::NalUnit;

/// `seq_parameter_set_rbsp( )` (H.265 section 7.3.2.2.1).
///
/// ```
/// use flv_h264::{h265::Sps, nal::NalUnit};
///
/// // x265 at 640x480, 25 frames per second.
/// let sps = Sps::parse(NalUnit(&[
///     0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00,
///     0x03, 0x00, 0x5A, 0xA0, 0x05, 0x02, 0x01, 0xE1, 0x65, 0x95, 0x9A, 0x49, 0x32, 0xBC, 0x05,
///     0xA0, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0x21,
/// ]))?;
/// assert_eq!((sps.width(), sps.height()), (640, 480));
/// assert_eq!(sps.profile.to_string(), "Main");
/// assert_eq!(sps.level.to_string(), "3");
/// assert_eq!(sps.frame_rate().map(|rate| rate.as_f64()), Some(25.0));
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sps {
    /// `sps_video_parameter_set_id`, 0..=15.
    pub vps_id: u8,
    /// `sps_max_sub_layers_minus1 + 1`, 1..=7.
    pub max_sub_layers: u8,
    /// `sps_temporal_id_nesting_flag`.
    pub temporal_id_nesting: bool,
    /// What decoders have to know.
    pub profile: Profile,
    /// How much they have to do.
    pub level: Level,
    /// `sps_seq_parameter_set_id`, 0..=15.
    pub id: u8,
    /// `chroma_format_idc`.
    pub chroma_format: ChromaFormat,
    /// `separate_colour_plane_flag`.
    pub separate_colour_planes: bool,
    /// `pic_width_in_luma_samples`.
    pub coded_width: u32,
    /// `pic_height_in_luma_samples`.
    pub coded_height: u32,
    /// The conformance window: what to cut off, in luma samples.
    pub cropping: Cropping,
    /// Bits of a luma sample, 8..=16.
    pub bit_depth_luma: u8,
    /// Bits of a chroma sample, 8..=16.
    pub bit_depth_chroma: u8,
    /// `log2_max_pic_order_cnt_lsb_minus4 + 4`.
    pub log2_max_pic_order_cnt_lsb: u8,
    /// `sps_max_num_reorder_pics` of all sub-layers: 0 means no B frames that are shown out of order.
    pub max_num_reorder_pics: u32,
    /// `CtbLog2SizeY`: coding tree blocks are so many luma samples wide and high.
    pub log2_ctb_size: u8,
    /// Video usability information, if there and readable.
    pub vui: Option<Vui>,
}

/// The largest picture of level 6.3 is 16384 luma samples wide or so; a corrupt one could claim 2³².
const MAX_SIZE: u32 = 65_536;

impl Sps {
    /// Reads a sequence parameter set from its NAL unit, header included.
    ///
    /// What stands behind the size of coding tree blocks and cannot be read costs the VUI alone.
    ///
    /// # Errors
    /// Another NAL unit type, a value out of range, or an early end.
    pub fn parse(unit: NalUnit<'_>) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != NalUnitType::SPS {
            return Err(ParseError::new(0, ParseErrorKind::WrongNalUnitType));
        }
        seq_parameter_set(&mut RbspReader::new(unit, HEADER))
    }

    /// Luma samples in a row, after cropping.
    pub const fn width(&self) -> u32 {
        self.coded_width
            .saturating_sub(self.cropping.left)
            .saturating_sub(self.cropping.right)
    }

    /// Rows of a picture, after cropping.
    pub const fn height(&self) -> u32 {
        self.coded_height
            .saturating_sub(self.cropping.top)
            .saturating_sub(self.cropping.bottom)
    }

    /// `PicSizeInCtbsY`: how many coding tree blocks a picture has.
    pub(super) fn size_in_ctbs(&self) -> u32 {
        let ctb = 1_u32 << (self.log2_ctb_size & 0x1F);
        self.coded_width
            .div_ceil(ctb)
            .saturating_mul(self.coded_height.div_ceil(ctb))
    }

    /// Pictures per second, if the VUI tells.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        self.vui?.timing?.frame_rate()
    }

    /// `frame_rate` is what the video parameter set tells.
    pub(super) fn summary(&self, frame_rate: Option<FrameRate>) -> SpsSummary {
        SpsSummary {
            profile: self.profile.to_string(),
            level: self.level.to_string(),
            codec_string: CodecString(self.profile, self.level).to_string(),
            width: self.width(),
            height: self.height(),
            frame_rate: self.frame_rate().or(frame_rate),
            reorders: self.max_num_reorder_pics > 0,
        }
    }
}

fn seq_parameter_set(r: &mut RbspReader<'_>) -> Result<Sps, ParseError> {
    let vps_id = r.bits(4)? as u8;
    let sub_layers_minus1 = max_sub_layers_minus1(r)?;
    let temporal_id_nesting = r.flag()?;
    let (profile, level) = profile_tier_level(r, sub_layers_minus1)?;
    let id = r.ue_up_to(15)? as u8;
    let chroma_format = ChromaFormat::read(r)?;
    let separate_colour_planes = chroma_format == ChromaFormat::Yuv444 && r.flag()?;
    let coded_width = size(r)?;
    let coded_height = size(r)?;
    let conformance_window = r.flag()?;
    let cropping = match conformance_window {
        true => Cropping::read(r, chroma_format, 1)?,
        false => Cropping::default(),
    };
    let bit_depth_luma = bit_depth(r)?;
    let bit_depth_chroma = bit_depth(r)?;
    let log2_max_pic_order_cnt_lsb = (r.ue_up_to(12)? as u8).saturating_add(4);
    let max_num_reorder_pics = sub_layer_ordering_info(r, sub_layers_minus1)?;
    let log2_min_coding_block_size = r.ue_up_to(3)?.saturating_add(3);
    let log2_ctb_size = log2_min_coding_block_size.saturating_add(r.ue_up_to(3)?);
    let sps = Sps {
        vps_id,
        max_sub_layers: sub_layers_minus1.saturating_add(1),
        temporal_id_nesting,
        profile,
        level,
        id,
        chroma_format,
        separate_colour_planes,
        coded_width,
        coded_height,
        cropping,
        bit_depth_luma,
        bit_depth_chroma,
        log2_max_pic_order_cnt_lsb,
        max_num_reorder_pics,
        log2_ctb_size: log2_ctb_size as u8,
        vui: vui(r, chroma_format, log2_max_pic_order_cnt_lsb).unwrap_or_default(),
    };
    if sps.width() == 0 || sps.height() == 0 {
        return Err(r.error(ParseErrorKind::EmptyCroppedPicture));
    }
    Ok(sps)
}

/// `sps_max_sub_layers_minus1` and `vps_max_sub_layers_minus1`: 3 bits, 0..=6.
pub(super) fn max_sub_layers_minus1(r: &mut RbspReader<'_>) -> Result<u8, ParseError> {
    match r.bits(3)? {
        7 => Err(r.error(ParseErrorKind::OutOfRange)),
        minus1 => Ok(minus1 as u8),
    }
}

/// `sps_sub_layer_ordering_info_present_flag` and what follows it, in both parameter sets; yields
/// `max_num_reorder_pics` of all sub-layers.
pub(super) fn sub_layer_ordering_info(
    r: &mut RbspReader<'_>,
    max_sub_layers_minus1: u8,
) -> Result<u32, ParseError> {
    let for_each = r.flag()?;
    let others = if for_each { max_sub_layers_minus1 } else { 0 };
    let mut max_num_reorder_pics = 0;
    for _ in 0..=others {
        let _max_dec_pic_buffering_minus1 = r.ue()?;
        max_num_reorder_pics = r.ue()?;
        let _max_latency_increase_plus1 = r.ue()?;
    }
    Ok(max_num_reorder_pics)
}

/// Luma samples.
fn size(r: &mut RbspReader<'_>) -> Result<u32, ParseError> {
    match r.ue_up_to(MAX_SIZE)? {
        0 => Err(r.error(ParseErrorKind::OutOfRange)),
        size => Ok(size),
    }
}

/// `bit_depth_luma_minus8` and `bit_depth_chroma_minus8`.
fn bit_depth(r: &mut RbspReader<'_>) -> Result<u8, ParseError> {
    Ok((r.ue_up_to(8)? as u8).saturating_add(8))
}

/// From the sizes of transform blocks to the VUI.
fn vui(
    r: &mut RbspReader<'_>,
    chroma_format: ChromaFormat,
    log2_max_pic_order_cnt_lsb: u8,
) -> Result<Option<Vui>, ParseError> {
    let _log2_min_transform_block_size_minus2 = r.ue()?;
    let _log2_diff_max_min_transform_block_size = r.ue()?;
    let _max_transform_hierarchy_depth_inter = r.ue()?;
    let _max_transform_hierarchy_depth_intra = r.ue()?;
    let scaling_list_enabled = r.flag()?;
    if scaling_list_enabled && r.flag()? {
        scaling_list_data(r, chroma_format)?;
    }
    let _amp_enabled = r.flag()?;
    let _sample_adaptive_offset_enabled = r.flag()?;
    let pcm_enabled = r.flag()?;
    if pcm_enabled {
        let _bit_depths_minus1 = r.bits(8)?;
        let _log2_min_size_minus3 = r.ue()?;
        let _log2_diff_max_min_size = r.ue()?;
        let _loop_filter_disabled = r.flag()?;
    }
    short_term_ref_pic_sets(r)?;
    let long_term_ref_pics_present = r.flag()?;
    if long_term_ref_pics_present {
        let num_long_term_ref_pics = r.ue_up_to(32)?;
        for _ in 0..num_long_term_ref_pics {
            let _lt_ref_pic_poc_lsb = r.bits(log2_max_pic_order_cnt_lsb.into())?;
            let _used_by_curr_pic_lt = r.flag()?;
        }
    }
    let _temporal_mvp_enabled = r.flag()?;
    let _strong_intra_smoothing_enabled = r.flag()?;
    let vui_parameters_present = r.flag()?;
    vui_parameters_present.then(|| Vui::read(r)).transpose()
}

/// `scaling_list_data( )` (section 7.3.4), whose values do not matter here.
fn scaling_list_data(r: &mut RbspReader<'_>, _: ChromaFormat) -> Result<(), ParseError> {
    for size_id in 0..4_u32 {
        let step = if size_id == 3 { 3 } else { 1 };
        for _ in (0..6).step_by(step) {
            let pred_mode = r.flag()?;
            if !pred_mode {
                let _pred_matrix_id_delta = r.ue()?;
                continue;
            }
            if size_id > 1 {
                let _dc_coef_minus8 = r.se()?;
            }
            let coefficients = if size_id == 0 { 16 } else { 64 };
            (0..coefficients).try_for_each(|_| r.se().map(drop))?;
        }
    }
    Ok(())
}

/// The largest DPB has 16 pictures.
const MAX_DELTA_POCS: u32 = 16;

/// `num_short_term_ref_pic_sets` and the sets (section 7.3.7), of which only the lengths matter.
fn short_term_ref_pic_sets(r: &mut RbspReader<'_>) -> Result<(), ParseError> {
    let sets = r.ue_up_to(64)?;
    let mut num_delta_pocs = 0_u32;
    for index in 0..sets {
        let inter_ref_pic_set_prediction = index > 0 && r.flag()?;
        num_delta_pocs = match inter_ref_pic_set_prediction {
            true => predicted_set(r, num_delta_pocs)?,
            false => explicit_set(r)?,
        };
    }
    Ok(())
}

/// A set that is told by the one before it, with `before` pictures.
fn predicted_set(r: &mut RbspReader<'_>, before: u32) -> Result<u32, ParseError> {
    let _delta_rps_sign = r.flag()?;
    let _abs_delta_rps_minus1 = r.ue()?;
    let mut pictures = 0_u32;
    for _ in 0..=before {
        let used_by_curr_pic = r.flag()?;
        // `use_delta_flag` is 1 where it is not told.
        if used_by_curr_pic || r.flag()? {
            pictures = pictures.saturating_add(1);
        }
    }
    up_to_dpb(r, pictures)
}

fn explicit_set(r: &mut RbspReader<'_>) -> Result<u32, ParseError> {
    let num_negative_pics = r.ue_up_to(MAX_DELTA_POCS)?;
    let num_positive_pics = r.ue_up_to(MAX_DELTA_POCS)?;
    let pictures = num_negative_pics.saturating_add(num_positive_pics);
    for _ in 0..pictures {
        let _delta_poc_minus1 = r.ue()?;
        let _used_by_curr_pic = r.flag()?;
    }
    up_to_dpb(r, pictures)
}

fn up_to_dpb(r: &RbspReader<'_>, pictures: u32) -> Result<u32, ParseError> {
    match pictures <= MAX_DELTA_POCS {
        true => Ok(pictures),
        false => Err(r.error(ParseErrorKind::OutOfRange)),
    }
}
