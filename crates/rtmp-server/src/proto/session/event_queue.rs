//! Events that wait to be polled.

use std::collections::VecDeque;

use crate::proto::config::SessionLimits;
use crate::proto::event::Event;

/// A queue that tells when input has to stop. Ends are always taken: they are few, and bounded by
/// the number of publishes.
#[derive(Default)]
pub(super) struct EventQueue {
    events: VecDeque<Event>,
    media_bytes: usize,
}

impl EventQueue {
    pub(super) fn push(&mut self, event: Event) {
        self.media_bytes = self.media_bytes.saturating_add(event.media_bytes());
        self.events.push_back(event);
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.media_bytes = self.media_bytes.saturating_sub(event.media_bytes());
        Some(event)
    }

    pub(super) fn has_room(&self, limits: &SessionLimits) -> bool {
        self.events.len() < limits.queued_events && self.media_bytes < limits.queued_bytes
    }
}
