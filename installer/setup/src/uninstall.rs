//! Removing what was installed, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use crate::args::UninstallOptions;
use crate::failure::Failure;
use crate::folder;
use crate::install::{close_firewall, put_right};
use crate::installed::{self, CERTIFICATE};
use crate::journal::Journal;
use crate::machine::{self, Machine};
use crate::recording_server::StoppedService;
use crate::replace::Replacement;

/// Removes the installed files and the firewall rules. The certificate stays unless it is to be purged.
pub(crate) fn uninstall(
    machine: &dyn Machine,
    options: &UninstallOptions,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let directory = &options.directory;
    let _turn = machine::take_turn(machine)?;
    folder::require_the_drivers(directory)?;
    folder::refuse_running(directory)?;
    let service = StoppedService::stop(machine, journal)?;
    let result =
        put_right(machine, directory, journal).and_then(|()| remove_files(options, journal));
    if result.is_ok() {
        close_firewall(machine);
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
    removal.commit()?;
    remove_empty_folders(&options.directory, &files);
    journal.step(format_args!(
        "Removed {} files from {}.",
        files.len(),
        options.directory.display()
    ));
    Ok(())
}

/// Removes the folders that the files were in, as far as they are empty now; others are not the driver's.
fn remove_empty_folders(directory: &Path, files: &[PathBuf]) {
    let mut folders: Vec<&Path> = files
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .collect();
    // The innermost first.
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    folders.dedup();
    for folder in folders {
        if let Ok(path) = folder::below(directory, folder)
            && !folder::leads_elsewhere(&path)
        {
            // One that holds something stays.
            let _ = fs::remove_dir(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install;
    use crate::stand_in::{self, StandIn};

    fn installed_with_certificate(machine: &StandIn, directory: &Path) {
        let package = stand_in::package("3.0.5");
        let options = stand_in::options(package.path(), directory);
        install::install(machine, &options, &mut Journal::default()).unwrap();
        fs::write(directory.join(CERTIFICATE), "certificate").unwrap();
    }

    fn uninstall_from(directory: &Path, purge: bool, machine: &StandIn) -> Result<(), Failure> {
        let options = UninstallOptions {
            directory: directory.to_owned(),
            purge,
            no_start: false,
            log: None,
        };
        uninstall(machine, &options, &mut Journal::default())
    }

    #[test]
    fn the_certificate_stays() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let directory = target.path().join("RTMPDriver");
        installed_with_certificate(&machine, &directory);
        uninstall_from(&directory, false, &machine).unwrap();
        let left: Vec<_> = fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [CERTIFICATE]);
        let commands = machine.commands.borrow();
        let last: Vec<_> = commands.iter().rev().take(2).collect();
        assert!(
            last.iter().all(|command| command.contains("delete rule")),
            "{last:?}"
        );
    }

    #[test]
    fn a_purge_leaves_nothing() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let directory = target.path().join("RTMPDriver");
        installed_with_certificate(&machine, &directory);
        uninstall_from(&directory, true, &machine).unwrap();
        assert!(!directory.exists());
    }

    /// Whatever it was that was cut off: an installation, or a removal.
    #[test]
    fn what_was_cut_off_is_removed_as_well() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let directory = target.path().join("Elsewhere");
        installed_with_certificate(&machine, &directory);
        let mut upgrade = Replacement::begin(&directory).unwrap();
        upgrade.stage(Path::new("of the upgrade.dll"), b"").unwrap();
        for file in installed::files(&directory) {
            upgrade.stage(&file, b"half").unwrap();
        }
        upgrade.swap_and_be_killed();
        uninstall_from(&directory, true, &machine).unwrap();
        assert!(!directory.exists());

        installed_with_certificate(&machine, &directory);
        let mut upgrade = Replacement::begin(&directory).unwrap();
        upgrade.stage(Path::new("of the upgrade.dll"), b"").unwrap();
        upgrade.be_killed();
        uninstall_from(&directory, true, &machine).unwrap();
        assert!(!directory.exists());

        installed_with_certificate(&machine, &directory);
        let turn = machine::take_turn(&machine).unwrap();
        let error = uninstall_from(&directory, true, &machine).unwrap_err();
        assert_eq!(error.exit_code(), 18);
        assert!(directory.join(CERTIFICATE).exists());
        drop(turn);
        // All lies aside: nothing else tells whose folder it is.
        let mut files = installed::files(&directory);
        files.push(CERTIFICATE.into());
        let mut removal = Replacement::begin(&directory).unwrap();
        removal.swap(&files).unwrap();
        std::mem::forget(removal);
        assert!(!directory.join(installed::FILE_LIST).exists());
        uninstall_from(&directory, true, &machine).unwrap();
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
        uninstall_from(&directory, false, &machine).unwrap();
        assert!(target.path().join("other.txt").exists());
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        fs::create_dir_all(target.path().join("empty/inside")).unwrap();
        fs::write(target.path().join("letter.txt"), "somebody's").unwrap();
        let error = uninstall_from(target.path(), true, &machine).unwrap_err();
        assert_eq!(error.exit_code(), 17);
        assert!(target.path().join("empty/inside").exists());
        assert_eq!(machine.stops.get(), 0, "nothing was stopped for it");
    }

    #[test]
    fn folders_that_were_not_installed_stay() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let directory = target.path().join("RTMPDriver");
        installed_with_certificate(&machine, &directory);
        fs::create_dir_all(directory.join("recordings/empty")).unwrap();
        uninstall_from(&directory, true, &machine).unwrap();
        assert!(directory.join("recordings/empty").exists());
        assert!(!directory.join(crate::adapter::SOURCES).exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (machine, target) = (StandIn::default(), tempfile::tempdir().unwrap());
        let (directory, elsewhere) = (
            target.path().join("RTMPDriver"),
            target.path().join("elsewhere"),
        );
        installed_with_certificate(&machine, &directory);
        fs::create_dir_all(elsewhere.join("empty")).unwrap();
        fs::write(elsewhere.join("Driver.cs"), "of somebody else").unwrap();
        std::os::unix::fs::symlink(&elsewhere, directory.join("more")).unwrap();
        uninstall_from(&directory, true, &machine).unwrap();
        assert!(elsewhere.join("empty").exists());
        fs::remove_file(directory.join("more")).unwrap();

        installed_with_certificate(&machine, &directory);
        let sources = directory.join(crate::adapter::SOURCES);
        fs::remove_dir_all(&sources).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &sources).unwrap();
        let error = uninstall_from(&directory, true, &machine).unwrap_err();
        assert_eq!(error.exit_code(), 17);
        assert!(elsewhere.join("Driver.cs").exists());
        assert!(
            directory.join("milestone_driver.dll").exists(),
            "all or nothing"
        );
    }
}
