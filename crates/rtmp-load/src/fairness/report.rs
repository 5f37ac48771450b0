//! The table.

use std::fmt;
use std::time::Duration;

use super::bars::limit;
use super::delays::Delays;
use super::{Outcome, Round};
use crate::median::median;

/// A row of the table; figures are medians over the rounds.
#[derive(Debug)]
pub(super) struct Measured {
    name: String,
    speed: String,
    megabytes: f64,
    p50: f64,
    p99: f64,
    longest: f64,
    told: f64,
    frames: usize,
    lost: usize,
    limit: f64,
}

impl Measured {
    pub(super) fn new(round: &Round, outcomes: &[Outcome]) -> Measured {
        let over_rounds = |figure: &dyn Fn(&Delays) -> f64| {
            median(outcomes.iter().map(|outcome| figure(&outcome.delays)))
        };
        Measured {
            name: match (round.flood, round.published) {
                (None, _) => "nobody".into(),
                (Some(flood), true) if flood.is_for_anybody() => format!("{flood}, published"),
                (Some(flood), _) => flood.to_string(),
            },
            speed: match round.flood {
                None => String::new(),
                Some(_) => round.speed.to_string(),
            },
            megabytes: median(outcomes.iter().map(|outcome| outcome.flooded as f64 / 1e6)),
            p50: over_rounds(&|delays| milliseconds(delays.quantile(0.5))),
            p99: over_rounds(&|delays| milliseconds(delays.quantile(0.99))),
            longest: over_rounds(&|delays| milliseconds(delays.longest())),
            told: median(outcomes.iter().map(|outcome| milliseconds(outcome.told))),
            frames: outcomes.iter().map(|outcome| outcome.delays.frames()).sum(),
            lost: outcomes.iter().map(|outcome| outcome.delays.lost).sum(),
            limit: milliseconds(limit(round.flood, round.speed)),
        }
    }

    fn holds(&self) -> bool {
        self.p99 <= self.limit && self.lost == 0 && self.frames > 0
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {} | {} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {:.0} | {} |",
            self.name,
            self.speed,
            self.megabytes,
            self.p50,
            self.p99,
            self.longest,
            self.told,
            self.lost,
            self.limit,
            if self.holds() { "holds" } else { "MISSED" },
        )
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Measured>);

impl Report {
    pub(super) const HEAD: &str = "| flood, four connections | speed | MB | others: p50, ms | p99 | longest | p99 as the driver tells it | lost | bar | |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|---|";

    pub(super) fn add(&mut self, measured: Measured) {
        self.0.push(measured);
    }

    /// # Errors
    /// If a bar is missed.
    pub(super) fn verdict(&self) -> Result<(), String> {
        let missed = self.0.iter().filter(|measured| !measured.holds()).count();
        match missed {
            0 => Ok(()),
            _ => Err(format!("{missed} of {} bars are missed", self.0.len())),
        }
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
