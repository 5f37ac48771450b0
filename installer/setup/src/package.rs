//! The package: the files to install, and their checksums.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::adapter;
use crate::failure::Failure;
use crate::folder;
use crate::installed;

/// The list of files and checksums, in the format of `sha256sum`.
pub(crate) const CHECKSUMS: &str = "SHA256SUMS";

/// A file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackagedFile {
    /// Its path below the driver's folder.
    pub(crate) path: PathBuf,
    /// SHA-256 of its content, lower-case hexadecimal.
    pub(crate) sha256: String,
}

/// The files of an unpacked package.
#[derive(Debug)]
pub(crate) struct Package {
    /// Where it was unpacked.
    pub(crate) directory: PathBuf,
    /// What it holds, the list itself not included.
    pub(crate) files: Vec<PackagedFile>,
    /// The list itself, as it came.
    pub(crate) list: String,
    /// Its version.
    pub(crate) version: String,
}

impl Package {
    /// Reads the list and checks every file against it.
    pub(crate) fn open(directory: &Path) -> Result<Package, Failure> {
        let (list, files) = read_list(directory)?;
        let version_file = directory.join(installed::VERSION_FILE);
        let version = fs::read_to_string(&version_file)
            .map_err(|error| Failure::Package(format!("{}: {error}", version_file.display())))?
            .trim()
            .to_owned();
        let package = Package {
            directory: directory.to_owned(),
            files,
            list,
            version,
        };
        for file in &package.files {
            verify(&package.directory.join(&file.path), &file.sha256)?;
        }
        Ok(package)
    }

    /// The adapter's sources.
    pub(crate) fn sources(&self) -> Vec<PathBuf> {
        sources(&self.files)
            .map(|file| self.directory.join(&file.path))
            .collect()
    }
}

/// The adapter's sources in an installed or extracted driver: those that the list names, unchanged. What else lies
/// beside them is nothing that an administrator has agreed to run.
pub(crate) fn verified_sources(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (_, files) = read_list(directory)?;
    sources(&files)
        .map(|file| {
            let path = folder::below(directory, &file.path)?;
            verify(&path, &file.sha256)?;
            Ok(path)
        })
        .collect()
}

fn sources(files: &[PackagedFile]) -> impl Iterator<Item = &PackagedFile> {
    files.iter().filter(|file| {
        file.path.parent() == Some(Path::new(adapter::SOURCES))
            && file
                .path
                .extension()
                .is_some_and(|extension| extension == "cs")
    })
}

/// The list as it came, and the files that it names.
fn read_list(directory: &Path) -> Result<(String, Vec<PackagedFile>), Failure> {
    let path = directory.join(CHECKSUMS);
    let list = fs::read_to_string(&path)
        .map_err(|error| Failure::Package(format!("{}: {error}", path.display())))?;
    let files = list
        .lines()
        .filter(|line| !line.is_empty())
        .map(checksum_line)
        .collect::<Result<_, _>>()?;
    Ok((list, files))
}

/// `<64 hexadecimal digits>  <path>`; paths stay below the driver's folder.
fn checksum_line(line: &str) -> Result<PackagedFile, Failure> {
    let damaged = || Failure::Package(format!("{CHECKSUMS} has the line {line:?}"));
    let (sha256, path) = line.split_once("  ").ok_or_else(damaged)?;
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    let stays_below = path
        .split(['/', '\\'])
        .all(|part| !part.is_empty() && part != ".." && part != "." && !part.contains(':'));
    if is_hash && stays_below {
        Ok(PackagedFile {
            path: path.split(['/', '\\']).collect(),
            sha256: sha256.to_ascii_lowercase(),
        })
    } else {
        Err(damaged())
    }
}

/// Fails unless the file at `path` has this checksum.
pub(crate) fn verify(path: &Path, sha256: &str) -> Result<(), Failure> {
    let content = fs::read(path).map_err(Failure::at(path))?;
    let found: String = Sha256::digest(&content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if found == sha256 {
        Ok(())
    } else {
        Err(Failure::Package(format!(
            "{} has another checksum",
            path.display()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_cannot_reach_outside_the_folder() {
        let hash = "0".repeat(64);
        for path in ["../x", "a/../../x", "C:\\x", "\\\\server\\x", "/x", ""] {
            assert!(checksum_line(&format!("{hash}  {path}")).is_err(), "{path}");
        }
        assert_eq!(
            checksum_line(&format!("{hash}  adapter/Driver.cs"))
                .unwrap()
                .path,
            Path::new("adapter").join("Driver.cs")
        );
    }

    #[test]
    fn a_changed_file_is_found() {
        let package = crate::stand_in::package("3.0.5");
        assert_eq!(Package::open(package.path()).unwrap().version, "3.0.5");
        fs::write(package.path().join("milestone_driver.dll"), "changed").unwrap();
        let error = Package::open(package.path()).unwrap_err();
        assert_eq!(error.exit_code(), 15);
        assert!(
            error.to_string().contains("milestone_driver.dll"),
            "{error}"
        );
    }

    #[test]
    fn only_listed_and_unchanged_sources_count() {
        let package = crate::stand_in::package("3.0.5");
        let sources = package.path().join(adapter::SOURCES);
        fs::write(sources.join("Planted.cs"), "class Planted {}").unwrap();
        assert_eq!(
            verified_sources(package.path()).unwrap(),
            [sources.join("Driver.cs")]
        );
        assert_eq!(
            Package::open(package.path()).unwrap().sources(),
            [sources.join("Driver.cs")]
        );
        fs::write(sources.join("Driver.cs"), "class Changed {}").unwrap();
        let error = verified_sources(package.path()).unwrap_err();
        assert_eq!(error.exit_code(), 15);
        assert!(error.to_string().contains("Driver.cs"), "{error}");
    }
}
