//! How long innocent publishers wait while others flood the driver: from the moment at which they send a frame to that
//! at which a session has it.
//!
//! The driver runs in this process, so that a frame's way ends where its host takes it and no pipe is measured as
//! well.

mod bars;
mod delays;
mod flooder;
mod host;
mod innocent;
mod report;

use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::bars::Speed;
use self::delays::Delays;
use self::flooder::Flooder;
use self::host::Host;
use self::innocent::Innocents;
use self::report::{Measured, Report};
use crate::args;
use crate::connection;
use crate::kinds::Flood;

/// Innocent publishers publish to cameras 1 to 4, flooders to the last four.
const INNOCENTS: usize = 4;
const FLOODERS: usize = 4;
/// Flooders come from 127.1.0.2 and so on, one from each address.
const HOSTILE_NET: u8 = crate::attack::HOSTILE_NET;
/// A message of 16 MiB at 40 Mbit/s takes 3.4 s, and one is to come whole.
const SLOW_MESSAGE: Duration = Duration::from_millis(7500);

/// Runs the `fairness` command.
pub(crate) fn run(options: &args::Fairness) -> Result<(), String> {
    let mut report = Report::default();
    println!("{}", Report::HEAD);
    for round in Round::all(options) {
        let outcomes = (0..options.rounds.max(1))
            .map(|_| round.measure())
            .collect::<Result<Vec<_>, _>>()?;
        let measured = Measured::new(&round, &outcomes);
        println!("{measured}");
        report.add(measured);
    }
    report.verdict()
}

/// What came of a round.
#[derive(Debug)]
struct Outcome {
    delays: Delays,
    /// Bytes that the flooders got rid of.
    flooded: u64,
    /// The 99th percentile of the latency that the driver tells itself.
    told: Duration,
}

/// A flood, and who is to bear it.
#[derive(Debug)]
struct Round {
    /// None: nobody floods.
    flood: Option<Flood>,
    published: bool,
    speed: Speed,
    duration: Duration,
}

impl Round {
    fn all(options: &args::Fairness) -> Vec<Round> {
        let usual = Duration::from_secs_f64(options.seconds);
        let quiet = Round {
            flood: None,
            published: false,
            speed: Speed::Paced,
            duration: usual,
        };
        let is_wanted = |flood: &&Flood| options.kinds.is_empty() || options.kinds.contains(flood);
        let floods = Flood::value_variants().iter().filter(is_wanted);
        let rounds = floods.flat_map(|flood| {
            let places: &[bool] = if flood.is_for_anybody() {
                &[false, true]
            } else {
                &[true]
            };
            places.iter().flat_map(move |published| {
                [Speed::Paced, Speed::Full].map(|speed| Round {
                    flood: Some(*flood),
                    published: *published,
                    speed,
                    duration: if flood.is_large() && speed == Speed::Paced {
                        usual.max(SLOW_MESSAGE)
                    } else {
                        usual
                    },
                })
            })
        });
        std::iter::once(quiet).chain(rounds).collect()
    }

    /// Floods a driver that has just been started.
    fn measure(&self) -> Result<Outcome, String> {
        let host = Host::start()?;
        let innocents = Innocents::start(&host, INNOCENTS)?;
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        let flooded = runtime.block_on(self.flood(&host))?;
        let delays = innocents.stop()?;
        runtime.shutdown_background();
        Ok(Outcome {
            delays,
            flooded,
            told: host.told_latency(INNOCENTS),
        })
    }

    async fn flood(&self, host: &Host) -> Result<u64, String> {
        let end = Instant::now() + self.duration;
        let Some(flood) = self.flood else {
            tokio::time::sleep_until(end).await;
            return Ok(0);
        };
        let waves = |stream| Arc::new(flood.waves(stream));
        let waves = if self.published { waves(1) } else { waves(0) };
        let end = Instant::now() + self.duration;
        let flooders: JoinSet<_> = (0..FLOODERS)
            .map(|number| {
                let flooder = Flooder {
                    server: host.server,
                    source: connection::loopback(HOSTILE_NET, number),
                    path: self.published.then(|| host.flooded_path(number)),
                    waves: Arc::clone(&waves),
                    speed: self.speed,
                    end,
                };
                flooder.run()
            })
            .collect();
        Ok(flooders.join_all().await.into_iter().sum())
    }
}
