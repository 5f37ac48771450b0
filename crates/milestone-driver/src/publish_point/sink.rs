//! The server's way to a publish point, on the publisher's connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use parking_lot::Mutex;
use rtmp_server::connection::ConnectionId;
use rtmp_server::proto::{Deadline, SessionError};
use rtmp_server::{Claim, EndReason, Media, MediaSink, Status};
use tokio::time::{Sleep, sleep_until};

use super::demultiplexer::Demultiplexer;
use super::publish::{Known, Source};
use super::shared::ClaimKey;

/// A publish that was accepted. Lives on the publisher's connection.
pub(crate) struct PublisherSink {
    demultiplexer: Arc<Mutex<Demultiplexer>>,
    /// Who publishes, and under which of the paths.
    connection: ConnectionId,
    key: ClaimKey,
    /// A track may have no room for more.
    full: bool,
    /// Ends the wait for room.
    hold: Option<Pin<Box<Sleep>>>,
    ended: bool,
    /// Held until the publish ends: nobody else can publish there.
    _claim: Claim<ClaimKey>,
}

impl PublisherSink {
    pub(super) fn new(
        demultiplexer: Arc<Mutex<Demultiplexer>>,
        claim: Claim<ClaimKey>,
        connection: ConnectionId,
        key: ClaimKey,
    ) -> Self {
        Self {
            demultiplexer,
            connection,
            key,
            full: false,
            hold: None,
            ended: false,
            _claim: claim,
        }
    }

    fn finish(&mut self, reason: &str) -> Option<Known> {
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        Some(self.demultiplexer.lock().end(reason))
    }
}

impl MediaSink for PublisherSink {
    fn media(&mut self, now: Instant, media: Media) -> Result<(), Status> {
        let mut demultiplexer = self.demultiplexer.lock();
        let taken = demultiplexer.media(now, media);
        self.full = demultiplexer.is_full();
        taken
    }

    fn has_video(&self) -> bool {
        self.demultiplexer.lock().has_video()
    }

    fn flush(&mut self) {
        self.demultiplexer.lock().flush();
    }

    /// The publisher is held back while a session that takes frames has no room for more.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.full {
            let now = tokio::time::Instant::now();
            let until = self
                .demultiplexer
                .lock()
                .poll_room(now.into_std(), cx.waker());
            let Some(until) = until else {
                self.full = false;
                self.hold = None;
                break;
            };
            let until = until.into();
            let hold = self
                .hold
                .get_or_insert_with(|| Box::pin(sleep_until(until)));
            hold.as_mut().reset(until);
            ready!(hold.as_mut().poll(cx));
        }
        Poll::Ready(())
    }

    fn end(&mut self, _now: Instant, reason: &EndReason) {
        if *reason == EndReason::Failed(SessionError::Timeout(Deadline::FirstVideo)) {
            self.demultiplexer.lock().refuse_declared_codec();
        }
        let known = self.finish(&reason.to_string());
        // Only who goes on talking can publish again.
        if let (Some(known), EndReason::Unpublished) = (known, reason) {
            let source = Source {
                connection: self.connection,
                key: self.key.clone(),
                known,
            };
            self.demultiplexer.lock().remember(source);
        }
    }
}

/// The server ends every publish; this is for a connection that is torn down because something else failed.
impl Drop for PublisherSink {
    fn drop(&mut self) {
        self.finish("the connection was cut off");
    }
}
