//! Installing and upgrading.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::adapter;
use crate::args::InstallOptions;
use crate::failure::Failure;
use crate::folder;
use crate::installed;
use crate::journal::Journal;
use crate::machine::{self, Machine};
use crate::package::{self, Package};
use crate::record;
use crate::recording_server::{self, StoppedService};
use crate::replace::{self, Replacement};
use crate::version::Version;

/// The names of the firewall rules, by which they are found again.
const DRIVER_RULE: &str = "RTMP Push Driver";
const TEST_RULE: &str = "RTMP Push Driver - test without XProtect";
/// Modules that only the driver's own host process has loaded.
const MODULES: [&str; 2] = [adapter::ASSEMBLY, "milestone_driver.dll"];
/// How long the host process may take to go after the service has stopped.
const MODULE_SECONDS: u64 = 30;

/// Says whether a Recording Server is here.
pub(crate) fn detect(machine: &dyn Machine, journal: &mut Journal) -> Result<(), Failure> {
    if recording_server::is_installed(machine) {
        journal.step(format_args!(
            "Recording Server: {}",
            recording_server::folder(machine).display()
        ));
        Ok(())
    } else {
        Err(Failure::NoRecordingServer)
    }
}

/// Installs the package, or upgrades what is there.
pub(crate) fn install(
    machine: &dyn Machine,
    options: &InstallOptions,
    journal: &mut Journal,
) -> Result<(), Failure> {
    if !options.force {
        detect(machine, journal)?;
    }
    let package = Package::open(&options.payload)?;
    let _turn = machine::take_turn(machine)?;
    folder::refuse_foreign(&options.directory)?;
    // Which version is installed after that is known when it was put right.
    if !record::is_unfinished(&options.directory) {
        refuse_downgrade(&package, options)?;
    }
    folder::refuse_running(&options.directory)?;
    let service = StoppedService::stop(machine, journal)?;
    let result = put_right(machine, &options.directory, journal)
        .and_then(|()| refuse_downgrade(&package, options))
        .and_then(|()| replace_files(machine, &package, &options.directory, journal));
    if result.is_ok() && !options.no_firewall {
        open_firewall(machine, options, journal);
    }
    service.restore(machine, options.no_start, journal);
    result
}

fn refuse_downgrade(package: &Package, options: &InstallOptions) -> Result<(), Failure> {
    let offered = Version::parse(&package.version)
        .ok_or_else(|| Failure::Package(format!("{:?} is not a version", package.version)))?;
    match installed::version(&options.directory) {
        Some(version) if version > offered && !options.force => Err(Failure::Downgrade {
            installed: fs::read_to_string(options.directory.join(installed::VERSION_FILE))
                .unwrap_or_default()
                .trim()
                .to_owned(),
            offered: package.version.clone(),
        }),
        _ => Ok(()),
    }
}

/// Waits until nobody has the driver loaded, and puts right what an installation has left that was cut off. The service
/// has stopped.
pub(crate) fn put_right(
    machine: &dyn Machine,
    directory: &Path,
    journal: &mut Journal,
) -> Result<(), Failure> {
    wait_until_unloaded(machine, directory, journal)?;
    if record::find(directory)?.is_none() {
        return Ok(());
    }
    // Before a file is moved, as whenever one is.
    folder::protect(machine, directory, journal);
    replace::recover(directory)?;
    journal.step(
        "An installation was cut off here; what it left was put right. If it has stopped the Recording Server's service, \
         that is left as it was found.",
    );
    Ok(())
}

/// Waits for the driver's host process to go; ends it if it stays although the service has stopped.
fn wait_until_unloaded(
    machine: &dyn Machine,
    directory: &Path,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let holders = || {
        MODULES
            .iter()
            .flat_map(|module| machine.processes_with_module(module))
            .collect::<Vec<_>>()
    };
    for second in 0..MODULE_SECONDS * 2 {
        let processes = holders();
        if processes.is_empty() {
            return Ok(());
        }
        if second == MODULE_SECONDS {
            for process in processes {
                journal.step(format_args!(
                    "Process {process} still has the driver loaded; ending it."
                ));
                machine
                    .run("taskkill", &["/F", "/PID", &process.to_string()])
                    .map_err(Failure::io(format!("Ending process {process}")))?;
            }
        }
        machine.wait(Duration::from_secs(1));
    }
    Err(Failure::Locked {
        file: directory.join(adapter::ASSEMBLY),
    })
}

