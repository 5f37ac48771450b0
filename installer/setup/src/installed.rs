//! What an installation leaves behind to know itself by.

use std::fs;
use std::path::{Path, PathBuf};

use crate::version::Version;

/// The user's certificate: never replaced, removed only with `--purge`.
pub(crate) const CERTIFICATE: &str = "rtmp.pfx";
/// Holds the version.
pub(crate) const VERSION_FILE: &str = "version.txt";
/// Holds the path of every installed file, one a line; only these are removed.
pub(crate) const FILE_LIST: &str = "installed-files.txt";
/// Shows pushes without XProtect; somebody may have its window open.
pub(crate) const TEST_PROGRAM: &str = "driver-host.exe";
/// What the start menu calls to start it.
pub(crate) const TEST_SCRIPT: &str = "test-without-xprotect.cmd";
/// Files that the C# driver left and that nothing uses any more.
pub(crate) const OF_THE_CSHARP_DRIVER: [&str; 2] = ["RTMPDriver.pdb", "RTMPDriver.dll.config"];

/// The installed version. The C# driver has no version file: everything is newer.
pub(crate) fn version(directory: &Path) -> Option<Version> {
    Version::parse(&fs::read_to_string(directory.join(VERSION_FILE)).ok()?)
}

/// The files that the installation put into `directory`.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(directory.join(FILE_LIST)).unwrap_or_default();
    text.lines()
        .filter(|line| is_below(line))
        .map(PathBuf::from)
        .collect()
}

/// Whether this is a file with a certificate, of whatever name.
pub(crate) fn is_certificate(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("pfx"))
}

/// A list that somebody edited must not make us delete other people's files.
pub(crate) fn is_below(path: &str) -> bool {
    !path.is_empty()
        && path
            .split(['/', '\\'])
            .all(|part| !part.is_empty() && part != ".." && part != "." && !part.contains(':'))
}
