//! What a driver tells: events and log lines that wait to be collected.

use std::sync::Arc;

use crate::event::Events;
use crate::log::Log;

/// Where a driver leaves what it tells.
///
/// It may be there before the driver, and stays when it has ended: whoever collects is not concerned with the driver's
/// life, and never waits for it.
#[derive(Clone)]
pub(crate) struct Outbox {
    pub(crate) events: Arc<Events>,
    pub(crate) log: Arc<Log>,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self {
            events: Arc::new(Events::new()),
            log: Arc::new(Log::new()),
        }
    }

    /// Nothing more will be told: who has collected everything learns that.
    pub(crate) fn close(&self) {
        self.events.close();
        self.log.close();
    }
}
