//! What the peer is told when something ends or is refused.

use core::fmt;
use std::borrow::Cow;

/// The `code` of a status object (RTMP 1.0 section 7.2.2, Enhanced RTMP v2 "Detailed Overview of
/// the onStatus Command").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusCode(pub Cow<'static, str>);

impl StatusCode {
    /// The connect command succeeded.
    pub const CONNECT_SUCCESS: Self = Self::fixed("NetConnection.Connect.Success");
    /// The connect command is refused.
    pub const CONNECT_REJECTED: Self = Self::fixed("NetConnection.Connect.Rejected");
    /// The connection ends because of what the peer did.
    pub const CONNECT_FAILED: Self = Self::fixed("NetConnection.Connect.Failed");
    /// The connection ends in good order.
    pub const CONNECT_CLOSED: Self = Self::fixed("NetConnection.Connect.Closed");
    /// The server goes down.
    pub const APP_SHUTDOWN: Self = Self::fixed("NetConnection.Connect.AppShutdown");
    /// The connection ends because the peer was silent.
    pub const IDLE_TIMEOUT: Self = Self::fixed("NetConnection.Connect.IdleTimeOut");
    /// There is no such command.
    pub const CALL_FAILED: Self = Self::fixed("NetConnection.Call.Failed");
    /// A publish is accepted.
    pub const PUBLISH_START: Self = Self::fixed("NetStream.Publish.Start");
    /// The name cannot be published to: nobody knows it, or somebody else publishes to it.
    pub const BAD_NAME: Self = Self::fixed("NetStream.Publish.BadName");
    /// The publish is refused for another reason, such as the codec.
    pub const REJECTED: Self = Self::fixed("NetStream.Publish.Rejected");
    /// A publish ended at the publisher's wish.
    pub const UNPUBLISH_SUCCESS: Self = Self::fixed("NetStream.Unpublish.Success");
    /// There is nothing to play here.
    pub const PLAY_FAILED: Self = Self::fixed("NetStream.Play.Failed");

    const fn fixed(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// The code as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a connect command or a publish is refused, or a publish ended, in words for the peer and its
/// user.
///
/// It is sent as the information object of `_error` or `onStatus` with level `error`. OBS and FFmpeg show the
/// description to their user, so it should name what to do.
///
/// ```
/// use rtmp_server::{Status, StatusCode};
///
/// let status = Status::new(StatusCode::BAD_NAME, "No camera has the stream path /stream17.");
/// assert_eq!(
///     status.to_string(),
///     "No camera has the stream path /stream17. (NetStream.Publish.BadName)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// What happened, for a program.
    pub code: StatusCode,
    /// What happened, for a person.
    pub description: String,
}

impl Status {
    /// A status of this code and description.
    pub fn new(code: StatusCode, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }

    /// A connect command refused as [`StatusCode::CONNECT_REJECTED`].
    pub fn connect_rejected(description: impl Into<String>) -> Self {
        Self::new(StatusCode::CONNECT_REJECTED, description)
    }

    /// A publish refused as [`StatusCode::BAD_NAME`].
    pub fn bad_name(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_NAME, description)
    }

    /// A publish refused as [`StatusCode::REJECTED`].
    pub fn rejected(description: impl Into<String>) -> Self {
        Self::new(StatusCode::REJECTED, description)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.description, self.code)
    }
}

impl core::error::Error for Status {}
