use bytes::BufMut;
use nom::combinator::rest;
use nom::number::complete::{be_i24, be_u8};

use super::codec::VideoCodec;
use super::fields::{AvcPacketType, VideoCodecId, VideoCommand, VideoFrameType, VideoPacketType};
use crate::error::ParseError;
use crate::flv::four_cc::FourCc;
use crate::flv::mod_ex::{MOD_EX_PACKET_TYPE, ModExPackets, mod_ex_packets, nibbles};
use crate::flv::multitrack::{Track, Tracks, four_cc, multitrack};
use crate::flv::{EncodeError, put_i24};
use crate::grammar::{self, Parsed};

/// The body of a video message or FLV video tag: header and payload.
///
/// Defined by annex E.4.3 of the Video File Format Specification 10.1 and by "Enhanced Video" of
/// Enhanced RTMP v2.
///
/// ```
/// use flv_h264::flv::video::{AvcPacketType, LegacyVideo, VideoFrameType, VideoTag, VideoTagBody};
///
/// let tag = VideoTag::parse(&[0x17, 0x01, 0x00, 0x00, 0x28, 0, 0, 0, 1, 0x65])?;
/// assert_eq!(tag.frame_type, VideoFrameType::KEY);
/// let VideoTagBody::Legacy { payload: LegacyVideo::Avc(packet), .. } = tag.body else {
///     panic!("codec id 7 is AVC");
/// };
/// assert_eq!(packet.packet_type, AvcPacketType::NALU);
/// assert_eq!(packet.composition_time_ms, 40);
/// assert_eq!(packet.data, [0, 0, 0, 1, 0x65]);
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct VideoTag<'a> {
    /// Key, inter, command …
    pub frame_type: VideoFrameType,
    /// What stands behind the frame type.
    pub body: VideoTagBody<'a>,
}

/// The two kinds of video tag.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VideoTagBody<'a> {
    /// A codec id of 4 bits.
    Legacy {
        /// The codec.
        codec_id: VideoCodecId,
        /// What stands behind the first byte.
        payload: LegacyVideo<'a>,
    },
    /// A FourCC.
    Enhanced {
        /// Modifiers of this message.
        mod_ex: ModExPackets<'a>,
        /// What stands behind them.
        payload: EnhancedVideo<'a>,
    },
}

/// The payload of a legacy video tag.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LegacyVideo<'a> {
    /// Frame type 5: no picture.
    Command(VideoCommand),
    /// Codec id 7, and 12, which takes the same form for H.265.
    Avc(AvcVideoPacket<'a>),
    /// Any other codec, not looked into.
    Other(&'a [u8]),
}

/// AVCPacketType, CompositionTime and AVCVIDEOPACKET of annex E.4.3.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct AvcVideoPacket<'a> {
    /// What the data is.
    pub packet_type: AvcPacketType,
    /// Presentation time minus decoding time in milliseconds, 24 bits.
    pub composition_time_ms: i32,
    /// A configuration record, NAL units, or nothing.
    pub data: &'a [u8],
}

/// The payload of an enhanced video tag.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnhancedVideo<'a> {
    /// Frame type 5: no picture.
    Command {
        /// Carried, but without meaning here.
        packet_type: VideoPacketType,
        /// The command.
        command: VideoCommand,
    },
    /// One packet.
    Packet(VideoPacket<'a>),
    /// Packets of one or several tracks.
    Multitrack {
        /// The packet type of all tracks.
        packet_type: VideoPacketType,
        /// The tracks; [`VideoPacket::of_track`] reads one.
        tracks: Tracks<'a>,
    },
}

/// ExVideoTagBody of Enhanced RTMP v2, for one track.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct VideoPacket<'a> {
    /// What the data is.
    pub packet_type: VideoPacketType,
    /// The codec.
    pub four_cc: FourCc,
    /// Presentation time minus decoding time in milliseconds, 24 bits; on the wire only in coded
    /// frames of AVC, HEVC and VVC.
    pub composition_time_ms: i32,
    /// A configuration record, coded frames, AMF metadata, or nothing.
    pub data: &'a [u8],
}

