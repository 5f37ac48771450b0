//! Where publishes come from.

use flv_h264::h264::AvcDecoderConfigurationRecord;
use flv_h264::{
    AvcPacketType, EnhancedVideo, FlvItem, FlvReader, FlvTagType, LegacyVideo, NalUnits,
    VideoFrameType, VideoPacket, VideoPacketType, VideoTag, VideoTagBody,
};
use rtmp_chunk::{ChunkDecoder, MessageType};

use crate::publish::{Coded, Content, Framing, Message, Publish, Record, RecordForm};
use crate::recordings::HANDSHAKE;

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
    let mut input = &session[HANDSHAKE..];
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
    /// Adds a message of H.264, as an ordinary publisher sends it; others are left out.
    fn add(&mut self, timestamp: u32, body: &[u8]) {
        let Ok(tag) = VideoTag::parse(body) else {
            return;
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
            } if packet.four_cc.0 == *b"avc1" => of_enhanced(packet),
            _ => return,
        };
        let content = match is_record {
            true => Content::Record(Record::of(data)),
            false if data.is_empty() => return,
            false => Content::Coded(Coded::of(key, composition, data)),
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
    fn of(bytes: &[u8]) -> Self {
        let record = AvcDecoderConfigurationRecord::parse(bytes).expect("a record");
        let owned = |units: &[flv_h264::NalUnit<'_>]| {
            units.iter().map(|unit| unit.bytes().to_vec()).collect()
        };
        Self {
            length_size: record.length_size.get() as u8,
            sps: owned(&record.sps),
            pps: owned(&record.pps),
            form: RecordForm::Standard,
        }
    }
}

impl Coded {
    fn of(key: bool, composition: i32, data: &[u8]) -> Self {
        let units = NalUnits::new(data, flv_h264::LengthSize::FOUR)
            .map(|unit| unit.expect("lengths").bytes().to_vec())
            .collect();
        Self {
            key,
            composition,
            units,
            framing: Framing::Lengths(4),
            surplus: Vec::new(),
        }
    }
}
