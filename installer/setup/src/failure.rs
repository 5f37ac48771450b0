//! What can go wrong, and the exit code that says so to scripts.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The command line is not understood.
pub(crate) const USAGE: u8 = 1;
/// There is no Recording Server on this machine.
pub(crate) const NO_RECORDING_SERVER: u8 = 10;

/// Why nothing was changed (or everything was put back).
#[derive(Debug)]
pub(crate) enum Failure {
    /// No Recording Server was found, and `--force` was not given.
    NoRecordingServer,
    /// The service did not stop in time.
    StopTimeout { seconds: u64 },
    /// A file is held open by a process that did not let go of it.
    Locked { file: PathBuf },
    /// A newer version is installed.
    Downgrade { installed: String, offered: String },
    /// The package is not what was released.
    Package(String),
    /// The adapter could not be compiled against the installed framework.
    Adapter(String),
    /// The folder holds files, but none of the driver's.
    ForeignFolder { directory: PathBuf },
    /// A link leads out of the driver's folder.
    Link { path: PathBuf },
    /// Another Setup, or the like, is at work.
    Busy,
    /// Windows refused something.
    Io { what: String, source: io::Error },
}

impl Failure {
    /// The documented exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::NoRecordingServer => NO_RECORDING_SERVER,
            Failure::StopTimeout { .. } => 11,
            Failure::Locked { .. } => 12,
            Failure::Downgrade { .. } => 13,
            Failure::Adapter(_) => 14,
            Failure::Package(_) => 15,
            Failure::Io { .. } => 16,
            Failure::ForeignFolder { .. } | Failure::Link { .. } => 17,
            Failure::Busy => 18,
        }
    }

    /// An input/output error, with what was being done.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Failure {
        let what = what.into();
        move |source| Failure::Io { what, source }
    }

    /// An input/output error at a path; an open handle elsewhere becomes [`Failure::Locked`].
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Failure + '_ {
        move |source| {
            if is_sharing_violation(&source) {
                Failure::Locked {
                    file: path.to_owned(),
                }
            } else {
                Failure::Io {
                    what: path.display().to_string(),
                    source,
                }
            }
        }
    }
}

/// ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION or ERROR_USER_MAPPED_FILE (a
/// loaded DLL that may not be replaced), or the access that Windows denies for
/// a running image.
fn is_sharing_violation(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33 | 1224))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NoRecordingServer => f.write_str(
                "No XProtect Recording Server was found on this machine. Install the driver where the \
                 Recording Server runs, or pass /FORCE to copy the files all the same.",
            ),
            Failure::StopTimeout { seconds } => write!(
                f,
                "The Recording Server service did not stop within {seconds} seconds, and nothing was changed. Wait until it has stopped, then run Setup again or start the service by hand.",
            ),
            Failure::Locked { file } => write!(
                f,
                "{} is in use by another program. The installed version was left as it is. Close the program (or \
                 restart the machine), then run Setup again.",
                file.display(),
            ),
            Failure::Downgrade { installed, offered } => write!(
                f,
                "Version {installed} is installed, which is newer than {offered}. Uninstall it first, or pass /FORCE.",
            ),
            Failure::Package(problem) => write!(f, "The package is damaged: {problem}. Download it again."),
            Failure::Adapter(problem) => write!(f, "The adapter could not be compiled: {problem}"),
            Failure::ForeignFolder { directory } => write!(
                f,
                "{} is not the driver's folder, and nothing in it was changed. Name a folder that is empty, new, or \
                 the one that the driver is installed in.",
                directory.display(),
            ),
            Failure::Link { path } => write!(
                f,
                "{} is a link, or leads out of the driver's folder, and was not followed. Remove it, then run Setup \
                 again.",
                path.display(),
            ),
            Failure::Busy => f.write_str(
                "Another Setup of the driver is at work on this machine, and nothing was changed. Wait until it has \
                 ended, then run Setup again.",
            ),
            Failure::Io { what, source } => write!(f, "{what}: {source}"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Failure::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