/// IsExVideoHeader, the top bit of the first byte.
const IS_EX_VIDEO_HEADER: u8 = 0x80;

impl<'a> VideoTag<'a> {
    /// Parses a whole message body.
    ///
    /// # Errors
    /// The header ends early, a track runs past the end, or a reserved multitrack type.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        grammar::run(video_tag, bytes)
    }

    /// Writes the message body.
    ///
    /// # Errors
    /// A field does not fit its width on the wire.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        match self.body {
            VideoTagBody::Legacy { codec_id, payload } => {
                if self.frame_type.0 > 0x07 {
                    return Err(EncodeError::OutOfRange);
                }
                out.put_u8(nibbles(self.frame_type.0, codec_id.0)?);
                payload.encode(out)
            }
            VideoTagBody::Enhanced { mod_ex, payload } => {
                let packet_type = match payload {
                    EnhancedVideo::Multitrack { .. } => VideoPacketType::MULTITRACK,
                    EnhancedVideo::Command { packet_type, .. }
                    | EnhancedVideo::Packet(VideoPacket { packet_type, .. }) => packet_type,
                };
                let first = match mod_ex.is_empty() {
                    true => packet_type.0,
                    false => MOD_EX_PACKET_TYPE,
                };
                if self.frame_type.0 > 0x07 {
                    return Err(EncodeError::OutOfRange);
                }
                out.put_u8(IS_EX_VIDEO_HEADER | nibbles(self.frame_type.0, first)?);
                mod_ex.encode(packet_type.0, out)?;
                payload.encode(out)
            }
        }
    }

    /// The codec, where the tag tells one: commands do not, nor do tracks of several codecs.
    pub fn codec(&self) -> Option<VideoCodec> {
        match self.body {
            VideoTagBody::Legacy {
                payload: LegacyVideo::Command(_),
                ..
            } => None,
            VideoTagBody::Legacy { codec_id, .. } => Some(codec_id.into()),
            VideoTagBody::Enhanced { payload, .. } => match payload {
                EnhancedVideo::Command { .. } => None,
                EnhancedVideo::Packet(packet) => Some(packet.four_cc.into()),
                EnhancedVideo::Multitrack { tracks, .. } => {
                    tracks.common_four_cc().map(VideoCodec::from)
                }
            },
        }
    }
}

impl LegacyVideo<'_> {
    fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        match self {
            Self::Command(command) => out.put_u8(command.0),
            Self::Avc(packet) => {
                out.put_u8(packet.packet_type.0);
                put_i24(packet.composition_time_ms, out)?;
                out.put_slice(packet.data);
            }
            Self::Other(data) => out.put_slice(data),
        }
        Ok(())
    }
}

impl EnhancedVideo<'_> {
    fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        match self {
            Self::Command { command, .. } => {
                out.put_u8(command.0);
                Ok(())
            }
            Self::Packet(packet) => {
                out.put_slice(&packet.four_cc.0);
                if has_composition_time(packet.packet_type, packet.four_cc) {
                    put_i24(packet.composition_time_ms, out)?;
                }
                out.put_slice(packet.data);
                Ok(())
            }
            Self::Multitrack {
                packet_type,
                tracks,
            } => tracks.encode(packet_type.0, out),
        }
    }
}

impl<'a> VideoPacket<'a> {
    /// Reads one track's part of a multitrack message.
    ///
    /// # Errors
    /// The composition time ends early.
    pub fn of_track(packet_type: VideoPacketType, track: Track<'a>) -> Result<Self, ParseError> {
        grammar::run(
            |input| ex_video_tag_body(packet_type, track.four_cc, input),
            track.data,
        )
    }
}

