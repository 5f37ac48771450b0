//! The accepted publishes of a connection and their sinks.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};
use std::thread;
use std::time::Instant;

use super::{Observer, clock};
use crate::connection::ConnectionHandle;
use crate::proto::{EndReason, Media, MediaKind, PublishRequest, Status, StatusCode, StreamId};
use crate::sink::MediaSink;

/// The accepted publishes of a connection: mostly one, never many. However the connection ends,
/// each sink is told once, and so is the observer of each publish.
pub(super) struct Sinks<'a> {
    accepted: Vec<Publish>,
    handle: &'a ConnectionHandle,
    observer: &'a dyn Observer,
}

struct Publish {
    request: PublishRequest,
    sink: Box<dyn MediaSink>,
    /// The sink has had something that may become a picture.
    has_video: bool,
    /// The sink has refused a message; the session will report the end.
    refused: bool,
    /// It has had messages since it was flushed.
    unflushed: bool,
}

impl<'a> Sinks<'a> {
    pub(super) fn new(handle: &'a ConnectionHandle, observer: &'a dyn Observer) -> Self {
        Self {
            accepted: Vec::new(),
            handle,
            observer,
        }
    }

    pub(super) fn add(&mut self, request: PublishRequest, sink: Box<dyn MediaSink>) {
        self.handle.record_publish();
        self.observer.publish_accepted(self.handle, &request);
        self.accepted.push(Publish {
            request,
            sink,
            has_video: false,
            refused: false,
            unflushed: false,
        });
    }

    /// Ready when the sink of `stream` takes a message.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>, stream: StreamId) -> Poll<()> {
        match self.find(stream) {
            Some(publish) => publish.sink.poll_ready(cx),
            None => Poll::Ready(()),
        }
    }

    /// Hands a message to the sink of `stream`. What comes after a refusal is dropped.
    ///
    /// Tells after each video message whether there is video now, until there is.
    pub(super) fn media(
        &mut self,
        now: Instant,
        stream: StreamId,
        media: Media,
    ) -> Result<Option<bool>, Status> {
        let Some(publish) = self.find(stream) else {
            return Ok(None);
        };
        let is_video = media.kind == MediaKind::Video;
        let taken = publish.sink.media(now, media);
        publish.refused = taken.is_err();
        publish.unflushed = !publish.refused;
        taken?;
        if !is_video || publish.has_video {
            return Ok(None);
        }
        publish.has_video = publish.sink.has_video();
        Ok(Some(publish.has_video))
    }

    /// What was received has been handed over.
    pub(super) fn flush(&mut self) {
        for publish in &mut self.accepted {
            if mem::take(&mut publish.unflushed) {
                publish.sink.flush();
            }
        }
    }

    fn find(&mut self, stream: StreamId) -> Option<&mut Publish> {
        self.accepted
            .iter_mut()
            .find(|publish| publish.request.stream == stream && !publish.refused)
    }

    /// The publish on `stream` has ended.
    pub(super) fn end(&mut self, now: Instant, stream: StreamId, reason: &EndReason) {
        if let Some(index) = self
            .accepted
            .iter()
            .position(|publish| publish.request.stream == stream)
        {
            let publish = self.accepted.remove(index);
            if let Err(panic) = self.end_publish(publish, now, reason) {
                resume_unwind(panic);
            }
        }
    }

    /// Tells the sink, then the observer, even if the sink panics.
    fn end_publish(
        &self,
        publish: Publish,
        now: Instant,
        reason: &EndReason,
    ) -> thread::Result<()> {
        let Publish {
            request, mut sink, ..
        } = publish;
        self.handle.record_publish_end();
        let sink_result = catch_unwind(AssertUnwindSafe(|| sink.end(now, reason)));
        // Also dropping the sink runs code of the application.
        let observer_result = catch_unwind(AssertUnwindSafe(move || {
            self.observer.publish_ended(self.handle, &request, reason);
            drop(sink);
        }));
        sink_result.and(observer_result)
    }
}

impl Drop for Sinks<'_> {
    /// What is left has not ended in good order: the application panicked, or the runtime goes
    /// down.
    fn drop(&mut self) {
        let reason = EndReason::Stopped(Status::new(
            StatusCode::CONNECT_CLOSED,
            "The connection was dropped by the server",
        ));
        let now = clock::now();
        while let Some(publish) = self.accepted.pop() {
            // A panic while another one unwinds would end the process.
            if self.end_publish(publish, now, &reason).is_err() {
                tracing::error!(connection = %self.handle.id(), "the application panicked at the end of a publish");
            }
        }
    }
}
