use core::fmt;

use bytes::BufMut;

use super::ExtendedTimestamps;
use super::header::{ChunkHeader, ChunkMessageHeader, MAX_LENGTH, TimestampField};
use super::stream_table::StreamTable;
use crate::{ChunkSize, ControlError, MessageHeader, MessageType, ProtocolControl};

/// The longest payload: the message length has 24 bits.
const MAX_PAYLOAD: u32 = 0xFF_FFFF;

/// Cuts messages into chunks (RTMP 1.0 section 5.3), each with the smallest header that the standard allows.
///
/// A [`ChunkDecoder`](crate::ChunkDecoder) that reads the chunks returns the same messages.
///
/// ```
/// use rtmp_chunk::{ChunkDecoder, ChunkEncoder, ChunkStreamId, MessageHeader, MessageType, Timestamp};
///
/// let mut header = MessageHeader {
///     chunk_stream_id: ChunkStreamId::AUDIO,
///     timestamp: Timestamp(1000),
///     message_type: MessageType::AUDIO,
///     message_stream_id: 1,
/// };
/// let mut encoder = ChunkEncoder::new();
/// let mut bytes = Vec::new();
/// encoder.encode(&header, &[1; 32], &mut bytes)?;
/// assert_eq!(bytes.len(), 12 + 32);
/// header.timestamp = Timestamp(1020);
/// encoder.encode(&header, &[2; 32], &mut bytes)?;
/// assert_eq!(bytes.len(), 12 + 32 + 4 + 32, "only the time since the first message is written");
///
/// let mut input = &bytes[..];
/// let mut decoder = ChunkDecoder::default();
/// assert_eq!(decoder.decode(&mut input)?.unwrap().header.timestamp, Timestamp(1000));
/// assert_eq!(decoder.decode(&mut input)?.unwrap().header, header);
/// assert_eq!(decoder.decode(&mut input)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChunkEncoder {
    chunk_size: ChunkSize,
    extended_timestamps: ExtendedTimestamps,
    full_headers: bool,
    streams: StreamTable<SentMessage>,
}

/// What later headers on a chunk stream can refer to.
#[derive(Clone, Copy, Debug)]
struct SentMessage {
    header: MessageHeader,
    length: u32,
    /// The delta that a type 3 chunk would repeat. After type 0 the standard and what is deployed disagree about it,
    /// unless the timestamp is 0.
    delta: Option<u32>,
    /// The extended timestamp of the last type 0, 1 or 2 chunk.
    extended_timestamp: Option<u32>,
}

