use core::fmt;

use alloc::vec::Vec;

use crate::{Message, MessageHeader, MessageType, Payload, Timestamp};

/// Type, length, timestamp and stream id in front of each sub-message.
const HEADER_LENGTH: usize = 11;

/// The messages inside an aggregate message (RTMP 1.0 section 7.1.6).
///
/// Sub-messages take over the message stream id of the aggregate, and their times are shifted so that the first one has
/// the time of the aggregate. Their headers are those of FLV tags, as every sender writes them: the highest byte of the
/// timestamp comes last.
///
/// ```
/// use rtmp_chunk::{AggregateMessages, ChunkStreamId, Message, MessageHeader, MessageType, Timestamp};
///
/// let aggregate = Message {
///     header: MessageHeader {
///         chunk_stream_id: ChunkStreamId::new(6).unwrap(),
///         timestamp: Timestamp(5000),
///         message_type: MessageType::AGGREGATE,
///         message_stream_id: 1,
///     },
///     // An audio message of two bytes at 100 ms, and the back pointer: 13 bytes.
///     payload: vec![8, 0, 0, 2, 0, 0, 100, 0, 0, 0, 0, 0xAF, 1, 0, 0, 0, 13].into(),
/// };
/// let message = AggregateMessages::new(&aggregate).next().unwrap()?;
/// assert_eq!(message.header.message_type, MessageType::AUDIO);
/// assert_eq!(message.header.timestamp, Timestamp(5000));
/// assert_eq!(&message.payload[..], [0xAF, 1]);
/// # Ok::<(), rtmp_chunk::AggregateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AggregateMessages<'a> {
    aggregate: MessageHeader,
    body: &'a [u8],
    rest: &'a [u8],
    headroom: usize,
    /// The time of the first sub-message.
    first: Option<Timestamp>,
}

impl<'a> AggregateMessages<'a> {
    /// The messages in the payload of `aggregate`, whose type should be [`MessageType::AGGREGATE`].
    #[must_use]
    pub fn new(aggregate: &'a Message) -> Self {
        let body = &aggregate.payload[..];
        Self {
            aggregate: aggregate.header,
            body,
            rest: body,
            headroom: 0,
            first: None,
        }
    }

    /// Leaves `bytes` of free room in front of each payload.
    #[must_use]
    pub fn with_headroom(mut self, bytes: usize) -> Self {
        self.headroom = bytes;
        self
    }

    fn next_message(&mut self) -> Result<Message, AggregateErrorKind> {
        let (header, rest) = self
            .rest
            .split_first_chunk::<HEADER_LENGTH>()
            .ok_or(AggregateErrorKind::Truncated)?;
        let [message_type, l2, l1, l0, t2, t1, t0, t3, ..] = *header;
        let length = u32::from_be_bytes([0, l2, l1, l0]) as usize;
        let timestamp = Timestamp(u32::from_be_bytes([t3, t2, t1, t0]));
        let message_type = MessageType(message_type);
        match message_type {
            MessageType::AGGREGATE => return Err(AggregateErrorKind::Nested),
            MessageType(1..=6) => return Err(AggregateErrorKind::ControlMessage(message_type)),
            _ => {}
        }

        let (body, rest) = rest
            .split_at_checked(length)
            .ok_or(AggregateErrorKind::Truncated)?;
        let (back_pointer, rest) = rest
            .split_first_chunk()
            .ok_or(AggregateErrorKind::Truncated)?;
        let back_pointer = u32::from_be_bytes(*back_pointer);
        if back_pointer as usize != HEADER_LENGTH.saturating_add(length) {
            return Err(AggregateErrorKind::BackPointer(back_pointer));
        }

        self.rest = rest;
        let first = *self.first.get_or_insert(timestamp);
        let since_first = timestamp.0.wrapping_sub(first.0);
        let timestamp = self.aggregate.timestamp.wrapping_add(since_first);
        let header = MessageHeader {
            message_type,
            timestamp,
            ..self.aggregate
        };
        let mut buffer = Vec::with_capacity(self.headroom.saturating_add(length));
        buffer.resize(self.headroom, 0);
        buffer.extend_from_slice(body);
        Ok(Message {
            header,
            payload: Payload::new(buffer, self.headroom),
        })
    }
}

impl Iterator for AggregateMessages<'_> {
    type Item = Result<Message, AggregateError>;

    /// The next message. After an error there are no more.
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let offset = self.body.len().saturating_sub(self.rest.len());
        let message = self.next_message();
        if message.is_err() {
            self.rest = &[];
        }
        Some(message.map_err(|kind| AggregateError { kind, offset }))
    }
}

impl core::iter::FusedIterator for AggregateMessages<'_> {}

/// Why the rest of an aggregate message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AggregateError {
    /// What is wrong.
    pub kind: AggregateErrorKind,
    /// Where the sub-message starts in the body of the aggregate.
    pub offset: usize,
}

/// What is wrong with a sub-message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AggregateErrorKind {
    /// It does not end within the aggregate.
    Truncated,
    /// The back pointer is not the length of the sub-message with its header.
    BackPointer(u32),
    /// It is an aggregate itself.
    Nested,
    /// It is of a type that belongs to the chunk stream.
    ControlMessage(MessageType),
}

impl fmt::Display for AggregateErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("a sub-message is cut short"),
            Self::BackPointer(value) => write!(
                f,
                "a back pointer of {value} is not the length of its sub-message"
            ),
            Self::Nested => f.write_str("an aggregate message in an aggregate message"),
            Self::ControlMessage(message_type) => {
                write!(
                    f,
                    "a control message (type {}) in an aggregate message",
                    message_type.0
                )
            }
        }
    }
}

impl fmt::Display for AggregateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (at byte {} of the aggregate)",
            self.kind, self.offset
        )
    }
}

impl core::error::Error for AggregateErrorKind {}
impl core::error::Error for AggregateError {}
