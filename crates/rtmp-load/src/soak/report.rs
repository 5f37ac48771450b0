//! What came out: a table to be published, and what is wrong.

use std::fmt;
use std::time::Duration;

use super::ledger::CameraLedger;
use super::plan::{RESTARTING, STEADY};
use super::sample::Sample;
use super::series::Series;
use crate::attack::Tally;
use crate::publish::Outcome;

const KIB_PER_MIB: f64 = 1024.0;

/// A publisher, and what became of its frames.
#[derive(Debug)]
pub(super) struct Publisher {
    pub(super) camera: usize,
    pub(super) outcome: Outcome,
    pub(super) ledger: CameraLedger,
    /// Frames of the latest publish that were dropped, by the driver's own count.
    pub(super) dropped: Option<f64>,
}

/// The whole soak.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) took: Duration,
    pub(super) processor_time: Duration,
    pub(super) before: Sample,
    pub(super) samples: Vec<Sample>,
    pub(super) after: Sample,
    /// In the order of their cameras.
    pub(super) publishers: Vec<Publisher>,
    pub(super) hostile: Tally,
    pub(super) health: Outcome,
    pub(super) unreadable_lines: u64,
    pub(super) ending: Result<(), String>,
}

impl Publisher {
    /// Frames that were written whole and not delivered.
    pub(super) fn lost(&self) -> u64 {
        self.outcome.frames.saturating_sub(self.ledger.delivered)
    }

    /// The most frames of one publish that were written whole and not received.
    pub(super) fn most_lost_in_a_publish(&self) -> u64 {
        let written = &self.outcome.frames_by_publish;
        let pairs = written.iter().zip(&self.ledger.received_by_publish);
        let lost = pairs.map(|(written, received)| written.saturating_sub(*received));
        lost.max().unwrap_or_default()
    }
}

impl Report {
    /// Those who publish all the time.
    pub(super) fn steady(&self) -> &[Publisher] {
        self.publishers.get(..STEADY).unwrap_or_default()
    }

    /// Those who come and go, and nobody else takes their paths.
    fn restarting(&self) -> &[Publisher] {
        let group = STEADY..STEADY + RESTARTING;
        self.publishers.get(group).unwrap_or_default()
    }

    /// Those who come and go, and find their path taken now and then.
    pub(super) fn contested(&self) -> &[Publisher] {
        let group = STEADY + RESTARTING..;
        self.publishers.get(group).unwrap_or_default()
    }

    /// Those who vanish without a word.
    pub(super) fn vanishing(&self) -> impl Iterator<Item = &Publisher> {
        self.restarting().iter().chain(self.contested())
    }

    pub(super) fn series(&self, figure: impl Fn(&Sample) -> u64) -> Series {
        Series::new(self.samples.iter().map(figure))
    }
}

/// The section of docs/reliability.md.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| driver-host | before | first | median | last | max | afterwards |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|")?;
        let memory = |sample: &Sample| sample.resident_kib;
        let mib = |kib: u64| format!("{:.1}", kib as f64 / KIB_PER_MIB);
        self.row(f, "resident memory, MiB", memory, mib)?;
        let count = |count: u64| count.to_string();
        self.row(f, "connections", |sample| sample.connections, count)?;
        self.row(f, "tasks", |sample| sample.tasks, count)?;
        self.row(f, "descriptors", |sample| sample.descriptors, count)?;
        self.row(f, "threads", |sample| sample.threads, count)?;

        writeln!(
            f,
            "\n| publishers | publishes | refused | frames written | delivered | lost |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|")?;
        for (name, group) in [
            ("steady", self.steady()),
            ("vanish every 7 s", self.restarting()),
            ("vanish every 3 s, path attacked", self.contested()),
        ] {
            let sum = |figure: fn(&Publisher) -> u64| group.iter().map(figure).sum::<u64>();
            writeln!(
                f,
                "| {} {name} | {} | {} | {} | {} | {} |",
                group.len(),
                sum(|one| one.outcome.publishes),
                sum(|one| one.outcome.failures.values().sum()),
                sum(|one| one.outcome.frames),
                sum(|one| one.ledger.delivered),
                sum(Publisher::lost),
            )?;
        }

        let bytes: u64 = self.publishers.iter().map(|one| one.outcome.bytes).sum();
        let hostile_publishes: u64 = self
            .publishers
            .iter()
            .map(|one| one.ledger.hostile_publishes)
            .sum();
        let minutes = self.took.as_secs_f64() / 60.0;
        let share = self.processor_time.as_secs_f64() / self.took.as_secs_f64() * 100.0;
        writeln!(
            f,
            "\n{minutes:.1} minutes, {:.1} GB of media, {share:.0} % of a core. {} hostile attempts, of which {} could \
             publish; {} were not ended in time.\n",
            bytes as f64 / 1e9,
            self.hostile.total().tries(),
            hostile_publishes,
            self.hostile.total().overstayed(),
        )?;
        write!(f, "```text\n{}\n```", self.hostile)
    }
}

impl Report {
    fn row(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        figure: impl Fn(&Sample) -> u64,
        text: impl Fn(u64) -> String,
    ) -> fmt::Result {
        let series = self.series(&figure);
        writeln!(
            f,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            text(figure(&self.before)),
            text(series.first()),
            text(series.median()),
            text(series.last()),
            text(series.max()),
            text(figure(&self.after)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_that_lost_nothing_does_not_make_up_for_another() {
        let publisher = Publisher {
            camera: 13,
            outcome: Outcome {
                frames_by_publish: vec![210, 210, 210],
                ..Outcome::default()
            },
            ledger: CameraLedger {
                received_by_publish: vec![210, 208, 210],
                ..CameraLedger::default()
            },
            dropped: None,
        };
        assert_eq!(publisher.most_lost_in_a_publish(), 2);
    }
}
