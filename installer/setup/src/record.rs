//! What a replacement of files is about to do, written into the driver's folder before it does it: whoever comes after one
//! that was cut off, by a power failure or the task manager, can put things right.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::folder;
use crate::installed;

/// New files are being written beside the old ones: they are to be removed.
const STAGING: &str = "setup-staging.txt";
/// Files are being moved: what was moved is to be moved back.
const REPLACING: &str = "setup-replacing.txt";
/// They all were moved: what lies aside is to be removed.
const REPLACED: &str = "setup-replaced.txt";
const OLD: &str = "old ";
const NEW: &str = "new ";

/// The files of a replacement, by their paths in the driver's folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Those that were there, and are moved aside.
    pub(crate) old: Vec<PathBuf>,
    /// Those that are moved in.
    pub(crate) new: Vec<PathBuf>,
}

/// How far a replacement has come that was cut off.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Staging(Record),
    Replacing(Record),
    Replaced(Record),
}

/// A replacement in `directory` was cut off while it moved files.
pub(crate) fn is_unfinished(directory: &Path) -> bool {
    directory.join(REPLACING).is_file()
}

/// A replacement in `directory` was cut off, wherever it was.
pub(crate) fn is_there(directory: &Path) -> bool {
    let names = [STAGING, REPLACING, REPLACED];
    names.iter().any(|name| directory.join(name).is_file())
}

/// What was cut off in `directory`, if anything was.
pub(crate) fn find(directory: &Path) -> Result<Option<Found>, Failure> {
    if let Some(record) = Record::read(&directory.join(REPLACING))? {
        return Ok(Some(Found::Replacing(record)));
    }
    if let Some(record) = Record::read(&directory.join(REPLACED))? {
        return Ok(Some(Found::Replaced(record)));
    }
    let staging = Record::read(&directory.join(STAGING))?;
    Ok(staging.map(Found::Staging))
}

/// What was found has been put right.
pub(crate) fn close(directory: &Path) -> Result<(), Failure> {
    // What says most about what there is to do goes last.
    for name in [STAGING, REPLACING, REPLACED] {
        let path = directory.join(name);
        remove_if_there(&path).map_err(Failure::at(&path))?;
    }
    Ok(())
}

/// Names new files before they are written beside the old ones.
#[derive(Debug)]
pub(crate) struct Staging {
    path: PathBuf,
    file: File,
}

impl Staging {
    pub(crate) fn begin(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join(STAGING);
        remove_if_there(&path).map_err(Failure::at(&path))?;
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(Failure::at(&path))?;
        Ok(Self { path, file })
    }

    pub(crate) fn add(&mut self, path: &Path) -> Result<(), Failure> {
        let written = writeln!(self.file, "{NEW}{}", path.display());
        written
            .and_then(|()| self.file.sync_data())
            .map_err(Failure::at(&self.path))
    }

    /// None of the files is there any more.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let Self { path, file } = self;
        drop(file);
        remove_if_there(&path).map_err(Failure::at(&path))
    }
}

impl Record {
    /// From now on files may be moved.
    pub(crate) fn begin(&self, directory: &Path) -> Result<(), Failure> {
        let path = directory.join(REPLACING);
        // All of it is there, or nothing.
        let unfinished = directory.join(format!("{REPLACING}.new"));
        remove_if_there(&unfinished).map_err(Failure::at(&unfinished))?;
        self.write(&unfinished).map_err(Failure::at(&unfinished))?;
        fs::rename(&unfinished, &path).map_err(Failure::at(&path))
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        for (prefix, paths) in [(OLD, &self.old), (NEW, &self.new)] {
            for path in paths {
                writeln!(file, "{prefix}{}", path.display())?;
            }
        }
        file.sync_all()
    }

    /// All files were moved.
    pub(crate) fn finish(directory: &Path) -> Result<(), Failure> {
        let path = directory.join(REPLACED);
        fs::rename(directory.join(REPLACING), &path).map_err(Failure::at(&path))
    }

    fn read(path: &Path) -> Result<Option<Self>, Failure> {
        if folder::leads_elsewhere(path) {
            return Err(Failure::Link {
                path: path.to_owned(),
            });
        }
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(Failure::at(path))?,
        };
        let paths = |prefix| {
            let paths = text
                .lines()
                .filter_map(move |line| line.strip_prefix(prefix));
            paths
                .filter(|path| installed::is_below(path))
                .map(PathBuf::from)
                .collect()
        };
        Ok(Some(Self {
            old: paths(OLD),
            new: paths(NEW),
        }))
    }
}

/// Removes the file, or the link, if there is one.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found_until_it_was_put_right() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        let record = || Record {
            old: vec!["a file.dll".into(), "adapter/b.cs".into()],
            new: vec!["a file.dll".into(), "c".into()],
        };
        assert_eq!(find(directory).unwrap(), None);
        let mut staging = Staging::begin(directory).unwrap();
        for path in record().new {
            staging.add(&path).unwrap();
        }
        let staged = Record {
            old: vec![],
            new: record().new,
        };
        assert_eq!(find(directory).unwrap(), Some(Found::Staging(staged)));
        assert!(is_there(directory) && !is_unfinished(directory));
        record().begin(directory).unwrap();
        assert!(is_unfinished(directory));
        assert_eq!(find(directory).unwrap(), Some(Found::Replacing(record())));
        Record::finish(directory).unwrap();
        assert!(!is_unfinished(directory));
        assert_eq!(find(directory).unwrap(), Some(Found::Replaced(record())));
        close(directory).unwrap();
        assert_eq!(find(directory).unwrap(), None);
        assert_eq!(fs::read_dir(directory).unwrap().count(), 0);
    }

    #[test]
    fn a_record_that_somebody_has_written_names_no_file_elsewhere() {
        let place = tempfile::tempdir().unwrap();
        let text =
            "old ../other.txt\nnew C:\\other.txt\nnew /other.txt\nmore\nold \nnew ours.dll\n";
        fs::write(place.path().join(REPLACING), text).unwrap();
        let ours = Record {
            old: vec![],
            new: vec!["ours.dll".into()],
        };
        assert_eq!(find(place.path()).unwrap(), Some(Found::Replacing(ours)));
    }
}
