//! A machine for tests: a service that stops and starts in virtual time, and tools that only note how they were called.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::adapter;
use crate::args::InstallOptions;
use crate::installed;
use crate::machine::{Machine, Output, ServiceState, Turn};
use crate::package::CHECKSUMS;

pub(crate) struct StandIn {
    pub(crate) service: Cell<Option<ServiceState>>,
    pub(crate) hangs: Cell<bool>,
    pub(crate) stops: Cell<u32>,
    pub(crate) starts: Cell<u32>,
    pub(crate) waited: Cell<Duration>,
    pub(crate) holders: RefCell<Vec<u32>>,
    pub(crate) immortal: Cell<bool>,
    pub(crate) compiler_fails: Cell<bool>,
    pub(crate) commands: RefCell<Vec<String>>,
    /// A second one has whoever has his turn.
    turn: Rc<()>,
    disk: TempDir,
}

impl Default for StandIn {
    fn default() -> StandIn {
        StandIn {
            service: Cell::new(Some(ServiceState::Running)),
            hangs: Cell::default(),
            stops: Cell::default(),
            starts: Cell::default(),
            waited: Cell::default(),
            holders: RefCell::default(),
            immortal: Cell::default(),
            compiler_fails: Cell::default(),
            commands: RefCell::default(),
            turn: Rc::default(),
            disk: tempfile::tempdir().unwrap(),
        }
    }
}

impl StandIn {
    /// With a framework assembly in the Recording Server's folder and a C# compiler in Windows.
    pub(crate) fn with_framework() -> StandIn {
        let machine = StandIn::default();
        let recorder = machine
            .program_files()
            .join("Milestone")
            .join("XProtect Recording Server")
            .join("Drivers");
        let compiler = machine
            .windows()
            .join("Microsoft.NET")
            .join("Framework64")
            .join("v4.0.30319");
        fs::create_dir_all(&recorder).unwrap();
        fs::create_dir_all(&compiler).unwrap();
        fs::write(
            recorder.join("VideoOS.Platform.DriverFramework.dll"),
            "framework",
        )
        .unwrap();
        fs::write(compiler.join("csc.exe"), "compiler").unwrap();
        machine
    }
}

impl StandIn {
    /// Nobody touches the service out of turn.
    fn assert_turn(&self) {
        assert_eq!(Rc::strong_count(&self.turn), 2, "it is nobody's turn");
    }
}

impl Machine for StandIn {
    fn turn(&self) -> io::Result<Option<Turn>> {
        let is_free = Rc::strong_count(&self.turn) == 1;
        Ok(is_free.then(|| Box::new(Rc::clone(&self.turn)) as Turn))
    }
    fn service_state(&self) -> io::Result<Option<ServiceState>> {
        Ok(self.service.get())
    }
    fn stop_service(&self) -> io::Result<()> {
        self.assert_turn();
        self.stops.set(self.stops.get() + 1);
        self.service.set(Some(ServiceState::Stopping));
        Ok(())
    }
    fn start_service(&self) -> io::Result<()> {
        self.assert_turn();
        self.starts.set(self.starts.get() + 1);
        self.service.set(Some(ServiceState::Running));
        Ok(())
    }
    fn service_account(&self) -> Option<String> {
        Some("NT AUTHORITY\\NETWORK SERVICE".into())
    }
    fn recorder_path(&self) -> Option<PathBuf> {
        None
    }
    fn program_data(&self) -> PathBuf {
        self.disk.path().join("ProgramData")
    }
    fn program_files(&self) -> PathBuf {
        self.disk.path().join("Program Files")
    }
    fn windows(&self) -> PathBuf {
        self.disk.path().join("Windows")
    }
    fn processes_with_module(&self, module: &str) -> Vec<u32> {
        if module == adapter::ASSEMBLY {
            self.holders.borrow().clone()
        } else {
            vec![]
        }
    }
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Output> {
        self.commands
            .borrow_mut()
            .push(format!("{program} {}", arguments.join(" ")));
        if program == "taskkill" && !self.immortal.get() {
            self.holders.borrow_mut().clear();
        }
        if program.ends_with("csc.exe") {
            if self.compiler_fails.get() {
                return Ok(Output {
                    success: false,
                    text: "error CS0246: not found".into(),
                });
            }
            let output = arguments
                .iter()
                .find_map(|argument| argument.strip_prefix("/out:"))
                .unwrap();
            fs::write(output, "compiled")?;
        }
        Ok(Output {
            success: true,
            text: String::new(),
        })
    }
    fn wait(&self, time: Duration) {
        self.waited.set(self.waited.get() + time);
        if self.service.get() == Some(ServiceState::Stopping) && !self.hangs.get() {
            self.service.set(Some(ServiceState::Stopped));
        }
    }
}

/// An unpacked package whose files hold their own names.
pub(crate) fn package(version: &str) -> TempDir {
    packed(
        version,
        &[
            adapter::ASSEMBLY,
            "milestone_driver.dll",
            "RTMPDriver.def",
            "adapter/Driver.cs",
        ],
    )
}

/// The same, made without the framework at hand.
pub(crate) fn package_without_assembly(version: &str) -> TempDir {
    packed(
        version,
        &[
            "milestone_driver.dll",
            "RTMPDriver.def",
            "adapter/Driver.cs",
        ],
    )
}

fn packed(version: &str, names: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut sums = String::new();
    for name in names {
        add(directory.path(), name, name.as_bytes(), &mut sums);
    }
    add(
        directory.path(),
        installed::VERSION_FILE,
        version.as_bytes(),
        &mut sums,
    );
    fs::write(directory.path().join(CHECKSUMS), sums).unwrap();
    directory
}

fn add(directory: &Path, name: &str, content: &[u8], sums: &mut String) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    let sum: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    sums.push_str(&format!("{sum}  {name}\n"));
}

/// What `setup install` does with the package in `payload` if nobody says otherwise, in the folder `directory`.
pub(crate) fn options(payload: &Path, directory: &Path) -> InstallOptions {
    InstallOptions {
        payload: payload.to_owned(),
        directory: directory.to_owned(),
        no_start: false,
        no_firewall: false,
        ports: "8783".into(),
        force: false,
        log: None,
    }
}
