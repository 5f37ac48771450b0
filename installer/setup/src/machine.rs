//! What the installation asks of the machine it runs on.

use std::any::Any;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Failure;

/// The state of the Recording Server's service, as far as an installation cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(any(windows, test)),
    expect(dead_code, reason = "only Windows has a service to ask")
)]
pub(crate) enum ServiceState {
    /// Running, or about to.
    Running,
    /// Asked to stop.
    Stopping,
    /// Stopped.
    Stopped,
}

/// What a program that was run said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    /// Whether its exit code was 0.
    pub(crate) success: bool,
    /// Standard output and standard error.
    pub(crate) text: String,
}

/// For as long as it is held, nobody else changes anything on this machine.
pub(crate) type Turn = Box<dyn Any>;

/// Fails if somebody else is at it: of two at the same time the one would start the service while the other replaces
/// files, and undo what the other did.
pub(crate) fn take_turn(machine: &dyn Machine) -> Result<Turn, Failure> {
    let turn = machine
        .turn()
        .map_err(Failure::io("Looking for another Setup"))?;
    turn.ok_or(Failure::Busy)
}

/// The machine: its services, processes, registry and command line tools.
pub(crate) trait Machine {
    /// None while somebody else has it. It ends with the process at the latest.
    fn turn(&self) -> io::Result<Option<Turn>>;
    /// The Recording Server's service; `None` when it is not installed.
    fn service_state(&self) -> io::Result<Option<ServiceState>>;
    /// Asks the service to stop, without waiting.
    fn stop_service(&self) -> io::Result<()>;
    /// Asks the service to start, without waiting.
    fn start_service(&self) -> io::Result<()>;
    /// The account that the service runs as, as `icacls` takes it.
    fn service_account(&self) -> Option<String>;
    /// `HKLM\SOFTWARE\VideoOS\Recorder\InstallationPath`, if there.
    fn recorder_path(&self) -> Option<PathBuf>;
    /// `C:\ProgramData`, wherever it is.
    fn program_data(&self) -> PathBuf;
    /// `C:\Program Files`, wherever it is.
    fn program_files(&self) -> PathBuf;
    /// `C:\Windows`, wherever it is.
    fn windows(&self) -> PathBuf;
    /// Processes that have a module of this file name loaded.
    fn processes_with_module(&self, module: &str) -> Vec<u32>;
    /// Runs a program to its end: one of Windows' own by its name alone, others by their full path.
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Output>;
    /// Lets time pass.
    fn wait(&self, time: Duration);
}
