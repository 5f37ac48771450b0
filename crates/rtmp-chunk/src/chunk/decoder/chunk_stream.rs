use alloc::vec::Vec;

use super::super::DecoderLimits;
use super::super::header::{ChunkMessageHeader, EXTENDED, strip_short_type_3};
use super::DecodeErrorKind;
use super::budget::Budget;
use rtmp_payload::Payload;

use crate::{ChunkStreamId, Message, MessageHeader, MessageType, Timestamp};

/// What is known about one chunk stream: the values that later headers refer to, and the message that is under way.
#[derive(Debug)]
pub(super) struct ChunkStream {
    header: MessageHeader,
    length: u32,
    /// What a type 3 chunk that starts a message adds to the time.
    delta: u32,
    /// The extended timestamp field of the last chunk of type 0, 1 or 2.
    extended_timestamp: Option<u32>,
    message: Option<UnfinishedMessage>,
}

/// As many milliseconds may lie between two messages of a stream whose clock does not jump.
const LONGEST_STEP: u32 = 60_000;

/// A message of which not all bytes have come.
#[derive(Debug)]
struct UnfinishedMessage {
    /// Headroom and what has come of the body; empty until the first byte comes.
    buffer: Vec<u8>,
    headroom: usize,
    /// How many bytes of the body have come.
    received: u32,
    /// They are not kept.
    passed_over: bool,
    /// What the decoder's owner remembers it by.
    mark: u64,
}

impl ChunkStream {
    pub(super) fn new(id: ChunkStreamId) -> Self {
        Self {
            header: MessageHeader {
                chunk_stream_id: id,
                timestamp: Timestamp(0),
                message_type: MessageType(0),
                message_stream_id: 0,
            },
            length: 0,
            delta: 0,
            extended_timestamp: None,
            message: None,
        }
    }

    pub(super) fn id(&self) -> ChunkStreamId {
        self.header.chunk_stream_id
    }

    pub(super) fn message_type(&self) -> MessageType {
        self.header.message_type
    }

    pub(super) fn length(&self) -> u32 {
        self.length
    }

    pub(super) fn extended_timestamp(&self) -> Option<u32> {
        self.extended_timestamp
    }

