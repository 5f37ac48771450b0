//! How long frames take from the socket to the session.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::statistics::LatencyStatistics;

/// Longest latency that is told from longer ones.
const LONGEST: Duration = Duration::from_secs(10);
/// Enough to tell 100 µs from 101.
const SIGNIFICANT_DIGITS: u8 = 2;

/// Latencies of the frames of a publish. Takes no memory before the first.
#[derive(Default)]
pub(super) struct LatencyMeter(Mutex<Option<Histogram<u32>>>);

impl LatencyMeter {
    /// A session that waited got a frame so long after its last byte came in.
    pub(super) fn frame(&self, latency: Duration) {
        let mut histogram = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if histogram.is_none() {
            *histogram = Histogram::new_with_max(micros(LONGEST), SIGNIFICANT_DIGITS).ok();
        }
        if let Some(histogram) = histogram.as_mut() {
            histogram.saturating_record(micros(latency));
        }
    }

    pub(super) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn statistics(&self) -> Option<LatencyStatistics> {
        let histogram = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = histogram
            .as_ref()
            .filter(|histogram| !histogram.is_empty())?;
        let quantile = |quantile| Duration::from_micros(histogram.value_at_quantile(quantile));
        Some(LatencyStatistics {
            frames: histogram.len(),
            median: quantile(0.5),
            p99: quantile(0.99),
            longest: Duration::from_micros(histogram.max()),
        })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_counted() {
        let meter = LatencyMeter::default();
        assert_eq!(meter.statistics(), None);
        for microseconds in 1..=100 {
            meter.frame(Duration::from_micros(microseconds));
        }
        meter.frame(Duration::from_secs(3600));
        let statistics = meter.statistics().expect("frames were counted");
        assert_eq!(statistics.frames, 101);
        assert_eq!(statistics.median, Duration::from_micros(51));
        assert_eq!(statistics.p99, Duration::from_micros(100));
        assert!(statistics.longest >= LONGEST);
        meter.reset();
        assert_eq!(meter.statistics(), None);
    }
}
