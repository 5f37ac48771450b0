//! Why a session fails, and who is to blame.

use core::fmt;

use rtmp_chunk::{AggregateError, ControlError, DecodeError, HandshakeError};

use super::status::{Status, StatusCode};

/// Why a session ended before its time. The variant says who is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The peer broke the protocol.
    PeerMisbehaved(Misbehaviour),
    /// The peer speaks another version of the protocol, or another protocol.
    PeerIncompatible(HandshakeError),
    /// The peer wants more than it is allowed.
    LimitExceeded(Limit),
    /// The peer took too long; with [`Deadline::Consumer`] it was the server.
    Timeout(Deadline),
}

impl SessionError {
    /// What the peer is told.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::new(self.status_code(), self.to_string())
    }

    /// Whether all that is wrong is one command, which cannot be read.
    pub(super) const fn is_unreadable_command(&self) -> bool {
        matches!(
            self,
            Self::PeerMisbehaved(Misbehaviour::Command(_) | Misbehaviour::NamelessCommand)
        )
    }

    /// The code that says it best.
    #[must_use]
    pub fn status_code(&self) -> StatusCode {
        match self {
            Self::PeerMisbehaved(_) | Self::PeerIncompatible(_) => StatusCode::CONNECT_FAILED,
            Self::LimitExceeded(_) => StatusCode::CONNECT_REJECTED,
            Self::Timeout(Deadline::FirstVideo | Deadline::Consumer) => StatusCode::REJECTED,
            Self::Timeout(_) => StatusCode::IDLE_TIMEOUT,
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PeerMisbehaved(misbehaviour) => misbehaviour.fmt(f),
            Self::PeerIncompatible(error) => error.fmt(f),
            Self::LimitExceeded(limit) => limit.fmt(f),
            Self::Timeout(deadline) => deadline.fmt(f),
        }
    }
}

impl core::error::Error for SessionError {}

impl From<DecodeError> for SessionError {
    fn from(error: DecodeError) -> Self {
        if error.kind.is_limit() {
            Self::LimitExceeded(Limit::ChunkStream(error))
        } else {
            Self::PeerMisbehaved(Misbehaviour::ChunkStream(error))
        }
    }
}

/// How a peer broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// No chunk stream (RTMP 1.0 section 5.3).
    ChunkStream(DecodeError),
    /// No protocol or user control message (RTMP 1.0 sections 5.4 and 6.2).
    Control(ControlError),
    /// No aggregate message (RTMP 1.0 section 7.1.6).
    Aggregate(AggregateError),
    /// No command message (RTMP 1.0 section 7.1.1): its values cannot be read.
    Command(amf0::DecodeError),
    /// A command message that does not start with a name.
    NamelessCommand,
    /// A command that needs a connect command in front of it.
    NotConnected,
    /// The answer to createStream names no message stream (RTMP 1.0 section 7.2.1.3).
    #[cfg(feature = "client")]
    NoMessageStream,
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChunkStream(error) => error.fmt(f),
            Self::Control(error) => error.fmt(f),
            Self::Aggregate(error) => error.fmt(f),
            Self::Command(error) => write!(f, "unreadable command: {error}"),
            Self::NamelessCommand => f.write_str("command without a name"),
            Self::NotConnected => f.write_str("publish without connect"),
            #[cfg(feature = "client")]
            Self::NoMessageStream => f.write_str("createStream was answered without a stream"),
        }
    }
}

/// What a peer wanted too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Message size, chunk streams or memory for partly received messages.
    ChunkStream(DecodeError),
    /// [`SessionLimits::command_bytes`](super::SessionLimits::command_bytes).
    CommandBytes,
    /// [`SessionLimits::name_bytes`](super::SessionLimits::name_bytes).
    NameBytes,
    /// [`SessionLimits::publishes`](super::SessionLimits::publishes).
    Publishes,
    /// [`SessionLimits::small_messages`](super::SessionLimits::small_messages); to a client, messages of
    /// any size.
    SmallMessages,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChunkStream(error) => error.fmt(f),
            Self::CommandBytes => f.write_str("command too long"),
            Self::NameBytes => f.write_str("application name, stream name or URL too long"),
            Self::Publishes => f.write_str("too many streams published on one connection"),
            Self::SmallMessages => f.write_str("too many messages with next to nothing in them"),
        }
    }
}

/// Which of the [`Timeouts`](super::Timeouts) ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deadline {
    /// [`ClientTimeouts::connect`](super::client::ClientTimeouts::connect).
    #[cfg(feature = "client")]
    Connect,
    /// [`Timeouts::publish`](super::Timeouts::publish); to a client, its own limit of that name.
    Publish,
    /// [`Timeouts::first_video`](super::Timeouts::first_video).
    FirstVideo,
    /// [`Timeouts::idle`](super::Timeouts::idle), or the client's.
    Idle,
    /// [`Timeouts::transmit`](super::Timeouts::transmit), or the client's.
    Transmit,
    /// [`Timeouts::idle`](super::Timeouts::idle), while the input was
    /// [held](super::ServerSession::hold_input): the peer may have sent something, and nobody looked.
    Consumer,
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "client")]
            Self::Connect => "connect was not answered in time",
            Self::Publish => "the connection did not start to publish in time",
            Self::FirstVideo => "publishing, but no video arrives",
            Self::Idle => "nothing was received for too long",
            Self::Transmit => "the peer does not take what is sent to it",
            Self::Consumer => "the server does not keep up with what it is sent",
        })
    }
}
