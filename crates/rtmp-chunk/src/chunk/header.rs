//! The chunk header: basic header, message header, extended timestamp (RTMP 1.0 section 5.3.1).

use bytes::BufMut;

use crate::{ChunkStreamId, MessageType};

/// The longest chunk header: three bytes of basic header, eleven of message header, four of extended timestamp.
pub(super) const MAX_LENGTH: usize = 18;

/// A timestamp field with this value says that an extended timestamp follows (section 5.3.1.3).
pub(super) const EXTENDED: u32 = 0xFF_FFFF;

/// The length of an extended timestamp.
pub(super) const EXTENSION_LENGTH: usize = 4;

/// The shortest header of type 0 with an extended timestamp. All others are shorter.
pub(super) const EXTENDED_TYPE_0_LENGTH: usize = 1 + 11 + EXTENSION_LENGTH;

/// A chunk header, except for the extended timestamp of type 3, which only the chunks before it tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkHeader {
    pub(super) chunk_stream_id: ChunkStreamId,
    pub(super) message: ChunkMessageHeader,
}

/// The chunk message header (section 5.3.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkMessageHeader {
    Type0 {
        timestamp: TimestampField,
        length: u32,
        message_type: MessageType,
        message_stream_id: u32,
    },
    Type1 {
        delta: TimestampField,
        length: u32,
        message_type: MessageType,
    },
    Type2 {
        delta: TimestampField,
    },
    Type3,
}

/// A timestamp or delta of 32 bits, and whether it takes the extended timestamp field to carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimestampField {
    pub(super) value: u32,
    pub(super) extended: bool,
}

impl ChunkHeader {
    /// Reads the header that `bytes` begin with and returns it with its length; `None` if more bytes are needed.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut rest = bytes;
        let (format, chunk_stream_id) = parse_basic_header(&mut rest)?;
        let message = ChunkMessageHeader::parse(format, &mut rest)?;
        Some((
            Self {
                chunk_stream_id,
                message,
            },
            bytes.len().saturating_sub(rest.len()),
        ))
    }

    /// Writes the header in its smallest form.
    pub(super) fn encode(&self, out: &mut impl BufMut) {
        encode_basic_header(self.message.format(), self.chunk_stream_id, out);
        self.message.encode(out);
    }

    /// How many bytes [`encode`](Self::encode) writes.
    pub(super) fn encoded_length(&self) -> usize {
        basic_header_length(self.chunk_stream_id).saturating_add(self.message.encoded_length())
    }
}

/// Takes the chunk basic header: the format of the message header and the chunk stream id (section 5.3.1.1).
fn parse_basic_header(rest: &mut &[u8]) -> Option<(u8, ChunkStreamId)> {
    let [first] = take(rest)?;
    let id = match first & 0x3F {
        0 => {
            let [low] = take(rest)?;
            u32::from(low).saturating_add(64)
        }
        1 => u32::from(u16::from_le_bytes(take(rest)?)).saturating_add(64),
        id => u32::from(id),
    };
    // None of the three forms can express an id outside the range.
    Some((first >> 6, ChunkStreamId::new(id)?))
}

fn encode_basic_header(format: u8, id: ChunkStreamId, out: &mut impl BufMut) {
    let format = format << 6;
    match (id.get(), id.get().saturating_sub(64)) {
        (id @ ..64, _) => out.put_u8(format | id as u8),
        (_, above @ ..256) => {
            out.put_u8(format);
            out.put_u8(above as u8);
        }
        (_, above) => {
            out.put_u8(format | 1);
            out.put_u16_le(above as u16);
        }
    }
}

fn basic_header_length(id: ChunkStreamId) -> usize {
    match id.get() {
        ..64 => 1,
        64..320 => 2,
        _ => 3,
    }
}

/// What follows a basic header of type 3 and one byte, if `input` begins with that of the chunk stream `id`.
pub(super) fn strip_short_type_3(input: &[u8], id: ChunkStreamId) -> Option<&[u8]> {
    let (first, rest) = input.split_first()?;
    (id.get() < 64 && u32::from(*first) == 0xC0 | id.get()).then_some(rest)
}

