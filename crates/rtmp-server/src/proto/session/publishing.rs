//! From the publish command to its end (RTMP 1.0 section 7.2.2.6).

use std::time::Instant;

use amf0::ValueRef;
use rtmp_chunk::UserControl;

use super::ending::Linger;
use super::{Pending, ServerSession};
use crate::proto::command::Command;
use crate::proto::error::{Limit, Misbehaviour, SessionError};
use crate::proto::event::{CloseReason, EndReason, Event};
use crate::proto::publishes::Publish;
use crate::proto::reply::Level;
use crate::proto::request::{PublishRequest, PublishType, RequestId, StreamId};
use crate::proto::status::{Status, StatusCode};
use crate::proto::text::text;

/// A publish that waits for its decision.
pub(super) struct PendingPublish {
    id: RequestId,
    pub(super) stream: StreamId,
    name: String,
    publish_type: PublishType,
}

impl ServerSession {
    /// Accepts a publish. The message stream it has is returned; none if the session ended since
    /// the request.
    pub fn accept_publish(&mut self, now: Instant, request: RequestId) -> Option<StreamId> {
        let PendingPublish {
            stream,
            name,
            publish_type,
            ..
        } = self.take_pending(request)?;
        self.decoder
            .set_limits(self.config.limits.while_publishing());
        self.publish_by = None;
        self.restart_idle(now);
        self.publishes.add(Publish {
            stream,
            name,
            publish_type,
            video_by: now.checked_add(self.config.timeouts.first_video),
            has_video: false,
        });
        self.announce_start(stream);
        self.transmit.watch(now);
        Some(stream)
    }

    /// Says whether there was something among the video messages of a publish so far that can become
    /// a picture. Only the application knows; until it says otherwise, every message with a body
    /// counts. While there was nothing, [`Timeouts::first_video`](crate::proto::Timeouts::first_video) runs
    /// on from the beginning of the publish.
    pub fn set_has_video(&mut self, stream: StreamId, has_video: bool) {
        self.publishes.set_has_video(stream, has_video);
    }

    /// Refuses a publish: the peer is told why, and the session ends.
    pub fn refuse_publish(&mut self, now: Instant, request: RequestId, refusal: Status) {
        if self.is_pending(request) {
            let reason = CloseReason::PublishRefused(refusal.clone());
            self.stop(now, reason, &refusal, Linger::Usual);
        }
    }

    /// Ends an accepted publish from the server's side: the peer is told why, and the session
    /// ends.
    pub fn end_publish(&mut self, now: Instant, stream: StreamId, status: Status) {
        if self.publishes.contains(stream) {
            let reason = CloseReason::Stopped(status.clone());
            self.stop(now, reason, &status, Linger::Publisher);
        }
    }

    /// A publish command. The peer may not have created the message stream; it may publish on
    /// that of the connection, too.
    pub(super) fn publish(
        &mut self,
        now: Instant,
        stream: StreamId,
        mut command: Command<'_>,
    ) -> Result<(), SessionError> {
        let Some(peer) = &self.peer else {
            return Err(SessionError::PeerMisbehaved(Misbehaviour::NotConnected));
        };
        let _command_object = command.argument()?;
        let name = match command.argument()? {
            ValueRef::Boolean(false) => {
                self.unpublish(now, stream);
                return Ok(());
            }
            name => name.as_string_bytes().unwrap_or_default(),
        };
        let publish_type = command.argument()?.as_str().unwrap_or_default();
        if name.len().max(publish_type.len()) > self.config.limits.name_bytes {
            return Err(SessionError::LimitExceeded(Limit::NameBytes));
        }
        let request = PublishRequest {
            id: RequestId(self.last_request.wrapping_add(1)),
            stream,
            app: peer.app.clone(),
            stream_name: text(name),
            publish_type: PublishType::from(publish_type),
            tc_url: peer.tc_url.clone(),
            encoder: peer.encoder.clone(),
        };
        let (name, publish_type) = (&request.stream_name, &request.publish_type);
        if self.publishes.is_published(stream, name, publish_type) {
            // Some say it twice. To end it would cost all that comes until the next key frame.
            self.announce_start(stream);
            return Ok(());
        }
        // A stream has one publisher, and this is it: it goes on from here.
        let before = self.publishes.of_name(name);
        for stream in before.into_iter().chain([stream]) {
            self.unpublish(now, stream);
        }
        if self.publishes.len() >= self.config.limits.publishes {
            return Err(SessionError::LimitExceeded(Limit::Publishes));
        }
        self.request_decision(now, request);
        Ok(())
    }

    fn request_decision(&mut self, now: Instant, request: PublishRequest) {
        self.last_request = request.id.0;
        self.pending = Some(Pending::Publish(PendingPublish {
            id: request.id,
            stream: request.stream,
            name: request.stream_name.clone(),
            publish_type: request.publish_type.clone(),
        }));
        self.publish_by = self.publish_by.or_else(|| self.publish_deadline(now));
        self.events.push(Event::PublishRequested(request));
    }

    /// Ends the publish on `stream`, if there is one, at the peer's wish.
    pub(super) fn unpublish(&mut self, now: Instant, stream: StreamId) {
        let Some(publish) = self.publishes.remove(stream) else {
            return;
        };
        let status = Status::new(StatusCode::UNPUBLISH_SUCCESS, "Stopped publishing.");
        self.on_status(stream, Level::Status, &status);
        self.events.push(Event::PublishEnded {
            stream: publish.stream,
            reason: EndReason::Unpublished,
        });
        if self.publishes.is_empty() {
            self.publish_by = self.publish_deadline(now);
            // The rest of its media may still be under way, with this command in their middle.
            let limits = self.config.limits.while_unpublished();
            self.decoder.set_limits(limits.with_media_passed_over(true));
        }
    }

    fn announce_start(&mut self, stream: StreamId) {
        let status = Status::new(StatusCode::PUBLISH_START, "Publishing.");
        self.transmit
            .user_control(&UserControl::StreamBegin(stream.0));
        self.on_status(stream, Level::Status, &status);
    }

    fn is_pending(&self, request: RequestId) -> bool {
        matches!(&self.pending, Some(Pending::Publish(publish)) if publish.id == request)
    }

    fn take_pending(&mut self, request: RequestId) -> Option<PendingPublish> {
        if !self.is_pending(request) {
            return None;
        }
        match self.pending.take() {
            Some(Pending::Publish(publish)) => Some(publish),
            _ => None,
        }
    }

    fn publish_deadline(&self, now: Instant) -> Option<Instant> {
        now.checked_add(self.config.timeouts.publish)
    }
}
