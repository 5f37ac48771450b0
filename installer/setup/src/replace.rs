//! Replacing files so that either all of them change or none does.
//!
//! New content is written beside the old one and verified; then old files are
//! moved aside and new ones moved in. A failure at any point moves everything
//! back; what is cut off anywhere is [put right](recover) by whoever comes next. Certificates and the user's own files
//! are never touched, since only the files of the package are named. No link is followed: files are created new, and a
//! folder that leads elsewhere is an error.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::folder;
use crate::record::{self, Found, Record, Staging, remove_if_there};

const NEW: &str = "new";
const OLD: &str = "old";

/// Files in `directory` that are being replaced; undone unless [committed](Replacement::commit).
#[derive(Debug)]
pub(crate) struct Replacement {
    directory: PathBuf,
    staged: Vec<PathBuf>,
    /// Once files may have been written.
    staging: Option<Staging>,
    /// Once files may have been moved.
    record: Option<Record>,
}

/// A file that is moved.
#[derive(Debug)]
struct Move {
    from: PathBuf,
    to: PathBuf,
}

impl Replacement {
    /// Starts a replacement in `directory`, which is created if needed.
    pub(crate) fn begin(directory: &Path) -> Result<Replacement, Failure> {
        fs::create_dir_all(directory).map_err(Failure::at(directory))?;
        Ok(Replacement {
            directory: directory.to_owned(),
            staged: vec![],
            staging: None,
            record: None,
        })
    }

    /// Puts the new content of `path` beside the old one.
    pub(crate) fn stage(&mut self, path: &Path, content: &[u8]) -> Result<PathBuf, Failure> {
        let target = folder::below(&self.directory, path)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Failure::at(parent))?;
        }
        let staged = with_suffix(&target, NEW);
        let staging = match &mut self.staging {
            Some(staging) => staging,
            none => none.insert(Staging::begin(&self.directory)?),
        };
        staging.add(path)?;
        // Put there by somebody.
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
        for Move { from, to } in self.prepare(also_remove)? {
            fs::rename(&from, &to).map_err(Failure::at(&from))?;
        }
        Ok(())
    }

    /// Writes down what is to be moved.
    fn prepare(&mut self, also_remove: &[PathBuf]) -> Result<Vec<Move>, Failure> {
        let mut record = Record {
            old: vec![],
            new: self.staged.clone(),
        };
        let mut moves = vec![];
        for path in self.staged.iter().chain(also_remove) {
            let target = folder::below(&self.directory, path)?;
            let is_there = fs::symlink_metadata(&target).is_ok_and(|found| !found.is_dir());
            if is_there && !record.old.contains(path) {
                let aside = with_suffix(&target, OLD);
                // What lies aside from now on was moved there.
                remove_if_there(&aside).map_err(Failure::at(&aside))?;
                record.old.push(path.clone());
                moves.push(Move {
                    from: target,
                    to: aside,
                });
            }
        }
        for path in &self.staged {
            let target = self.directory.join(path);
            if target.is_dir() {
                let is_in_the_way = io::ErrorKind::AlreadyExists.into();
                return Err(Failure::at(&target)(is_in_the_way));
            }
            let staged = with_suffix(&target, NEW);
            // Its content is there before its name is.
            let file = OpenOptions::new().write(true).open(&staged);
            file.and_then(|file| file.sync_all())
                .map_err(Failure::at(&staged))?;
            moves.push(Move {
                from: staged,
                to: target,
            });
        }
        record.begin(&self.directory)?;
        self.record = Some(record);
        if let Some(staging) = self.staging.take() {
            // The record names these files as well.
            staging.end()?;
        }
        Ok(moves)
    }

    /// Keeps what was done and removes the old files.
    pub(crate) fn commit(mut self) -> Result<(), Failure> {
        Record::finish(&self.directory)?;
        self.staged.clear();
        if let Some(record) = self.record.take() {
            // An old file that cannot be removed is harmless: the next installation removes it.
            let _ = remove_old(&self.directory, &record);
        }
        Ok(())
    }
}

#[cfg(test)]
impl Replacement {
    /// In a process that is ended before anything is moved.
    pub(crate) fn be_killed(self) {
        std::mem::forget(self);
    }

