//! The one place that reads the clock.

use std::time::Instant;

/// Now, by the clock of the runtime: tests may pause it.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
