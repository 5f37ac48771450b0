//! What the publish points of a driver share.

use std::net::SocketAddr;
use std::sync::Arc;

use rtmp_server::{Claims, Status};

use crate::clock::UtcClock;
use crate::device::DrawingQueue;
use crate::event::{DriverEvent, Events};
use crate::log::{Escaped, Log, LogLevel, Subject, cut};
use crate::outbox::Outbox;
use crate::stream_path::StreamPath;
use crate::track::Budget;

pub(crate) struct Shared {
    pub(crate) log: Arc<Log>,
    pub(crate) events: Arc<Events>,
    pub(crate) clock: Arc<UtcClock>,
    pub(super) claims: Claims<ClaimKey>,
    /// What frames may take; shared with the devices of all drivers.
    pub(crate) budget: Arc<Budget>,
    pub(crate) drawing: Arc<DrawingQueue>,
}

/// What a publisher holds: a publish point under one of the paths that it has had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClaimKey {
    pub(super) device: usize,
    pub(super) moves: u64,
}

impl Shared {
    /// What happens goes to `outbox`, offline pictures are wanted of `drawing`.
    pub(crate) fn new(outbox: Outbox, drawing: Arc<DrawingQueue>) -> Self {
        Self {
            log: outbox.log,
            events: outbox.events,
            clock: Arc::new(UtcClock::new()),
            claims: Claims::new(),
            budget: Budget::of_process(),
            drawing,
        }
    }

    /// What the devices of all drivers keep, in bytes.
    pub(crate) fn kept_bytes_of_process() -> usize {
        Budget::of_process().kept()
    }

    /// Writes to the log if the system clock was set, also while nobody asks for the time.
    pub(crate) fn log_clock_change(&self) {
        self.clock.now();
        if let Some(change) = self.clock.take_change() {
            self.log.warning(change);
        }
    }

    /// A publisher was refused, by the camera `device` if the path is that of one. `path` is escaped already.
    pub(crate) fn refused(
        &self,
        device: Option<usize>,
        path: &str,
        peer: SocketAddr,
        reason: &str,
    ) {
        self.log.about(
            Subject::Refusal(peer.ip(), device),
            LogLevel::Warning,
            format_args!("{peer} may not publish to {path}: {reason}"),
        );
        self.events.refused(DriverEvent::PublishRefused {
            path: path.to_owned(),
            peer,
            reason: reason.to_owned(),
            time: self.clock.now(),
        });
    }
}

/// The refusal for a path that no camera has. Does not tell which there are: they are keys.
pub(crate) fn no_such_path(path: &StreamPath) -> Status {
    let shown = Escaped::foreign(path.as_str()).to_string();
    Status::bad_name(format!(
        "No camera has the stream path {}: use the RTMP Push Stream Path of a camera, which its settings and its \
         offline picture show",
        cut(&shown, 100)
    ))
}
