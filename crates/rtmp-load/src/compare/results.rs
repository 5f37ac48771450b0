//! What was measured.

use serde::Serialize;

use super::measurement::Measurement;

/// One target in one scenario of one round.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) scenario: &'static str,
    pub(crate) target: String,
    pub(crate) round: usize,
    #[serde(flatten)]
    pub(crate) measurement: Measurement,
}

/// All measurements of a run.
#[derive(Debug, Default)]
pub(crate) struct Results(Vec<Measured>);

impl Results {
    pub(crate) fn add(&mut self, measured: Measured) {
        self.0.push(measured);
    }

    /// What a target of a scenario used, round by round.
    pub(crate) fn rounds(&self, scenario: &str, target: &str) -> Vec<&Measurement> {
        self.0
            .iter()
            .filter(|measured| measured.scenario == scenario && measured.target == target)
            .map(|measured| &measured.measurement)
            .collect()
    }

    /// The targets of a scenario, in the order in which they were measured.
    pub(super) fn targets(&self, scenario: &str) -> Vec<&str> {
        let mut targets: Vec<&str> = Vec::new();
        for measured in self.0.iter().filter(|one| one.scenario == scenario) {
            if !targets.contains(&measured.target.as_str()) {
                targets.push(&measured.target);
            }
        }
        targets
    }

    /// All, in the order in which they were measured.
    pub(super) fn all(&self) -> &[Measured] {
        &self.0
    }
}
