//! Aggregate messages (RTMP 1.0 section 7.1.6): several messages in one.

use rtmp_chunk::{AggregateMessages, AggregatePosition, Message};

use super::ServerSession;
use crate::proto::error::{Misbehaviour, SessionError};

/// An aggregate of which not every message was taken out.
///
/// They are taken out one by one, when somebody polls for them: an aggregate of many small
/// messages would otherwise become a multiple of its size at once.
pub(super) struct Aggregate {
    message: Message,
    position: AggregatePosition,
}

impl ServerSession {
    pub(super) fn handle_aggregate(&mut self, message: Message) -> Result<(), SessionError> {
        if let Err(error) = AggregateMessages::new(&message).check() {
            return Err(SessionError::PeerMisbehaved(Misbehaviour::Aggregate(error)));
        }
        if self.publications.is_empty() {
            self.ignore_message();
        } else {
            self.aggregate = Some(Aggregate {
                message,
                position: AggregatePosition::default(),
            });
        }
        Ok(())
    }

    /// Handles the next message of the aggregate. False: there is none left.
    pub(super) fn take_from_aggregate(&mut self) -> bool {
        let Some(aggregate) = &mut self.aggregate else {
            return false;
        };
        let mut messages = AggregateMessages::resume(&aggregate.message, aggregate.position)
            .with_headroom(self.config.video_headroom);
        let next = messages.next();
        aggregate.position = messages.position();
        // Errors were looked for before.
        let Some(Ok(message)) = next else {
            self.aggregate = None;
            return false;
        };
        self.counters.messages = self.counters.messages.saturating_add(1);
        self.handle_media(message);
        true
    }
}