impl ChunkEncoder {
    /// An encoder at the beginning of a connection: chunks of 128 bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            chunk_size: ChunkSize::DEFAULT,
            extended_timestamps: ExtendedTimestamps::Always,
            full_headers: false,
            streams: StreamTable::new(),
        }
    }

    /// Chooses whether type 3 chunks repeat the extended timestamp; [`ExtendedTimestamps::Always`] is the standard.
    #[must_use]
    pub const fn with_extended_timestamps(
        mut self,
        extended_timestamps: ExtendedTimestamps,
    ) -> Self {
        self.extended_timestamps = extended_timestamps;
        self
    }

    /// Begins every message with a full header (type 0), not with the smallest one, for peers that understand nothing
    /// else. Nothing has to be remembered then.
    #[must_use]
    pub const fn with_full_headers(mut self) -> Self {
        self.full_headers = true;
        self
    }

    /// The maximum length of a chunk's data in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> u32 {
        self.chunk_size.get()
    }

    /// Sets the maximum length of a chunk's data for the chunks to come: 1 to 16777215 bytes, to which it is clamped.
    ///
    /// The peer has to know: it learns it from a Set Chunk Size message, and encoding one sets the size as well.
    pub fn set_chunk_size(&mut self, bytes: u32) {
        self.chunk_size = ChunkSize::new(bytes.max(1)).unwrap_or_default();
    }

    /// Appends a message to `out` as one or more chunks.
    ///
    /// A Set Chunk Size message applies to what is encoded after it.
    ///
    /// # Errors
    /// [`EncodeError`] if the payload is too long, if `out` has no room for all of it, or if it is a Set Chunk Size or
    /// Abort message that no decoder could understand. Nothing has been written then.
    pub fn encode(
        &mut self,
        header: &MessageHeader,
        payload: &[u8],
        out: &mut impl BufMut,
    ) -> Result<(), EncodeError> {
        let chunks = self.chunks(header, payload)?;
        let needed = chunks.encoded_length(payload.len());
        if out.remaining_mut() < needed {
            return Err(EncodeError::OutputFull { needed });
        }
        chunks.for_each(payload, |header, repeated, data| {
            encode_header(header, repeated, out);
            out.put_slice(data);
        });
        self.remember(&chunks);
        Ok(())
    }

    /// Cuts a message into chunks without copying its payload: `put` is given the header of each, and the part of
    /// the payload that it carries.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use rtmp_chunk::{ChunkEncoder, MessageHeader, MessageType};
    ///
    /// let payload = Bytes::from_static(&[7; 150]);
    /// let mut pieces = Vec::new();
    /// ChunkEncoder::new().encode_in_pieces(
    ///     &MessageHeader::control(MessageType::VIDEO),
    ///     &payload,
    ///     |header, data| pieces.extend([Bytes::copy_from_slice(header), payload.slice_ref(data)]),
    /// )?;
    /// let lengths: Vec<_> = pieces.iter().map(Bytes::len).collect();
    /// assert_eq!(lengths, [12, 128, 1, 22]);
    /// # Ok::<(), rtmp_chunk::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`encode`](Self::encode). Nothing has been put then.
    pub fn encode_in_pieces<'p>(
        &mut self,
        header: &MessageHeader,
        payload: &'p [u8],
        mut put: impl FnMut(&[u8], &'p [u8]),
    ) -> Result<(), EncodeError> {
        let chunks = self.chunks(header, payload)?;
        chunks.for_each(payload, |header, repeated, data| {
            let mut bytes = [0; MAX_LENGTH];
            let mut room = &mut bytes[..];
            encode_header(header, repeated, &mut room);
            let length = MAX_LENGTH.saturating_sub(room.len());
            put(bytes.get(..length).unwrap_or_default(), data);
        });
        self.remember(&chunks);
        Ok(())
    }

    fn chunks(&self, header: &MessageHeader, payload: &[u8]) -> Result<Chunks, EncodeError> {
        let length = u32::try_from(payload.len())
            .ok()
            .filter(|length| *length <= MAX_PAYLOAD)
            .ok_or(EncodeError::PayloadTooLong {
                length: payload.len(),
            })?;
        let next_size = match header.message_type {
            MessageType::SET_CHUNK_SIZE | MessageType::ABORT => {
                match ProtocolControl::parse(header.message_type, payload) {
                    Ok(Some(ProtocolControl::SetChunkSize(size))) => size,
                    Ok(_) => self.chunk_size,
                    Err(error) => return Err(EncodeError::Control(error)),
                }
            }
            _ => self.chunk_size,
        };
        let position = self
            .streams
            .position(header.chunk_stream_id)
            .filter(|_| !self.full_headers);
        let previous = position
            .and_then(|position| self.streams.get(position))
            .copied();
        let (first, sent) = smallest_header(header, length, previous);
        let repeated = match self.extended_timestamps {
            ExtendedTimestamps::Always => sent.extended_timestamp,
            ExtendedTimestamps::Never => None,
        };
        Ok(Chunks {
            first,
            repeated,
            size: self.chunk_size,
            next_size,
            position,
            sent,
        })
    }

    fn remember(&mut self, chunks: &Chunks) {
        self.chunk_size = chunks.next_size;
        let previous = chunks
            .position
            .and_then(|position| self.streams.get_mut(position));
        match previous {
            Some(previous) => *previous = chunks.sent,
            None if self.full_headers => {}
            None => {
                self.streams
                    .insert(chunks.sent.header.chunk_stream_id, chunks.sent);
            }
        }
    }
}

impl Default for ChunkEncoder {
    fn default() -> Self {
        Self::new()
    }
}

/// The chunks of one message.
struct Chunks {
    first: ChunkHeader,
    /// The extended timestamp that chunks of type 3 have to repeat.
    repeated: Option<u32>,
    size: ChunkSize,
    /// The size of the chunks behind them.
    next_size: ChunkSize,
    /// Where the encoder keeps what it knows of the chunk stream.
    position: Option<usize>,
    sent: SentMessage,
}

impl Chunks {
    const fn continuation(&self) -> ChunkHeader {
        ChunkHeader {
            chunk_stream_id: self.first.chunk_stream_id,
            message: ChunkMessageHeader::Type3,
        }
    }

