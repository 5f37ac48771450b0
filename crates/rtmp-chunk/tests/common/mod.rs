//! Chunks written by hand, field by field, and decoding in pieces.
#![allow(dead_code, reason = "no test file needs all of it")]

use rtmp_chunk::{
    ChunkDecoder, ChunkStreamId, DecodeError, Message, MessageHeader, MessageType, Timestamp,
};

/// A chunk stream under construction: what is written is what a sender would send, right or wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunks {
    pub(crate) bytes: Vec<u8>,
}

impl Chunks {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The chunk basic header in its smallest form (section 5.3.1.1).
    pub(crate) fn basic_header(mut self, chunk_type: u8, id: u32) -> Self {
        match id {
            0..=1 => panic!("{id} is no chunk stream id"),
            2..=63 => self.bytes.push(chunk_type << 6 | id as u8),
            64..=319 => self.bytes.extend([chunk_type << 6, (id - 64) as u8]),
            _ => {
                self.bytes.push(chunk_type << 6 | 1);
                self.bytes.extend(((id - 64) as u16).to_le_bytes());
            }
        }
        self
    }

    /// Timestamp, length and type stand as given: for an extended timestamp say 0xFFFFFF and call `extended`.
    pub(crate) fn type_0(
        self,
        id: u32,
        timestamp: u32,
        length: u32,
        message_type: MessageType,
        stream: u32,
    ) -> Self {
        self.basic_header(0, id)
            .u24(timestamp)
            .u24(length)
            .data(&[message_type.0])
            .data(&stream.to_le_bytes())
    }

    pub(crate) fn type_1(
        self,
        id: u32,
        delta: u32,
        length: u32,
        message_type: MessageType,
    ) -> Self {
        self.basic_header(1, id)
            .u24(delta)
            .u24(length)
            .data(&[message_type.0])
    }

    pub(crate) fn type_2(self, id: u32, delta: u32) -> Self {
        self.basic_header(2, id).u24(delta)
    }

    pub(crate) fn type_3(self, id: u32) -> Self {
        self.basic_header(3, id)
    }

    pub(crate) fn extended(self, timestamp: u32) -> Self {
        self.data(&timestamp.to_be_bytes())
    }

    pub(crate) fn data(mut self, data: &[u8]) -> Self {
        self.bytes.extend_from_slice(data);
        self
    }

    /// A whole protocol control message on chunk stream 2.
    pub(crate) fn control(self, message_type: MessageType, body: &[u8]) -> Self {
        self.type_0(2, 0, body.len() as u32, message_type, 0)
            .data(body)
    }

    pub(crate) fn set_chunk_size(self, bytes: u32) -> Self {
        self.control(MessageType::SET_CHUNK_SIZE, &bytes.to_be_bytes())
    }

    /// Data in chunks of `chunk_size`, with type 3 headers in between.
    pub(crate) fn in_pieces(self, id: u32, data: &[u8], chunk_size: u32) -> Self {
        data.chunks(chunk_size as usize)
            .enumerate()
            .fold(self, |chunks, (n, piece)| {
                let chunks = if n == 0 { chunks } else { chunks.type_3(id) };
                chunks.data(piece)
            })
    }

    fn u24(self, value: u32) -> Self {
        self.data(&value.to_be_bytes()[1..])
    }
}

pub(crate) fn id(id: u32) -> ChunkStreamId {
    ChunkStreamId::new(id).unwrap_or_else(|| panic!("{id} is no chunk stream id"))
}

pub(crate) fn message(
    chunk_stream: u32,
    timestamp: u32,
    message_type: MessageType,
    message_stream_id: u32,
    body: &[u8],
) -> Message {
    let header = MessageHeader {
        chunk_stream_id: id(chunk_stream),
        timestamp: Timestamp(timestamp),
        message_type,
        message_stream_id,
    };
    Message {
        header,
        payload: body.to_vec().into(),
    }
}

/// Bytes that differ from their neighbours, so that a lost or doubled one shows.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + i / 256 * 7) as u8).collect()
}

/// Feeds `pieces` one after the other and collects the messages.
pub(crate) fn feed<'a>(
    decoder: &mut ChunkDecoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Message>, DecodeError> {
    let mut messages = Vec::new();
    for mut piece in pieces {
        while let Some(message) = decoder.decode(&mut piece)? {
            messages.push(message);
        }
        assert!(
            piece.is_empty(),
            "the decoder asks for more and leaves {} bytes",
            piece.len()
        );
    }
    Ok(messages)
}

/// Decodes `bytes` with fresh decoders: as a whole, byte by byte, and cut in two at every offset. All have to agree.
pub(crate) fn decode_any_way(
    decoder: impl Fn() -> ChunkDecoder,
    bytes: &[u8],
) -> Result<Vec<Message>, DecodeError> {
    let whole = feed(&mut decoder(), [bytes]);
    assert_eq!(feed(&mut decoder(), bytes.chunks(1)), whole, "byte by byte");
    let every = (bytes.len() / 500).max(1);
    for cut in (0..bytes.len()).step_by(every) {
        let (before, after) = bytes.split_at(cut);
        assert_eq!(feed(&mut decoder(), [before, after]), whole, "cut at {cut}");
    }
    whole
}

pub(crate) fn decode(chunks: &Chunks) -> Result<Vec<Message>, DecodeError> {
    decode_any_way(ChunkDecoder::default, &chunks.bytes)
}

/// The messages in `chunks`, which are without a fault.
pub(crate) fn messages(chunks: &Chunks) -> Vec<Message> {
    decode(chunks).unwrap_or_else(|error| panic!("{error}"))
}

/// `bytes` in pieces of the given lengths, over and over.
pub(crate) fn cut<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at((*length).clamp(1, bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}
