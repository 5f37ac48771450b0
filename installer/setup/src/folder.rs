//! The driver's folder: that it is a folder of the driver's own, that nothing in it leads elsewhere, and who may change
//! it.
//!
//! Setup runs elevated, and `/D=` may name a folder that others can write to. What they put there beforehand must not
//! make Setup write, remove or open up anything in another place.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::adapter;
use crate::failure::Failure;
use crate::installed;
use crate::journal::Journal;
use crate::machine::Machine;
use crate::record;

/// What the driver's folder is called unless somebody renames it; Setup's page adds it to what is chosen there.
const NAME: &str = "RTMPDriver";
/// Administrators and the system, by the identifiers that are the same in every language of Windows.
const ADMINISTRATORS: &str = "*S-1-5-32-544";
const SYSTEM: &str = "*S-1-5-18";
/// Whoever logs on to this machine.
const USERS: &str = "*S-1-5-32-545";
/// NETWORK SERVICE, the account that a Recording Server runs as unless another was chosen.
const NETWORK_SERVICE: &str = "*S-1-5-20";

/// Fails if `directory` holds files, but none of the driver's: a folder that belongs to somebody else would be taken
/// away from whoever uses it. One of the driver's name is the driver's, whatever an uninstalled version left there.
pub(crate) fn refuse_foreign(directory: &Path) -> Result<(), Failure> {
    if leads_elsewhere(directory) {
        return Err(Failure::Link {
            path: directory.to_owned(),
        });
    }
    let named = directory
        .file_name()
        .is_some_and(|name| name.eq_ignore_ascii_case(NAME));
    if named || is_the_drivers(directory) {
        return Ok(());
    }
    match fs::read_dir(directory).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::ForeignFolder {
            directory: directory.to_owned(),
        }),
        // Nothing is there yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::at(directory)(error)),
    }
}

/// Fails unless `directory` is one that the driver was installed in.
pub(crate) fn require_the_drivers(directory: &Path) -> Result<(), Failure> {
    if leads_elsewhere(directory) {
        Err(Failure::Link {
            path: directory.to_owned(),
        })
    } else if is_the_drivers(directory) {
        Ok(())
    } else {
        Err(Failure::ForeignFolder {
            directory: directory.to_owned(),
        })
    }
}

/// Fails if the program that shows pushes runs: Windows lets nobody write to a program that does. Its window would lose
/// what it shows, and a file that is open cannot be removed.
pub(crate) fn refuse_running(directory: &Path) -> Result<(), Failure> {
    let program = directory.join(installed::TEST_PROGRAM);
    // A link is replaced, not followed.
    if leads_elsewhere(&program) {
        return Ok(());
    }
    match OpenOptions::new().write(true).open(&program) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::at(&program)(error)),
        _ => Ok(()),
    }
}

fn is_the_drivers(directory: &Path) -> bool {
    // Of an installation that was cut off all files may lie aside, or none be there yet.
    let was_cut_off = record::is_there(directory);
    let mut names = [
        installed::FILE_LIST,
        "RTMPDriver.def",
        adapter::ASSEMBLY,
        "milestone_driver.dll",
    ]
    .iter();
    was_cut_off || names.any(|name| directory.join(name).is_file())
}

/// Where `path` is below `directory`; fails if a folder on the way leads elsewhere.
pub(crate) fn below(directory: &Path, path: &Path) -> Result<PathBuf, Failure> {
    let mut target = directory.to_owned();
    for component in path.components() {
        if leads_elsewhere(&target) {
            return Err(Failure::Link { path: target });
        }
        match component {
            Component::Normal(name) => target.push(name),
            // Lists of files are checked when they are read; this is what they are checked for.
            _ => return Err(Failure::Link { path: path.into() }),
        }
    }
    Ok(target)
}

