use crate::aac::adts::AdtsHeader;
use crate::flv::audio::codec::AudioCodec;
use crate::flv::audio::fields::{AacPacketType, AudioPacketType, SoundFormat};
use crate::flv::audio::tag::{AudioTag, AudioTagBody, EnhancedAudio, LegacyAudio};
use crate::flv::four_cc::FourCc;
use crate::flv::multitrack::{DEFAULT_TRACK, Tracks};

use super::format::{AudioEncoding, AudioFormat};
use super::left_out::LeftOut;

/// What an audio message has for the builder.
#[derive(Copy, Clone, Debug)]
pub(super) enum Message<'a> {
    /// AudioSpecificConfig.
    SequenceHeader(&'a [u8]),
    /// AAC, raw if its encoder has read the standard.
    Aac(&'a [u8]),
    /// Samples without a header of any kind.
    Samples(AudioFormat, &'a [u8]),
    /// Sound of a kind that is not delivered.
    LeftOut(LeftOut),
    /// Layouts of channels, and the end of a sequence.
    NoSound,
    /// Nothing of the track that is followed.
    OtherTracks,
    Malformed,
}

/// A message and the track it belongs to.
#[derive(Copy, Clone, Debug)]
pub(super) struct Selected<'a> {
    /// Messages without a track belong to the default track, 0.
    pub(super) track: u8,
    /// How many other tracks the message has.
    pub(super) others: usize,
    /// Nanoseconds to add to the timestamp.
    pub(super) nanos: u32,
    pub(super) message: Message<'a>,
}

/// Reads a message. Of several tracks one of AAC is taken, see [`Tracks::choose`]. `declared` is the sample rate that
/// onMetaData tells, in Hz.
pub(super) fn select(body: &[u8], followed: Option<u8>, declared: Option<u32>) -> Selected<'_> {
    let untracked = |message, nanos| Selected {
        track: DEFAULT_TRACK,
        others: 0,
        nanos,
        message,
    };
    let Ok(tag) = AudioTag::parse(body) else {
        return untracked(Message::Malformed, 0);
    };
    match tag.body {
        AudioTagBody::Legacy(audio) => untracked(legacy(audio, declared), 0),
        AudioTagBody::Enhanced { mod_ex, payload } => {
            let nanos = mod_ex.timestamp_offset_nanos();
            match payload {
                EnhancedAudio::Packet {
                    packet_type,
                    four_cc,
                    data,
                } => untracked(enhanced(packet_type, four_cc, data), nanos),
                EnhancedAudio::Multitrack {
                    packet_type,
                    tracks,
                } => Selected {
                    nanos,
                    ..multitrack(packet_type, tracks, followed)
                },
            }
        }
    }
}

fn legacy(audio: LegacyAudio<'_>, declared: Option<u32>) -> Message<'_> {
    match audio.format {
        SoundFormat::AAC => match audio.aac_packet_type {
            Some(AacPacketType::SEQUENCE_HEADER) => Message::SequenceHeader(audio.data),
            Some(AacPacketType::RAW) => Message::Aac(audio.data),
            _ => Message::Malformed,
        },
        SoundFormat::G711_A_LAW => {
            Message::Samples(AudioFormat::g711(AudioEncoding::ALaw), audio.data)
        }
        SoundFormat::G711_MU_LAW => {
            Message::Samples(AudioFormat::g711(AudioEncoding::MuLaw), audio.data)
        }
        SoundFormat::PCM_LITTLE_ENDIAN | SoundFormat::PCM_PLATFORM_ENDIAN if !audio.size_16_bit => {
            Message::LeftOut(LeftOut::EightBitPcm)
        }
        SoundFormat::PCM_LITTLE_ENDIAN => {
            Message::Samples(AudioFormat::pcm(&audio, declared), audio.data)
        }
        // The order of the platform: FFmpeg means big endian by it, others what they have.
        SoundFormat::PCM_PLATFORM_ENDIAN => Message::LeftOut(LeftOut::PcmOfUnknownByteOrder),
        format => Message::LeftOut(LeftOut::Codec(format.into())),
    }
}

fn enhanced(packet_type: AudioPacketType, four_cc: FourCc, data: &[u8]) -> Message<'_> {
    match AudioCodec::from(four_cc) {
        AudioCodec::Aac => match packet_type {
            AudioPacketType::SEQUENCE_START => Message::SequenceHeader(data),
            AudioPacketType::CODED_FRAMES => Message::Aac(data),
            AudioPacketType::SEQUENCE_END | AudioPacketType::MULTICHANNEL_CONFIG => {
                Message::NoSound
            }
            _ => Message::Malformed,
        },
        // Nobody's code for a codec: junk.
        AudioCodec::UnknownFourCc(code) if !code.is_printable() => Message::Malformed,
        codec => match packet_type {
            AudioPacketType::CODED_FRAMES | AudioPacketType::SEQUENCE_START => {
                Message::LeftOut(LeftOut::Codec(codec))
            }
            _ => Message::NoSound,
        },
    }
}

fn multitrack<'a>(
    packet_type: AudioPacketType,
    tracks: Tracks<'a>,
    followed: Option<u8>,
) -> Selected<'a> {
    let is_taken = |four_cc| AudioCodec::from(four_cc) == AudioCodec::Aac;
    let (chosen, others) = tracks.choose(followed, is_taken);
    let message = match &chosen {
        Some(track) => enhanced(packet_type, track.four_cc, track.data),
        None => Message::OtherTracks,
    };
    Selected {
        track: chosen
            .map(|track| track.id)
            .or(followed)
            .unwrap_or(DEFAULT_TRACK),
        others,
        nanos: 0,
        message,
    }
}

/// Whether bytes are an `AudioSyncStream` (ISO/IEC 14496-3 section 1.7.2): a length of 13 bits
/// behind its syncword tiles them.
pub(super) fn is_loas(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [0x56, second @ 0xE0..=0xFF, third, behind @ ..] = rest {
        let length = u16::from_be_bytes([second & 0x1F, *third]);
        match behind.get(usize::from(length)..) {
            Some([]) => return true,
            Some(next) => rest = next,
            None => return false,
        }
    }
    false
}

/// Whether AAC begins with an ADTS header: what is raw never does, as it would be an end at once.
pub(super) fn adts_header(bytes: &[u8]) -> Option<AdtsHeader> {
    AdtsHeader::parse(bytes).ok()
}
