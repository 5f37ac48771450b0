//! What a session reports.

use core::fmt;
use std::time::Instant;

use rtmp_chunk::{Payload, Timestamp};

use super::address::{self, StreamAddress};
use super::capabilities::EnhancedCapabilities;
use super::error::SessionError;
use super::redact::Redacted;
use super::status::Status;

/// Something the peer did that concerns the application, polled from
/// [`ServerSession::poll_event`](super::ServerSession::poll_event).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The peer connected to an application. It has been answered.
    Connected(ConnectInfo),
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

/// The message stream of a publish (RTMP 1.0 section 6.1.1), unique among the publishes of a
/// connection at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u32);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one publish request of a session. Never used twice in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub(super) u64);

/// The connect command of the peer (RTMP 1.0 section 7.2.1.1).
///
/// Bytes of texts that are no UTF-8 are shown as `\xC4`.
/// [`Debug`](fmt::Debug) hides what can hold a stream key.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ConnectInfo {
    /// The application's name, as sent. It decides the stream's path together with the name in
    /// publish.
    pub app: String,
    /// The URL that the peer believes to have connected to. Advisory: many peers send nonsense.
    pub tc_url: String,
    /// What the peer calls itself (`flashVer`).
    pub encoder: String,
    /// The AMF version that the peer asked for; everything is answered in AMF0.
    pub object_encoding: f64,
    /// What the peer declares by Enhanced RTMP; `None` if it declares nothing.
    pub capabilities: Option<EnhancedCapabilities>,
}

impl fmt::Debug for ConnectInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectInfo")
            .field("app", &Redacted(&self.app))
            .field("tc_url", &Redacted(&self.tc_url))
            .field("encoder", &self.encoder)
            .field("object_encoding", &self.object_encoding)
            .field("capabilities", &self.capabilities)
            .finish()
    }
}

/// The wish to publish a stream (RTMP 1.0 section 7.2.2.6).
///
/// Application and stream name together are the key to the stream, whichever of them the peer
/// puts it in, so [`Debug`](fmt::Debug) hides both. [`addresses`](Self::addresses) reads them
/// together.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishRequest {
    /// To be named in the answer.
    pub id: RequestId,
    /// The message stream that the publish will have.
    pub stream: StreamId,
    /// The application's name, as sent with connect.
    pub app: String,
    /// The stream's name, as sent; empty if there was none. Bytes that are no UTF-8 are shown as
    /// `\xC4`.
    pub stream_name: String,
    /// What is to become of the stream.
    pub publish_type: PublishType,
    /// The URL that the peer believes to have connected to. Advisory.
    pub tc_url: String,
    /// What the peer calls itself (`flashVer`).
    pub encoder: String,
}

impl PublishRequest {
    /// A request that no session made, for the tests of whoever decides on requests.
    pub fn new(app: impl Into<String>, stream_name: impl Into<String>) -> Self {
        Self {
            id: RequestId(0),
            stream: StreamId(1),
            app: app.into(),
            stream_name: stream_name.into(),
            publish_type: PublishType::Live,
            tc_url: String::new(),
            encoder: String::new(),
        }
    }

    /// What the peer may mean by [`app`](Self::app) and [`stream_name`](Self::stream_name): paths
    /// with the query that each leaves, the longest path first. The path is that of the first
    /// reading that names a stream. A NUL ends either of them: what lies behind it was in the buffer
    /// before.
    ///
    /// The last one takes the address at its word: the query is what comes behind the first `?`.
    /// The others allow for a user who put the query in the middle, and end at a slash of it. There
    /// are few, whatever the peer sends. Without a query there is one reading.
    ///
    /// ```
    /// use rtmp_server::PublishRequest;
    ///
    /// let request = PublishRequest::new("live?user=me", "camera");
    /// let readings: Vec<_> = request
    ///     .addresses()
    ///     .map(|address| (address.path, address.query.as_str().to_owned()))
    ///     .collect();
    /// let pair = |path: &str, query: &str| (path.to_owned(), query.to_owned());
    /// assert_eq!(readings, [pair("live/camera", "user=me"), pair("live", "user=me/camera")]);
    /// ```
    pub fn addresses(&self) -> impl Iterator<Item = StreamAddress> + use<> {
        address::readings(&self.app, &self.stream_name)
    }
}

impl fmt::Debug for PublishRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishRequest")
            .field("id", &self.id)
            .field("stream", &self.stream)
            .field("app", &Redacted(&self.app))
            .field("stream_name", &Redacted(&self.stream_name))
            .field("publish_type", &self.publish_type)
            .field("tc_url", &Redacted(&self.tc_url))
            .field("encoder", &self.encoder)
            .finish()
    }
}

/// The publishing type (RTMP 1.0 section 7.2.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishType {
    /// Live, not recorded. Also where the peer names no type.
    Live,
    /// To be recorded to a new file.
    Record,
    /// To be appended to a file.
    Append,
    /// Anything else.
    Other(String),
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
    /// A publish was refused.
    Refused(Status),
    /// The server ended the session.
    Stopped(Status),
    /// The peer did what it must not, or did not what it must.
    Failed(SessionError),
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("the peer disconnected"),
            Self::Refused(status) => write!(f, "publish refused: {}", status.description),
            Self::Stopped(status) => f.write_str(&status.description),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl From<&CloseReason> for EndReason {
    fn from(reason: &CloseReason) -> Self {
        match reason {
            CloseReason::Disconnected => Self::Disconnected,
            CloseReason::Refused(status) | CloseReason::Stopped(status) => {
                Self::Stopped(status.clone())
            }
            CloseReason::Failed(error) => Self::Failed(*error),
        }
    }
}