    /// As [`swap`](Self::swap), in a process that is ended behind it.
    pub(crate) fn swap_and_be_killed(mut self) {
        self.swap(&[]).unwrap();
        self.be_killed();
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(record) = self.record.take() {
            // What cannot be undone now is undone by the next installation.
            let _ = undo(&self.directory, &record);
        }
        let mut is_clean = true;
        for path in self.staged.drain(..) {
            let staged = with_suffix(&self.directory.join(path), NEW);
            is_clean &= remove_if_there(&staged).is_ok();
        }
        if let Some(staging) = self.staging.take()
            && is_clean
        {
            let _ = staging.end();
        }
    }
}

/// Puts right what a replacement in `directory` has left that was cut off: all files are the old ones again, or, if the
/// new ones were all in place, the new ones. True if there was one.
pub(crate) fn recover(directory: &Path) -> Result<bool, Failure> {
    match record::find(directory)? {
        None => return Ok(false),
        Some(Found::Staging(record)) => {
            remove_new(directory, &record)?;
            record::close(directory)?;
        }
        Some(Found::Replacing(record)) => undo(directory, &record)?,
        Some(Found::Replaced(record)) => remove_old(directory, &record)?,
    }
    Ok(true)
}

/// Moves everything back, as far as it was moved.
fn undo(directory: &Path, record: &Record) -> Result<(), Failure> {
    for path in &record.old {
        let target = folder::below(directory, path)?;
        let aside = with_suffix(&target, OLD);
        if fs::symlink_metadata(&aside).is_ok() {
            fs::rename(&aside, &target).map_err(Failure::at(&target))?;
        }
    }
    for path in &record.new {
        let target = folder::below(directory, path)?;
        if !record.old.contains(path) {
            remove_if_there(&target).map_err(Failure::at(&target))?;
        }
    }
    remove_new(directory, record)?;
    record::close(directory)
}

fn remove_new(directory: &Path, record: &Record) -> Result<(), Failure> {
    for path in &record.new {
        let staged = with_suffix(&folder::below(directory, path)?, NEW);
        remove_if_there(&staged).map_err(Failure::at(&staged))?;
    }
    Ok(())
}

