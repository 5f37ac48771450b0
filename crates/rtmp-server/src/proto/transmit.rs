//! What waits to be sent.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_chunk::{
    ChunkEncoder, ChunkSize, ChunkStreamId, MessageHeader, MessageType, ProtocolControl, Timestamp,
    UserControl,
};

use super::backlog::Backlog;
use super::request::StreamId;

/// Messages on their way to the peer: encoded, handed out, taken by the peer's socket.
#[derive(Default)]
pub(super) struct Transmit {
    /// As announced to the peer; none: the default of the standard.
    chunk_size: Option<ChunkSize>,
    queue: Vec<u8>,
    backlog: Backlog,
}

impl Transmit {
    /// Queues bytes that are no message: the handshake.
    pub(super) fn raw<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let before = self.queue.len();
        let outcome = write(&mut self.queue);
        self.count_from(before);
        outcome
    }

    /// Queues an acknowledgement (RTMP 1.0 section 5.4.3).
    pub(super) fn acknowledge(&mut self, sequence_number: u32) {
        self.control(&ProtocolControl::Acknowledgement(sequence_number));
    }

    /// Queues a protocol control message, which belongs to message stream 0 (RTMP 1.0 section 5.4).
    pub(super) fn control(&mut self, message: &ProtocolControl) {
        let mut body = Vec::with_capacity(5);
        message.encode(&mut body);
        self.message(
            ChunkStreamId::CONTROL,
            message.message_type(),
            StreamId::CONTROL,
            &body,
        );
        if let ProtocolControl::SetChunkSize(chunk_size) = message {
            self.chunk_size = Some(*chunk_size);
        }
    }

    /// Queues a user control message (RTMP 1.0 section 6.2).
    pub(super) fn user_control(&mut self, message: &UserControl) {
        let mut body = Vec::with_capacity(10);
        message.encode(&mut body);
        self.message(
            ChunkStreamId::CONTROL,
            MessageType::USER_CONTROL,
            StreamId::CONTROL,
            &body,
        );
    }

    /// Queues a command message (RTMP 1.0 section 7.1.1).
    pub(super) fn command(&mut self, stream: StreamId, body: &[u8]) {
        self.message(
            ChunkStreamId::COMMAND,
            MessageType::COMMAND_AMF0,
            stream,
            body,
        );
    }

    fn message(
        &mut self,
        chunk_stream_id: ChunkStreamId,
        message_type: MessageType,
        stream: StreamId,
        body: &[u8],
    ) {
        let header = MessageHeader {
            chunk_stream_id,
            timestamp: Timestamp::default(),
            message_type,
            message_stream_id: stream.0,
        };
        let before = self.queue.len();
        let encoded = self.encoder().encode(&header, body, &mut self.queue);
        debug_assert!(encoded.is_ok(), "our messages are short: {encoded:?}");
        self.count_from(before);
    }

    /// Every message has its full header (type 0, section 5.3.1.2.1): a server says little, and some
    /// clients understand nothing else.
    fn encoder(&self) -> ChunkEncoder {
        let mut encoder = ChunkEncoder::new().with_full_headers();
        if let Some(chunk_size) = self.chunk_size {
            encoder.set_chunk_size(chunk_size.get());
        }
        encoder
    }

    fn count_from(&mut self, before: usize) {
        self.backlog.queued(self.queue.len().saturating_sub(before));
    }

    /// Hands out what is queued.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        if self.queue.is_empty() {
            return None;
        }
        self.backlog.handed_out(self.queue.len());
        Some(Bytes::from(core::mem::take(&mut self.queue)))
    }

    /// The peer's socket took `bytes` of what was handed out.
    pub(super) fn transmitted(&mut self, now: Instant, bytes: usize) {
        self.backlog.taken(now, bytes);
    }

    /// Starts the clock if something waits. To be called whenever something may have been queued.
    pub(super) fn watch(&mut self, now: Instant) {
        self.backlog.watch(now);
    }

    /// Bytes that the peer's socket has not taken yet.
    pub(super) const fn unsent(&self) -> u64 {
        self.backlog.unsent()
    }

    /// When the peer has to have taken what waits for it.
    pub(super) fn deadline(&self, timeout: Duration) -> Option<Instant> {
        self.backlog.deadline(timeout)
    }
}
