//! The table.

use std::fmt;
use std::fs;
use std::path::Path;

use super::Measurement;
use super::scenario::SCENARIOS;

/// All measurements of a run.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Measurement>);

impl Report {
    pub(crate) fn add(&mut self, measurement: Measurement) {
        self.0.push(measurement);
    }

    pub(crate) fn write_json(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(&self.0).map_err(|error| error.to_string())?;
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The targets of a scenario, in the order in which they were measured.
    fn targets(&self, scenario: &str) -> Vec<&str> {
        let mut targets: Vec<&str> = Vec::new();
        for measurement in self
            .0
            .iter()
            .filter(|measurement| measurement.scenario == scenario)
        {
            if !targets.contains(&measurement.target.as_str()) {
                targets.push(&measurement.target);
            }
        }
        targets
    }

    fn of(&self, scenario: &str, target: &str) -> Vec<&Measurement> {
        self.0
            .iter()
            .filter(|measurement| measurement.scenario == scenario && measurement.target == target)
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Medians over the rounds; × is the ratio to the sink of the same round.\n"
        )?;
        writeln!(
            f,
            "| scenario | target | CPU s/GB | × | user s/GB | base KiB | KiB per connection | frames lost | latency p50 / p99 µs |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        for scenario in &SCENARIOS {
            let targets = self.targets(scenario.name);
            let sink = targets
                .first()
                .map(|sink| self.of(scenario.name, sink))
                .unwrap_or_default();
            for target in targets {
                let rounds = self.of(scenario.name, target);
                let figure =
                    |of: fn(&Measurement) -> f64| median(rounds.iter().map(|round| of(round)));
                write!(f, "| {} | {target} |", scenario.name)?;
                if scenario.is_idle() {
                    write!(f, " | | |")?;
                } else {
                    let ratios = rounds
                        .iter()
                        .zip(&sink)
                        .map(|(one, sink)| one.cpu_per_gigabyte / sink.cpu_per_gigabyte);
                    write!(
                        f,
                        " {:.2} | {:.2} | {:.3} |",
                        figure(|one| one.cpu_per_gigabyte),
                        median(ratios),
                        figure(|one| one.user_per_gigabyte)
                    )?;
                }
                write!(
                    f,
                    " {:.0} | {:.1} |",
                    figure(|one| one.base_kib as f64),
                    figure(|one| one.kib_per_connection)
                )?;
                match rounds
                    .iter()
                    .map(|round| Some((round, round.delivered.as_ref()?)))
                    .collect::<Option<Vec<_>>>()
                {
                    Some(delivered) if !scenario.is_idle() => {
                        let lost: u64 = delivered
                            .iter()
                            .map(|(round, delivered)| {
                                round.published.frames.saturating_sub(delivered.frames)
                            })
                            .sum();
                        let p50 =
                            median(delivered.iter().map(|(_, delivered)| delivered.latency_p50));
                        let p99 =
                            median(delivered.iter().map(|(_, delivered)| delivered.latency_p99));
                        writeln!(f, " {lost} | {p50:.0} / {p99:.0} |")?;
                    }
                    _ => writeln!(f, " | |")?,
                }
            }
        }
        let failures: Vec<_> = self
            .0
            .iter()
            .filter(|one| !one.published.failures.is_empty())
            .collect();
        for one in failures {
            writeln!(
                f,
                "\n{}, {}, round {}: {}",
                one.scenario, one.target, one.round, one.published
            )?;
        }
        Ok(())
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (
        values.get(middle),
        values.len() % 2,
        values.get(middle.wrapping_sub(1)),
    ) {
        (Some(upper), 0, Some(lower)) => f64::midpoint(*upper, *lower),
        (Some(only), _, _) => *only,
        (None, ..) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert!(median([].into_iter()).is_nan());
    }
}
