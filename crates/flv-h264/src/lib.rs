#![doc = include_str!("../README.md")]
//!
//! # The standards
//!
//! *Adobe Flash Video File Format Specification*, version 10.1, 2010:
//!
//! | Section | | Here |
//! |---|---|---|
//! | E.2 | FLV header | [`flv::FlvHeader`] |
//! | E.3 | FLV file body | [`flv::FlvReader`], [`flv::FlvWriter`] |
//! | E.4.1 | FLV tag | [`flv::FlvTag`], [`flv::FlvTagHeader`] |
//! | E.4.2 | audio tags | [`flv::audio::AudioTag`], [`flv::audio::SoundFormat`], [`flv::audio::AacPacketType`] |
//! | E.4.3 | video tags | [`flv::video::VideoTag`], [`flv::video::VideoFrameType`], [`flv::video::VideoCodecId`], [`flv::video::AvcVideoPacket`] |
//! | E.4.4 | data tags | [`flv::ScriptTag`]; the values are [`amf0`]'s |
//! | E.5 | onMetaData | [`flv::OnMetaData`] |
//! | E.6 | XMP metadata | a [`flv::ScriptTag`], not looked into |
//! | F | encryption | [`flv::FlvTagHeader::filtered`] tells; not decrypted |
//!
//! *Enhanced RTMP*, version 2 (which includes version 1):
//!
//! | Section | | Here |
//! |---|---|---|
//! | Simple data types | FOURCC | [`flv::FourCc`] |
//! | Enhancing onMetaData | codec ids as FOURCC | [`flv::OnMetaData`] |
//! | Enhanced audio | ExAudioTagHeader | [`flv::audio::AudioTag`], [`flv::audio::EnhancedAudio`] |
//! | | MultichannelConfig | [`flv::audio::MultichannelConfig`] |
//! | Enhanced video | ExVideoTagHeader, ExVideoTagBody | [`flv::video::VideoTag`], [`flv::video::EnhancedVideo`], [`flv::video::VideoPacket`] |
//! | | ModEx | [`flv::ModExPackets`], [`flv::ModEx`] |
//! | Metadata frame | | [`flv::video::VideoPacketType::METADATA`], whose data is a [`flv::ScriptTag`] |
//! | Multitrack | AvMultitrackType | [`flv::Tracks`], [`flv::Track`] |
//!
//! *ISO/IEC 14496-15* (NAL units in files):
//!
//! | Section | | Here |
//! |---|---|---|
//! | 5.3.3.1 | AVC decoder configuration record | [`h264::AvcDecoderConfigurationRecord`] |
//! | 5.3.4.2 | NAL units behind lengths | [`nal::NalUnits`], [`nal::LengthSize`], [`nal::write_length_prefixed`] |
//! | 8.3.3.1 | HEVC decoder configuration record | [`h265::HevcDecoderConfigurationRecord`] |
//! | E.3 | names of codecs with profile and level | [`SpsSummary::codec_string`] |
//!
//! *ISO/IEC 14496-3* (AAC):
//!
//! | Section | | Here |
//! |---|---|---|
//! | 1.6.2.1 | AudioSpecificConfig | [`aac::AudioSpecificConfig`], [`aac::AudioObjectType`] |
//! | 1.6.5 | signalling of spectral band replication and parametric stereo | [`aac::BandReplication`] |
//! | 1.7.2 | AudioSyncStream (LOAS) | recognised, to be left out as [`LeftOut::Loas`] |
//! | 1.A.2 | audio data transport stream | [`aac::AdtsHeader`], [`aac::AdtsFrames`] |
//! | 4.4.1.1 | program configuration element | [`aac::ProgramConfig`] |
//!
//! *ITU-T H.264*:
//!
//! | Section | | Here |
//! |---|---|---|
//! | 7.3.1 | NAL unit | [`nal::NalUnit`], [`h264::NalUnitType`] |
//! | 7.3.2.1 | sequence parameter set | [`h264::Sps`], [`nal::Cropping`], [`nal::ChromaFormat`] |
//! | 7.3.2.2 | picture parameter set | [`h264::Pps`] |
//! | 7.3.2.3, D.1.8 | SEI, recovery point | [`h264::RecoveryPoint`] |
//! | 7.3.3 | slice header, its first three fields | [`h264::SliceHeader`], [`h264::SliceType`], [`nal::SliceKind`] |
//! | 7.4.1.2.3 | order of NAL units | [`AccessUnit`] |
//! | 7.4.1.2.4 | the first slice of a picture | [`AccessUnitBuilder`] |
//! | A.2, A.3 | profiles and levels | [`h264::Profile`], [`h264::Level`] |
//! | B | byte stream | [`nal::AnnexBUnits`], [`nal::write_annex_b`], [`nal::lengths_to_start_codes`] |
//! | E.1 | VUI and HRD parameters | [`h264::Vui`], [`h264::Timing`], [`nal::FrameRate`] |
//!
//! *ITU-T H.265*:
//!
//! | Section | | Here |
//! |---|---|---|
//! | 7.3.1 | NAL unit | [`nal::NalUnit`], [`h265::NalUnitType`] |
//! | 7.3.2.1 | video parameter set | [`h265::Vps`] |
//! | 7.3.2.2 | sequence parameter set | [`h265::Sps`], [`nal::Cropping`], [`nal::ChromaFormat`] |
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
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod aac;
mod access_unit;
mod audio_frame;
mod error;
pub mod flv;
mod grammar;
pub mod h264;
pub mod h265;
pub mod nal;

pub use access_unit::{AccessUnit, AccessUnitBuilder, Counters, Habit, SyncPoint, VideoEvent};
pub use audio_frame::{
    AudioCounters, AudioEncoding, AudioEvent, AudioFormat, AudioFrame, AudioFrameBuilder,
    AudioHabit, LeftOut,
};
pub use error::{ParseError, ParseErrorKind};
pub use flv::audio::codec::AudioCodec;
pub use flv::video::codec::{UnsupportedCodec, VideoCodec};
pub use nal::format::SpsSummary;
pub use nal::parameter_sets::ParameterSets;
pub use rtmp_payload::Payload;
