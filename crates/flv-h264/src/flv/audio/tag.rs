use bytes::BufMut;
use nom::combinator::rest;
use nom::number::complete::be_u8;

use super::codec::AudioCodec;
use super::fields::{AacPacketType, AudioPacketType, SoundFormat};
use crate::error::ParseError;
use crate::flv::EncodeError;
use crate::flv::four_cc::FourCc;
use crate::flv::mod_ex::{MOD_EX_PACKET_TYPE, ModExPackets, mod_ex_packets, nibbles};
use crate::flv::multitrack::{Tracks, four_cc, multitrack};
use crate::grammar::{self, Parsed};

/// The body of an audio message or FLV audio tag: header and payload.
///
/// Defined by annex E.4.2 of the Video File Format Specification 10.1 and by "Enhanced Audio" of
/// Enhanced RTMP v2.
///
/// ```
/// use flv_h264::{AudioCodec, flv::audio::AudioTag};
///
/// let tag = AudioTag::parse(&[0xAF, 0x00, 0x11, 0x90])?;
/// assert_eq!(tag.codec(), Some(AudioCodec::Aac));
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct AudioTag<'a> {
    /// Header and payload.
    pub body: AudioTagBody<'a>,
}

/// The two kinds of audio tag.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AudioTagBody<'a> {
    /// A sound format of 4 bits.
    Legacy(LegacyAudio<'a>),
    /// A FourCC.
    Enhanced {
        /// Modifiers of this message.
        mod_ex: ModExPackets<'a>,
        /// What stands behind them.
        payload: EnhancedAudio<'a>,
    },
}

/// AUDIODATA of annex E.4.2.1.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct LegacyAudio<'a> {
    /// The codec.
    pub format: SoundFormat,
    /// 0 to 3: 5.5, 11, 22 and 44 kHz; without meaning for AAC.
    pub rate: u8,
    /// Samples of 16 bits instead of 8.
    pub size_16_bit: bool,
    /// Two channels.
    pub stereo: bool,
    /// What the data is, for AAC.
    pub aac_packet_type: Option<AacPacketType>,
    /// AudioSpecificConfig or audio.
    pub data: &'a [u8],
}

/// The payload of an enhanced audio tag.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnhancedAudio<'a> {
    /// One packet.
    Packet {
        /// What the data is.
        packet_type: AudioPacketType,
        /// The codec.
        four_cc: FourCc,
        /// A header of the codec, audio, a channel layout, or nothing.
        data: &'a [u8],
    },
    /// Packets of one or several tracks.
    Multitrack {
        /// The packet type of all tracks.
        packet_type: AudioPacketType,
        /// The tracks.
        tracks: Tracks<'a>,
    },
}

impl<'a> AudioTag<'a> {
    /// Parses a whole message body. An empty body means silence in RTMP and is no tag.
    ///
    /// # Errors
    /// The header ends early, a track runs past the end, or a reserved multitrack type.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        grammar::run(audio_tag, bytes)
    }

    /// Writes the message body.
    ///
    /// # Errors
    /// A field does not fit its width on the wire.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        match self.body {
            AudioTagBody::Legacy(audio) => audio.encode(out),
            AudioTagBody::Enhanced { mod_ex, payload } => {
                let packet_type = match payload {
                    EnhancedAudio::Packet { packet_type, .. } => packet_type,
                    EnhancedAudio::Multitrack { .. } => AudioPacketType::MULTITRACK,
                };
                let first = match mod_ex.is_empty() {
                    true => packet_type.0,
                    false => MOD_EX_PACKET_TYPE,
                };
                out.put_u8(nibbles(SoundFormat::EX_HEADER.0, first)?);
                mod_ex.encode(packet_type.0, out)?;
                payload.encode(out)
            }
        }
    }

    /// The codec, where the tag tells one: tracks of several codecs do not.
    pub fn codec(&self) -> Option<AudioCodec> {
        match self.body {
            AudioTagBody::Legacy(audio) => Some(audio.format.into()),
            AudioTagBody::Enhanced { payload, .. } => match payload {
                EnhancedAudio::Packet { four_cc, .. } => Some(four_cc.into()),
                EnhancedAudio::Multitrack { tracks, .. } => {
                    tracks.common_four_cc().map(AudioCodec::from)
                }
            },
        }
    }
}

impl LegacyAudio<'_> {
    fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        if self.rate > 0x03 {
            return Err(EncodeError::OutOfRange);
        }
        let rest = self.rate << 2 | u8::from(self.size_16_bit) << 1 | u8::from(self.stereo);
        out.put_u8(nibbles(self.format.0, rest)?);
        if let Some(packet_type) = self.aac_packet_type {
            out.put_u8(packet_type.0);
        }
        out.put_slice(self.data);
        Ok(())
    }
}

impl EnhancedAudio<'_> {
    fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        match self {
            Self::Packet { four_cc, data, .. } => {
                out.put_slice(&four_cc.0);
                out.put_slice(data);
                Ok(())
            }
            Self::Multitrack {
                packet_type,
                tracks,
            } => tracks.encode(packet_type.0, out),
        }
    }
}

/// AudioTagHeader and AudioTagBody.
fn audio_tag(input: &[u8]) -> Parsed<'_, AudioTag<'_>> {
    let (input, first) = be_u8(input)?;
    let format = SoundFormat(first >> 4);
    let (input, body) = match format {
        SoundFormat::EX_HEADER => ex_audio_tag(first & 0x0F, input)?,
        _ => {
            let (input, aac_packet_type) = match format {
                SoundFormat::AAC => {
                    let (input, packet_type) = be_u8(input)?;
                    (input, Some(AacPacketType(packet_type)))
                }
                _ => (input, None),
            };
            let (input, data) = rest(input)?;
            let audio = LegacyAudio {
                format,
                rate: first >> 2 & 0x03,
                size_16_bit: first & 0x02 != 0,
                stereo: first & 0x01 != 0,
                aac_packet_type,
                data,
            };
            (input, AudioTagBody::Legacy(audio))
        }
    };
    Ok((input, AudioTag { body }))
}

/// ExAudioTagHeader and ExAudioTagBody.
fn ex_audio_tag(packet_type: u8, input: &[u8]) -> Parsed<'_, AudioTagBody<'_>> {
    let (input, (mod_ex, packet_type)) = mod_ex_packets(input, packet_type)?;
    let packet_type = AudioPacketType(packet_type);
    let (input, payload) = match packet_type {
        AudioPacketType::MULTITRACK => {
            let (input, (packet_type, tracks)) = multitrack(input, AudioPacketType::MULTITRACK.0)?;
            let packet_type = AudioPacketType(packet_type);
            (
                input,
                EnhancedAudio::Multitrack {
                    packet_type,
                    tracks,
                },
            )
        }
        _ => {
            let (input, four_cc) = four_cc(input)?;
            let (input, data) = rest(input)?;
            let packet = EnhancedAudio::Packet {
                packet_type,
                four_cc,
                data,
            };
            (input, packet)
        }
    };
    Ok((input, AudioTagBody::Enhanced { mod_ex, payload }))
}