    fn for_each<'p>(
        &self,
        payload: &'p [u8],
        mut put: impl FnMut(&ChunkHeader, Option<u32>, &'p [u8]),
    ) {
        let continuation = self.continuation();
        let mut chunks = payload.chunks(self.size.get() as usize);
        put(
            &self.first,
            self.repeated,
            chunks.next().unwrap_or_default(),
        );
        for data in chunks {
            put(&continuation, self.repeated, data);
        }
    }

    fn encoded_length(&self, payload: usize) -> usize {
        let repeated: usize = if self.repeated.is_some() { 4 } else { 0 };
        let first_repeats = if matches!(self.first.message, ChunkMessageHeader::Type3) {
            repeated
        } else {
            0
        };
        let continuations = payload
            .div_ceil(self.size.get().max(1) as usize)
            .saturating_sub(1);
        self.continuation()
            .encoded_length()
            .saturating_add(repeated)
            .saturating_mul(continuations)
            .saturating_add(self.first.encoded_length())
            .saturating_add(first_repeats)
            .saturating_add(payload)
    }
}

/// `repeated` is the extended timestamp that a chunk of type 3 has to repeat.
fn encode_header(header: &ChunkHeader, repeated: Option<u32>, out: &mut impl BufMut) {
    header.encode(out);
    if let (ChunkMessageHeader::Type3, Some(timestamp)) = (header.message, repeated) {
        out.put_u32(timestamp);
    }
}

/// The smallest header that says all that is new about a message (section 5.3.1.2), and what it leaves behind.
fn smallest_header(
    header: &MessageHeader,
    length: u32,
    previous: Option<SentMessage>,
) -> (ChunkHeader, SentMessage) {
    let message = match previous {
        Some(previous) => message_header_after(&previous, header, length),
        None => full_message_header(header, length),
    };
    let (delta, extended_timestamp) = match (message, previous) {
        (ChunkMessageHeader::Type0 { timestamp, .. }, _) => (
            (timestamp.value == 0).then_some(0),
            timestamp.extended_value(),
        ),
        (ChunkMessageHeader::Type1 { delta, .. } | ChunkMessageHeader::Type2 { delta }, _) => {
            (Some(delta.value), delta.extended_value())
        }
        (ChunkMessageHeader::Type3, previous) => (
            previous.and_then(|p| p.delta),
            previous.and_then(|p| p.extended_timestamp),
        ),
    };
    let sent = SentMessage {
        header: *header,
        length,
        delta,
        extended_timestamp,
    };
    (
        ChunkHeader {
            chunk_stream_id: header.chunk_stream_id,
            message,
        },
        sent,
    )
}

fn full_message_header(header: &MessageHeader, length: u32) -> ChunkMessageHeader {
    ChunkMessageHeader::Type0 {
        timestamp: TimestampField::new(header.timestamp.0),
        length,
        message_type: header.message_type,
        message_stream_id: header.message_stream_id,
    }
}

fn message_header_after(
    previous: &SentMessage,
    header: &MessageHeader,
    length: u32,
) -> ChunkMessageHeader {
    let elapsed = header.timestamp.since(previous.header.timestamp);
    let Ok(elapsed) = u32::try_from(elapsed) else {
        // "This type MUST be used … whenever the stream timestamp goes backward" (section 5.3.1.2.1).
        return full_message_header(header, length);
    };
    if header.message_stream_id != previous.header.message_stream_id {
        return full_message_header(header, length);
    }
    let delta = TimestampField::new(elapsed);
    if header.message_type != previous.header.message_type || length != previous.length {
        ChunkMessageHeader::Type1 {
            delta,
            length,
            message_type: header.message_type,
        }
    } else if previous.delta != Some(elapsed) {
        ChunkMessageHeader::Type2 { delta }
    } else {
        ChunkMessageHeader::Type3
    }
}

/// Why a message could not be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The payload is longer than 16777215 bytes.
    PayloadTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The output has too little room.
    OutputFull {
        /// The bytes that the message takes.
        needed: usize,
    },
    /// A protocol control message that the peer could not understand.
    Control(ControlError),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadTooLong { length } => {
                write!(
                    f,
                    "a payload of {length} bytes: a message holds at most {MAX_PAYLOAD}"
                )
            }
            Self::OutputFull { needed } => write!(f, "the output has no room for {needed} bytes"),
            Self::Control(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for EncodeError {}
