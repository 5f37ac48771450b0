//! The sink, the server library and the driver in turn, in one run.
//!
//! Absolute times depend on the machine and on what else it does; what is quoted are ratios to the sink of the same
//! round.

mod bars;
pub(crate) mod measurement;
mod report;
mod results;
mod scenario;
pub(crate) mod target;

use std::sync::Arc;

use self::measurement::measure;
use self::results::{Measured, Results};
use self::scenario::SCENARIOS;
use self::target::{Programs, Target};
use crate::args;
use crate::session::Session;

/// Runs the `compare` command.
pub(crate) fn run(options: &args::Compare) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let session = Arc::new(Session::load(&options.session)?);
    let programs = Programs::build(options.other.clone())?;
    let mut results = Results::default();
    for round in 1..=options.rounds {
        for scenario in SCENARIOS.iter().filter(|scenario| {
            options
                .only
                .as_deref()
                .is_none_or(|part| scenario.name.contains(part))
        }) {
            let load = scenario.load(options);
            let other = options.other.is_some() && scenario.suits_others();
            let other = other.then_some(Target::Other);
            for target in scenario.targets.iter().copied().chain(other) {
                eprintln!("round {round}, {}: {target}", scenario.name);
                let running = programs.start(target, load.tls)?;
                let measurement = runtime.block_on(measure(running, &load, &session))?;
                results.add(Measured {
                    scenario: scenario.name,
                    target: target.to_string(),
                    round,
                    measurement,
                });
            }
        }
    }
    print!("{results}");
    match &options.json {
        Some(path) => results.write_json(path),
        None => Ok(()),
    }
}
