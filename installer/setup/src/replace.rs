//! Replacing files so that either all of them change or none does.
//!
//! New content is written beside the old one and verified; then old files are
//! moved aside and new ones moved in. A failure at any point moves everything
//! back. Certificates and the user's own files are never touched, since only
//! the files of the package are named. No link is followed: files are created new, and a folder that leads elsewhere is
//! an error.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::folder;

const NEW: &str = "new";
const OLD: &str = "old";

/// Files in `directory` that are being replaced; undone unless [committed](Replacement::commit).
#[derive(Debug)]
pub(crate) struct Replacement {
    directory: PathBuf,
    staged: Vec<PathBuf>,
    moved_aside: Vec<PathBuf>,
    moved_in: Vec<PathBuf>,
}

impl Replacement {
    /// Starts a replacement in `directory`, which is created if needed.
    pub(crate) fn begin(directory: &Path) -> Result<Replacement, Failure> {
        fs::create_dir_all(directory).map_err(Failure::at(directory))?;
        Ok(Replacement {
            directory: directory.to_owned(),
            staged: vec![],
            moved_aside: vec![],
            moved_in: vec![],
        })
    }

    /// Puts the new content of `path` beside the old one.
    pub(crate) fn stage(&mut self, path: &Path, content: &[u8]) -> Result<PathBuf, Failure> {
        let target = folder::below(&self.directory, path)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Failure::at(parent))?;
        }
        let staged = with_suffix(&target, NEW);
        // Left by an installation that was cut off, or put there by somebody.
        remove_if_there(&staged).map_err(Failure::at(&staged))?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&staged)
            .map_err(Failure::at(&staged))?;
        self.staged.push(path.to_owned());
        file.write_all(content).map_err(Failure::at(&staged))?;
        Ok(staged)
    }

    /// Moves every staged file into place, the old ones aside; `also_remove` are moved aside only.
    pub(crate) fn swap(&mut self, also_remove: &[PathBuf]) -> Result<(), Failure> {
        for path in self.staged.iter().chain(also_remove) {
            let target = folder::below(&self.directory, path)?;
            let aside = with_suffix(&target, OLD);
            if fs::symlink_metadata(&target).is_ok_and(|found| !found.is_dir()) {
                remove_if_there(&aside).map_err(Failure::at(&aside))?;
                fs::rename(&target, &aside).map_err(Failure::at(&target))?;
                self.moved_aside.push(path.clone());
            }
        }
        for path in &self.staged {
            let target = self.directory.join(path);
            fs::rename(with_suffix(&target, NEW), &target).map_err(Failure::at(&target))?;
            self.moved_in.push(path.clone());
        }
        Ok(())
    }

    /// Keeps what was done and removes the old files.
    pub(crate) fn commit(mut self) {
        for path in self.moved_aside.drain(..) {
            // An old file that cannot be removed is harmless: the next installation removes it.
            let _ = fs::remove_file(with_suffix(&self.directory.join(path), OLD));
        }
        self.staged.clear();
        self.moved_in.clear();
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        for path in self.moved_in.drain(..) {
            let _ = fs::remove_file(self.directory.join(path));
        }
        for path in self.moved_aside.drain(..) {
            let target = self.directory.join(path);
            let _ = fs::rename(with_suffix(&target, OLD), &target);
        }
        for path in self.staged.drain(..) {
            let _ = fs::remove_file(with_suffix(&self.directory.join(path), NEW));
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_committed_replacement_leaves_only_new_files() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.dll"), "old").unwrap();
        fs::write(directory.path().join("gone.pdb"), "old").unwrap();
        let mut replacement = Replacement::begin(directory.path()).unwrap();
        replacement.stage(Path::new("a.dll"), b"new").unwrap();
        replacement.stage(Path::new("b.dll"), b"new").unwrap();
        replacement
            .swap(&[PathBuf::from("gone.pdb"), PathBuf::from("never-there")])
            .unwrap();
        replacement.commit();
        assert_eq!(names(directory.path()), ["a.dll", "b.dll"]);
        assert_eq!(fs::read(directory.path().join("a.dll")).unwrap(), b"new");
    }

    #[test]
    fn a_dropped_replacement_leaves_everything_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.dll"), "old").unwrap();
        fs::write(directory.path().join("rtmp.pfx"), "certificate").unwrap();
        let mut replacement = Replacement::begin(directory.path()).unwrap();
        replacement.stage(Path::new("a.dll"), b"new").unwrap();
        replacement.stage(Path::new("b.dll"), b"new").unwrap();
        replacement.swap(&[]).unwrap();
        drop(replacement);
        assert_eq!(names(directory.path()), ["a.dll", "rtmp.pfx"]);
        assert_eq!(fs::read(directory.path().join("a.dll")).unwrap(), b"old");
    }

    #[test]
    fn a_failure_half_way_is_undone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.dll"), "old").unwrap();
        let mut replacement = Replacement::begin(directory.path()).unwrap();
        replacement.stage(Path::new("a.dll"), b"new").unwrap();
        replacement.stage(Path::new("b.dll"), b"new").unwrap();
        // Somebody took the staged file away: the second move fails.
        fs::remove_file(directory.path().join("b.dll.new")).unwrap();
        assert!(replacement.swap(&[]).is_err());
        drop(replacement);
        assert_eq!(names(directory.path()), ["a.dll"]);
        assert_eq!(fs::read(directory.path().join("a.dll")).unwrap(), b"old");
    }

    #[cfg(unix)]
    #[test]
    fn planted_links_are_replaced_and_not_written_through() {
        use std::os::unix::fs::symlink;

        let place = tempfile::tempdir().unwrap();
        let (directory, victim) = (place.path().join("d"), place.path().join("victim"));
        fs::create_dir(&directory).unwrap();
        fs::write(&victim, "of somebody else").unwrap();
        for name in ["a.dll", "a.dll.new", "a.dll.old"] {
            symlink(&victim, directory.join(name)).unwrap();
        }
        let mut replacement = Replacement::begin(&directory).unwrap();
        replacement.stage(Path::new("a.dll"), b"new").unwrap();
        replacement.swap(&[]).unwrap();
        replacement.commit();
        assert_eq!(names(&directory), ["a.dll"]);
        assert!(!folder::leads_elsewhere(&directory.join("a.dll")));
        assert_eq!(fs::read(directory.join("a.dll")).unwrap(), b"new");
        assert_eq!(fs::read(&victim).unwrap(), b"of somebody else");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_leads_elsewhere_is_an_error() {
        let place = tempfile::tempdir().unwrap();
        let (directory, elsewhere) = (place.path().join("d"), place.path().join("elsewhere"));
        fs::create_dir(&directory).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("Driver.cs"), "of somebody else").unwrap();
        std::os::unix::fs::symlink(&elsewhere, directory.join("adapter")).unwrap();
        let inside = PathBuf::from("adapter/Driver.cs");
        let mut replacement = Replacement::begin(&directory).unwrap();
        assert_eq!(
            replacement.stage(&inside, b"new").unwrap_err().exit_code(),
            17
        );
        assert_eq!(replacement.swap(&[inside]).unwrap_err().exit_code(), 17);
        drop(replacement);
        assert_eq!(names(&elsewhere), ["Driver.cs"]);
    }
}
