//! Finding the Recording Server, stopping it and starting it again.

use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Failure;
use crate::journal::Journal;
use crate::machine::{Machine, ServiceState};

/// How long the service may take to stop: it finishes its databases first.
const STOP_SECONDS: u64 = 180;
const POLL: Duration = Duration::from_secs(1);

/// Whether a Recording Server is on this machine: its service, its
/// configuration file or its registry key.
pub(crate) fn is_installed(machine: &dyn Machine) -> bool {
    let configuration = machine
        .program_data()
        .join("Milestone")
        .join("XProtect Recording Server")
        .join("RecorderConfig.xml");
    matches!(machine.service_state(), Ok(Some(_)))
        || configuration.is_file()
        || machine.recorder_path().is_some()
}

/// The folder of the Recording Server's own programs.
pub(crate) fn folder(machine: &dyn Machine) -> PathBuf {
    machine.recorder_path().unwrap_or_else(|| {
        machine
            .program_files()
            .join("Milestone")
            .join("XProtect Recording Server")
    })
}

/// The service as it was found, so that it can be left that way.
#[derive(Debug)]
pub(crate) struct StoppedService {
    was_running: bool,
}

impl StoppedService {
    /// Stops the service if it runs, and waits for it.
    pub(crate) fn stop(
        machine: &dyn Machine,
        journal: &mut Journal,
    ) -> Result<StoppedService, Failure> {
        let state = machine
            .service_state()
            .map_err(Failure::io("The service's state"))?;
        let was_running = state == Some(ServiceState::Running);
        if was_running {
            journal.step("Stopping the Recording Server's service …");
            machine
                .stop_service()
                .map_err(Failure::io("Stopping the service"))?;
        }
        if matches!(state, None | Some(ServiceState::Stopped)) {
            return Ok(StoppedService { was_running });
        }
        for _ in 0..STOP_SECONDS {
            let state = machine
                .service_state()
                .map_err(Failure::io("The service's state"))?;
            if matches!(state, None | Some(ServiceState::Stopped)) {
                journal.step("The service has stopped.");
                return Ok(StoppedService { was_running });
            }
            machine.wait(POLL);
        }
        Err(Failure::StopTimeout {
            seconds: STOP_SECONDS,
        })
    }

    /// Starts the service again, if it was running when we came.
    pub(crate) fn restore(self, machine: &dyn Machine, no_start: bool, journal: &mut Journal) {
        if !self.was_running {
            return;
        }
        if no_start {
            journal.step("The Recording Server's service is left stopped, as asked.");
            return;
        }
        match machine.start_service() {
            Ok(()) => journal.step("The Recording Server's service is starting."),
            Err(error) => journal.step(format_args!(
                "The service did not start: {error}. Start it by hand."
            )),
        }
    }
}
