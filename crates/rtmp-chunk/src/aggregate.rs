use core::fmt;

use alloc::vec::Vec;

use rtmp_payload::Payload;

use crate::{Message, MessageHeader, MessageType, Timestamp};

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
///         chunk_stream_id: ChunkStreamId::VIDEO,
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
    headroom: usize,
    position: AggregatePosition,
}

/// How far an [`AggregateMessages`] has got: for whoever keeps the aggregate and takes its messages out bit by bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AggregatePosition {
    /// Where the next sub-message starts.
    offset: usize,
    /// The time of the first sub-message.
    first: Option<Timestamp>,
}

/// What stands in front of the body of a sub-message, and where that body lies in the aggregate.
struct SubMessage<'a> {
    message_type: MessageType,
    timestamp: Timestamp,
    body: &'a [u8],
    /// Where the next one starts.
    end: usize,
}

impl<'a> AggregateMessages<'a> {
    /// The messages in the payload of `aggregate`, whose type should be [`MessageType::AGGREGATE`].
    #[must_use]
    pub fn new(aggregate: &'a Message) -> Self {
        Self::resume(aggregate, AggregatePosition::default())
    }

    /// The messages in the payload of `aggregate` from a [`position`](Self::position) on.
    #[must_use]
    pub fn resume(aggregate: &'a Message, position: AggregatePosition) -> Self {
        Self {
            aggregate: aggregate.header,
            body: &aggregate.payload,
            headroom: 0,
            position,
        }
    }

    /// Leaves `bytes` of free room in front of each payload.
    #[must_use]
    pub fn with_headroom(mut self, bytes: usize) -> Self {
        self.headroom = bytes;
        self
    }

    /// How far the iterator has got.
    #[must_use]
    pub const fn position(&self) -> AggregatePosition {
        self.position
    }

    /// Passes over messages as long as they are not `wanted` by their type and the length of their body, and returns how
    /// many these were. Nothing is copied.
    pub fn skip_until(&mut self, wanted: impl Fn(MessageType, usize) -> bool) -> u64 {
        let mut skipped = 0_u64;
        while let Ok(sub_message) = self.sub_message_at(self.position.offset) {
            if wanted(sub_message.message_type, sub_message.body.len()) {
                break;
            }
            self.position.first.get_or_insert(sub_message.timestamp);
            self.position.offset = sub_message.end;
            skipped = skipped.saturating_add(1);
        }
        skipped
    }

    /// Whether all messages from here on can be read. Nothing is copied.
    ///
    /// # Errors
    /// That of the first one that cannot.
    pub fn check(&self) -> Result<(), AggregateError> {
        let mut offset = self.position.offset;
        while offset < self.body.len() {
            let sub_message = self.sub_message_at(offset);
            offset = sub_message
                .map_err(|kind| AggregateError { kind, offset })?
                .end;
        }
        Ok(())
    }

    fn sub_message_at(&self, offset: usize) -> Result<SubMessage<'a>, AggregateErrorKind> {
        let (header, rest) = self
            .body
            .get(offset..)
            .and_then(<[u8]>::split_first_chunk::<HEADER_LENGTH>)
            .ok_or(AggregateErrorKind::Truncated)?;
        let [message_type, l2, l1, l0, t2, t1, t0, t3, ..] = *header;
        let length = u32::from_be_bytes([0, l2, l1, l0]) as usize;
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
        Ok(SubMessage {
            message_type,
            timestamp: Timestamp(u32::from_be_bytes([t3, t2, t1, t0])),
            body,
            end: self.body.len().saturating_sub(rest.len()),
        })
    }

    fn message(&mut self, sub_message: &SubMessage<'_>) -> Message {
        let first = *self.position.first.get_or_insert(sub_message.timestamp);
        let since_first = sub_message.timestamp.0.wrapping_sub(first.0);
        let header = MessageHeader {
            message_type: sub_message.message_type,
            timestamp: self.aggregate.timestamp.wrapping_add(since_first),
            ..self.aggregate
        };
        let length = self.headroom.saturating_add(sub_message.body.len());
        let mut buffer = Vec::with_capacity(length);
        buffer.resize(self.headroom, 0);
        buffer.extend_from_slice(sub_message.body);
        Message {
            header,
            payload: Payload::new(buffer, self.headroom),
        }
    }
}

impl Iterator for AggregateMessages<'_> {
    type Item = Result<Message, AggregateError>;

    /// The next message. After an error there are no more.
    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.position.offset;
        if offset >= self.body.len() {
            return None;
        }
        Some(match self.sub_message_at(offset) {
            Ok(sub_message) => {
                self.position.offset = sub_message.end;
                Ok(self.message(&sub_message))
            }
            Err(kind) => {
                self.position.offset = self.body.len();
                Err(AggregateError { kind, offset })
            }
        })
    }
}

impl core::iter::FusedIterator for AggregateMessages<'_> {}

/// Why the rest of an aggregate message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AggregateError {
    /// What is wrong.
    pub kind: AggregateErrorKind,
    /// Where the sub-message starts in the body of the aggregate.
    pub offset: usize,
}

impl AggregateError {
    /// What `kind` says, of the sub-message at byte `offset`.
    #[must_use]
    pub const fn new(offset: usize, kind: AggregateErrorKind) -> Self {
        Self { kind, offset }
    }
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

impl core::error::Error for AggregateError {}
