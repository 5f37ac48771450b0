//! What a peer asks for, and the application decides on.

use core::fmt;

use super::address::{self, Query, StreamAddress};
use super::capabilities::EnhancedCapabilities;
use super::text::Redacted;

/// The wish to connect to an application (RTMP 1.0 section 7.2.1.1).
///
/// Bytes of texts that are no UTF-8 are shown as `\xC4`.
/// [`Debug`](fmt::Debug) hides what can hold a stream key, a password or the answer to a challenge.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ConnectRequest {
    /// The application's name, as sent. It decides the stream's path together with the name in
    /// publish.
    pub app: String,
    /// The URL that the peer believes to have connected to. Advisory: many peers send nonsense.
    pub tc_url: String,
    /// What the peer calls itself (`flashVer`).
    pub encoder: String,
    /// The URL of the program that publishes. Advisory; empty if it is too long.
    pub swf_url: String,
    /// The URL of the page that the program is in. Advisory; empty if it is too long.
    pub page_url: String,
    /// The AMF version that the peer asked for; everything is answered in AMF0.
    pub object_encoding: f64,
    /// What the peer declares by Enhanced RTMP; `None` if it declares nothing.
    pub capabilities: Option<EnhancedCapabilities>,
}

impl ConnectRequest {
    /// A request that no session made, for the tests of whoever decides on requests.
    pub fn new(app: impl Into<String>, tc_url: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            tc_url: tc_url.into(),
            ..Self::default()
        }
    }

    /// The queries that came with the application's name and with the URL, in this order, as far as
    /// there are any. Programs that log in put what they have to say into one of them or into both.
    ///
    /// ```
    /// use rtmp_server::ConnectRequest;
    ///
    /// let request = ConnectRequest::new("live?authmod=adobe&user=me", "rtmp://host/live");
    /// let query = request.queries().next().unwrap();
    /// assert_eq!(query.pairs().last(), Some(("user", "me")));
    /// ```
    pub fn queries(&self) -> impl Iterator<Item = Query> + use<> {
        let queries = [&self.app, &self.tc_url].map(|text| Query::of_url(text));
        queries
            .into_iter()
            .filter(|query| !query.as_str().is_empty())
    }
}

impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest")
            .field("app", &Redacted(&self.app))
            .field("tc_url", &Redacted(&self.tc_url))
            .field("encoder", &self.encoder)
            .field("swf_url", &Redacted(&self.swf_url))
            .field("page_url", &Redacted(&self.page_url))
            .field("object_encoding", &self.object_encoding)
            .field("capabilities", &self.capabilities)
            .finish()
    }
}

/// The message stream of a publish (RTMP 1.0 section 6.1.1), unique among the publishes of a
/// connection at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u32);

impl StreamId {
    /// The message stream of the connection itself (RTMP 1.0 section 7.2.1.3), on which some peers
    /// publish all the same.
    pub const CONTROL: Self = Self(0);
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one publish request of a session. Never used twice in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub(super) u64);

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

impl PublishType {
    /// The type as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Live => "live",
            Self::Record => "record",
            Self::Append => "append",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for PublishType {
    fn from(name: &str) -> Self {
        match name {
            "live" | "" => Self::Live,
            "record" => Self::Record,
            "append" => Self::Append,
            other => Self::Other(other.to_owned()),
        }
    }
}