fn remove_old(directory: &Path, record: &Record) -> Result<(), Failure> {
    for path in &record.old {
        let aside = with_suffix(&folder::below(directory, path)?, OLD);
        remove_if_there(&aside).map_err(Failure::at(&aside))?;
    }
    record::close(directory)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
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
        replacement.commit().unwrap();
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
        let moves = replacement.prepare(&[]).unwrap();
        // The last one fails.
        for Move { from, to } in &moves[..2] {
            fs::rename(from, to).unwrap();
        }
        assert_eq!(fs::read(directory.path().join("a.dll")).unwrap(), b"new");
        drop(replacement);
        assert_eq!(names(directory.path()), ["a.dll"]);
        assert_eq!(fs::read(directory.path().join("a.dll")).unwrap(), b"old");
    }

    #[test]
    fn a_folder_in_the_way_is_an_error_before_anything_is_moved() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        fs::write(directory.join("a.dll"), "old").unwrap();
        fs::create_dir(directory.join("b.dll")).unwrap();
        let mut replacement = Replacement::begin(directory).unwrap();
        replacement.stage(Path::new("a.dll"), b"new").unwrap();
        replacement.stage(Path::new("b.dll"), b"new").unwrap();
        assert_eq!(replacement.swap(&[]).unwrap_err().exit_code(), 16);
        assert!(!record::is_unfinished(directory));
        drop(replacement);
        assert_eq!(names(directory), ["a.dll", "b.dll"]);
        assert_eq!(fs::read(directory.join("a.dll")).unwrap(), b"old");
    }

    /// A replacement that is cut off after so many moves: nothing of it runs any more.
    fn cut_off(directory: &Path, moves: usize) -> usize {
        for name in ["a.dll", "same.txt", "gone.pdb"] {
            fs::write(directory.join(name), "old").unwrap();
        }
        let mut replacement = Replacement::begin(directory).unwrap();
        for name in ["a.dll", "b.dll", "sub/c.cs", "same.txt"] {
            replacement.stage(Path::new(name), b"new").unwrap();
        }
        let all = replacement.prepare(&["gone.pdb".into()]).unwrap();
        for Move { from, to } in all.iter().take(moves) {
            fs::rename(from, to).unwrap();
        }
        std::mem::forget(replacement);
        all.len()
    }

    #[test]
    fn what_was_cut_off_anywhere_is_undone() {
        let mut moves = 0;
        loop {
            let place = tempfile::tempdir().unwrap();
            let directory = place.path();
            let all = cut_off(directory, moves);
            assert!(recover(directory).unwrap());
            assert_eq!(
                names(directory),
                ["a.dll", "gone.pdb", "same.txt", "sub"],
                "after {moves} moves"
            );
            assert_eq!(names(&directory.join("sub")), Vec::<String>::new());
            for name in ["a.dll", "gone.pdb", "same.txt"] {
                assert_eq!(fs::read(directory.join(name)).unwrap(), b"old");
            }
            assert!(!recover(directory).unwrap(), "there is nothing left to do");
            if moves == all {
                break;
            }
            moves += 1;
        }
        assert_eq!(moves, 7);
    }

    #[test]
    fn what_was_cut_off_while_it_was_undone_is_undone() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        cut_off(directory, 7);
        fs::rename(directory.join("a.dll.old"), directory.join("a.dll")).unwrap();
        fs::remove_file(directory.join("b.dll")).unwrap();
        assert!(recover(directory).unwrap());
        assert_eq!(names(directory), ["a.dll", "gone.pdb", "same.txt", "sub"]);
        assert_eq!(fs::read(directory.join("a.dll")).unwrap(), b"old");
    }

    #[test]
    fn what_was_cut_off_when_all_was_in_place_stays() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        cut_off(directory, 7);
        Record::finish(directory).unwrap();
        fs::remove_file(directory.join("a.dll.old")).unwrap();
        assert!(recover(directory).unwrap());
        assert_eq!(names(directory), ["a.dll", "b.dll", "same.txt", "sub"]);
        for name in ["a.dll", "b.dll", "same.txt", "sub/c.cs"] {
            assert_eq!(fs::read(directory.join(name)).unwrap(), b"new");
        }
    }

    /// Also one that was about to begin to move them.
    #[test]
    fn what_was_cut_off_while_it_was_written_is_removed() {
        for is_written_down in [false, true] {
            let place = tempfile::tempdir().unwrap();
            let directory = place.path();
            for name in ["a.dll", "rtmp.pfx.new"] {
                fs::write(directory.join(name), "old").unwrap();
            }
            let mut replacement = Replacement::begin(directory).unwrap();
            for name in ["a.dll", "b.dll", "sub/c.cs"] {
                replacement.stage(Path::new(name), b"new").unwrap();
            }
            if is_written_down {
                let record = Record {
                    old: vec!["a.dll".into()],
                    new: replacement.staged.clone(),
                };
                record.begin(directory).unwrap();
            }
            replacement.be_killed();
            assert!(recover(directory).unwrap());
            assert_eq!(names(directory), ["a.dll", "rtmp.pfx.new", "sub"]);
            assert_eq!(names(&directory.join("sub")), Vec::<String>::new());
            assert_eq!(fs::read(directory.join("a.dll")).unwrap(), b"old");
            assert!(!recover(directory).unwrap(), "there is nothing left to do");
        }
    }

    #[test]
    fn what_fails_while_it_is_written_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        fs::create_dir(directory.join("b.dll.new")).unwrap();
        let mut replacement = Replacement::begin(directory).unwrap();
        replacement.stage(Path::new("a.dll"), b"new").unwrap();
        replacement.stage(Path::new("b.dll"), b"new").unwrap_err();
        drop(replacement);
        assert_eq!(names(directory), ["b.dll.new"]);
    }

    /// Left by an installation of which nothing else is known.
    #[test]
    fn what_lies_aside_from_before_is_not_put_back() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        fs::write(directory.join("b.dll.old"), "stale").unwrap();
        fs::write(directory.join("a.dll.old"), "stale").unwrap();
        cut_off(directory, 0);
        assert!(recover(directory).unwrap());
        assert_eq!(fs::read(directory.join("a.dll")).unwrap(), b"old");
        assert!(!directory.join("b.dll").exists());
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
        replacement.commit().unwrap();
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
