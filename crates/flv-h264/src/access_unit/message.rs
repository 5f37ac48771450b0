use crate::flv::four_cc::FourCc;
use crate::flv::multitrack::{DEFAULT_TRACK, Tracks};
use crate::flv::video::codec::{UnsupportedCodec, VideoCodec};
use crate::flv::video::fields::{AvcPacketType, VideoFrameType, VideoPacketType};
use crate::flv::video::tag::{
    AvcVideoPacket, EnhancedVideo, LegacyVideo, VideoPacket, VideoTag, VideoTagBody,
};
use crate::nal::codec::NalCodec;

/// What a video message has for the builder.
#[derive(Copy, Clone, Debug)]
pub(super) enum Message<'a> {
    SequenceHeader(NalCodec, &'a [u8]),
    Coded(NalCodec, Coded<'a>),
    EndOfSequence,
    /// Commands and metadata.
    NoPicture,
    /// Nothing of the track that is followed.
    OtherTracks,
    /// A codec id that has no meaning.
    UndefinedCodecId,
    Malformed,
}

/// NAL units.
#[derive(Copy, Clone, Debug)]
pub(super) struct Coded<'a> {
    /// What the frame type claims.
    pub(super) key: bool,
    pub(super) composition_offset_ms: i32,
    pub(super) timestamp_nanos: u32,
    pub(super) data: &'a [u8],
}

/// A message and the track it belongs to.
#[derive(Copy, Clone, Debug)]
pub(super) struct Selected<'a> {
    /// Messages without a track belong to the default track, 0.
    pub(super) track: u8,
    /// How many other tracks the message has.
    pub(super) others: usize,
    pub(super) message: Message<'a>,
}

/// Reads a message. Of several tracks one of a codec of NAL units is taken, see [`Tracks::choose`]: what other tracks of a
/// higher id than `followed` contain cannot be unsupported.
pub(super) fn select(body: &[u8], followed: Option<u8>) -> Result<Selected<'_>, UnsupportedCodec> {
    let untracked = |message| Selected {
        track: DEFAULT_TRACK,
        others: 0,
        message,
    };
    let Ok(tag) = VideoTag::parse(body) else {
        return Ok(untracked(Message::Malformed));
    };
    let key = tag.frame_type == VideoFrameType::KEY;
    match tag.body {
        VideoTagBody::Legacy { codec_id, payload } => match payload {
            LegacyVideo::Command(_) => Ok(untracked(Message::NoPicture)),
            LegacyVideo::Avc(packet) => match NalCodec::of(codec_id.into()) {
                Some(codec) => Ok(untracked(legacy(codec, packet, key))),
                None => Ok(untracked(Message::UndefinedCodecId)),
            },
            LegacyVideo::Other(_) => match codec_id.into() {
                VideoCodec::UnknownId(_) => Ok(untracked(Message::UndefinedCodecId)),
                codec => Err(UnsupportedCodec { codec }),
            },
        },
        VideoTagBody::Enhanced { mod_ex, payload } => {
            let nanos = mod_ex.timestamp_offset_nanos();
            match payload {
                EnhancedVideo::Command { .. } => Ok(untracked(Message::NoPicture)),
                EnhancedVideo::Packet(packet) => Ok(untracked(enhanced(packet, key, nanos)?)),
                EnhancedVideo::Multitrack {
                    packet_type,
                    tracks,
                } => multitrack(packet_type, tracks, followed, key, nanos),
            }
        }
    }
}

fn legacy(codec: NalCodec, packet: AvcVideoPacket<'_>, key: bool) -> Message<'_> {
    match packet.packet_type {
        AvcPacketType::SEQUENCE_HEADER => Message::SequenceHeader(codec, packet.data),
        AvcPacketType::NALU => {
            let coded = Coded {
                key,
                composition_offset_ms: packet.composition_time_ms,
                timestamp_nanos: 0,
                data: packet.data,
            };
            Message::Coded(codec, coded)
        }
        AvcPacketType::END_OF_SEQUENCE => Message::EndOfSequence,
        _ => Message::Malformed,
    }
}

fn enhanced(
    packet: VideoPacket<'_>,
    key: bool,
    timestamp_nanos: u32,
) -> Result<Message<'_>, UnsupportedCodec> {
    let codec = VideoCodec::from(packet.four_cc);
    let Some(codec) = NalCodec::of(codec) else {
        return match codec {
            // Nobody's code for a codec: not a codec to refuse, but junk.
            VideoCodec::UnknownFourCc(code) if !code.is_printable() => {
                Ok(Message::UndefinedCodecId)
            }
            codec => Err(UnsupportedCodec { codec }),
        };
    };
    Ok(match packet.packet_type {
        VideoPacketType::SEQUENCE_START => Message::SequenceHeader(codec, packet.data),
        VideoPacketType::CODED_FRAMES | VideoPacketType::CODED_FRAMES_X => {
            let coded = Coded {
                key,
                composition_offset_ms: packet.composition_time_ms,
                timestamp_nanos,
                data: packet.data,
            };
            Message::Coded(codec, coded)
        }
        VideoPacketType::SEQUENCE_END => Message::EndOfSequence,
        VideoPacketType::METADATA => Message::NoPicture,
        _ => Message::Malformed,
    })
}

fn multitrack<'a>(
    packet_type: VideoPacketType,
    tracks: Tracks<'a>,
    followed: Option<u8>,
    key: bool,
    timestamp_nanos: u32,
) -> Result<Selected<'a>, UnsupportedCodec> {
    let is_taken = |four_cc: FourCc| NalCodec::of(four_cc.into()).is_some();
    let (chosen, others) = tracks.choose(followed, is_taken);
    let Some(track) = chosen else {
        return Ok(Selected {
            track: followed.unwrap_or(DEFAULT_TRACK),
            others,
            message: Message::OtherTracks,
        });
    };
    let message = match VideoPacket::of_track(packet_type, track) {
        Ok(packet) => enhanced(packet, key, timestamp_nanos)?,
        Err(_) => Message::Malformed,
    };
    Ok(Selected {
        track: track.id,
        others,
        message,
    })
}