fn replace_files(
    machine: &dyn Machine,
    package: &Package,
    directory: &Path,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let before = installed::files(directory);
    let mut replacement = Replacement::begin(directory)?;
    folder::protect(machine, directory, journal);
    let mut list = vec![PathBuf::from(installed::FILE_LIST)];
    for file in &package.files {
        let source = package.directory.join(&file.path);
        let content = fs::read(&source).map_err(Failure::at(&source))?;
        let staged = replacement.stage(&file.path, &content)?;
        package::verify(&staged, &file.sha256)?;
        list.push(file.path.clone());
    }
    // A later repair compiles only sources that this list names.
    replacement.stage(Path::new(package::CHECKSUMS), package.list.as_bytes())?;
    list.push(package::CHECKSUMS.into());
    let assembly = PathBuf::from(adapter::ASSEMBLY);
    if !list.contains(&assembly) {
        let staged = replacement.stage(&assembly, b"")?;
        adapter::compile(machine, &package.sources(), &staged, journal)?;
        list.push(assembly);
    }
    let text: String = list
        .iter()
        .map(|path| format!("{}\n", path.display()))
        .collect();
    replacement.stage(Path::new(installed::FILE_LIST), text.as_bytes())?;
    let obsolete: Vec<PathBuf> = before
        .into_iter()
        .chain(installed::OF_THE_CSHARP_DRIVER.map(PathBuf::from))
        .filter(|path| !list.contains(path) && !installed::is_certificate(path))
        .collect();
    replacement.swap(&obsolete)?;
    replacement.commit()?;
    folder::let_everybody_test(machine, directory, journal);
    journal.step(format_args!(
        "Installed version {} in {}.",
        package.version,
        directory.display()
    ));
    Ok(())
}

fn open_firewall(machine: &dyn Machine, options: &InstallOptions, journal: &mut Journal) {
    close_firewall(machine);
    let ports = &options.ports;
    let driver =
        recording_server::folder(machine).join("VideoOS.IO.Drivers.DriverFrameworkProcess.exe");
    match allow_in(machine, DRIVER_RULE, &driver, Some(ports)) {
        Ok(()) => journal.step(format_args!("The firewall lets TCP port {ports} in.")),
        Err(problem) => journal.step(format_args!("The firewall rule was not added: {problem}")),
    }
    // On the port that whoever starts it chooses: the driver often has the usual one. Only while it runs does it listen.
    let test = options.directory.join(installed::TEST_PROGRAM);
    if let Err(problem) = allow_in(machine, TEST_RULE, &test, None) {
        journal.step(format_args!(
            "The firewall rule for {} was not added: {problem}",
            test.display()
        ));
    }
}