/// Whether this is a symbolic link, a junction or the like.
#[cfg(not(windows))]
pub(crate) fn leads_elsewhere(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// Whether this is a symbolic link, a junction or the like, as the folder that it is in lists it: so it need not be
/// opened, which whoever has put it there may have forbidden.
#[cfg(windows)]
pub(crate) fn leads_elsewhere(path: &Path) -> bool {
    use std::os::windows::fs::MetadataExt;

    const FILE_ATTRIBUTE_REPARSE_POINT: u32 = 0x400;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return false;
    };
    let Ok(mut entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.any(|entry| {
        entry.is_ok_and(|entry| {
            // A file can be a reparse point without leading elsewhere (deduplication); a folder of ours has no reason
            // to be one.
            entry.file_name().eq_ignore_ascii_case(name)
                && entry.metadata().is_ok_and(|metadata| {
                    metadata.is_symlink()
                        || (metadata.is_dir()
                            && metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0)
                })
        })
    })
}

/// Gives the folder to administrators, the system and the account that the Recording Server runs as, and to nobody
/// else: what is put there afterwards, such as a private key, is theirs as well. Others see the names of what is there,
/// without which Windows starts no program for them: see [`let_everybody_test`].
///
/// Done before the first file is written, so that nobody can exchange what is being installed.
pub(crate) fn protect(machine: &dyn Machine, directory: &Path, journal: &mut Journal) {
    let service = machine
        .service_account()
        .unwrap_or_else(|| NETWORK_SERVICE.into());
    // Whoever owns a folder may always change who has access to it.
    let mut commands = vec![
        vec!["/setowner".into(), ADMINISTRATORS.into()],
        vec![
            "/inheritance:r".into(),
            "/grant:r".into(),
            format!("{ADMINISTRATORS}:(OI)(CI)F"),
            format!("{SYSTEM}:(OI)(CI)F"),
            format!("{service}:(OI)(CI)RX"),
            format!("{USERS}:RX"),
        ],
    ]
    .into_iter()
    .map(|arguments| (directory.to_owned(), arguments))
    .collect::<Vec<(PathBuf, Vec<String>)>>();
    for path in already_there(directory) {
        commands.push((
            path.clone(),
            vec!["/setowner".into(), ADMINISTRATORS.into()],
        ));
        commands.push((path, vec!["/reset".into()]));
    }
    for (path, arguments) in commands {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if let Err(problem) = icacls(machine, &path, &arguments) {
            journal.step(format_args!(
                "Access to {} was not limited: {problem}",
                path.display()
            ));
            return;
        }
    }
    journal.step(format_args!(
        "Access to {} is limited to administrators and the service.",
        directory.display()
    ));
}

/// Lets whoever logs on start the program that shows pushes without XProtect: it needs no administrator's rights, and so
/// should not be given them.
pub(crate) fn let_everybody_test(machine: &dyn Machine, directory: &Path, journal: &mut Journal) {
    for name in [installed::TEST_PROGRAM, installed::TEST_SCRIPT] {
        let path = directory.join(name);
        if !path.is_file() || leads_elsewhere(&path) {
            continue;
        }
        if let Err(problem) = icacls(machine, &path, &["/grant", &format!("{USERS}:RX")]) {
            journal.step(format_args!(
                "Only administrators can start {}: {problem}",
                path.display()
            ));
        }
    }
}

/// Changes the access to `path`; if it should be a link, to the link itself.
fn icacls(machine: &dyn Machine, path: &Path, arguments: &[&str]) -> Result<(), String> {
    let path = path.display().to_string();
    let arguments = [&[path.as_str()], arguments, &["/L"]].concat();
    match machine.run("icacls", &arguments) {
        Ok(output) if output.success => Ok(()),
        Ok(output) => Err(output.text.trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// What an earlier installation left that has an access list of its own: it is to inherit the folder's.
fn already_there(directory: &Path) -> impl Iterator<Item = PathBuf> {
    [adapter::SOURCES, installed::CERTIFICATE]
        .map(|name| directory.join(name))
        .into_iter()
        .filter(|path| path.exists() && !leads_elsewhere(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand_in::StandIn;

    #[test]
    fn a_folder_of_somebody_else_is_refused_and_an_own_or_new_one_is_not() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("Videos");
        refuse_foreign(&directory).unwrap();
        assert_eq!(require_the_drivers(&directory).unwrap_err().exit_code(), 17);
        fs::create_dir(&directory).unwrap();
        refuse_foreign(&directory).unwrap();
        fs::write(directory.join("holiday.jpg"), "somebody's").unwrap();
        assert_eq!(refuse_foreign(&directory).unwrap_err().exit_code(), 17);
        fs::write(directory.join("RTMPDriver.def"), "of the C# driver").unwrap();
        refuse_foreign(&directory).unwrap();
        require_the_drivers(&directory).unwrap();
        let left = place.path().join("rtmpdriver");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("notes.txt"), "what an uninstaller left").unwrap();
        refuse_foreign(&left).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed() {
        let place = tempfile::tempdir().unwrap();
        let (directory, elsewhere) = (place.path().join("d"), place.path().join("elsewhere"));
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &directory).unwrap();
        assert_eq!(refuse_foreign(&directory).unwrap_err().exit_code(), 17);
        fs::remove_file(&directory).unwrap();
        fs::create_dir(&directory).unwrap();
        std::os::unix::fs::symlink(&elsewhere, directory.join("adapter")).unwrap();
        assert!(below(&directory, Path::new("RTMPDriver.dll")).is_ok());
        assert!(below(&directory, Path::new("adapter/Driver.cs")).is_err());
    }

    #[test]
    fn the_folder_is_taken_over_before_anything_in_it() {
        let (machine, place) = (StandIn::default(), tempfile::tempdir().unwrap());
        fs::write(place.path().join("rtmp.pfx"), "certificate").unwrap();
        protect(&machine, place.path(), &mut Journal::default());
        let commands = machine.commands.borrow();
        let about =
            |index: usize, parts: &[&str]| parts.iter().all(|part| commands[index].contains(part));
        let folder = place.path().display().to_string();
        assert!(about(0, &[&folder, "/setowner", "/L"]), "{commands:?}");
        assert!(
            about(1, &["/inheritance:r", "(OI)(CI)RX", "NETWORK SERVICE"]),
            "{commands:?}"
        );
        // To see names only: nothing below inherits it.
        assert!(about(1, &["*S-1-5-32-545:RX"]), "{commands:?}");
        assert!(about(2, &["rtmp.pfx", "/setowner"]), "{commands:?}");
        assert!(about(3, &["rtmp.pfx", "/reset"]), "{commands:?}");
    }
    #[test]
    fn everybody_may_start_the_test_program_and_read_nothing_else() {
        let (machine, place) = (StandIn::default(), tempfile::tempdir().unwrap());
        for name in ["rtmp.pfx", "milestone_driver.dll", "driver-host.exe"] {
            fs::write(place.path().join(name), "").unwrap();
        }
        let_everybody_test(&machine, place.path(), &mut Journal::default());
        let program = place.path().join("driver-host.exe");
        assert_eq!(
            *machine.commands.borrow(),
            [format!(
                "icacls {} /grant *S-1-5-32-545:RX /L",
                program.display()
            )]
        );
    }
}
