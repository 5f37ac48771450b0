//! How the cost of sink, server library and driver grows.

mod plot;
mod series;
mod table;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use self::series::{SERIES, Series};
use crate::args;
use crate::compare::measurement::measure;
use crate::compare::target::{Programs, Target};
use crate::session::Session;

/// Cameras of a driver instance.
const CAMERAS: usize = 16;

/// Those who are measured, as curves are named.
const CURVES: [&str; 3] = ["tokio sink", "rtmp-server", "driver"];

/// What was measured at a value of a series, for each of [`CURVES`].
#[derive(Debug)]
struct Point {
    value: u32,
    costs: [Cost; CURVES.len()],
}

#[derive(Debug, Clone, Copy)]
struct Cost {
    /// CPU seconds for each gigabyte.
    per_gigabyte: f64,
    /// The part of a core that this is while all publishers publish.
    core_share: f64,
}

/// The points of a series.
#[derive(Debug)]
struct Curves {
    series: &'static Series,
    points: Vec<Point>,
}

/// Runs the `sweep` command.
pub(crate) fn run(options: &args::Sweep) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let programs = Programs::build(None)?;
    let mut all = Vec::new();
    for series in &SERIES {
        let mut points = Vec::new();
        for &value in series.values {
            eprintln!("{}: {value}", series.title);
            let load = series.load(value, options.seconds);
            let session = Arc::new(Session::load(&load.session)?);
            let cost = |target| -> Result<Cost, String> {
                let running = programs.start(target, false)?;
                let measured = runtime.block_on(measure(running, &load, &session))?;
                if !measured.published.failures.is_empty() {
                    return Err(format!(
                        "{}: {value}, {target}: not all could publish: {}",
                        series.title, measured.published
                    ));
                }
                Ok(Cost::of(measured.cpu_per_gigabyte, &load))
            };
            let driver = Target::drivers(load.publishers.div_ceil(CAMERAS));
            points.push(Point {
                value,
                costs: [cost(Target::Sink)?, cost(Target::Server)?, cost(driver)?],
            });
        }
        all.push(Curves { series, points });
    }
    match &options.table {
        Some(path) => write(path, &table::markdown(&all))?,
        None => print!("{}", table::markdown(&all)),
    }
    match &options.plot {
        Some(path) => write(path, &plot::svg(&all)),
        None => Ok(()),
    }
}

impl Cost {
    /// A gigabyte's CPU time tells what full load costs, whatever part of the time it took to connect everybody.
    fn of(per_gigabyte: f64, load: &args::Publish) -> Cost {
        let gigabytes_a_second = load.publishers as f64 * load.session.megabits / 8000.0;
        Cost {
            per_gigabyte,
            core_share: per_gigabyte * gigabytes_a_second,
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