/// VideoTagHeader and VideoTagBody.
#[inline]
fn video_tag(input: &[u8]) -> Parsed<'_, VideoTag<'_>> {
    let (input, first) = be_u8(input)?;
    let frame_type = VideoFrameType(first >> 4 & 0x07);
    let (input, body) = match first & IS_EX_VIDEO_HEADER {
        0 => legacy_video_tag(frame_type, VideoCodecId(first & 0x0F), input)?,
        _ => ex_video_tag(frame_type, first & 0x0F, input)?,
    };
    Ok((input, VideoTag { frame_type, body }))
}

/// VIDEODATA, annex E.4.3.1.
#[inline]
fn legacy_video_tag(
    frame_type: VideoFrameType,
    codec_id: VideoCodecId,
    input: &[u8],
) -> Parsed<'_, VideoTagBody<'_>> {
    let (input, payload) = match (frame_type, codec_id) {
        (VideoFrameType::COMMAND, _) => {
            let (input, command) = be_u8(input)?;
            (input, LegacyVideo::Command(VideoCommand(command)))
        }
        (_, VideoCodecId::AVC | VideoCodecId::HEVC) => {
            let (input, packet_type) = be_u8(input)?;
            let packet_type = AvcPacketType(packet_type);
            let (input, composition_time_ms) = match (packet_type, input) {
                // Without a meaning here, and so sometimes not sent.
                (AvcPacketType::END_OF_SEQUENCE, []) => (input, 0),
                _ => be_i24(input)?,
            };
            let (input, data) = rest(input)?;
            let packet = AvcVideoPacket {
                packet_type,
                composition_time_ms,
                data,
            };
            (input, LegacyVideo::Avc(packet))
        }
        _ => {
            let (input, data) = rest(input)?;
            (input, LegacyVideo::Other(data))
        }
    };
    Ok((input, VideoTagBody::Legacy { codec_id, payload }))
}

/// ExVideoTagHeader and ExVideoTagBody.
fn ex_video_tag(
    frame_type: VideoFrameType,
    packet_type: u8,
    input: &[u8],
) -> Parsed<'_, VideoTagBody<'_>> {
    let (input, (mod_ex, packet_type)) = mod_ex_packets(input, packet_type)?;
    let packet_type = VideoPacketType(packet_type);
    let (input, payload) = match (packet_type, frame_type) {
        (packet_type, VideoFrameType::COMMAND) if packet_type != VideoPacketType::METADATA => {
            let (input, command) = be_u8(input)?;
            let command = VideoCommand(command);
            (
                input,
                EnhancedVideo::Command {
                    packet_type,
                    command,
                },
            )
        }
        (VideoPacketType::MULTITRACK, _) => {
            let (input, (packet_type, tracks)) = multitrack(input, VideoPacketType::MULTITRACK.0)?;
            let packet_type = VideoPacketType(packet_type);
            (
                input,
                EnhancedVideo::Multitrack {
                    packet_type,
                    tracks,
                },
            )
        }
        _ => {
            let (input, four_cc) = four_cc(input)?;
            let (input, packet) = ex_video_tag_body(packet_type, four_cc, input)?;
            (input, EnhancedVideo::Packet(packet))
        }
    };
    Ok((input, VideoTagBody::Enhanced { mod_ex, payload }))
}

fn ex_video_tag_body(
    packet_type: VideoPacketType,
    four_cc: FourCc,
    input: &[u8],
) -> Parsed<'_, VideoPacket<'_>> {
    let (input, composition_time_ms) = match has_composition_time(packet_type, four_cc) {
        true => be_i24(input)?,
        false => (input, 0),
    };
    let (input, data) = rest(input)?;
    let packet = VideoPacket {
        packet_type,
        four_cc,
        composition_time_ms,
        data,
    };
    Ok((input, packet))
}

fn has_composition_time(packet_type: VideoPacketType, four_cc: FourCc) -> bool {
    packet_type == VideoPacketType::CODED_FRAMES
        && matches!(
            VideoCodec::from(four_cc),
            VideoCodec::Avc | VideoCodec::Hevc | VideoCodec::Vvc
        )
}
