//! The tables.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::bars::{Judgement, bars, cpu_ratio, goals};
use super::measurement::Measurement;
use super::results::Results;
use super::scenario::{SCENARIOS, Scenario};
use super::target::Delivered;
use crate::median::median;

impl Results {
    pub(crate) fn write_json(&self, path: &Path) -> Result<(), String> {
        let all = json!({
            "measurements": self.all(),
            "bars": bars(self),
            "goals": goals(self),
        });
        let text = serde_json::to_string_pretty(&all).map_err(|error| error.to_string())?;
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn write_figures(&self, f: &mut fmt::Formatter<'_>, scenario: &Scenario) -> fmt::Result {
        let targets = self.targets(scenario.name);
        let sink = targets
            .first()
            .map(|sink| self.rounds(scenario.name, sink))
            .unwrap_or_default();
        for target in targets {
            let rounds = self.rounds(scenario.name, target);
            let figure = |of: fn(&Measurement) -> f64| median(rounds.iter().map(|one| of(one)));
            write!(f, "| {} | {target} |", scenario.name)?;
            if scenario.has_media() {
                write!(
                    f,
                    " {:.2} | {:.2} | {:.3} |",
                    figure(|one| one.cpu_per_gigabyte),
                    cpu_ratio(&rounds, &sink),
                    figure(|one| one.user_per_gigabyte)
                )?;
            } else {
                write!(f, " | | |")?;
            }
            write!(
                f,
                " {:.2} | {:.0} |",
                figure(|one| one.core_share * 100.0),
                figure(|one| one.base_kib as f64)
            )?;
            let beyond_kept = |one: &Measurement| one.kib_beyond_kept.unwrap_or(f64::NAN);
            for kib in [figure(|one| one.kib_per_connection), figure(beyond_kept)] {
                match kib {
                    some if some.is_finite() => write!(f, " {some:.1} |")?,
                    _ => write!(f, " |")?,
                }
            }
            let delivered: Vec<_> = rounds
                .iter()
                .filter_map(|one| Some((one.frames_to_deliver, one.delivered.as_ref()?)))
                .collect();
            if scenario.has_media() && !delivered.is_empty() {
                write_frames(f, &delivered)?;
            } else {
                write!(f, " | | | |")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    /// Ratios between TLS servers are worth something if they encrypt alike.
    fn write_cipher_suites(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for scenario in &SCENARIOS {
            let measured = self
                .all()
                .iter()
                .filter(|one| one.scenario == scenario.name);
            let suites: BTreeSet<&str> = measured
                .flat_map(|one| &one.measurement.published.cipher_suites)
                .map(String::as_str)
                .collect();
            let suites: Vec<_> = suites.into_iter().collect();
            match suites.as_slice() {
                [] => {}
                [one] => writeln!(f, "\n{}: all used {one}.", scenario.name)?,
                several => writeln!(
                    f,
                    "\n{}: cipher suites DIFFER, which spoils the ratios: {}.",
                    scenario.name,
                    several.join(", ")
                )?,
            }
        }
        Ok(())
    }

    fn write_failures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in self.all() {
            if !one.measurement.published.failures.is_empty() {
                writeln!(
                    f,
                    "\n{}, {}, round {}: {}",
                    one.scenario, one.target, one.round, one.measurement.published
                )?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Medians over the rounds, frames summed up; × is the ratio to the sink of the same round.\n"
        )?;
        writeln!(
            f,
            "| scenario | target | CPU s/GB | × | user s/GB | CPU % | base KiB | KiB per connection \
             | beyond kept | under way | dropped | lost | latency p50 / p99 µs |"
        )?;
        writeln!(
            f,
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
        )?;
        for scenario in &SCENARIOS {
            self.write_figures(f, scenario)?;
        }
        self.write_cipher_suites(f)?;
        write_judgements(f, ["bar", "limit"], &bars(self), ["holds", "missed"])?;
        write_judgements(f, ["goal", "at most"], &goals(self), ["met", "not met"])?;
        self.write_failures(f)
    }
}

/// Frames that were not delivered, and how long those took that were. Each comes with the frames that were sent.
fn write_frames(f: &mut fmt::Formatter<'_>, delivered: &[(u64, &Delivered)]) -> fmt::Result {
    let sum = |of: fn(u64, &Delivered) -> u64| -> u64 {
        delivered.iter().map(|(sent, all)| of(*sent, all)).sum()
    };
    write!(
        f,
        " {} | {} | {} | {:.0} / {:.0} |",
        sum(|sent, all| sent.saturating_sub(all.received)),
        sum(|_, all| all.dropped),
        sum(|_, all| all.received.saturating_sub(all.frames + all.dropped)),
        median(delivered.iter().map(|(_, all)| all.latency_p50)),
        median(delivered.iter().map(|(_, all)| all.latency_p99)),
    )
}

/// A table of them, with these titles, and what is said of one that holds and of one that does not.
fn write_judgements(
    f: &mut fmt::Formatter<'_>,
    [title, limit]: [&str; 2],
    judgements: &[Judgement],
    [holds, missed]: [&str; 2],
) -> fmt::Result {
    if judgements.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n| {title} | figure | {limit} | |")?;
    writeln!(f, "|---|---:|---:|---|")?;
    for one in judgements {
        writeln!(
            f,
            "| {}: {}, {} | {} | {} | {} |",
            one.scenario,
            one.target,
            one.figure,
            rounded(one.measured),
            one.limit,
            if one.holds { holds } else { missed }
        )?;
    }
    Ok(())
}

/// Three significant digits, whole numbers as they are.
fn rounded(figure: f64) -> String {
    let decimals = match figure.abs() {
        whole if whole.fract() == 0.0 => 0,
        large if large >= 100.0 => 0,
        medium if medium >= 10.0 => 1,
        small if small >= 1.0 => 2,
        _ => 3,
    };
    format!("{figure:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn figures_are_as_long_as_they_are_exact() {
        assert_eq!(rounded(0.0), "0");
        assert_eq!(rounded(0.1234), "0.123");
        assert_eq!(rounded(1.234), "1.23");
        assert_eq!(rounded(1234.5), "1234");
    }
}
