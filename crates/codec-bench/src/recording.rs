//! The bytes that all contenders get.
//!
//! `recording.flv`: two seconds of 1920×1080 at 30 pictures and 4 Mbit/s with audio, made by
//! FFmpeg 5.1.9:
//!
//! ```text
//! ffmpeg -f lavfi -i "testsrc2=size=1920x1080:rate=30,noise=alls=6:allf=t"
//!     -f lavfi -i "sine=frequency=440:sample_rate=48000" -t 2
//!     -c:v libx264 -preset veryfast -tune zerolatency -b:v 4M -maxrate 4M -bufsize 2M -g 30
//!     -pix_fmt yuv420p -c:a aac -b:a 128k -f flv recording.flv
//! ```
//!
//! The command and the metadata are those of the OBS session that `rtmp-server` is tested with.

use flv_h264::flv::{FlvItem, FlvReader, FlvTag, FlvTagType};
use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, ChunkStreamId, MessageHeader, MessageType, ServerHandshake,
    Timestamp,
};

/// The file itself.
pub const FLV: &[u8] = include_bytes!("../recording.flv");

const OBS: &[u8] = include_bytes!("../../rtmp-server/tests/sessions/obs.rtmp");

/// The tags of the file.
pub fn tags() -> Vec<FlvTag> {
    let mut reader = FlvReader::new();
    let mut input = FLV;
    let mut tags = Vec::new();
    while let Some(item) = reader.read(&mut input).expect("it is an FLV file") {
        if let FlvItem::Tag(tag) = item {
            tags.push(tag);
        }
    }
    tags
}

/// How OBS connects.
pub fn connect_command() -> Vec<u8> {
    first_message(MessageType::COMMAND_AMF0)
}

/// What OBS says about its stream.
pub fn metadata() -> Vec<u8> {
    first_message(MessageType::DATA_AMF0)
}

fn first_message(message_type: MessageType) -> Vec<u8> {
    let mut input = OBS;
    ServerHandshake::new(0, &[0; 1528])
        .handle_input(&mut input, &mut Vec::new())
        .expect("it begins with a handshake");
    let mut decoder = ChunkDecoder::default();
    loop {
        let message = decoder.decode(&mut input).expect("it is a chunk stream");
        let message = message.expect("there is such a message");
        if message.header.message_type == message_type {
            return message.payload.to_vec();
        }
    }
}

/// A message of the recording.
pub struct Message {
    pub header: MessageHeader,
    pub payload: Vec<u8>,
}

/// The recording as messages, over and over, until there are so many bytes.
pub fn messages(at_least: usize) -> Vec<Message> {
    const ROUND_MS: u32 = 2000;
    let tags = tags();
    let mut messages = Vec::new();
    let mut bytes = 0;
    for round in 0.. {
        for tag in &tags {
            let Some(header) = header(tag, round * ROUND_MS) else {
                continue;
            };
            let payload = tag.body.to_vec();
            bytes += payload.len();
            messages.push(Message { header, payload });
        }
        if bytes >= at_least {
            break;
        }
    }
    messages
}

fn header(tag: &FlvTag, offset_ms: u32) -> Option<MessageHeader> {
    let (message_type, chunk_stream_id) = match tag.header.tag_type {
        FlvTagType::VIDEO => (MessageType::VIDEO, 6),
        FlvTagType::AUDIO => (MessageType::AUDIO, 4),
        _ => return None,
    };
    Some(MessageHeader {
        chunk_stream_id: ChunkStreamId::new(chunk_stream_id)?,
        timestamp: Timestamp(tag.header.timestamp_ms + offset_ms),
        message_type,
        message_stream_id: 1,
    })
}

/// The messages as a chunk stream, with the smallest headers there are.
pub fn chunk_stream(messages: &[Message], chunk_size: u32) -> Vec<u8> {
    let mut encoder = ChunkEncoder::new();
    encoder.set_chunk_size(chunk_size);
    let mut bytes = Vec::new();
    for message in messages {
        encoder
            .encode(&message.header, &message.payload, &mut bytes)
            .expect("it is within the limits");
    }
    bytes
}

/// Counts, to see that everybody has done all of the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub messages: usize,
    pub bytes: usize,
}

impl Tally {
    pub fn of(messages: &[Message]) -> Self {
        Self {
            messages: messages.len(),
            bytes: messages.iter().map(|message| message.payload.len()).sum(),
        }
    }

    pub fn add(&mut self, payload: &[u8]) {
        self.messages += 1;
        self.bytes += payload.len();
    }
}
