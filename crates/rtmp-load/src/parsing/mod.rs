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
use crate::flood::{Flood, Waves};

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
            let session = parsing(&waves, published, false, time);
            let all = parsing(&waves, published, true, time);
            let holds = session.max(all) <= most;
            missed += u32::from(!holds);
            println!(
                "| {flood}{} | {session:.2} | {} | {} |",
                match published && flood.is_for_anybody() {
                    true => ", published",
                    false => "",
                },
                match published {
                    true => format!("{all:.2}"),
                    false => String::new(),
                },
                if holds { "holds" } else { "MISSED" }
            );
        }
    }
    match missed {
        0 => Ok(()),
        _ => Err(format!("{missed} bars are missed")),
    }
}

/// Nanoseconds for each byte of a wave: the best of many.
fn parsing(waves: &Waves, published: bool, with_parsers: bool, time: Duration) -> f64 {
    let mut subject = Subject::new(published, with_parsers);
    subject.take(&waves.opening);
    subject.take(&waves.wave);
    best(time, || {
        // Who is thrown out comes back, which is part of the cost.
        if subject.has_ended() {
            subject = Subject::new(published, with_parsers);
            subject.take(&waves.opening);
        }
        subject.take(&waves.wave)
    })
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

/// Does `work`, which says of how many bytes it was, for some time, and returns the nanoseconds for each byte of the best
/// try.
fn best(time: Duration, mut work: impl FnMut() -> usize) -> f64 {
    let end = Instant::now() + time;
    let mut best = f64::INFINITY;
    while Instant::now() < end || best.is_infinite() {
        let start = Instant::now();
        let bytes = work();
        best = best.min(start.elapsed().as_nanos() as f64 / bytes.max(1) as f64);
    }
    best
}
