//! Why the program cannot run, and what to do about it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use milestone_driver::{ConnectError, OpenSessionError};

/// Ends the program with exit status 1.
#[derive(Debug)]
pub(crate) enum Failure {
    Connect(ConnectError),
    OpenSession(OpenSessionError),
    RecordingFolder {
        path: PathBuf,
        error: io::Error,
    },
    /// What exactly was said when it happened.
    Recording,
    /// What and where was said when it happened.
    Panicked,
    Signals(ctrlc::Error),
    Web {
        address: SocketAddr,
        error: io::Error,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(ConnectError::PortInUse { port }) => write!(
                f,
                "port {port} is in use. Another program listens on it, perhaps another driver-host or a Recording \
                 Server: end that program, or choose another port with --port N"
            ),
            Self::Connect(error) => error.fmt(f),
            Self::OpenSession(error) => error.fmt(f),
            Self::RecordingFolder { path, error } => {
                write!(f, "cannot record into {}: {error}", path.display())
            }
            Self::Panicked => f.write_str("ended by a defect in the program, see above"),
            Self::Recording => f.write_str("some of what arrived was not recorded"),
            Self::Signals(error) => error.fmt(f),
            Self::Web { address, error } => write!(
                f,
                "no web page, {address}: {error}. Choose another address with --web, or --no-web"
            ),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::Connect(error)
    }
}

impl From<OpenSessionError> for Failure {
    fn from(error: OpenSessionError) -> Self {
        Self::OpenSession(error)
    }
}

impl From<ctrlc::Error> for Failure {
    fn from(error: ctrlc::Error) -> Self {
        Self::Signals(error)
    }
}
