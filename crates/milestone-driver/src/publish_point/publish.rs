//! What one publish owns, whatever its messages carry, and what it leaves to the next.

use std::sync::Arc;
use std::time::Instant;

use flv_h264::{AccessUnitBuilder, AudioFrameBuilder};
use rtmp_server::connection::ConnectionId;

use super::PublishPoint;
use super::meters::PublishMeters;
use super::shared::ClaimKey;
use crate::clock::PublisherClock;
use crate::time::Ticks;

/// One publish. Its tracks share its clock.
pub(super) struct Publish {
    pub(super) point: Arc<PublishPoint>,
    pub(super) meters: Arc<PublishMeters>,
    pub(super) clock: PublisherClock,
    /// When the latest message came, or the clock was looked at.
    pub(super) now: Option<Instant>,
}

/// When a message came.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub(super) received: Instant,
    pub(super) utc: Ticks,
}

/// What is known of the source that has published last. It may publish again on the same connection, and need not say
/// again what it has said.
pub(super) struct Source {
    pub(super) connection: ConnectionId,
    pub(super) key: ClaimKey,
    pub(super) known: Known,
}

/// What was learned of a source.
#[derive(Default)]
pub(super) struct Known {
    pub(super) video: AccessUnitBuilder,
    pub(super) sound: AudioFrameBuilder,
}

impl Publish {
    pub(super) fn new(point: Arc<PublishPoint>, meters: Arc<PublishMeters>) -> Self {
        Self {
            point,
            meters,
            clock: PublisherClock::default(),
            now: None,
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.meters.number()
    }

    /// A message came whose first byte was `received` then.
    pub(super) fn arrival(&self, received: Instant) -> Arrival {
        Arrival {
            received,
            utc: self.point.shared.clock.now(),
        }
    }
}

impl Source {
    /// What is known, if `connection` is the source's, and `key` what it had.
    pub(super) fn known_to(self, connection: ConnectionId, key: &ClaimKey) -> Option<Known> {
        (self.connection == connection && self.key == *key).then_some(self.known)
    }
}
