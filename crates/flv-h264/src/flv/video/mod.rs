//! Video tags (annex E.4.3, "Enhanced Video").

pub(crate) mod codec;
pub(crate) mod fields;
pub(crate) mod tag;

pub use fields::{AvcPacketType, VideoCodecId, VideoCommand, VideoFrameType, VideoPacketType};
pub use tag::{AvcVideoPacket, EnhancedVideo, LegacyVideo, VideoPacket, VideoTag, VideoTagBody};