/// Lets TCP connections to `program` in, on these ports or on any, except from public networks.
fn allow_in(
    machine: &dyn Machine,
    rule: &str,
    program: &Path,
    ports: Option<&str>,
) -> Result<(), String> {
    let name = format!("name={rule}");
    let program = format!("program={}", program.display());
    let ports = ports.map(|ports| format!("localport={ports}"));
    let mut arguments = vec!["advfirewall", "firewall", "add", "rule", &name];
    arguments.extend(["dir=in", "action=allow", "protocol=TCP"]);
    arguments.extend(ports.as_deref());
    arguments.extend([&program, "profile=private,domain", "enable=yes"]);
    match machine.run("netsh", &arguments) {
        Ok(output) if output.success => Ok(()),
        Ok(output) => Err(output.text.trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Removes the rules; that there was none is no failure.
pub(crate) fn close_firewall(machine: &dyn Machine) {
    for rule in [DRIVER_RULE, TEST_RULE] {
        let name = format!("name={rule}");
        let _ = machine.run(
            "netsh",
            &["advfirewall", "firewall", "delete", "rule", &name],
        );
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::machine::ServiceState;
    use crate::stand_in::{self, StandIn};

    /// A machine, a package, and the folder that it is installed into.
    struct Trial {
        machine: StandIn,
        package: TempDir,
        target: TempDir,
        force: bool,
    }

    impl Trial {
        fn new() -> Self {
            Self {
                machine: StandIn::default(),
                package: stand_in::package("3.0.5"),
                target: tempfile::tempdir().unwrap(),
                force: false,
            }
        }

        /// Of a package that brings no assembly, on a machine that has a compiler.
        fn without_assembly() -> Self {
            Self {
                machine: StandIn::with_framework(),
                package: stand_in::package_without_assembly("3.0.5"),
                ..Self::new()
            }
        }

        fn install(&self) -> Result<(), Failure> {
            let mut options = stand_in::options(self.package.path(), self.target.path());
            options.force = self.force;
            install(&self.machine, &options, &mut Journal::default())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.target.path().join(name)
        }

        fn write(&self, name: &str, content: &str) {
            fs::write(self.path(name), content).unwrap();
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.path(name)).unwrap()
        }
    }

    #[test]
    fn a_fresh_installation_stops_and_restarts_a_running_service() {
        let trial = Trial::new();
        trial.install().unwrap();
        assert_eq!(
            (trial.machine.stops.get(), trial.machine.starts.get()),
            (1, 1)
        );
        assert_eq!(trial.read(adapter::ASSEMBLY), "RTMPDriver.dll");
        assert!(
            installed::files(trial.target.path()).contains(&PathBuf::from("milestone_driver.dll"))
        );
        let commands = trial.machine.commands.borrow().join("\n");
        assert!(
            commands.contains("localport=8783") && commands.contains("DriverFrameworkProcess.exe"),
            "{commands}"
        );
        let test = trial.path(installed::TEST_PROGRAM).display().to_string();
        assert!(
            commands.contains(&format!("protocol=TCP program={test}")),
            "{commands}"
        );
    }

    #[test]
    fn a_stopped_service_stays_stopped() {
        let trial = Trial::new();
        trial.machine.service.set(Some(ServiceState::Stopped));
        trial.install().unwrap();
        assert_eq!(
            (trial.machine.stops.get(), trial.machine.starts.get()),
            (0, 0)
        );
    }

    #[test]
    fn a_machine_without_a_recording_server_is_refused_unless_forced() {
        let mut trial = Trial::new();
        trial.machine.service.set(None);
        assert_eq!(trial.install().unwrap_err().exit_code(), 10);
        assert!(!trial.path(adapter::ASSEMBLY).exists());
        trial.force = true;
        trial.install().unwrap();
    }

    #[test]
    fn an_upgrade_keeps_the_certificate_and_removes_what_is_obsolete() {
        let trial = Trial::new();
        for name in ["RTMPDriver.dll", "RTMPDriver.pdb", "rtmp.pfx", "notes.txt"] {
            trial.write(name, "of the C# driver");
        }
        trial.install().unwrap();
        assert_eq!(trial.read("rtmp.pfx"), "of the C# driver");
        assert!(trial.path("notes.txt").exists(), "a file of the user's own");
        assert!(!trial.path("RTMPDriver.pdb").exists());
        assert!(
            trial
                .machine
                .commands
                .borrow()
                .iter()
                .any(|command| command.contains("icacls") && command.contains("rtmp.pfx"))
        );
    }

    #[test]
    fn a_downgrade_is_refused_before_anything_is_stopped() {
        let mut trial = Trial {
            package: stand_in::package("3.1.0"),
            ..Trial::new()
        };
        trial.install().unwrap();
        let stops = trial.machine.stops.get();
        trial.package = stand_in::package("3.0.5");
        let error = trial.install().unwrap_err();
        assert_eq!(error.exit_code(), 13);
        assert_eq!(trial.machine.stops.get(), stops);
    }

    #[test]
    fn a_service_that_does_not_stop_times_out_and_nothing_changes() {
        let trial = Trial::new();
        trial.machine.hangs.set(true);
        let error = trial.install().unwrap_err();
        assert_eq!(error.exit_code(), 11);
        assert!(trial.machine.waited.get() >= Duration::from_secs(180));
        assert!(!trial.path(adapter::ASSEMBLY).exists());
    }

    #[test]
    fn a_process_that_keeps_the_driver_loaded_is_ended_late_and_alone() {
        let trial = Trial::new();
        trial.machine.holders.borrow_mut().push(4242);
        trial.install().unwrap();
        assert!(trial.machine.waited.get() >= Duration::from_secs(MODULE_SECONDS));
        let kills: Vec<_> = trial
            .machine
            .commands
            .borrow()
            .iter()
            .filter(|command| command.contains("taskkill"))
            .cloned()
            .collect();
        assert_eq!(kills, ["taskkill /F /PID 4242"]);
    }

    #[test]
    fn a_process_that_cannot_be_ended_leaves_the_old_version_and_the_service_running() {
        let trial = Trial::new();
        trial.write(adapter::ASSEMBLY, "old");
        trial.machine.holders.borrow_mut().push(4242);
        trial.machine.immortal.set(true);
        let error = trial.install().unwrap_err();
        assert_eq!(error.exit_code(), 12);
        assert_eq!(trial.read(adapter::ASSEMBLY), "old");
        assert_eq!(trial.machine.starts.get(), 1);
    }

    #[test]
    fn a_package_without_assembly_is_compiled_here() {
        let trial = Trial::without_assembly();

        trial.install().unwrap();
        assert_eq!(trial.read(adapter::ASSEMBLY), "compiled");
        assert!(installed::files(trial.target.path()).contains(&PathBuf::from(adapter::ASSEMBLY)));
    }

    #[test]
    fn an_adapter_that_does_not_compile_leaves_the_old_version() {
        let trial = Trial::without_assembly();
        trial.machine.compiler_fails.set(true);
        trial.write(adapter::ASSEMBLY, "old");
        let error = trial.install().unwrap_err();
        assert_eq!(error.exit_code(), 14);
        assert!(error.to_string().contains("CS0246"), "{error}");
        assert_eq!(trial.read(adapter::ASSEMBLY), "old");
        assert!(!trial.path("milestone_driver.dll").exists());
    }

    /// An upgrade that is cut off when every file was moved, and before it says so.
    fn cut_off(trial: &Trial) {
        let mut upgrade = Replacement::begin(trial.target.path()).unwrap();
        for path in installed::files(trial.target.path()) {
            upgrade.stage(&path, b"of the upgrade").unwrap();
        }
        upgrade.swap_and_be_killed();
    }

    #[test]
    fn what_an_installation_left_that_was_cut_off_is_put_right_by_the_next_one() {
        let trial = Trial::new();
        trial.install().unwrap();
        cut_off(&trial);
        assert_eq!(trial.read(adapter::ASSEMBLY), "of the upgrade");
        trial.install().unwrap();
        assert_eq!(trial.read(adapter::ASSEMBLY), "RTMPDriver.dll");
        let left = fs::read_dir(trial.target.path()).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        let is_stray = |name: &str| [".old", ".new"].iter().any(|end| name.ends_with(end));
        assert!(
            !left.iter().any(|name| is_stray(name.to_str().unwrap())),
            "{left:?}"
        );
    }

    /// The files of a Setup of another version, which was ended before it moved any.
    #[test]
    fn new_files_of_an_installation_that_was_cut_off_are_removed_by_the_next_one() {
        let trial = Trial::new();
        let new = ["RTMPDriver.dll.new", "of another version.dll.new"];
        let cut_off = || {
            let mut upgrade = Replacement::begin(trial.target.path()).unwrap();
            for name in new {
                let name = name.strip_suffix(".new").unwrap();
                upgrade.stage(Path::new(name), b"half").unwrap();
            }
            upgrade.be_killed();
            assert!(new.iter().all(|name| trial.path(name).exists()));
        };
        // Also where nothing else tells whose folder it is.
        for _ in 0..2 {
            cut_off();
            trial.install().unwrap();
            assert!(!new.iter().any(|name| trial.path(name).exists()));
            assert!(!record::is_there(trial.target.path()));
            assert_eq!(trial.read(adapter::ASSEMBLY), "RTMPDriver.dll");
        }
    }

    /// All or nothing: also where the next one cannot install anything.
    #[test]
    fn what_was_cut_off_is_put_right_where_nothing_can_be_installed() {
        let mut trial = Trial::new();
        trial.install().unwrap();
        cut_off(&trial);
        trial.package = stand_in::package_without_assembly("3.0.5");
        let error = trial.install().unwrap_err();
        assert_eq!(error.exit_code(), 14, "there is no compiler");
        assert_eq!(trial.read(adapter::ASSEMBLY), "RTMPDriver.dll");
        assert_eq!(trial.read("milestone_driver.dll"), "milestone_driver.dll");
        assert_eq!(trial.read(installed::VERSION_FILE), "3.0.5");
    }

    /// The version that counts is the one that is there when what was cut off is put right.
    #[test]
    fn an_upgrade_that_was_cut_off_is_no_newer_version() {
        let mut trial = Trial::new();
        trial.install().unwrap();
        let mut upgrade = Replacement::begin(trial.target.path()).unwrap();
        upgrade
            .stage(Path::new(installed::VERSION_FILE), b"9.0.0")
            .unwrap();
        upgrade.swap_and_be_killed();
        assert_eq!(trial.read(installed::VERSION_FILE), "9.0.0");
        trial.install().unwrap();
        assert_eq!(trial.read(installed::VERSION_FILE), "3.0.5");

        trial.package = stand_in::package("3.0.4");
        cut_off(&trial);
        assert_eq!(trial.install().unwrap_err().exit_code(), 13);
        assert_eq!(trial.read(adapter::ASSEMBLY), "RTMPDriver.dll");
        assert_eq!(trial.machine.service.get(), Some(ServiceState::Running));
    }

    #[test]
    fn of_two_at_the_same_time_the_second_one_changes_nothing() {
        let trial = Trial::new();
        let turn = machine::take_turn(&trial.machine).unwrap();
        let error = trial.install().unwrap_err();
        assert_eq!(error.exit_code(), 18);
        assert!(error.to_string().contains("run Setup again"), "{error}");
        assert_eq!(trial.machine.stops.get(), 0);
        assert_eq!(*trial.machine.commands.borrow(), Vec::<String>::new());
        assert_eq!(fs::read_dir(trial.target.path()).unwrap().count(), 0);
        drop(turn);
        trial.install().unwrap();
    }
}
