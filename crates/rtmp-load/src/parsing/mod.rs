//! What parsing costs, in nanoseconds for each byte that comes, whatever the message.
//!
//! No socket: a session in this thread gets the bytes in pieces, as a connection reads them, and what it makes of them
//! goes to what the driver parses with.

mod subject;

use std::hint::black_box;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use self::subject::Subject;
use crate::args;
use crate::flood::Waves;
use crate::kinds::Flood;

/// What may be spent on a byte, on a machine that copies a byte in [`USUAL_COPY`].
const MOST_NANOSECONDS: f64 = 10.0;
const USUAL_COPY: f64 = 0.1;

/// Runs the `parsing` command.
pub(crate) fn run(options: &args::Parsing) -> Result<(), String> {
    let time = Duration::from_secs_f64(options.seconds);
    let copying = copying(time);
    // Another machine is measured by how it copies.
    let most = MOST_NANOSECONDS * (copying / USUAL_COPY).max(1.0);
    println!("memcpy: {copying:.3} ns a byte; the bar: {most:.1} ns a byte\n");
    println!("| message | session | and the driver's parsers | |\n|---|---:|---:|---|");
    let mut missed = 0;
    let is_wanted = |flood: &&Flood| options.kinds.is_empty() || options.kinds.contains(flood);
    for flood in Flood::value_variants().iter().filter(is_wanted) {
        for published in [false, true] {
            if !published && !flood.is_for_anybody() {
                continue;
            }
            let waves = flood.waves(published.into());
            let session = Parsed::of(&waves, published, false, time);
            let all = published.then(|| Parsed::of(&waves, published, true, time));
            let most_spent = all.map_or(session.nanoseconds, |all| {
                all.nanoseconds.max(session.nanoseconds)
            });
            let verdict = match session.closed_after {
                Some(bytes) => format!("closed after {:.0} kB", bytes as f64 / 1000.0),
                None if most_spent <= most => "holds".into(),
                None => {
                    missed += 1;
                    "MISSED".into()
                }
            };
            println!(
                "| {flood}{} | {:.2} | {} | {verdict} |",
                match published && flood.is_for_anybody() {
                    true => ", published",
                    false => "",
                },
                session.nanoseconds,
                all.map(|all| format!("{:.2}", all.nanoseconds))
                    .unwrap_or_default(),
            );
        }
    }
    match missed {
        0 => Ok(()),
        _ => Err(format!("{missed} bars are missed")),
    }
}

/// What it took to parse a wave.
#[derive(Debug, Clone, Copy)]
struct Parsed {
    /// For each byte.
    nanoseconds: f64,
    /// The session had enough of it after so many bytes: it costs no more than that.
    closed_after: Option<usize>,
}

impl Parsed {
    fn of(waves: &Waves, published: bool, with_parsers: bool, time: Duration) -> Parsed {
        let start = || {
            let mut subject = Subject::new(published, with_parsers);
            subject.take(&waves.opening);
            subject
        };
        let mut subject = start();
        let taken = subject.take(&waves.wave);
        let nanoseconds = best(time, || {
            // Who is thrown out comes back, which is part of the cost.
            if subject.has_ended() {
                subject = start();
            }
            subject.take(&waves.wave)
        });
        Parsed {
            nanoseconds,
            closed_after: subject.has_ended().then_some(taken),
        }
    }
}

/// Nanoseconds for each byte that is copied from memory to memory.
fn copying(time: Duration) -> f64 {
    let source = vec![1_u8; 16 << 20];
    let mut target = vec![0_u8; source.len()];
    best(time, || {
        target.copy_from_slice(black_box(&source));
        black_box(&target);
        source.len()
    })
}

/// Does `work`, which says of how many bytes it was, for some time, and returns nanoseconds for each byte: those of the
/// best try, or of all of them by this thread's own time where there is one, for what takes long is always interrupted
/// by others.
fn best(time: Duration, mut work: impl FnMut() -> usize) -> f64 {
    let (begun, end) = (processor_time(), Instant::now() + time);
    let (mut best, mut total) = (f64::INFINITY, 0);
    while Instant::now() < end || best.is_infinite() {
        let start = Instant::now();
        let bytes = work().max(1);
        best = best.min(start.elapsed().as_nanos() as f64 / bytes as f64);
        total += bytes;
    }
    let used = processor_time().zip(begun).map(|(now, begun)| now - begun);
    used.map_or(best, |used| best.min(used as f64 / total as f64))
}

/// Nanoseconds that this thread has had a processor, to a tick of the scheduler's clock (proc(5)).
fn processor_time() -> Option<u64> {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    schedule.split_whitespace().next()?.parse().ok()
}
