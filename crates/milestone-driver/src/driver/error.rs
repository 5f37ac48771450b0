//! Why a driver does not start.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::poll_queue::ClosedAndEmpty;
use crate::problem::Problem;

/// Why [`Driver::connect`](crate::Driver::connect) failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URI is none.
    BadUri {
        /// The URI, escaped and cut.
        uri: String,
    },
    /// The URI's host is certainly not this machine, and a driver can only listen on its own.
    NotThisMachine {
        /// The host.
        host: String,
    },
    /// The port is held by another program or another hardware.
    PortInUse {
        /// The port.
        port: u16,
    },
    /// The port cannot be listened on for another reason.
    CannotListen {
        /// The system's reason, to be read by a person.
        reason: String,
    },
    /// TLS is enabled and the certificate is of no use.
    Tls(Problem),
    /// The system gives no thread or timer to run on.
    Runtime(Arc<io::Error>),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUri { uri } => {
                write!(f, "'{uri}' is not a URI such as http://localhost:8783/")
            }
            Self::NotThisMachine { host } => write!(
                f,
                "'{host}' is not this machine: add the hardware with the Recording Server's own address or localhost"
            ),
            Self::PortInUse { port } => write!(
                f,
                "port {port} is in use by another program or another hardware: free it or set another Server Port"
            ),
            Self::CannotListen { reason } => write!(f, "the server does not run: {reason}"),
            Self::Tls(problem) => write!(f, "TLS is enabled, but {problem}"),
            Self::Runtime(error) => write!(f, "the driver cannot start: {error}"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl ConnectError {
    pub(super) fn runtime(error: io::Error) -> Self {
        Self::Runtime(Arc::new(error))
    }
}

/// The driver is closed, and everything that it told was collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriverClosed;

impl fmt::Display for DriverClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the driver is closed")
    }
}

impl std::error::Error for DriverClosed {}

impl From<ClosedAndEmpty> for DriverClosed {
    fn from(_: ClosedAndEmpty) -> Self {
        Self
    }
}

impl From<Problem> for ConnectError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::PortInUse { port } => Self::PortInUse { port },
            Problem::CertificateMissing { .. }
            | Problem::WrongCertificatePassword
            | Problem::CertificateUnusable { .. } => Self::Tls(problem),
            Problem::ListenerDown { reason } => Self::CannotListen { reason },
            other => Self::CannotListen {
                reason: other.to_string(),
            },
        }
    }
}
