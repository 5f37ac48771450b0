//! Aggregate messages (RTMP 1.0 section 7.1.6): several messages in one.

use std::time::Instant;

use rtmp_chunk::{AggregateMessages, AggregatePosition, Message};

use super::ServerSession;
use super::messages::is_media;
use crate::proto::error::{Misbehaviour, SessionError};
use crate::proto::request::StreamId;

/// An aggregate of which not every message was taken out.
///
/// They are taken out one by one, when somebody polls for them: an aggregate of many small
/// messages would otherwise become a multiple of its size at once.
pub(super) struct Aggregate {
    message: Message,
    position: AggregatePosition,
    /// When its first byte arrived.
    first_byte_at: Option<Instant>,
}

impl ServerSession {
    pub(super) fn handle_aggregate(&mut self, message: Message) -> Result<(), SessionError> {
        if let Err(error) = AggregateMessages::new(&message).check() {
            return Err(SessionError::PeerMisbehaved(Misbehaviour::Aggregate(error)));
        }
        if self.publishes.of_media(stream_of(&message)).is_none() {
            self.ignore_message();
        } else {
            self.aggregate = Some(Aggregate {
                message,
                position: AggregatePosition::default(),
                first_byte_at: self.arrivals.of(self.decoder.message_mark()),
            });
        }
        Ok(())
    }

    /// Handles the next message of the aggregate. False: there is none left.
    ///
    /// What is not for the application is passed over quickly: it may be a million messages.
    pub(super) fn take_from_aggregate(&mut self) -> bool {
        let Some(aggregate) = &mut self.aggregate else {
            return false;
        };
        let mut messages = AggregateMessages::resume(&aggregate.message, aggregate.position)
            .with_headroom(self.config.video_headroom);
        let ignored = messages.skip_until(is_media);
        let next = messages.next();
        aggregate.position = messages.position();
        self.counters.messages = self.counters.messages.saturating_add(ignored);
        self.counters.ignored_messages = self.counters.ignored_messages.saturating_add(ignored);
        // Errors were looked for before. The publish may have ended since.
        let (stream, first_byte_at) = (stream_of(&aggregate.message), aggregate.first_byte_at);
        let Some(Ok(message)) = next.filter(|_| self.publishes.of_media(stream).is_some()) else {
            self.aggregate = None;
            return false;
        };
        self.counters.messages = self.counters.messages.saturating_add(1);
        self.handle_media(first_byte_at, message);
        true
    }
}

fn stream_of(message: &Message) -> StreamId {
    StreamId(message.header.message_stream_id)
}
