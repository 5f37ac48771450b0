//! What a client reports.

use core::fmt;

use crate::proto::capabilities::EnhancedCapabilities;
use crate::proto::error::SessionError;
use crate::proto::request::StreamId;
use crate::proto::status::Status;

/// Something the server did that concerns the application, polled from
/// [`ClientSession::poll_event`](super::ClientSession::poll_event).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// The server accepted connect.
    Connected(ServerInfo),
    /// The server accepted the publish: media may be sent from now on. It has this message stream.
    PublishStarted(StreamId),
    /// Anything else that the server says of the connection or of a publish, such as that a publish
    /// ended as it was asked to.
    Status(Status),
    /// The session ended; no event follows.
    Closed(ClientEnd),
}

/// What the server says of itself in its answer to connect (RTMP 1.0 section 7.2.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// What the server calls itself (`fmsVer`).
    pub version: String,
    /// What the server declares by Enhanced RTMP; `None` if it declares nothing.
    pub capabilities: Option<EnhancedCapabilities>,
}

/// How a client's session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientEnd {
    /// The application ended it.
    Done,
    /// The server closed the connection, or it was lost.
    Disconnected,
    /// The server refused connect.
    ConnectRefused(Status),
    /// The server refused the publish.
    PublishRefused(Status),
    /// The server ended the connection, or a publish that it had accepted.
    Stopped(Status),
    /// The server did what it must not, or did not what it must.
    Failed(SessionError),
}

impl fmt::Display for ClientEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("the session is over"),
            Self::Disconnected => f.write_str("the server disconnected"),
            Self::ConnectRefused(status) => write!(f, "connect refused: {status}"),
            Self::PublishRefused(status) => write!(f, "publish refused: {status}"),
            Self::Stopped(status) => write!(f, "ended by the server: {status}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// Why a session does not do what its application wants. Nothing happened then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// There is a publish already, and one at a time.
    AlreadyPublishing,
    /// No publish has been accepted, or it ended.
    NotPublishing,
    /// A message holds at most 16777215 bytes.
    TooLong {
        /// The length of the payload in bytes.
        length: usize,
    },
    /// The session ended.
    Ended,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyPublishing => f.write_str("the session has a publish already"),
            Self::NotPublishing => f.write_str("no publish has been accepted"),
            Self::TooLong { length } => {
                write!(f, "{length} bytes are too many for a message")
            }
            Self::Ended => f.write_str("the session has ended"),
        }
    }
}

impl core::error::Error for Misuse {}
