//! Where the media of an accepted publish goes.

mod channel;

use std::task::{Context, Poll};
use std::time::Instant;

use crate::proto::{EndReason, Media, Status};

pub use channel::{Capacity, ChannelSink, MediaReceiver, OverflowPolicy, media_channel};

/// What an accepted publish yields: the receiving end of its media.
///
/// All methods are called on the task of the connection, one at a time, in the order in which the
/// peer sent. They must not block: other connections share the thread.
///
/// A message arrives with its body in place, in memory of its own size
/// ([`Media::payload`]); a sink may keep it, or freeze it into [`bytes::Bytes`], without a copy.
///
/// A panic in a sink ends its connection, and nothing else.
pub trait MediaSink: Send + 'static {
    /// Takes one message, received at `now`. An error ends the publish with that status, which the
    /// peer is told, and closes the connection.
    fn media(&mut self, now: Instant, media: Media) -> Result<(), Status>;

    /// Whether there was something among the video messages so far that can become a picture: an
    /// unknown codec or a damaged message cannot. Asked after each video message until it is so; a
    /// publish of which it is not is ended by [`Timeouts::first_video`](crate::proto::Timeouts::first_video)
    /// as if nothing had come. By default every message counts.
    fn has_video(&self) -> bool {
        true
    }

    /// Everything that the peer has sent so far is handed over, or as much of it as fits into a turn
    /// of about a millisecond, after which others on the thread have theirs. A sink that wakes somebody does it
    /// here: once for a burst of messages, not once for each. Called after one or more calls of
    /// [`media`](Self::media), also when the sink is not ready for more, but not between the last
    /// of them and [`end`](Self::end). The default does nothing.
    fn flush(&mut self) {}

    /// The publish has ended. Called exactly once, in every way a publish can end, and nothing is
    /// called after it.
    fn end(&mut self, now: Instant, reason: &EndReason);

    /// Ready when [`media`](Self::media) may be called. A sink that is not ready holds the
    /// connection back: nothing more is read from it, and TCP makes the publisher wait. If one
    /// such wait takes longer than [`Timeouts::idle`](crate::proto::Timeouts::idle), the publish ends with
    /// [`Deadline::Consumer`](crate::proto::Deadline::Consumer); the publisher's own deadlines stand still
    /// meanwhile. What was received before a connection
    /// ended is delivered without asking; that is little. The default is always ready.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        Poll::Ready(())
    }

    /// This sink, of a type that no longer matters.
    fn boxed(self) -> Box<dyn MediaSink>
    where
        Self: Sized,
    {
        Box::new(self)
    }
}

impl MediaSink for Box<dyn MediaSink> {
    fn media(&mut self, now: Instant, media: Media) -> Result<(), Status> {
        (**self).media(now, media)
    }

    fn has_video(&self) -> bool {
        (**self).has_video()
    }

    fn flush(&mut self) {
        (**self).flush();
    }

    fn end(&mut self, now: Instant, reason: &EndReason) {
        (**self).end(now, reason);
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        (**self).poll_ready(cx)
    }

    fn boxed(self) -> Box<dyn MediaSink> {
        self
    }
}
