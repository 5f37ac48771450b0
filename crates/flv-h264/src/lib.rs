#![doc = "FLV and H.264, from RTMP or FLV video messages to access units."]
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod access_unit;
mod error;
mod flv;
mod grammar;
mod h264;

pub use access_unit::{
    AccessUnit, AccessUnitBuilder, Counters, ParameterSets, SpsSummary, SyncPoint, VideoEvent,
};
pub use error::{ParseError, ParseErrorKind};
pub use flv::EncodeError;
pub use flv::audio_tag::{
    AacPacketType, AudioPacketType, AudioTag, AudioTagBody, EnhancedAudio, LegacyAudio, SoundFormat,
};
pub use flv::codec::{AudioCodec, UnsupportedCodec, VideoCodec};
pub use flv::file::header::FlvHeader;
#[cfg(feature = "std")]
pub use flv::file::io::{FlvFileReader, FlvFileWriter};
pub use flv::file::reader::{FlvItem, FlvReader};
pub use flv::file::tag::{FlvTag, FlvTagHeader, FlvTagType};
pub use flv::file::writer::FlvWriter;
pub use flv::four_cc::FourCc;
pub use flv::mod_ex::{ModEx, ModExPackets, ModExType};
pub use flv::multitrack::{MultitrackType, Track, Tracks};
pub use flv::on_meta_data::OnMetaData;
pub use flv::script_tag::ScriptTag;
pub use flv::video_tag::{
    AvcPacketType, AvcVideoPacket, EnhancedVideo, LegacyVideo, VideoCodecId, VideoCommand,
    VideoFrameType, VideoPacket, VideoPacketType, VideoTag, VideoTagBody,
};
pub use h264::annex_b::{AnnexBUnits, START_CODE, lengths_to_start_codes, write_annex_b};
pub use h264::configuration::{AvcDecoderConfigurationRecord, HighProfileFields};
pub use h264::length_prefixed::{LengthSize, NalError, NalUnits, write_length_prefixed};
pub use h264::nal_unit::{NalUnit, NalUnitType};
pub use h264::pps::Pps;
pub use h264::sei::RecoveryPoint;
pub use h264::slice_header::{SliceHeader, SliceKind, SliceType};
pub use h264::sps::{ChromaFormat, Cropping, Level, Profile, Sps};
pub use h264::vui::{FrameRate, Timing, Vui};
