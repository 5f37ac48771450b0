//! What is asked of the figures.

use serde::Serialize;

use super::measurement::Measurement;
use super::results::Results;
use super::scenario::{
    ENCRYPTED, FLAT_OUT, IDLE, MANY_PACED, MEDIUM_CHUNKS, OFFLINE, PACED, SMALL_CHUNKS,
};
use super::target::{DRIVER, DRIVER_WITH_SOUND, DRIVERS, Target};
use crate::median::median;

/// A figure that a target must not exceed.
#[derive(Debug)]
pub(crate) struct Bar {
    scenario: &'static str,
    target: Target,
    figure: Figure,
    limit: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    /// CPU time, compared with the scenario's sink in the same round.
    CpuRatio,
    /// The same, compared with the server of somebody else.
    CpuRatioToOther,
    /// The same, compared with the driver when nobody takes the sound.
    CpuRatioToSilence,
    CpuPerGigabyte,
    UserPerGigabyte,
    CorePercent,
    /// CPU seconds up to the first connection.
    StartSeconds,
    BaseMib,
    KibPerConnection,
    /// The same without the frames that are kept.
    KibBeyondKept,
    LatencyMedian,
    LatencyP99,
    /// Frames that were sent and did not get to the host, for whatever reason.
    FramesMissing,
    /// Connections that failed or were refused.
    Refused,
}

const fn bar(scenario: &'static str, target: Target, figure: Figure, limit: f64) -> Bar {
    Bar {
        scenario,
        target,
        figure,
        limit,
    }
}

const BARS: [Bar; 20] = [
    bar(PACED, DRIVER, Figure::CpuRatio, 1.25),
    bar(PACED, DRIVER, Figure::FramesMissing, 0.0),
    bar(PACED, DRIVER, Figure::LatencyMedian, 100.0),
    bar(PACED, DRIVER, Figure::LatencyP99, 1000.0),
    bar(PACED, DRIVER_WITH_SOUND, Figure::FramesMissing, 0.0),
    bar(MANY_PACED, Target::Server, Figure::CpuRatio, 1.15),
    bar(MANY_PACED, Target::Server, Figure::KibPerConnection, 32.0),
    bar(MANY_PACED, DRIVERS, Figure::CpuRatio, 1.4),
    bar(MANY_PACED, DRIVERS, Figure::FramesMissing, 0.0),
    bar(FLAT_OUT, DRIVER, Figure::UserPerGigabyte, 0.12),
    bar(SMALL_CHUNKS, DRIVER, Figure::CpuPerGigabyte, 1.0),
    bar(ENCRYPTED, Target::Server, Figure::CpuRatio, 1.2),
    bar(ENCRYPTED, DRIVER, Figure::CpuRatio, 1.2),
    bar(ENCRYPTED, DRIVER, Figure::FramesMissing, 0.0),
    bar(IDLE, Target::Server, Figure::KibPerConnection, 10.0),
    bar(IDLE, DRIVER, Figure::KibPerConnection, 10.0),
    bar(IDLE, Target::Server, Figure::Refused, 0.0),
    bar(IDLE, DRIVER, Figure::Refused, 0.0),
    bar(OFFLINE, DRIVER, Figure::CorePercent, 0.5),
    bar(OFFLINE, DRIVER, Figure::BaseMib, 12.0),
];

/// What to reach next: on the way to bars that do not hold yet, and beyond those that do.
const GOALS: [Bar; 13] = [
    bar(PACED, DRIVER, Figure::CpuRatio, 1.4),
    bar(PACED, DRIVER, Figure::CpuRatioToOther, 0.5),
    bar(PACED, DRIVER_WITH_SOUND, Figure::CpuRatioToSilence, 1.3),
    bar(PACED, Target::Server, Figure::CpuRatio, 1.2),
    bar(MANY_PACED, DRIVERS, Figure::CpuRatio, 1.8),
    bar(MANY_PACED, DRIVERS, Figure::LatencyP99, 1500.0),
    bar(MANY_PACED, DRIVERS, Figure::KibBeyondKept, 24.0),
    bar(MANY_PACED, Target::Server, Figure::CpuRatio, 1.0),
    bar(FLAT_OUT, DRIVER, Figure::CpuPerGigabyte, 0.3),
    bar(MEDIUM_CHUNKS, DRIVER, Figure::CpuPerGigabyte, 0.38),
    bar(ENCRYPTED, DRIVER, Figure::CpuRatio, 1.25),
    bar(OFFLINE, DRIVER, Figure::StartSeconds, 0.2),
    bar(OFFLINE, DRIVER, Figure::BaseMib, 9.0),
];

