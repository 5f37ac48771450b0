//! Installs, repairs and removes the RTMP Push Driver on a Recording Server.
//!
//! The Setup program (NSIS) shows the pages and carries the files; everything
//! that can go wrong on a Recording Server happens here, as one transaction:
//! the service is stopped, files are replaced and verified, and whatever fails
//! is undone before the service is started again (only if it was running).
#![forbid(unsafe_code)]

mod adapter;
mod args;
mod failure;
mod folder;
mod install;
mod installed;
mod journal;
mod machine;
mod package;
mod record;
mod recording_server;
mod replace;
#[cfg(test)]
mod stand_in;
mod uninstall;
mod version;
#[cfg(windows)]
mod windows;

use std::process::ExitCode;

use crate::args::Command;
use crate::failure::Failure;
use crate::journal::Journal;
use crate::machine::Machine;

fn main() -> ExitCode {
    let command = match args::parse() {
        Ok(command) => command,
        Err(error) => {
            eprintln!("driver-setup: {error}\n\n{}", args::HELP);
            return ExitCode::from(failure::USAGE);
        }
    };
    run(command)
}

fn run(command: Command) -> ExitCode {
    let Some(machine) = this_machine() else {
        eprintln!(
            "driver-setup: XProtect Recording Servers run on Windows; there is nothing to set up here."
        );
        return ExitCode::from(failure::NO_RECORDING_SERVER);
    };
    match carry_out(machine.as_ref(), command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

#[cfg(windows)]
fn this_machine() -> Option<Box<dyn Machine>> {
    Some(Box::new(windows::WindowsMachine))
}

#[cfg(not(windows))]
fn this_machine() -> Option<Box<dyn Machine>> {
    None
}

fn carry_out(machine: &dyn Machine, command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => {
            println!("{}", args::HELP);
            Ok(())
        }
        Command::Detect(log) => {
            Journal::open(log)?.outcome(|journal| install::detect(machine, journal))
        }
        Command::Install(options) => Journal::open(options.log.clone())?
            .outcome(|journal| install::install(machine, &options, journal)),
        Command::Uninstall(options) => Journal::open(options.log.clone())?
            .outcome(|journal| uninstall::uninstall(machine, &options, journal)),
        Command::CompileAdapter { directory, log } => {
            Journal::open(log)?.outcome(|journal| adapter::repair(machine, &directory, journal))
        }
        Command::Protect { directory, log } => Journal::open(log)?.outcome(|journal| {
            folder::require_the_drivers(&directory)?;
            folder::protect(machine, &directory, journal);
            folder::let_everybody_test(machine, &directory, journal);
            Ok(())
        }),
    }
}
