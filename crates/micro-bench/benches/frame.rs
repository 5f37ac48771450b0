//! `cargo bench -p micro-bench`: a table of times. `-- PREFIX…`: of cases whose names begin so. `-- --list`: their
//! names. `-- --once NAME`: does one case's work to warm up, and once more to be counted by `.ci/instructions`.

use std::process::ExitCode;

use codec_bench::race::{Contender, race};
use micro_bench::{Case, all};

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--list"] => list(),
        ["--once", name] => return once(name),
        ref prefixes => times(prefixes),
    }
    ExitCode::SUCCESS
}

fn list() {
    for case in all() {
        println!("{}", case.name);
    }
}

fn once(name: &str) -> ExitCode {
    let done = all()
        .into_iter()
        .find(|case| case.name == name)
        .is_some_and(|mut case| case.work() && case.counted_work());
    if done {
        ExitCode::SUCCESS
    } else {
        eprintln!("{name}: there is no such case, or it did not get all of its work done");
        ExitCode::FAILURE
    }
}

fn times(prefixes: &[&str]) {
    let is_wanted = |case: &Case| {
        prefixes.is_empty() || prefixes.iter().any(|prefix| case.name.starts_with(prefix))
    };
    println!("| case | ns | for each |");
    println!("|---|---:|---|");
    for mut case in all().into_iter().filter(is_wanted) {
        let (name, unit, units) = (case.name, case.unit, case.units);
        for outcome in race(vec![Contender::ours(name, || case.work())]) {
            match outcome.nanos {
                Some(nanos) => println!("| {name} | {:.1} | {unit} |", nanos / units as f64),
                None => println!("| {name} | fails | {unit} |"),
            }
        }
    }
}
