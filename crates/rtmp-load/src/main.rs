//! Many RTMP publishers at once, for measuring what an ingest server costs.
//!
//! `publish` plays a session as many publishers, `sink` reads bytes and drops
//! them (what the kernel and tokio cost without any protocol), `compare` puts
//! both and the driver side by side in one run, `sweep` shows how their cost
//! grows. `attack` misbehaves in every way that is known, `soak` does all of it
//! at once and looks for what is lost or left behind. `fairness` measures what
//! others notice of a flood, `parsing` what a byte of it costs.
#![forbid(unsafe_code)]

mod args;
mod attack;
mod compare;
mod connection;
mod fairness;
mod flood;
mod kinds;
mod median;
mod noise;
mod parsing;
mod playback;
mod publish;
mod session;
mod sink;
mod soak;
mod sweep;
mod tls;
mod usage;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let command = args::Arguments::parse().command;
    let result = match command {
        args::Command::Publish(options) => publish::run(&options),
        args::Command::Sink(options) => sink::run(&options),
        args::Command::Compare(options) => compare::run(&options),
        args::Command::Sweep(options) => sweep::run(&options),
        args::Command::Attack(options) => attack::run(&options),
        args::Command::Soak(options) => soak::run(&options),
        args::Command::Fairness(options) => fairness::run(&options),
        args::Command::Parsing(options) => parsing::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rtmp-load: {error}");
            ExitCode::FAILURE
        }
    }
}