/// A bar, and what was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Judgement {
    pub(crate) scenario: &'static str,
    pub(crate) target: String,
    pub(crate) figure: &'static str,
    pub(crate) measured: f64,
    pub(crate) limit: f64,
    pub(crate) holds: bool,
}

/// The bars that a run says something about.
pub(crate) fn bars(results: &Results) -> Vec<Judgement> {
    judge(&BARS, results)
}

/// The goals that a run says something about.
pub(crate) fn goals(results: &Results) -> Vec<Judgement> {
    judge(&GOALS, results)
}

fn judge(bars: &[Bar], results: &Results) -> Vec<Judgement> {
    bars.iter()
        .filter_map(|bar| {
            let measured = bar.measured(results)?;
            Some(Judgement {
                scenario: bar.scenario,
                target: bar.target.to_string(),
                figure: bar.figure.name(),
                measured,
                limit: bar.limit,
                holds: measured <= bar.limit,
            })
        })
        .collect()
}

impl Bar {
    /// The median over the rounds; what is counted is counted over all of them.
    fn measured(&self, results: &Results) -> Option<f64> {
        let rounds = results.rounds(self.scenario, &self.target.to_string());
        let others = match self.figure.compared_with() {
            Some(other) => results.rounds(self.scenario, &other.to_string()),
            None => rounds.clone(),
        };
        if rounds.is_empty() || others.is_empty() {
            return None;
        }
        let delivered = || rounds.iter().filter_map(|one| one.delivered.as_ref());
        Some(match self.figure {
            Figure::CpuRatio | Figure::CpuRatioToOther | Figure::CpuRatioToSilence => {
                cpu_ratio(&rounds, &others)
            }
            Figure::CpuPerGigabyte => median(rounds.iter().map(|one| one.cpu_per_gigabyte)),
            Figure::UserPerGigabyte => median(rounds.iter().map(|one| one.user_per_gigabyte)),
            Figure::CorePercent => median(rounds.iter().map(|one| one.core_share * 100.0)),
            Figure::StartSeconds => median(rounds.iter().map(|one| one.start_seconds)),
            Figure::BaseMib => median(rounds.iter().map(|one| one.base_kib as f64 / 1024.0)),
            Figure::KibPerConnection => median(rounds.iter().map(|one| one.kib_per_connection)),
            Figure::KibBeyondKept => median(rounds.iter().filter_map(|one| one.kib_beyond_kept)),
            Figure::LatencyMedian => median(delivered().map(|all| all.latency_p50)),
            Figure::LatencyP99 => median(delivered().map(|all| all.latency_p99)),
            Figure::FramesMissing => {
                let sent: u64 = rounds.iter().map(|one| one.frames_to_deliver).sum();
                let got: u64 = delivered().map(|all| all.frames).sum();
                sent as f64 - got as f64
            }
            Figure::Refused => {
                let failures = rounds.iter().flat_map(|one| &one.published.failures);
                failures.map(|(_, count)| *count).sum::<u64>() as f64
            }
        })
    }
}

/// The median of the ratios, round by round.
pub(super) fn cpu_ratio(rounds: &[&Measurement], others: &[&Measurement]) -> f64 {
    let pairs = rounds.iter().zip(others);
    median(pairs.map(|(one, other)| one.cpu_per_gigabyte / other.cpu_per_gigabyte))
}

impl Figure {
    /// Whose figure of the same round it is divided by.
    fn compared_with(self) -> Option<Target> {
        match self {
            Figure::CpuRatio => Some(Target::Sink),
            Figure::CpuRatioToOther => Some(Target::Other),
            Figure::CpuRatioToSilence => Some(DRIVER),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Figure::CpuRatio => "CPU, ratio to the sink",
            Figure::CpuRatioToOther => "CPU, ratio to the other server",
            Figure::CpuRatioToSilence => "CPU, ratio to nobody taking the sound",
            Figure::CpuPerGigabyte => "CPU, s/GB",
            Figure::UserPerGigabyte => "user time, s/GB",
            Figure::CorePercent => "CPU, % of a core",
            Figure::StartSeconds => "CPU until it rests, s",
            Figure::BaseMib => "memory before the first connection, MiB",
            Figure::KibPerConnection => "memory for a connection, KiB",
            Figure::KibBeyondKept => "memory for a connection beyond what is kept, KiB",
            Figure::LatencyMedian => "latency, median, µs",
            Figure::LatencyP99 => "latency, 99th percentile, µs",
            Figure::FramesMissing => "frames that did not arrive",
            Figure::Refused => "connections refused",
        }
    }
}
