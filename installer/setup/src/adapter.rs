//! Compiling the adapter on the Recording Server.
//!
//! The adapter has to be compiled against the framework assembly of the
//! machine it runs on, or one that binds to it. A package made without that
//! assembly carries the sources instead, and the C# compiler that is part of
//! .NET Framework 4 compiles them here. The same repairs an installation whose
//! adapter no longer binds after an XProtect update.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::folder;
use crate::install::put_right;
use crate::journal::Journal;
use crate::machine::{self, Machine};
use crate::package;
use crate::record;
use crate::recording_server::{self, StoppedService};
use crate::replace::Replacement;

/// The adapter assembly.
pub(crate) const ASSEMBLY: &str = "RTMPDriver.dll";
/// The folder of the adapter's sources, in the package and where it is installed.
pub(crate) const SOURCES: &str = "adapter";
const FRAMEWORK: &str = "VideoOS.Platform.DriverFramework.dll";
/// The framework assembly lies in the Recording Server's folder or a little below.
const SEARCH_DEPTH: usize = 4;

/// Compiles `sources` into `output`.
pub(crate) fn compile(
    machine: &dyn Machine,
    sources: &[PathBuf],
    output: &Path,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let folder = recording_server::folder(machine);
    let framework = find(&folder, FRAMEWORK, SEARCH_DEPTH).ok_or_else(|| {
        Failure::Adapter(format!(
            "{FRAMEWORK} was not found below {}. XProtect 2021 R1 or later is needed.",
            folder.display()
        ))
    })?;
    let compiler = machine
        .windows()
        .join("Microsoft.NET")
        .join("Framework64")
        .join("v4.0.30319")
        .join("csc.exe");
    if !compiler.is_file() {
        return Err(Failure::Adapter(format!(
            "{} is missing: .NET Framework 4.7 or later is needed.",
            compiler.display()
        )));
    }
    if sources.is_empty() {
        return Err(Failure::Adapter("the package holds no sources.".into()));
    }
    journal.step(format_args!(
        "Compiling the adapter against {} …",
        framework.display()
    ));
    let mut arguments: Vec<String> = [
        "/nologo",
        "/target:library",
        "/optimize+",
        "/platform:x64",
        "/langversion:5",
    ]
    .map(String::from)
    .into();
    arguments.push(format!("/out:{}", output.display()));
    arguments.push(format!("/reference:{}", framework.display()));
    arguments.extend(sources.iter().map(|file| file.display().to_string()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = machine
        .run(&compiler.display().to_string(), &arguments)
        .map_err(Failure::io(compiler.display().to_string()))?;
    if result.success && output.is_file() {
        Ok(())
    } else {
        Err(Failure::Adapter(result.text))
    }
}

/// Compiles the adapter of an installed (or extracted) driver in place.
pub(crate) fn repair(
    machine: &dyn Machine,
    directory: &Path,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let _turn = machine::take_turn(machine)?;
    folder::require_the_drivers(directory)?;
    folder::protect(machine, directory, journal);
    if record::is_unfinished(directory) {
        let service = StoppedService::stop(machine, journal)?;
        let result = put_right(machine, directory, journal);
        service.restore(machine, false, journal);
        result?;
    }
    let sources = package::verified_sources(directory)?;
    let mut replacement = Replacement::begin(directory)?;
    let staged = replacement.stage(Path::new(ASSEMBLY), b"")?;
    compile(machine, &sources, &staged, journal)?;
    let service = StoppedService::stop(machine, journal)?;
    let replaced = replacement.swap(&[]).and_then(|()| replacement.commit());
    service.restore(machine, false, journal);
    replaced
}

fn find(directory: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    let here = directory.join(name);
    if here.is_file() {
        return Some(here);
    }
    let below = depth.checked_sub(1)?;
    let mut folders: Vec<PathBuf> = fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders.iter().find_map(|folder| find(folder, name, below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::ServiceState;
    use crate::stand_in::{self, StandIn};

    #[test]
    fn the_compiler_gets_the_installed_framework_and_every_source() {
        let machine = StandIn::with_framework();
        let package = stand_in::package_without_assembly("3.0.5");
        let output = package.path().join("out.dll");
        compile(
            &machine,
            &package::verified_sources(package.path()).unwrap(),
            &output,
            &mut Journal::default(),
        )
        .unwrap();
        let commands = machine.commands.borrow();
        let command = commands
            .iter()
            .find(|command| command.contains("csc.exe"))
            .unwrap();
        for part in ["/langversion:5", "/platform:x64", FRAMEWORK, "Driver.cs"] {
            assert!(command.contains(part), "{part} is missing in {command}");
        }
    }

    #[test]
    fn a_missing_framework_is_named() {
        let machine = StandIn::default();
        let package = stand_in::package_without_assembly("3.0.5");
        let error = compile(
            &machine,
            &package::verified_sources(package.path()).unwrap(),
            Path::new("out.dll"),
            &mut Journal::default(),
        )
        .unwrap_err();
        assert_eq!(error.exit_code(), 14);
        assert!(error.to_string().contains(FRAMEWORK), "{error}");
    }

    #[test]
    fn a_repair_replaces_the_assembly_and_keeps_the_service_as_it_was() {
        let machine = StandIn::with_framework();
        let package = stand_in::package_without_assembly("3.0.5");
        fs::write(package.path().join(ASSEMBLY), "no longer binds").unwrap();
        repair(&machine, package.path(), &mut Journal::default()).unwrap();
        assert_eq!(
            fs::read_to_string(package.path().join(ASSEMBLY)).unwrap(),
            "compiled"
        );
        assert_eq!(machine.starts.get(), 1);
    }

    #[test]
    fn a_repair_puts_right_what_was_cut_off_and_has_its_turn() {
        let machine = StandIn::with_framework();
        let package = stand_in::package_without_assembly("3.0.5");
        let turn = machine::take_turn(&machine).unwrap();
        let error = repair(&machine, package.path(), &mut Journal::default()).unwrap_err();
        assert_eq!(error.exit_code(), 18);
        drop(turn);
        let mut upgrade = Replacement::begin(package.path()).unwrap();
        for name in ["milestone_driver.dll", "adapter/Driver.cs"] {
            upgrade.stage(Path::new(name), b"of the upgrade").unwrap();
        }
        upgrade.swap_and_be_killed();
        repair(&machine, package.path(), &mut Journal::default()).unwrap();
        for (name, content) in [
            (ASSEMBLY, "compiled"),
            ("milestone_driver.dll", "milestone_driver.dll"),
            ("adapter/Driver.cs", "adapter/Driver.cs"),
        ] {
            let found = fs::read_to_string(package.path().join(name)).unwrap();
            assert_eq!(found, content);
        }
        assert_eq!(machine.service.get(), Some(ServiceState::Running));
    }
}
