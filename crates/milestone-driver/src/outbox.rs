//! Events and log lines of a driver that wait to be collected.

use std::sync::Arc;

use crate::event::Events;
use crate::log::Log;

/// Where a driver leaves its events and log lines.
///
/// It may be there before the driver, and stays when it has ended: whoever collects does not depend on whether the driver
/// runs, and never waits for it.
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

    /// There will be nothing more: who has collected everything learns that.
    pub(crate) fn close(&self) {
        self.events.close();
        self.log.close();
    }
}
