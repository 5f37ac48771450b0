//! AAC as MPEG-4 describes it (ISO/IEC 14496-3): what a decoder has to be told, and ADTS, which
//! tells it in front of every frame.

pub(crate) mod adts;
mod bits;
pub(crate) mod configuration;
pub(crate) mod object_type;
pub(crate) mod program_config;
pub(crate) mod sampling_frequency;

pub use adts::{AdtsFrame, AdtsFrames, AdtsHeader};
pub use configuration::{AudioSpecificConfig, BandReplication, NotInAdts};
pub use object_type::AudioObjectType;
pub use program_config::{ChannelElements, ProgramConfig};
