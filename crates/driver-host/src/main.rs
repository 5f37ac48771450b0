//! The RTMP Push Driver without XProtect: listens like the driver in a Recording Server, opens a
//! session on each of its 16 cameras and their microphones, shows what happens and records what arrives.

#![forbid(unsafe_code)]

mod args;
mod clock;
mod codec_name;
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
use std::time::SystemTime;

use args::Command;
use clap::Parser;

/// Publishers at the most, the page's connections, and recordings of 16 cameras.
#[cfg(unix)]
const MOST_FILES: u64 = 4096;

fn main() -> ExitCode {
    // Publishers, pages and recordings have a descriptor each, and many systems allow 1024 unless asked for more. As many
    // as the system gives will do: what is over it is refused, one by one.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(MOST_FILES);
    let args = args::Args::parse();
    let outcome = match &args.command {
        Some(Command::Sign(sign)) => sign
            .address(SystemTime::now())
            .map(|address| println!("{address}")),
        None => host::run(args).map_err(|failure| failure.to_string()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("driver-host: {failure}");
            ExitCode::FAILURE
        }
    }
}
