//! How long frames take from the socket to the session.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::publish_point::LatencyStatistics;

/// Longest latency that is told from longer ones.
const LONGEST: Duration = Duration::from_secs(10);
/// Enough to tell 100 µs from 101.
const SIGNIFICANT_DIGITS: u8 = 2;

/// Latencies of the frames of a publish. Takes no memory before the first.
#[derive(Default)]
pub(crate) struct LatencyMeter(Mutex<Option<Latencies>>);

struct Latencies {
    /// In microseconds.
    histogram: Histogram<u32>,
    total: Duration,
}

impl LatencyMeter {
    /// A session that waited got a frame so long after its first byte arrived.
    pub(crate) fn frame(&self, latency: Duration) {
        let mut latencies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if latencies.is_none() {
            *latencies = Latencies::new();
        }
        if let Some(latencies) = latencies.as_mut() {
            latencies.histogram.saturating_record(micros(latency));
            latencies.total = latencies.total.saturating_add(latency);
        }
    }

    pub(crate) fn statistics(&self) -> Option<LatencyStatistics> {
        let latencies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        latencies.as_ref().map(Latencies::statistics)
    }
}

impl Latencies {
    fn new() -> Option<Latencies> {
        let histogram = Histogram::new_with_max(micros(LONGEST), SIGNIFICANT_DIGITS).ok()?;
        Some(Latencies {
            histogram,
            total: Duration::ZERO,
        })
    }

    fn statistics(&self) -> LatencyStatistics {
        let histogram = &self.histogram;
        let quantile = |quantile| Duration::from_micros(histogram.value_at_quantile(quantile));
        let mut classes = [0; LatencyStatistics::BOUNDS.len() + 1];
        for latency in histogram.iter_recorded() {
            // The histogram tells a latency from others by its lowest equivalent, which a bound may lie above.
            let lowest =
                Duration::from_micros(histogram.lowest_equivalent(latency.value_iterated_to()));
            let class = LatencyStatistics::BOUNDS.partition_point(|bound| *bound < lowest);
            classes[class] += u64::from(latency.count_at_value());
        }
        LatencyStatistics {
            frames: histogram.len(),
            total: self.total,
            classes,
            median: quantile(0.5),
            p99: quantile(0.99),
            longest: Duration::from_micros(histogram.max()),
        }
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
        let hundred = (1..=100).map(Duration::from_micros).sum::<Duration>();
        assert_eq!(statistics.total, hundred + Duration::from_secs(3600));
    }

    #[test]
    fn every_frame_is_in_one_class() {
        let meter = LatencyMeter::default();
        let bounds = LatencyStatistics::BOUNDS;
        for bound in bounds {
            meter.frame(bound);
        }
        let statistics = meter.statistics().expect("frames were counted");
        let mut classes = [1; LatencyStatistics::BOUNDS.len() + 1];
        classes[bounds.len()] = 0;
        assert_eq!(
            statistics.classes, classes,
            "a bound belongs to its own class"
        );

        meter.frame(bounds[bounds.len() - 1] * 2);
        meter.frame(LONGEST * 2);
        meter.frame(Duration::ZERO);
        let statistics = meter.statistics().expect("frames were counted");
        classes[0] = 2;
        classes[bounds.len()] = 2;
        assert_eq!(statistics.classes, classes);
        assert_eq!(statistics.classes.iter().sum::<u64>(), statistics.frames);
    }
}
