//! What a session reports.

use core::fmt;
use std::collections::VecDeque;
use std::time::Instant;

use rtmp_chunk::{Payload, Timestamp};

use super::config::SessionLimits;
use super::error::SessionError;
use super::request::{ConnectRequest, PublishRequest, StreamId};
use super::status::Status;

/// Something the peer did that concerns the application, polled from
/// [`ServerSession::poll_event`](super::ServerSession::poll_event).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The peer wishes to connect to an application: the first that it wants, and mostly once in a
    /// session. Input stops until it is answered with
    /// [`accept_connect`](super::ServerSession::accept_connect) or
    /// [`refuse_connect`](super::ServerSession::refuse_connect).
    ConnectRequested(ConnectRequest),
    /// The peer wishes to publish. Input stops until the request is answered with
    /// [`accept_publish`](super::ServerSession::accept_publish) or
    /// [`refuse_publish`](super::ServerSession::refuse_publish).
    PublishRequested(PublishRequest),
    /// A message of an accepted publish.
    Media {
        /// The publish it belongs to.
        stream: StreamId,
        /// The message.
        media: Media,
    },
    /// An accepted publish ended. Reported exactly once for each, in every way it can end.
    PublishEnded {
        /// The publish that ended.
        stream: StreamId,
        /// How it ended.
        reason: EndReason,
    },
    /// The session ended; no event follows. What is left to send is still to be polled.
    Closed(CloseReason),
}

impl Event {
    /// How many bytes of media it carries.
    pub(crate) fn media_bytes(&self) -> usize {
        match self {
            Self::Media { media, .. } => media.payload.len(),
            _ => 0,
        }
    }
}

/// One audio, video or data message of a publish.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// The publisher's clock, in milliseconds.
    pub timestamp: Timestamp,
    /// The body: that of an FLV audio or video tag, or AMF0 values for data, of which the first
    /// mostly is the string `@setDataFrame` or `onMetaData`. The leading byte that AMF3 data
    /// messages have is taken off.
    pub payload: Payload,
    /// When the first byte of the message arrived, as near as that can be told; of a message in an
    /// aggregate, that of the aggregate. `None` if no session received it.
    pub first_byte_at: Option<Instant>,
}

impl Media {
    /// A message that no session received, for the tests of whoever takes media.
    pub const fn new(kind: MediaKind, timestamp: Timestamp, payload: Payload) -> Self {
        Self {
            kind,
            timestamp,
            payload,
            first_byte_at: None,
        }
    }
}

/// What a [`Media`] message carries (RTMP 1.0 sections 7.1.2, 7.1.4 and 7.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaKind {
    /// The body of an FLV audio tag.
    Audio,
    /// The body of an FLV video tag.
    Video,
    /// Values in AMF0.
    Data,
}

/// How an accepted publish ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The publisher ended it: deleteStream, closeStream, FCUnpublish or a new publish in its
    /// place.
    Unpublished,
    /// The connection ended without a word.
    Disconnected,
    /// The server ended it.
    Stopped(Status),
    /// The publisher did what it must not, or did not what it must.
    Failed(SessionError),
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpublished => f.write_str("the publisher stopped publishing"),
            Self::Disconnected => f.write_str("the publisher disconnected"),
            Self::Stopped(status) => f.write_str(&status.description),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer closed the connection, or it was lost.
    Disconnected,
    /// The connect command was refused.
    ConnectRefused(Status),
    /// A publish was refused.
    PublishRefused(Status),
    /// The server ended the session.
    Stopped(Status),
    /// The peer did what it must not, or did not what it must.
    Failed(SessionError),
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("the peer disconnected"),
            Self::ConnectRefused(status) => write!(f, "connect refused: {}", status.description),
            Self::PublishRefused(status) => write!(f, "publish refused: {}", status.description),
            Self::Stopped(status) => f.write_str(&status.description),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl From<&CloseReason> for EndReason {
    fn from(reason: &CloseReason) -> Self {
        match reason {
            CloseReason::Disconnected => Self::Disconnected,
            CloseReason::ConnectRefused(status)
            | CloseReason::PublishRefused(status)
            | CloseReason::Stopped(status) => Self::Stopped(status.clone()),
            CloseReason::Failed(error) => Self::Failed(*error),
        }
    }
}

/// Running totals of a session. They only grow, and saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Bytes taken from the peer, the handshake included.
    pub bytes_received: u64,
    /// Messages received, of whatever type. An aggregate counts once, and so does each message in
    /// it.
    pub messages: u64,
    /// Command messages among them.
    pub commands: u64,
    /// Messages that were ignored: of an unknown type, or media that belong to no publish.
    pub ignored_messages: u64,
    /// Acknowledgements sent.
    pub acknowledgements_sent: u64,
}

/// Events that wait to be polled, and when input has to stop for them. Ends are always taken: they are few, and bounded by
/// the number of publishes.
#[derive(Default)]
pub(super) struct EventQueue {
    events: VecDeque<Event>,
    media_bytes: usize,
}

impl EventQueue {
    pub(super) fn push(&mut self, event: Event) {
        self.media_bytes = self.media_bytes.saturating_add(event.media_bytes());
        self.events.push_back(event);
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.media_bytes = self.media_bytes.saturating_sub(event.media_bytes());
        Some(event)
    }

    pub(super) fn has_room(&self, limits: &SessionLimits) -> bool {
        self.events.len() < limits.queued_events && self.media_bytes < limits.queued_bytes
    }
}
