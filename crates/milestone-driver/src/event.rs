//! What happened to the cameras.

use std::net::SocketAddr;
use std::time::Duration;

use crate::poll_queue::{ClosedAndEmpty, PollQueue};
use crate::time::Ticks;

/// Something that happened, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DriverEvent {
    /// "RTMP Stream Started": a publisher was accepted on the path of a camera.
    StreamStarted {
        /// The camera, counted from 0.
        device: usize,
        /// Its path.
        path: String,
        /// The publisher.
        peer: SocketAddr,
        /// When.
        time: Ticks,
    },
    /// "RTMP Stream Stopped": it disconnected, stopped publishing, was timed out or replaced.
    ///
    /// For every camera started and stopped alternate, whatever the sessions do; the first is a start.
    StreamStopped {
        /// The camera, counted from 0.
        device: usize,
        /// Its path.
        path: String,
        /// Why, to be read by a person.
        reason: String,
        /// Frames that came in between.
        frames: u64,
        /// When.
        time: Ticks,
    },
    /// Somebody was not allowed to publish.
    ///
    /// For information: of a flood of refusals some are left out.
    PublishRefused {
        /// The path that was asked for, escaped and cut.
        path: String,
        /// Who asked.
        peer: SocketAddr,
        /// Why, to be read by a person.
        reason: String,
        /// When.
        time: Ticks,
    },
}

/// The events that wait to be collected.
///
/// Starts and stops are never left out. So that a host that never collects them does not fill the memory, a publisher
/// is refused while [`Events::LIMIT`] of them wait. So at most that many wait, and a start and a stop for each camera.
pub(crate) struct Events {
    queue: PollQueue<DriverEvent>,
}

impl Events {
    /// Events that may wait before new publishers are refused.
    pub(crate) const LIMIT: usize = 4096;
    /// Events that may wait before refusals are left out.
    const REFUSALS_LIMIT: usize = 256;

    pub(crate) fn new() -> Self {
        Self {
            queue: PollQueue::new(),
        }
    }

    /// Too many events wait: nobody may start.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= Self::LIMIT
    }

    pub(crate) fn started(&self, event: DriverEvent) {
        self.queue.push_with(|waiting| waiting.push_back(event));
    }

    pub(crate) fn stopped(&self, event: DriverEvent) {
        self.queue.push_with(|waiting| waiting.push_back(event));
    }

    /// A refusal: left out while many events wait.
    pub(crate) fn refused(&self, event: DriverEvent) {
        self.queue.push_with(|waiting| {
            if waiting.len() < Self::REFUSALS_LIMIT {
                waiting.push_back(event);
            }
        });
    }

    pub(crate) fn next(&self, timeout: Duration) -> Result<Option<DriverEvent>, ClosedAndEmpty> {
        self.queue.pop(timeout)
    }

    /// As [`PollQueue::deliver`].
    pub(crate) fn deliver<E>(
        &self,
        timeout: Duration,
        deliver: impl FnOnce(&DriverEvent) -> Result<(), E>,
    ) -> Result<Option<Result<(), E>>, ClosedAndEmpty> {
        self.queue.deliver(timeout, deliver)
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}
