//! Chunk streams by the standard and by those who read it otherwise.

use bytes::BytesMut;
use rml_rtmp::chunk_io::ChunkDeserializer;
use rml_rtmp::time::RtmpTimestamp;
use rtmp_chunk::ChunkDecoder;
use rtmp_runtime::chunk::ChunkAssembler;
use scuffle_rtmp::chunk::reader::ChunkReader;
use shiguredo_rtmp::ErrorKind;
use shiguredo_rtmp::tests::{RtmpChunkDecoder, RtmpChunkSize, RtmpChunkStreamId};

use super::{Row, outcome};

const SET_CHUNK_SIZE: u8 = 1;
const ABORT: u8 = 2;
const VIDEO: u8 = 9;
const AGGREGATE: u8 = 22;

/// A message as it has to come out: its time, and how long it is.
type Expected = (u32, usize);

struct Case {
    title: &'static str,
    /// Whole chunks, one after the other.
    chunks: Vec<Vec<u8>>,
    /// Messages that are not about the chunk stream itself.
    expected: Vec<Expected>,
}

pub fn rows() -> Vec<Row> {
    cases().iter().map(row).collect()
}

fn row(case: &Case) -> Row {
    let mut readers: [(&'static str, Box<dyn Reader>); 6] = [
        ("rtmp-chunk", Box::new(ChunkDecoder::default())),
        (
            "scuffle-rtmp",
            Box::new((ChunkReader::default(), BytesMut::new())),
        ),
        ("rml_rtmp", Box::new(ChunkDeserializer::new())),
        (
            "rtmp-rs",
            Box::new((rtmp_rs::protocol::ChunkDecoder::new(), BytesMut::new())),
        ),
        ("rtmp-runtime", Box::new(ChunkAssembler::new())),
        ("shiguredo_rtmp", Box::new(RtmpChunkDecoder::default())),
    ];
    Row {
        title: case.title,
        outcomes: readers
            .iter_mut()
            .map(|(name, reader)| (*name, outcome(|| read(&mut **reader, case).is_some())))
            .collect(),
    }
}

/// Reads the case as a server does, which tells the decoder what the chunk stream says of itself.
fn read(reader: &mut dyn Reader, case: &Case) -> Option<()> {
    let mut read = Vec::new();
    for chunk in &case.chunks {
        for Message {
            time,
            kind,
            payload,
        } in reader.push(chunk)?
        {
            let number = payload
                .first_chunk()
                .map(|first| u32::from_be_bytes(*first));
            match kind {
                SET_CHUNK_SIZE => reader.set_chunk_size(number?)?,
                ABORT => reader.abort(number?),
                _ => read.push((time, payload.len())),
            }
        }
    }
    (read == case.expected).then_some(())
}

struct Message {
    time: u32,
    kind: u8,
    payload: Vec<u8>,
}

trait Reader {
    /// What comes of a chunk; none if it is an error.
    fn push(&mut self, chunk: &[u8]) -> Option<Vec<Message>>;
    /// None: it does not take that.
    fn set_chunk_size(&mut self, size: u32) -> Option<()>;
    fn abort(&mut self, _chunk_stream_id: u32) {}
}

/// It looks for itself what a chunk stream says of itself.
impl Reader for ChunkDecoder {
    fn push(&mut self, mut chunk: &[u8]) -> Option<Vec<Message>> {
        let mut messages = Vec::new();
        while let Some(message) = self.decode(&mut chunk).ok()? {
            messages.push(Message {
                time: message.header.timestamp.0,
                kind: message.header.message_type.0,
                payload: message.payload.to_vec(),
            });
        }
        Some(messages)
    }

    fn set_chunk_size(&mut self, _size: u32) -> Option<()> {
        Some(())
    }
}

impl Reader for (ChunkReader, BytesMut) {
    fn push(&mut self, chunk: &[u8]) -> Option<Vec<Message>> {
        let (reader, buffer) = self;
        buffer.extend_from_slice(chunk);
        let mut messages = Vec::new();
        while let Some(message) = reader.read_chunk(buffer).ok()? {
            messages.push(Message {
                time: message.message_header.timestamp,
                kind: message.message_header.msg_type_id.0,
                payload: message.payload.to_vec(),
            });
        }
        Some(messages)
    }

    fn set_chunk_size(&mut self, size: u32) -> Option<()> {
        self.0.update_max_chunk_size(size as usize).then_some(())
    }
}

impl Reader for ChunkDeserializer {
    fn push(&mut self, mut chunk: &[u8]) -> Option<Vec<Message>> {
        let mut messages = Vec::new();
        while let Some(message) = self.get_next_message(chunk).ok()? {
            let RtmpTimestamp { value: time } = message.timestamp;
            messages.push(Message {
                time,
                kind: message.type_id,
                payload: message.data.to_vec(),
            });
            chunk = &[];
        }
        Some(messages)
    }

    fn set_chunk_size(&mut self, size: u32) -> Option<()> {
        self.set_max_chunk_size(size as usize).ok()
    }
}

impl Reader for (rtmp_rs::protocol::ChunkDecoder, BytesMut) {
    fn push(&mut self, chunk: &[u8]) -> Option<Vec<Message>> {
        let (decoder, buffer) = self;
        buffer.extend_from_slice(chunk);
        let mut messages = Vec::new();
        loop {
            let before = buffer.len();
            match decoder.decode(buffer).ok()? {
                Some(message) => messages.push(Message {
                    time: message.timestamp,
                    kind: message.message_type,
                    payload: message.payload.to_vec(),
                }),
                None if buffer.len() == before => return Some(messages),
                None => {}
            }
        }
    }

    fn set_chunk_size(&mut self, size: u32) -> Option<()> {
        self.0.set_chunk_size(size);
        Some(())
    }

    fn abort(&mut self, chunk_stream_id: u32) {
        self.0.abort(chunk_stream_id);
    }
}

impl Reader for ChunkAssembler {
    fn push(&mut self, chunk: &[u8]) -> Option<Vec<Message>> {
        let messages = ChunkAssembler::push(self, chunk).ok()?.into_iter();
        let messages = messages.map(|message| Message {
            time: message.timestamp,
            kind: message.message_type_id,
            payload: message.payload,
        });
        Some(messages.collect())
    }

    fn set_chunk_size(&mut self, size: u32) -> Option<()> {
        ChunkAssembler::set_chunk_size(self, size);
        Some(())
    }

    fn abort(&mut self, chunk_stream_id: u32) {
        ChunkAssembler::abort(self, chunk_stream_id);
    }
}

/// It keeps nothing of a chunk that is not there as a whole, and here they all are.
impl Reader for RtmpChunkDecoder {
    fn push(&mut self, mut chunk: &[u8]) -> Option<Vec<Message>> {
        let mut messages = Vec::new();
        loop {
            match self.decode(chunk) {
                Ok((length, message)) => {
                    chunk = &chunk[length..];
                    messages.extend(message.map(|message| Message {
                        time: message.timestamp.as_millis(),
                        kind: message.message_type as u8,
                        payload: message.payload,
                    }));
                }
                Err(error) if error.kind == ErrorKind::InsufficientBuffer && chunk.is_empty() => {
                    return Some(messages);
                }
                Err(_) => return None,
            }
        }
    }

    fn set_chunk_size(&mut self, size: u32) -> Option<()> {
        RtmpChunkDecoder::set_chunk_size(self, RtmpChunkSize::new(size as usize)?);
        Some(())
    }

    fn abort(&mut self, chunk_stream_id: u32) {
        if let Some(id) = RtmpChunkStreamId::new(chunk_stream_id) {
            self.reset_chunk_stream(id);
        }
    }
}

/// Basic header (sections 5.3.1.1 and 5.3.1.2) of one byte, message header, payload.
fn chunk(format: u8, id: u8, header: &[&[u8]], payload: usize) -> Vec<u8> {
    let mut chunk = vec![format << 6 | id];
    chunk.extend(header.concat());
    chunk.resize(chunk.len() + payload, 0x55);
    chunk
}

/// A chunk of type 0 on a chunk stream of media.
fn type_0(time: u32, length: usize, kind: u8, payload: usize) -> Vec<u8> {
    let (time, length) = (uint24(time), uint24(length as u32));
    chunk(0, 6, &[&time, &length, &[kind], &[1, 0, 0, 0]], payload)
}

fn type_1(delta: u32, length: usize, payload: usize) -> Vec<u8> {
    chunk(
        1,
        6,
        &[&uint24(delta), &uint24(length as u32), &[VIDEO]],
        payload,
    )
}

fn type_3(payload: usize) -> Vec<u8> {
    chunk(3, 6, &[], payload)
}

/// A message about the chunk stream (section 5.4).
fn control(kind: u8, number: u32) -> Vec<u8> {
    let number = number.to_be_bytes();
    chunk(0, 2, &[&[0, 0, 0, 0, 0, 4, kind, 0, 0, 0, 0], &number], 0)
}

fn uint24(number: u32) -> [u8; 3] {
    let [_, bytes @ ..] = number.to_be_bytes();
    bytes
}

fn cases() -> Vec<Case> {
    let extended = 0x0100_0000_u32;
    let case = |title, chunks, expected: &[Expected]| Case {
        title,
        chunks,
        expected: expected.to_vec(),
    };
    let begun_with = |time: u32| {
        let header = [&uint24(0xFF_FFFF)[..], &uint24(200), &[VIDEO, 1, 0, 0, 0]];
        chunk(0, 6, &[&header.concat(), &time.to_be_bytes()], 128)
    };
    vec![
        case(
            "an extended timestamp, repeated in chunks of type 3",
            vec![
                begun_with(extended),
                chunk(3, 6, &[&extended.to_be_bytes()], 72),
            ],
            &[(extended, 200)],
        ),
        case(
            "… not repeated, as by old encoders",
            vec![begun_with(extended), type_3(72)],
            &[(extended, 200)],
        ),
        case(
            "Set Chunk Size in the middle of a message",
            vec![
                type_0(7, 300, VIDEO, 128),
                control(SET_CHUNK_SIZE, 4096),
                type_3(172),
            ],
            &[(7, 300)],
        ),
        case(
            "… to 0x7FFFFFFF",
            vec![
                control(SET_CHUNK_SIZE, 0x7FFF_FFFF),
                type_0(7, 3000, VIDEO, 3000),
            ],
            &[(7, 3000)],
        ),
        case(
            "… to 64",
            vec![
                control(SET_CHUNK_SIZE, 64),
                type_0(7, 100, VIDEO, 64),
                type_3(36),
            ],
            &[(7, 100)],
        ),
        case(
            "Abort in the middle of a message",
            vec![
                type_0(7, 300, VIDEO, 128),
                control(ABORT, 6),
                type_0(40, 10, VIDEO, 10),
            ],
            &[(40, 10)],
        ),
        case(
            "chunks of two messages in turn",
            vec![
                type_0(7, 200, VIDEO, 128),
                chunk(0, 4, &[&[0, 0, 8, 0, 0, 10, 8, 1, 0, 0, 0]], 10),
                type_3(72),
            ],
            &[(8, 10), (7, 200)],
        ),
        case(
            "a chunk stream id of three bytes",
            vec![chunk(
                0,
                1,
                &[&[0, 1], &[0, 0, 7, 0, 0, 10, 9, 1, 0, 0, 0]],
                10,
            )],
            &[(7, 10)],
        ),
        case(
            "a chunk stream that begins with type 1, as librtmp's pings",
            vec![type_1(7, 10, 10)],
            &[(7, 10)],
        ),
        case(
            "type 3 begins a message, behind a delta",
            vec![type_0(7, 10, VIDEO, 10), type_1(40, 10, 10), type_3(10)],
            &[(7, 10), (47, 10), (87, 10)],
        ),
        case(
            "a message without a body",
            vec![type_0(7, 0, VIDEO, 0), type_0(47, 10, VIDEO, 10)],
            &[(7, 0), (47, 10)],
        ),
        case(
            "a picture of 12 MiB",
            std::iter::once(control(SET_CHUNK_SIZE, 65536))
                .chain([type_0(7, 12 << 20, VIDEO, 65536)])
                .chain((1..12 * 16).map(|_| type_3(65536)))
                .collect(),
            &[(7, 12 << 20)],
        ),
        case(
            "an aggregate message, as a whole",
            vec![type_0(7, 100, AGGREGATE, 100)],
            &[(7, 100)],
        ),
        case(
            "a message of an unknown type",
            vec![type_0(7, 10, 99, 10)],
            &[(7, 10)],
        ),
    ]
}
