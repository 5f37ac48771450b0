//! What became of the samples of one publish.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::Mutex;

use crate::statistics::LatencyStatistics;

/// What the sessions on a track did with the samples of one publish. It belongs to that publish for good: whoever still
/// has to do with one that was replaced, such as a session that takes its last samples, counts there.
#[derive(Default)]
pub(crate) struct Deliveries {
    /// The publish, counted from 1.
    pub(crate) number: u64,
    samples: AtomicU64,
    bytes: AtomicU64,
    sync_points: AtomicU64,
    dropped: AtomicU64,
    latency: LatencyMeter,
}

/// Totals.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Flow {
    pub(crate) samples: u64,
    pub(crate) bytes: u64,
    pub(crate) sync_points: u64,
}

impl Deliveries {
    /// Of the publish `number`.
    pub(crate) fn of_publish(number: u64) -> Self {
        Self {
            number,
            ..Self::default()
        }
    }

    /// A session was given a sample.
    pub(crate) fn delivered(&self, bytes: usize, sync: bool) {
        self.samples.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.sync_points
            .fetch_add(u64::from(sync), Ordering::Relaxed);
    }

    /// A session that waited was given a sample that was under way for so long.
    pub(crate) fn waited_for(&self, latency: Duration) {
        self.latency.sample(latency);
    }

    /// A session was too slow for so many samples.
    pub(super) fn dropped(&self, samples: u64) {
        self.dropped.fetch_add(samples, Ordering::Relaxed);
    }

    pub(crate) fn total_dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// What the sessions were given.
    pub(crate) fn totals(&self) -> Flow {
        Flow {
            samples: self.samples.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            sync_points: self.sync_points.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn latency(&self) -> Option<LatencyStatistics> {
        self.latency.statistics()
    }
}

impl Flow {
    /// Samples and bits per second since `earlier`, which is `elapsed` ago.
    pub(crate) fn rates_since(&self, earlier: &Self, elapsed: Duration) -> (f64, f64) {
        let seconds = elapsed.as_secs_f64().max(0.001);
        let samples = self.samples.saturating_sub(earlier.samples) as f64;
        let bits = self.bytes.saturating_sub(earlier.bytes) as f64 * 8.0;
        (samples / seconds, bits / seconds)
    }
}

/// Longest latency that is told from longer ones.
const LONGEST: Duration = Duration::from_secs(10);
/// Enough to tell 100 µs from 101.
const SIGNIFICANT_DIGITS: u8 = 2;

/// How long samples take from the socket to a session. Takes no memory before the first.
#[derive(Default)]
struct LatencyMeter(Mutex<Option<Latencies>>);

struct Latencies {
    /// In microseconds.
    histogram: Histogram<u32>,
    total: Duration,
}

impl LatencyMeter {
    /// A session that waited got a sample so long after its first byte arrived.
    fn sample(&self, latency: Duration) {
        let mut latencies = self.0.lock();
        if latencies.is_none() {
            *latencies = Latencies::new();
        }
        if let Some(latencies) = latencies.as_mut() {
            latencies.histogram.saturating_record(micros(latency));
            latencies.total = latencies.total.saturating_add(latency);
        }
    }

    fn statistics(&self) -> Option<LatencyStatistics> {
        let latencies = self.0.lock();
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
            meter.sample(Duration::from_micros(microseconds));
        }
        meter.sample(Duration::from_secs(3600));
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
            meter.sample(bound);
        }
        let statistics = meter.statistics().expect("frames were counted");
        let mut classes = [1; LatencyStatistics::BOUNDS.len() + 1];
        classes[bounds.len()] = 0;
        assert_eq!(
            statistics.classes, classes,
            "a bound belongs to its own class"
        );

        meter.sample(bounds[bounds.len() - 1] * 2);
        meter.sample(LONGEST * 2);
        meter.sample(Duration::ZERO);
        let statistics = meter.statistics().expect("frames were counted");
        classes[0] = 2;
        classes[bounds.len()] = 2;
        assert_eq!(statistics.classes, classes);
        assert_eq!(statistics.classes.iter().sum::<u64>(), statistics.frames);
    }
}
