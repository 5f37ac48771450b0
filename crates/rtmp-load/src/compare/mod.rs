//! The sink, the server library and the driver in turn, in one run.
//!
//! Absolute times belong to a machine and its mood; what is quoted are ratios
//! to the sink of the same round.

mod report;
mod scenario;
mod target;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use self::report::Report;
use self::scenario::{SCENARIOS, Scenario};
use self::target::{Programs, Running, Target};
use crate::args;
use crate::publish::{self, Outcome};
use crate::session::Session;
use crate::usage::Usage;

/// How often resident memory is looked at.
const MEMORY_SAMPLE: Duration = Duration::from_millis(200);

/// A program that has started is looked at so often, and at most so many times, until it rests.
const SETTLING_LOOK: Duration = Duration::from_millis(300);
const SETTLING_LOOKS: usize = 100;
/// It rests when it uses less than this part of a core: offline cameras still send a picture every second.
const RESTING_SHARE: u32 = 20;

/// One target in one scenario of one round.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Measurement {
    pub(crate) scenario: &'static str,
    pub(crate) target: String,
    pub(crate) round: usize,
    /// CPU seconds for each gigabyte received.
    pub(crate) cpu_per_gigabyte: f64,
    /// The part of it that was not spent in the kernel.
    pub(crate) user_per_gigabyte: f64,
    /// Resident memory before the first connection, in KiB.
    pub(crate) base_kib: u64,
    /// What a connection added to it at most, in KiB.
    pub(crate) kib_per_connection: f64,
    pub(crate) published: Outcome,
    /// What the target said at its end.
    pub(crate) delivered: Option<target::Delivered>,
}

/// Runs the `compare` command.
pub(crate) fn run(options: &args::Compare) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let session = Arc::new(Session::load(&options.session)?);
    let other = options.other.zip(options.other_pid);
    let programs = Programs::build()?;
    let mut report = Report::default();
    for round in 1..=options.rounds {
        for scenario in SCENARIOS.iter().filter(|scenario| {
            options
                .only
                .as_deref()
                .is_none_or(|part| scenario.name.contains(part))
        }) {
            let others = other.map(|(address, process)| Target::Other { address, process });
            for target in scenario.targets.iter().copied().chain(others) {
                eprintln!("round {round}, {}: {target}", scenario.name);
                let running = programs.start(target)?;
                let measurement =
                    runtime.block_on(measure(options, scenario, round, running, &session))?;
                report.add(measurement);
            }
        }
    }
    print!("{report}");
    match &options.json {
        Some(path) => report.write_json(path),
        None => Ok(()),
    }
}

async fn measure(
    options: &args::Compare,
    scenario: &Scenario,
    round: usize,
    running: Running,
    session: &Arc<Session>,
) -> Result<Measurement, String> {
    let before = settled(&running).await?;
    let addresses = running.addresses().to_vec();
    let mut publishing = pin!(publish_everywhere(options, scenario, &addresses, session));
    let mut peak_kib = before.resident_kib;
    let published = loop {
        tokio::select! {
            outcome = &mut publishing => break outcome?,
            () = sleep(MEMORY_SAMPLE) => peak_kib = peak_kib.max(running.usage()?.resident_kib),
        }
    };
    let used = running.usage()?.since(&before);
    let gigabytes = published.bytes as f64 / 1e9;
    Ok(Measurement {
        scenario: scenario.name,
        target: running.target().to_string(),
        round,
        cpu_per_gigabyte: used.total.as_secs_f64() / gigabytes,
        user_per_gigabyte: used.user.as_secs_f64() / gigabytes,
        base_kib: before.resident_kib,
        kib_per_connection: peak_kib.saturating_sub(before.resident_kib) as f64
            / scenario.publishers as f64,
        published,
        delivered: running.stop(),
    })
}

/// Usage once starting up is over: hardly anything is used from one look to the next.
async fn settled(running: &Running) -> Result<Usage, String> {
    let mut usage = running.usage()?;
    for _ in 0..SETTLING_LOOKS {
        sleep(SETTLING_LOOK).await;
        let now = running.usage()?;
        if now.since(&usage).total < SETTLING_LOOK / RESTING_SHARE {
            return Ok(now);
        }
        usage = now;
    }
    Err(format!("{} does not come to rest", running.target()))
}

/// The scenario's publishers, evenly over the addresses that the target listens on.
async fn publish_everywhere(
    options: &args::Compare,
    scenario: &Scenario,
    addresses: &[SocketAddr],
    session: &Arc<Session>,
) -> Result<Outcome, String> {
    let share = scenario.publishers.div_ceil(addresses.len().max(1));
    let loads: Vec<_> = addresses
        .iter()
        .map(|server| {
            let load = scenario.load(options, *server, share);
            let session = Arc::clone(session);
            tokio::spawn(async move { publish::publish_all(&load, session).await })
        })
        .collect();
    let mut published = Outcome::default();
    for load in loads {
        published.add(load.await.map_err(|error| error.to_string())?);
    }
    Ok(published)
}
