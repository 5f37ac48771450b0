#![doc = include_str!("../README.md")]
//!
//! # The standards
//!
//! *Adobe Flash Video File Format Specification*, version 10.1, 2010:
//!
//! | Section | | Here |
//! |---|---|---|
//! | E.2 | FLV header | [`FlvHeader`] |
//! | E.3 | FLV file body | [`FlvReader`], [`FlvWriter`] |
//! | E.4.1 | FLV tag | [`FlvTag`], [`FlvTagHeader`] |
//! | E.4.2 | audio tags | [`AudioTag`], [`SoundFormat`], [`AacPacketType`] |
//! | E.4.3 | video tags | [`VideoTag`], [`VideoFrameType`], [`VideoCodecId`], [`AvcVideoPacket`] |
//! | E.4.4 | data tags | [`ScriptTag`]; the values are [`amf0`]'s |
//! | E.5 | onMetaData | [`OnMetaData`] |
//! | E.6 | XMP metadata | a [`ScriptTag`], not looked into |
//! | F | encryption | [`FlvTagHeader::filtered`] tells; not decrypted |
//!
//! *Enhanced RTMP*, version 2 (which includes version 1):
//!
//! | Section | | Here |
//! |---|---|---|
//! | Simple data types | FOURCC | [`FourCc`] |
//! | Enhancing onMetaData | codec ids as FOURCC | [`OnMetaData`] |
//! | Enhanced audio | ExAudioTagHeader | [`AudioTag`], [`EnhancedAudio`] |
//! | | MultichannelConfig | [`MultichannelConfig`] |
//! | Enhanced video | ExVideoTagHeader, ExVideoTagBody | [`VideoTag`], [`EnhancedVideo`], [`VideoPacket`] |
//! | | ModEx | [`ModExPackets`], [`ModEx`] |
//! | Metadata frame | | [`VideoPacketType::METADATA`], whose data is a [`ScriptTag`] |
//! | Multitrack | AvMultitrackType | [`Tracks`], [`Track`] |
//!
//! *ISO/IEC 14496-15* (NAL units in files):
//!
//! | Section | | Here |
//! |---|---|---|
//! | 5.3.3.1 | AVC decoder configuration record | [`h264::AvcDecoderConfigurationRecord`] |
//! | 5.3.4.2 | NAL units behind lengths | [`NalUnits`], [`LengthSize`], [`write_length_prefixed`] |
//! | 8.3.3.1 | HEVC decoder configuration record | [`h265::HevcDecoderConfigurationRecord`] |
//! | E.3 | names of codecs with profile and level | [`SpsSummary::codec_string`] |
//!
//! *ISO/IEC 14496-3* (AAC):
//!
//! | Section | | Here |
//! |---|---|---|
//! | 1.6.2.1 | AudioSpecificConfig | [`AudioSpecificConfig`], [`AudioObjectType`] |
//! | 1.6.5 | signalling of spectral band replication and parametric stereo | [`BandReplication`] |
//! | 1.7.2 | AudioSyncStream (LOAS) | recognised, to be left out as [`LeftOut::Loas`] |
//! | 1.A.2 | audio data transport stream | [`AdtsHeader`], [`AdtsFrames`] |
//! | 4.4.1.1 | program configuration element | [`ProgramConfig`] |
//!
//! *ITU-T H.264*:
//!
//! | Section | | Here |
//! |---|---|---|
//! | 7.3.1 | NAL unit | [`NalUnit`], [`h264::NalUnitType`] |
//! | 7.3.2.1 | sequence parameter set | [`h264::Sps`], [`Cropping`], [`ChromaFormat`] |
//! | 7.3.2.2 | picture parameter set | [`h264::Pps`] |
//! | 7.3.2.3, D.1.8 | SEI, recovery point | [`h264::RecoveryPoint`] |
//! | 7.3.3 | slice header, its first three fields | [`h264::SliceHeader`], [`h264::SliceType`], [`SliceKind`] |
//! | 7.4.1.2.3 | order of NAL units | [`AccessUnit`] |
//! | 7.4.1.2.4 | the first slice of a picture | [`AccessUnitBuilder`] |
//! | A.2, A.3 | profiles and levels | [`h264::Profile`], [`h264::Level`] |
//! | B | byte stream | [`AnnexBUnits`], [`write_annex_b`], [`lengths_to_start_codes`] |
//! | E.1 | VUI and HRD parameters | [`h264::Vui`], [`h264::Timing`], [`FrameRate`] |
//!
//! *ITU-T H.265*:
//!
//! | Section | | Here |
//! |---|---|---|
//! | 7.3.1 | NAL unit | [`NalUnit`], [`h265::NalUnitType`] |
//! | 7.3.2.1 | video parameter set | [`h265::Vps`] |
//! | 7.3.2.2 | sequence parameter set | [`h265::Sps`], [`Cropping`], [`ChromaFormat`] |
//! | 7.3.2.3 | picture parameter set | [`h265::Pps`] |
//! | 7.3.3, A.3, A.4 | profile, tier and level | [`h265::Profile`], [`h265::Level`] |
//! | 7.3.5, D.2.8 | SEI, recovery point | [`h265::RecoveryPoint`] |
//! | 7.3.6.1 | slice segment header, its first two fields | [`h265::SliceHeader`] |
//! | 7.4.2.4.4, 7.4.2.4.5 | order of NAL units, the first of a picture | [`AccessUnitBuilder`] |
//! | 8.1.3 | leading pictures that cannot be decoded | [`AccessUnit::rasl`] |
//! | E.2.1 | VUI parameters | [`h265::Vui`], [`h265::Timing`] |
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
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

