//! Removing what was installed, and nothing else.

use std::fs;
use std::path::Path;

use crate::args::UninstallOptions;
use crate::failure::Failure;
use crate::install::{CERTIFICATE, close_firewall, wait_until_unloaded};
use crate::installed;
use crate::journal::Journal;
use crate::machine::Machine;
use crate::recording_server::StoppedService;
use crate::replace::Replacement;

/// Removes the installed files and the firewall rule. The certificate stays unless it is to be purged.
pub(crate) fn uninstall(
    machine: &dyn Machine,
    options: &UninstallOptions,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let directory = &options.directory;
    let service = StoppedService::stop(machine, journal)?;
    let result = wait_until_unloaded(machine, directory, journal)
        .and_then(|()| remove_files(options, journal));
    if result.is_ok() {
        close_firewall(machine);
        remove_empty_folders(directory);
    }
    service.restore(machine, options.no_start, journal);
    result
}

fn remove_files(options: &UninstallOptions, journal: &mut Journal) -> Result<(), Failure> {
    let mut files = installed::files(&options.directory);
    if options.purge {
        files.push(CERTIFICATE.into());
    }
    let mut removal = Replacement::begin(&options.directory)?;
    removal.swap(&files)?;
    removal.commit();
    journal.step(format_args!(
        "Removed {} files from {}.",
        files.len(),
        options.directory.display()
    ));
    Ok(())
}

/// Removes folders that are empty now; one that holds a file of the user's stays.
fn remove_empty_folders(directory: &Path) {
    if let Ok(entries) = fs::read_dir(directory) {
        entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .for_each(|path| remove_empty_folders(&path));
    }
    let _ = fs::remove_dir(directory);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::InstallOptions;
    use crate::install;
    use crate::stand_in::{self, StandIn};

    fn installed_with_certificate(machine: &StandIn, directory: &Path) {
        let package = stand_in::package("3.0.0");
        let options = InstallOptions {
            payload: package.path().to_owned(),
            directory: directory.to_owned(),
            no_start: false,
            no_firewall: false,
            ports: "8783".into(),
            force: false,
            log: None,
        };
        install::install(machine, &options, &mut Journal::default()).unwrap();
        fs::write(directory.join(CERTIFICATE), "certificate").unwrap();
    }

    fn options(directory: &Path, purge: bool) -> UninstallOptions {
        UninstallOptions {
            directory: directory.to_owned(),
            purge,
            no_start: false,
            log: None,
        }
    }

    #[test]
    fn the_certificate_stays() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let directory = target.path().join("RTMPDriver");
        installed_with_certificate(&machine, &directory);
        uninstall(
            &machine,
            &options(&directory, false),
            &mut Journal::default(),
        )
        .unwrap();
        let left: Vec<_> = fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [CERTIFICATE]);
        assert!(
            machine
                .commands
                .borrow()
                .last()
                .unwrap()
                .contains("delete rule")
        );
    }

    #[test]
    fn a_purge_leaves_nothing() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let directory = target.path().join("RTMPDriver");
        installed_with_certificate(&machine, &directory);
        uninstall(
            &machine,
            &options(&directory, true),
            &mut Journal::default(),
        )
        .unwrap();
        assert!(!directory.exists());
    }

    #[test]
    fn an_edited_list_cannot_remove_other_files() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let directory = target.path().join("RTMPDriver");
        installed_with_certificate(&machine, &directory);
        fs::write(target.path().join("other.txt"), "of somebody else").unwrap();
        fs::write(
            directory.join(installed::FILE_LIST),
            "../other.txt\nC:\\other.txt\n",
        )
        .unwrap();
        uninstall(
            &machine,
            &options(&directory, false),
            &mut Journal::default(),
        )
        .unwrap();
        assert!(target.path().join("other.txt").exists());
    }
}
