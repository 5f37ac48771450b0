//! Audio tags (annex E.4.2, "Enhanced Audio").

pub(crate) mod codec;
pub(crate) mod fields;
pub(crate) mod multichannel;
pub(crate) mod tag;

pub use fields::{AacPacketType, AudioPacketType, SoundFormat};
pub use multichannel::{AudioChannelOrder, MultichannelConfig};
pub use tag::{AudioTag, AudioTagBody, EnhancedAudio, LegacyAudio};
