//! Times as hosts keep them.

use crate::time::Ticks;

/// Whole milliseconds, each later than the one before.
#[derive(Debug, Default)]
pub(crate) struct RisingTime {
    latest: Option<Ticks>,
}

impl RisingTime {
    /// Times that are later than `latest`.
    pub(crate) fn after(latest: Option<Ticks>) -> Self {
        Self { latest }
    }

    pub(crate) fn latest(&self) -> Option<Ticks> {
        self.latest
    }

    /// The millisecond that `time` lies in, or the first one after the latest.
    pub(crate) fn next(&mut self, time: Ticks) -> Ticks {
        let time = time.whole_milliseconds();
        let time = self
            .latest
            .map_or(time, |latest| time.max(latest.plus(Ticks::PER_MILLISECOND)));
        self.latest = Some(time);
        time
    }
}
