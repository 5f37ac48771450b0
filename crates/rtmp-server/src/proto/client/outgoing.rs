//! What waits to be sent.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use rtmp_chunk::{
    ChunkEncoder, ChunkStreamId, EncodeError, MessageHeader, MessageType, ProtocolControl,
    Timestamp, UserControl,
};

use crate::proto::backlog::Backlog;

/// A piece of a payload that is shorter is copied in between chunk headers: that is less work than to
/// hand it out by itself.
const SHARED_FROM: usize = 4096;

/// Messages on their way to the server.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    encoder: ChunkEncoder,
    pieces: VecDeque<Bytes>,
    /// What comes behind them.
    tail: BytesMut,
    pub(super) backlog: Backlog,
}

impl Outgoing {
    /// Queues bytes that are no message: the handshake.
    pub(super) fn raw<T>(&mut self, write: impl FnOnce(&mut BytesMut) -> T) -> T {
        let before = self.tail.len();
        let outcome = write(&mut self.tail);
        self.backlog.queued(self.tail.len().saturating_sub(before));
        outcome
    }

    /// Queues a protocol control message (RTMP 1.0 section 5.4).
    pub(super) fn control(&mut self, message: &ProtocolControl) {
        let mut body = Vec::with_capacity(5);
        message.encode(&mut body);
        self.short(&MessageHeader::control(message.message_type()), &body);
    }

    /// Queues a user control message (RTMP 1.0 section 6.2).
    pub(super) fn user_control(&mut self, message: &UserControl) {
        let mut body = Vec::with_capacity(10);
        message.encode(&mut body);
        self.short(&MessageHeader::control(MessageType::USER_CONTROL), &body);
    }

    /// Queues a command message (RTMP 1.0 section 7.1.1).
    pub(super) fn command(&mut self, message_stream_id: u32, body: &[u8]) {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::COMMAND,
            timestamp: Timestamp::default(),
            message_type: MessageType::COMMAND_AMF0,
            message_stream_id,
        };
        self.short(&header, body);
    }

    fn short(&mut self, header: &MessageHeader, body: &[u8]) {
        let before = self.tail.len();
        let encoded = self.encoder.encode(header, body, &mut self.tail);
        debug_assert!(encoded.is_ok(), "no command has 16 MiB: {encoded:?}");
        self.backlog.queued(self.tail.len().saturating_sub(before));
    }

    /// Queues media: long payloads are handed out as they are.
    pub(super) fn media(
        &mut self,
        header: &MessageHeader,
        payload: &Bytes,
    ) -> Result<(), EncodeError> {
        let Self {
            encoder,
            pieces,
            tail,
            backlog,
        } = self;
        encoder.encode_in_pieces(header, payload, |header, data| {
            backlog.queued(header.len().saturating_add(data.len()));
            tail.extend_from_slice(header);
            if data.len() < SHARED_FROM {
                tail.extend_from_slice(data);
            } else {
                pieces.push_back(tail.split().freeze());
                pieces.push_back(payload.slice_ref(data));
            }
        })
    }

    pub(super) const fn chunk_size(&self) -> u32 {
        self.encoder.chunk_size()
    }

    /// Hands out what comes next.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        let piece = match self.pieces.pop_front() {
            Some(piece) => piece,
            None if self.tail.is_empty() => return None,
            None => self.tail.split().freeze(),
        };
        self.backlog.handed_out(piece.len());
        Some(piece)
    }
}