mod aac;
mod access_unit;
mod audio_frame;
mod error;
mod flv;
mod grammar;
pub mod h264;
pub mod h265;
mod nal;

pub use aac::adts::{AdtsFrame, AdtsFrames, AdtsHeader};
pub use aac::configuration::{AudioSpecificConfig, BandReplication, NotInAdts};
pub use aac::object_type::AudioObjectType;
pub use aac::program_config::{ChannelElements, ProgramConfig};
pub use access_unit::{AccessUnit, AccessUnitBuilder, Counters, Habit, SyncPoint, VideoEvent};
pub use audio_frame::{
    AudioCounters, AudioEncoding, AudioEvent, AudioFormat, AudioFrame, AudioFrameBuilder,
    AudioHabit, LeftOut,
};
pub use error::{ParseError, ParseErrorKind};
pub use flv::EncodeError;
pub use flv::audio::codec::AudioCodec;
pub use flv::audio::fields::{AacPacketType, AudioPacketType, SoundFormat};
pub use flv::audio::multichannel::{AudioChannelOrder, MultichannelConfig};
pub use flv::audio::tag::{AudioTag, AudioTagBody, EnhancedAudio, LegacyAudio};
pub use flv::file::header::FlvHeader;
#[cfg(feature = "std")]
pub use flv::file::io::{FlvFileReader, FlvFileWriter};
pub use flv::file::reader::{FlvItem, FlvReader};
pub use flv::file::tag::{FlvTag, FlvTagHeader, FlvTagType};
pub use flv::file::writer::FlvWriter;
pub use flv::four_cc::FourCc;
pub use flv::mod_ex::{ModEx, ModExPackets, ModExType};
pub use flv::multitrack::{MultitrackType, Track, Tracks};
pub use flv::script::on_meta_data::OnMetaData;
pub use flv::script::tag::ScriptTag;
pub use flv::video::codec::{UnsupportedCodec, VideoCodec};
pub use flv::video::fields::{
    AvcPacketType, VideoCodecId, VideoCommand, VideoFrameType, VideoPacketType,
};
pub use flv::video::tag::{
    AvcVideoPacket, EnhancedVideo, LegacyVideo, VideoPacket, VideoTag, VideoTagBody,
};
pub use nal::annex_b::{AnnexBUnits, START_CODE, lengths_to_start_codes, write_annex_b};
pub use nal::format::{ChromaFormat, Cropping, FrameRate, SpsSummary};
pub use nal::length_prefixed::{LengthSize, NalError, NalUnits, write_length_prefixed};
pub use nal::parameter_sets::ParameterSets;
pub use nal::slice::SliceKind;
pub use nal::unit::NalUnit;
pub use nal::unit_lengths::UnitLengths;
pub use rtmp_payload::Payload;
