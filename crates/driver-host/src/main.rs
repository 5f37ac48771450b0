//! The RTMP Push Driver without XProtect: listens like the driver in a Recording Server, opens a
//! live session on each of its 16 cameras, shows what happens and records what arrives.

#![forbid(unsafe_code)]

mod args;
mod clock;
mod console;
mod failure;
mod history;
mod host;
mod json;
mod output;
mod recording;
mod stop;
mod web;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match host::run(args::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("driver-host: {failure}");
            ExitCode::FAILURE
        }
    }
}