    /// What follows the header of the next chunk, if `input` begins with one that goes on with the message under way in
    /// the usual, short form. An extended timestamp is expected only if the peer is known to repeat it.
    pub(super) fn strip_continuation<'a>(
        &self,
        input: &'a [u8],
        repeats: bool,
    ) -> Option<&'a [u8]> {
        let rest = strip_short_type_3(input, self.id())?;
        match self.extended_timestamp {
            None => Some(rest),
            Some(timestamp) if repeats => rest.strip_prefix(&timestamp.to_be_bytes()),
            Some(_) => None,
        }
    }

    pub(super) fn in_message(&self) -> bool {
        self.message.is_some()
    }

    /// Whether the extended timestamp in the header of the next message is none, but the beginning of its data: the clock
    /// of the stream has just come to the value that announces one, and what follows is days away from it and begins like
    /// audio or video, with a byte that names a codec or a kind of frame, of which there is neither 0 nor 15.
    pub(super) fn lacks_extension(&self, header: &ChunkMessageHeader) -> bool {
        let ChunkMessageHeader::Type0 {
            timestamp,
            message_type: MessageType::AUDIO | MessageType::VIDEO,
            ..
        } = *header
        else {
            return false;
        };
        let since_last = EXTENDED.wrapping_sub(self.header.timestamp.0);
        let [first, ..] = timestamp.value.to_be_bytes();
        !self.in_message() && since_last <= LONGEST_STEP && (0x10..0xF0).contains(&first)
    }

    /// Takes over what a chunk header says, at the start of a message or in the middle of one.
    pub(super) fn apply(&mut self, header: &ChunkMessageHeader) -> Result<(), DecodeErrorKind> {
        if self.in_message() {
            self.check_continuation(header)?;
        } else {
            self.start_message(header);
        }
        if let Some(field) = header.timestamp_field() {
            self.extended_timestamp = field.extended_value();
        }
        Ok(())
    }

    fn start_message(&mut self, header: &ChunkMessageHeader) {
        match *header {
            ChunkMessageHeader::Type0 {
                timestamp,
                length,
                message_type,
                message_stream_id,
            } => {
                self.header.timestamp = Timestamp(timestamp.value);
                // By section 5.3.1.2.4 a type 3 chunk after this one repeats the timestamp as delta. Senders that do
                // start a message like that mean no time at all.
                self.delta = 0;
                self.length = length;
                self.header.message_type = message_type;
                self.header.message_stream_id = message_stream_id;
                return;
            }
            ChunkMessageHeader::Type1 {
                delta,
                length,
                message_type,
            } => {
                self.delta = delta.value;
                self.length = length;
                self.header.message_type = message_type;
            }
            ChunkMessageHeader::Type2 { delta } => self.delta = delta.value,
            ChunkMessageHeader::Type3 => {}
        }
        self.header.timestamp = self.header.timestamp.wrapping_add(self.delta);
    }

    /// "All chunks of a message except the first one SHOULD use" type 3 (section 5.3.1.2.4). Others may come, but they
    /// have to speak of the same message: a length that changes in the middle of a message is an attack.
    fn check_continuation(&self, header: &ChunkMessageHeader) -> Result<(), DecodeErrorKind> {
        let same = match *header {
            ChunkMessageHeader::Type0 {
                timestamp,
                length,
                message_type,
                message_stream_id,
            } => {
                timestamp.value == self.header.timestamp.0
                    && length == self.length
                    && message_type == self.header.message_type
                    && message_stream_id == self.header.message_stream_id
            }
            ChunkMessageHeader::Type1 {
                length,
                message_type,
                ..
            } => length == self.length && message_type == self.header.message_type,
            ChunkMessageHeader::Type2 { .. } | ChunkMessageHeader::Type3 => true,
        };
        if same {
            Ok(())
        } else {
            Err(DecodeErrorKind::HeaderChanged {
                chunk_stream_id: self.id(),
            })
        }
    }

    /// Gets ready for the data of the message whose header has been applied.
    pub(super) fn expect_data(&mut self, headroom: usize, mark: u64) {
        self.message = Some(UnfinishedMessage {
            buffer: Vec::new(),
            headroom,
            received: 0,
            passed_over: false,
            mark,
        });
    }

    /// Keeps nothing of the message under way, which exceeds the limits. False if that is an error.
    #[cold]
    pub(super) fn pass_over(&mut self, limits: &DecoderLimits, budget: &mut Budget) -> bool {
        let is_media = matches!(
            self.header.message_type,
            MessageType::AUDIO
                | MessageType::VIDEO
                | MessageType::DATA_AMF0
                | MessageType::DATA_AMF3
                | MessageType::AGGREGATE
        );
        let Some(message) = &mut self.message else {
            return false;
        };
        if limits.pass_over_media && is_media && !message.passed_over {
            let buffer = core::mem::take(&mut message.buffer);
            budget.release(buffer.len(), buffer.capacity());
            message.headroom = 0;
            message.passed_over = true;
        }
        message.passed_over
    }

    /// How many bytes of the message have not come yet.
    pub(super) fn missing(&self) -> usize {
        let received = self.message.as_ref().map_or(0, |message| message.received);
        self.length.saturating_sub(received) as usize
    }

    /// How many bytes of headroom the message under way gets together with its first byte.
    pub(super) fn headroom_to_come(&self) -> usize {
        match &self.message {
            Some(message) if message.buffer.is_empty() => message.headroom,
            _ => 0,
        }
    }

    /// Adds `data` to the message. `available` bytes, `data` among them, wait in the input, and are likely to belong to
    /// this message.
    pub(super) fn append(&mut self, data: &[u8], available: usize, budget: &mut Budget) {
        let Some(message) = &mut self.message else {
            return;
        };
        #[expect(clippy::cast_possible_truncation, reason = "no message is longer")]
        {
            message.received = message.received.saturating_add(data.len() as u32);
        }
        if message.spare() < data.len() {
            if message.passed_over {
                return;
            }
            message.grow(data.len(), available, self.length as usize, budget);
        }
        message.buffer.extend_from_slice(data);
        budget.hold(data.len());
    }

    /// What has come of the body of the message under way.
    pub(super) fn received(&self) -> &[u8] {
        self.message
            .as_ref()
            .and_then(|message| message.buffer.get(message.headroom..))
            .unwrap_or_default()
    }

    /// The message under way and its mark, now that all its bytes have come.
    pub(super) fn finish(&mut self, budget: &mut Budget) -> Option<(Message, u64)> {
        let UnfinishedMessage {
            buffer,
            headroom,
            mark,
            ..
        } = self.message.take()?;
        budget.release(buffer.len(), buffer.capacity());
        let message = Message {
            header: self.header,
            payload: Payload::new(buffer, headroom),
        };
        Some((message, mark))
    }

    /// Forgets the message under way, if there is one.
    pub(super) fn abort(&mut self, budget: &mut Budget) {
        drop(self.finish(budget));
    }
}

impl UnfinishedMessage {
    fn spare(&self) -> usize {
        self.buffer.capacity().saturating_sub(self.buffer.len())
    }

    /// Makes room for `needed` bytes, and for as many more as are likely to come: memory grows with what was received,
    /// never by what a header declares.
    fn grow(&mut self, needed: usize, available: usize, length: usize, budget: &mut Budget) {
        let received = self.buffer.len().saturating_sub(self.headroom);
        let likely = budget.ahead(available).max(received).max(needed);
        let additional = likely.min(length.saturating_sub(received));
        let capacity = self.buffer.capacity();
        if self.buffer.is_empty() {
            self.buffer = Vec::with_capacity(self.headroom.saturating_add(additional));
            self.buffer.resize(self.headroom, 0);
            budget.hold(self.headroom);
        } else {
            self.buffer.reserve_exact(additional);
        }
        budget.reserve(self.buffer.capacity().saturating_sub(capacity));
    }
}
