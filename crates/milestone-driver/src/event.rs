//! What happened to the cameras.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::identity::CAMERAS;
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
/// Starts and stops are never left out. So that memory does not fill up when a host never collects them, a camera takes
/// no publisher while [`Events::OF_CAMERA`] of its events wait: of each camera at most that many wait, and one more start
/// and stop. Refusals, which anybody can provoke, are left out while many of them wait.
pub(crate) struct Events {
    queue: PollQueue<DriverEvent>,
    /// Starts and stops that wait, for each camera.
    of_cameras: [AtomicUsize; CAMERAS],
    refusals: AtomicUsize,
}

impl Events {
    /// Starts and stops of a camera that may wait before it takes no publisher.
    pub(crate) const OF_CAMERA: usize = 256;
    /// Refusals that may wait before more of them are left out.
    pub(crate) const REFUSALS: usize = 256;

    pub(crate) fn new() -> Self {
        Self {
            queue: PollQueue::new(),
            of_cameras: Default::default(),
            refusals: AtomicUsize::new(0),
        }
    }

    /// Too many events of the camera `device` wait: nobody may start to publish to it.
    pub(crate) fn is_full(&self, device: usize) -> bool {
        self.of_cameras[device].load(Ordering::Relaxed) >= Self::OF_CAMERA
    }

    /// A publish to the camera `device` has started or stopped.
    pub(crate) fn publish(&self, device: usize, event: DriverEvent) {
        self.of_cameras[device].fetch_add(1, Ordering::Relaxed);
        self.queue.push_with(|waiting| waiting.push_back(event));
    }

    /// A refusal.
    pub(crate) fn refused(&self, event: DriverEvent) {
        let one_more = |waiting| (waiting < Self::REFUSALS).then_some(waiting + 1);
        let room = self
            .refusals
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        if room.is_ok() {
            self.queue.push_with(|waiting| waiting.push_back(event));
        }
    }

    pub(crate) fn next(&self, timeout: Duration) -> Result<Option<DriverEvent>, ClosedAndEmpty> {
        let event = self.queue.pop(timeout)?;
        Ok(event.inspect(|event| self.no_longer_waits(event)))
    }

    /// As [`PollQueue::deliver`].
    pub(crate) fn deliver<E>(
        &self,
        timeout: Duration,
        deliver: impl FnOnce(&DriverEvent) -> Result<(), E>,
    ) -> Result<Option<Result<(), E>>, ClosedAndEmpty> {
        self.queue.deliver(timeout, |event| {
            deliver(event).inspect(|()| self.no_longer_waits(event))
        })
    }

    fn no_longer_waits(&self, event: &DriverEvent) {
        let waiting = match *event {
            DriverEvent::StreamStarted { device, .. }
            | DriverEvent::StreamStopped { device, .. } => &self.of_cameras[device],
            DriverEvent::PublishRefused { .. } => &self.refusals,
        };
        waiting.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}
