//! Publishers, restarts and hostile peers at the same time, against a driver-host. Nothing may be lost, nothing may
//! grow, nothing may be left behind.

mod host;
mod ledger;
mod metrics;
mod plan;
mod report;
mod sample;
mod series;
mod verdict;

use std::fs::{self, File};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::host::Host;
use self::metrics::Metrics;
use self::plan::{CONTESTED, HEAD_START, Plan, RESTARTING, STEADY};
use self::report::{Publisher, Report};
use self::sample::Sample;
use crate::args;
use crate::attack::{self, Tally};
use crate::publish::{self, Outcome};
use crate::session::Session;
use crate::usage::Usage;

/// Samples are taken so often, or so many in all if the soak is short.
const SAMPLE_EVERY: Duration = Duration::from_secs(10);
const SAMPLES_AT_LEAST: u32 = 24;
/// Publishers that have not hung up so long after their time never will.
const STUCK: Duration = publish::LAST_REPLIES.saturating_add(Duration::from_secs(30));
/// Within this time after the last peer is gone, everything it took has to be given back.
const AFTERMATH: Duration = Duration::from_secs(30);
const AFTERMATH_LOOK: Duration = Duration::from_secs(1);

/// Runs the `soak` command.
pub(crate) fn run(options: &args::Soak) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let report = runtime.block_on(soak(options))?;
    println!("{report}");
    let failures = verdict::failures(&report);
    if failures.is_empty() {
        println!("\nPASSED: nothing lost, nothing grown, nothing left behind");
        Ok(())
    } else {
        Err(format!("the soak FAILED:\n{}", failures.join("\n")))
    }
}

async fn soak(options: &args::Soak) -> Result<Report, String> {
    let session = Arc::new(Session::load(&options.session)?);
    fs::create_dir_all(&options.folder)
        .map_err(|error| format!("{}: {error}", options.folder.display()))?;
    let log = options.folder.join("driver-host.log");
    let mut host = Host::start(&options.driver_host, &log)?;
    let plan = Plan {
        options,
        server: host.server,
        duration: Duration::from_secs_f64(options.minutes * 60.0),
    };
    // A program that has just started takes what it needs.
    Usage::settled(host.process()).await?;
    // The first look makes what every look needs.
    Sample::take(&host, Duration::ZERO).await?;
    let before = Sample::take(&host, Duration::ZERO).await?;
    let used_before = Usage::of(host.process())?;

    let begun = Instant::now();
    let load = Load::start(&plan, &session);
    let samples = sample(options, &host, begun, plan.duration).await?;
    let loaded = in_time(load.end()).await??;
    let used = Usage::of(host.process())?.since(&used_before);
    let took = begun.elapsed();

    let metrics = Metrics::scrape(host.web).await?;
    let health = in_time(publish_afterwards(&plan, session)).await?;
    let after = aftermath(&host, begun, &before).await?;
    let ending = host.interrupt();

    let ledger = host.ledger();
    let mut outcomes = loaded.publishers;
    if let Some(first) = outcomes.first_mut() {
        // What was published afterwards is in the first camera's books as well.
        first.add(health.clone());
    }
    let publishers = outcomes.into_iter().zip(1..);
    let publishers = publishers.map(|(outcome, camera)| Publisher {
        camera,
        outcome,
        ledger: ledger.camera(camera),
        dropped: metrics.dropped(camera),
    });
    Ok(Report {
        took,
        processor_time: used.total,
        before,
        samples,
        after,
        publishers: publishers.collect(),
        hostile: loaded.hostile,
        health,
        unreadable_lines: ledger.unreadable(),
        ending,
    })
}

/// Waits for publishers whose time is over, or nearly; a driver that has come to a stop would have them write for ever.
async fn in_time<T>(publishing: impl Future<Output = T>) -> Result<T, String> {
    timeout(STUCK, publishing)
        .await
        .map_err(|_| "publishers are stuck: the driver takes no more bytes".to_owned())
}

async fn publish_afterwards(plan: &Plan<'_>, session: Arc<Session>) -> Outcome {
    let published = publish::publish_all(&plan.health(), session).await;
    published.hang_up().await
}

/// All who are at it.
struct Load {
    /// In the order of their cameras.
    publishers: [JoinHandle<Vec<Outcome>>; 3],
    hostile: JoinHandle<Result<Tally, String>>,
}

struct Loaded {
    publishers: Vec<Outcome>,
    hostile: Tally,
}

impl Load {
    fn start(plan: &Plan<'_>, session: &Arc<Session>) -> Load {
        let publish = |options: args::Publish| {
            let session = Arc::clone(session);
            tokio::spawn(async move {
                let mut outcomes = Vec::with_capacity(options.publishers);
                for published in publish::publish_each(&options, session).await {
                    outcomes.push(published.hang_up().await);
                }
                outcomes
            })
        };
        let attack = plan.attack();
        Load {
            publishers: [
                publish(plan.steady()),
                publish(plan.restarting()),
                publish(plan.contested()),
            ],
            hostile: tokio::spawn(async move {
                sleep(HEAD_START).await;
                attack::attack(&attack).await
            }),
        }
    }

    async fn end(self) -> Result<Loaded, String> {
        let mut publishers = Vec::with_capacity(STEADY + RESTARTING + CONTESTED);
        for group in self.publishers {
            publishers.extend(group.await.map_err(|error| error.to_string())?);
        }
        let hostile = self.hostile.await.map_err(|error| error.to_string())??;
        Ok(Loaded {
            publishers,
            hostile,
        })
    }
}

/// Looks at the process every now and then, and writes down what it sees as it goes.
async fn sample(
    options: &args::Soak,
    host: &Host,
    begun: Instant,
    duration: Duration,
) -> Result<Vec<Sample>, String> {
    let path = options.folder.join("samples.tsv");
    let failed = |error| format!("{}: {error}", path.display());
    let mut file = File::create(&path).map_err(failed)?;
    file.write_all(Sample::COLUMNS.as_bytes()).map_err(failed)?;
    // None is taken at the very end, when publishers leave.
    let every = SAMPLE_EVERY.min(duration / (SAMPLES_AT_LEAST + 1));
    let mut samples = Vec::new();
    let mut next = begun + every;
    while next < begun + duration {
        sleep_until(next).await;
        let sample = Sample::take(host, begun.elapsed()).await?;
        file.write_all(sample.row().as_bytes()).map_err(failed)?;
        samples.push(sample);
        next += every;
    }
    Ok(samples)
}

/// What is left when all are gone, as soon as it is no more than `before`.
async fn aftermath(host: &Host, begun: Instant, before: &Sample) -> Result<Sample, String> {
    let deadline = Instant::now() + AFTERMATH;
    loop {
        let sample = Sample::take(host, begun.elapsed()).await?;
        if sample.left_over(before).is_empty() || Instant::now() >= deadline {
            return Ok(sample);
        }
        sleep(AFTERMATH_LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn publishers_that_never_end_are_stuck() {
        let stuck = in_time(std::future::pending::<()>()).await.unwrap_err();
        assert!(stuck.contains("publishers are stuck"), "{stuck}");
        assert_eq!(in_time(async { 7 }).await, Ok(7));
    }
}
