//! Where publishes come from.

use flv_h264::h264::AvcDecoderConfigurationRecord;
use flv_h264::h265::{HevcDecoderConfigurationRecord, NalUnitType};
use flv_h264::{
    VideoCodec,
    flv::{
        FlvItem, FlvReader, FlvTagType,
        video::{
            AvcPacketType, EnhancedVideo, LegacyVideo, VideoFrameType, VideoPacket,
            VideoPacketType, VideoTag, VideoTagBody,
        },
    },
    nal::{NalUnit, NalUnits},
};
use rtmp_chunk::{ChunkDecoder, HANDSHAKE_LENGTH, MessageType};

use crate::codec::Codec;
use crate::publish::{Coded, Content, Framing, Message, Publish, Record, RecordForm};

/// The video of an FLV file.
pub fn from_flv(mut file: &[u8]) -> Publish {
    let mut reader = FlvReader::new();
    let mut publish = Publish::default();
    while let Some(item) = reader.read(&mut file).expect("FLV") {
        if let FlvItem::Tag(tag) = item
            && tag.header.tag_type == FlvTagType::VIDEO
        {
            publish.add(tag.header.timestamp_ms, &tag.body);
        }
    }
    publish
}

/// The video of a recorded session: the bytes that the client sent.
pub fn from_session(session: &[u8]) -> Publish {
    let mut input = &session[HANDSHAKE_LENGTH..];
    let mut decoder = ChunkDecoder::default();
    let mut publish = Publish::default();
    while let Some(message) = decoder.decode(&mut input).expect("chunks") {
        if message.header.message_type == MessageType::VIDEO {
            publish.add(message.header.timestamp.0, &message.payload);
        }
    }
    publish
}

impl Publish {
    /// Adds a message as an ordinary publisher sends it; those of other codecs are left out.
    fn add(&mut self, timestamp: u32, body: &[u8]) {
        let Ok(tag) = VideoTag::parse(body) else {
            return;
        };
        let codec = match tag.codec() {
            Some(VideoCodec::Avc) => Codec::H264,
            Some(VideoCodec::Hevc) => Codec::H265,
            _ => return,
        };
        let key = tag.frame_type == VideoFrameType::KEY;
        let (is_record, composition, data) = match tag.body {
            VideoTagBody::Legacy {
                payload: LegacyVideo::Avc(packet),
                ..
            } => (
                packet.packet_type == AvcPacketType::SEQUENCE_HEADER,
                packet.composition_time_ms,
                packet.data,
            ),
            VideoTagBody::Enhanced {
                payload: EnhancedVideo::Packet(packet),
                ..
            } if packet.packet_type != VideoPacketType::METADATA => of_enhanced(packet),
            _ => return,
        };
        let content = match is_record {
            true => Content::Record(Record::of(codec, data)),
            false if data.is_empty() => return,
            false => Content::Coded(Coded::of(codec, key, composition, data)),
        };
        self.messages.push(Message::new(timestamp, content));
    }
}

fn of_enhanced(packet: VideoPacket<'_>) -> (bool, i32, &[u8]) {
    (
        packet.packet_type == VideoPacketType::SEQUENCE_START,
        packet.composition_time_ms,
        packet.data,
    )
}

impl Record {
    fn of(codec: Codec, bytes: &[u8]) -> Self {
        let owned = |units: Vec<NalUnit<'_>>| -> Vec<Vec<u8>> {
            units.iter().map(|unit| unit.bytes().to_vec()).collect()
        };
        let form = RecordForm::Standard;
        match codec {
            Codec::H264 => {
                let record = AvcDecoderConfigurationRecord::parse(bytes).expect("a record");
                Self {
                    codec,
                    length_size: record.length_size.get() as u8,
                    vps: Vec::new(),
                    sps: owned(record.sps),
                    pps: owned(record.pps),
                    form,
                }
            }
            Codec::H265 => {
                let record = HevcDecoderConfigurationRecord::parse(bytes).expect("a record");
                let [vps, sps, pps] = [NalUnitType::VPS, NalUnitType::SPS, NalUnitType::PPS]
                    .map(|unit_type| owned(record.of_type(unit_type).collect()));
                Self {
                    codec,
                    length_size: record.length_size.get() as u8,
                    vps,
                    sps,
                    pps,
                    form,
                }
            }
        }
    }
}

impl Coded {
    fn of(codec: Codec, key: bool, composition: i32, data: &[u8]) -> Self {
        let units = NalUnits::new(data, flv_h264::nal::LengthSize::FOUR)
            .map(|unit| unit.expect("lengths").bytes().to_vec())
            .collect();
        Self {
            codec,
            key,
            composition,
            units,
            framing: Framing::Lengths(4),
            surplus: Vec::new(),
        }
    }
}
