use core::fmt;

use super::fields::VideoCodecId;
use crate::flv::four_cc::FourCc;

/// A video codec, however the message named it.
///
/// ```
/// use flv_h264::{VideoCodec, flv::{FourCc, video::VideoCodecId}};
///
/// assert_eq!(VideoCodec::from(VideoCodecId::HEVC), VideoCodec::from(FourCc::HVC1));
/// assert_eq!(VideoCodec::Hevc.to_string(), "HEVC (H.265)");
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoCodec {
    /// H.264.
    Avc,
    /// H.265.
    Hevc,
    /// H.266.
    Vvc,
    /// AV1.
    Av1,
    /// VP9.
    Vp9,
    /// VP8.
    Vp8,
    /// On2 VP6.
    Vp6,
    /// On2 VP6 with alpha channel.
    Vp6Alpha,
    /// Sorenson H.263.
    SorensonH263,
    /// Screen video.
    ScreenVideo,
    /// Screen video version 2.
    ScreenVideo2,
    /// A legacy codec id without a meaning.
    UnknownId(u8),
    /// A FourCC this crate has no name for.
    UnknownFourCc(FourCc),
}

impl From<VideoCodecId> for VideoCodec {
    fn from(id: VideoCodecId) -> Self {
        match id {
            VideoCodecId::SORENSON_H263 => Self::SorensonH263,
            VideoCodecId::SCREEN => Self::ScreenVideo,
            VideoCodecId::VP6 => Self::Vp6,
            VideoCodecId::VP6_ALPHA => Self::Vp6Alpha,
            VideoCodecId::SCREEN_2 => Self::ScreenVideo2,
            VideoCodecId::AVC => Self::Avc,
            VideoCodecId::HEVC => Self::Hevc,
            VideoCodecId::AV1 => Self::Av1,
            VideoCodecId(id) => Self::UnknownId(id),
        }
    }
}

impl From<FourCc> for VideoCodec {
    fn from(four_cc: FourCc) -> Self {
        match four_cc {
            FourCc::AVC1 | FourCc::AVC3 => Self::Avc,
            FourCc::HVC1 | FourCc::HEV1 => Self::Hevc,
            FourCc::VVC1 => Self::Vvc,
            FourCc::AV01 => Self::Av1,
            FourCc::VP08 => Self::Vp8,
            FourCc::VP09 => Self::Vp9,
            unknown => Self::UnknownFourCc(unknown),
        }
    }
}

/// The name a person knows the codec by.
impl fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avc => "H.264 (AVC)",
            Self::Hevc => "HEVC (H.265)",
            Self::Vvc => "VVC (H.266)",
            Self::Av1 => "AV1",
            Self::Vp9 => "VP9",
            Self::Vp8 => "VP8",
            Self::Vp6 => "On2 VP6",
            Self::Vp6Alpha => "On2 VP6 with alpha channel",
            Self::SorensonH263 => "Sorenson H.263",
            Self::ScreenVideo => "Screen Video",
            Self::ScreenVideo2 => "Screen Video 2",
            Self::UnknownId(id) => return write!(f, "unknown codec id {id}"),
            Self::UnknownFourCc(code) => return write!(f, "unknown codec \"{code}\""),
        })
    }
}

/// Video of a codec other than H.264 and H.265.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnsupportedCodec {
    /// The codec the stream has instead.
    pub codec: VideoCodec,
}

impl fmt::Display for UnsupportedCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not supported, H.264 or H.265 is needed",
            self.codec
        )
    }
}

impl core::error::Error for UnsupportedCodec {}