impl ChunkMessageHeader {
    fn parse(format: u8, rest: &mut &[u8]) -> Option<Self> {
        Some(match format {
            0 => {
                let timestamp = take_u24(rest)?;
                let length = take_u24(rest)?;
                let [message_type] = take(rest)?;
                let message_stream_id = u32::from_le_bytes(take(rest)?);
                let timestamp = TimestampField::parse(timestamp, rest)?;
                Self::Type0 {
                    timestamp,
                    length,
                    message_type: MessageType(message_type),
                    message_stream_id,
                }
            }
            1 => {
                let delta = take_u24(rest)?;
                let length = take_u24(rest)?;
                let [message_type] = take(rest)?;
                let delta = TimestampField::parse(delta, rest)?;
                Self::Type1 {
                    delta,
                    length,
                    message_type: MessageType(message_type),
                }
            }
            2 => {
                let delta = take_u24(rest)?;
                Self::Type2 {
                    delta: TimestampField::parse(delta, rest)?,
                }
            }
            _ => Self::Type3,
        })
    }

    fn encode(&self, out: &mut impl BufMut) {
        match *self {
            Self::Type0 {
                timestamp,
                length,
                message_type,
                message_stream_id,
            } => {
                put_u24(out, timestamp.short());
                put_u24(out, length);
                out.put_u8(message_type.0);
                out.put_u32_le(message_stream_id);
            }
            Self::Type1 {
                delta,
                length,
                message_type,
            } => {
                put_u24(out, delta.short());
                put_u24(out, length);
                out.put_u8(message_type.0);
            }
            Self::Type2 { delta } => put_u24(out, delta.short()),
            Self::Type3 => {}
        }
        if let Some(extended) = self
            .timestamp_field()
            .and_then(TimestampField::extended_value)
        {
            out.put_u32(extended);
        }
    }

    fn encoded_length(&self) -> usize {
        let fields: usize = match self {
            Self::Type0 { .. } => 11,
            Self::Type1 { .. } => 7,
            Self::Type2 { .. } => 3,
            Self::Type3 => 0,
        };
        let extended = self.timestamp_field().is_some_and(|field| field.extended);
        fields.saturating_add(if extended { 4 } else { 0 })
    }

    /// The `fmt` bits of the basic header.
    pub(super) fn format(&self) -> u8 {
        match self {
            Self::Type0 { .. } => 0,
            Self::Type1 { .. } => 1,
            Self::Type2 { .. } => 2,
            Self::Type3 => 3,
        }
    }

    /// Makes the timestamp of a header of type 0 the value that announces an extension, without one.
    pub(super) fn remove_extension(&mut self) {
        if let Self::Type0 { timestamp, .. } = self {
            *timestamp = TimestampField {
                value: EXTENDED,
                extended: false,
            };
        }
    }

    /// The timestamp or delta; none in type 3.
    pub(super) fn timestamp_field(&self) -> Option<TimestampField> {
        match *self {
            Self::Type0 { timestamp, .. } => Some(timestamp),
            Self::Type1 { delta, .. } | Self::Type2 { delta } => Some(delta),
            Self::Type3 => None,
        }
    }
}

impl TimestampField {
    /// A field for `value` in the form that the standard asks for.
    pub(super) const fn new(value: u32) -> Self {
        Self {
            value,
            extended: value >= EXTENDED,
        }
    }

    /// The value for the extended timestamp field, if there is to be one.
    pub(super) fn extended_value(self) -> Option<u32> {
        self.extended.then_some(self.value)
    }

    fn parse(short: u32, rest: &mut &[u8]) -> Option<Self> {
        if short == EXTENDED {
            Some(Self {
                value: u32::from_be_bytes(take(rest)?),
                extended: true,
            })
        } else {
            Some(Self {
                value: short,
                extended: false,
            })
        }
    }

    fn short(self) -> u32 {
        if self.extended { EXTENDED } else { self.value }
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

fn take_u24(rest: &mut &[u8]) -> Option<u32> {
    let [high, middle, low] = take(rest)?;
    Some(u32::from_be_bytes([0, high, middle, low]))
}

fn put_u24(out: &mut impl BufMut, value: u32) {
    out.put_uint(u64::from(value), 3);
}
