//! A session and the application it talks to: input goes in, events go to services and sinks.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf, Bytes};

use super::services::{ConnectDecision, PublishDecision, Services};
use super::sinks::Sinks;
use super::turn::Turn;
use crate::connection::{ConnectionHandle, TlsInfo};
use crate::proto::{
    CloseReason, ConnectRequest, Event, Media, PublishRequest, ServerSession, Status, StreamId,
};
use crate::service::{ConnectAcceptance, ConnectCall, PublishCall};
use crate::sink::MediaSink;

/// A session with everything it needs but the socket.
pub(super) struct Conversation<'a> {
    pub(super) session: ServerSession,
    sinks: Sinks<'a>,
    /// What the session has to wait for before it may take more input.
    blocked: Option<Box<Blocked>>,
    /// Received, but not yet taken by the session: empty unless it is blocked or interrupted.
    unread: Bytes,
    /// When it arrived.
    arrived: Instant,
    /// The connection's turn was over before everything was done.
    interrupted: bool,
    closed: Option<CloseReason>,
    tls: Option<TlsInfo>,
    /// Who the peer has shown to be.
    user: Option<Arc<str>>,
    handle: &'a ConnectionHandle,
    services: &'a Services,
}

/// What a session can have to wait for. Meanwhile nothing is read, so that TCP makes the peer wait.
enum Blocked {
    /// The application decides on a connect command.
    Connect {
        request: ConnectRequest,
        decision: ConnectDecision,
    },
    /// The application decides on a publish.
    Publish {
        request: PublishRequest,
        decision: PublishDecision,
    },
    /// A sink is not ready for this message.
    Sink { stream: StreamId, media: Media },
}

impl<'a> Conversation<'a> {
    pub(super) fn new(
        session: ServerSession,
        tls: Option<TlsInfo>,
        handle: &'a ConnectionHandle,
        services: &'a Services,
    ) -> Self {
        Self {
            session,
            sinks: Sinks::new(handle, &*services.observer),
            blocked: None,
            unread: Bytes::new(),
            arrived: handle.accepted_at(),
            interrupted: false,
            closed: None,
            tls,
            user: None,
            handle,
            services,
        }
    }

    /// Why the session ended, once it has.
    pub(super) fn close_reason(&self) -> CloseReason {
        self.closed.clone().unwrap_or(CloseReason::Disconnected)
    }

    /// True if [`proceed`](Self::proceed) has something to do: room for answers has been made, or
    /// another turn has come.
    pub(super) fn can_proceed(&self) -> bool {
        self.blocked.is_none()
            && (self.interrupted || !self.unread.is_empty() && self.session.wants_input())
    }

    /// True if more may be received.
    pub(super) fn wants_input(&self) -> bool {
        self.blocked.is_none()
            && !self.interrupted
            && self.unread.is_empty()
            && self.session.wants_input()
    }

    /// The peer sent `data`, which arrived then.
    pub(super) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        arrived: Instant,
        mut data: &[u8],
        turn: &mut Turn,
    ) {
        self.handle.record_received(now, data.len());
        self.arrived = arrived;
        self.exchange(cx, now, &mut data, turn);
        self.unread = Bytes::copy_from_slice(data);
    }

    /// Goes on with whatever became possible meanwhile.
    pub(super) fn proceed(&mut self, cx: &mut Context<'_>, now: Instant, turn: &mut Turn) {
        let unread = mem::take(&mut self.unread);
        let mut data = &unread[..];
        self.exchange(cx, now, &mut data, turn);
        if !data.is_empty() {
            self.unread = unread.slice_ref(data);
        }
    }

    /// The session is closed: what it still has to tell is told. That is little.
    pub(super) fn conclude(&mut self, cx: &mut Context<'_>, now: Instant) {
        loop {
            self.proceed(cx, now, &mut Turn::starting(now));
            if !self.can_proceed() {
                return;
            }
        }
    }

    /// The session gets its input and the application the session's events, until both are done,
    /// something has to be waited for, or the turn is over.
    fn exchange(&mut self, cx: &mut Context<'_>, now: Instant, data: &mut &[u8], turn: &mut Turn) {
        self.interrupted = !self.take_turns(cx, now, data, turn);
    }

    /// The sinks have all that they get for now.
    pub(super) fn flush(&mut self) {
        self.sinks.flush();
    }

    /// Session and application take turns. False if the connection's turn was over before they had
    /// nothing left to do.
    fn take_turns(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        data: &mut &[u8],
        turn: &mut Turn,
    ) -> bool {
        while self.poll_unblocked(cx, now).is_ready() {
            if turn.is_over() {
                return false;
            }
            if let Some(event) = self.session.poll_event() {
                turn.spend_message(event.media_bytes());
                self.handle_event(cx, now, event);
            } else if data.is_empty() || !self.session.wants_input() {
                return true;
            } else {
                self.session.arrived(self.arrived);
                // An error comes back as the event that the session has closed.
                let taken = self.session.handle_input(now, data).unwrap_or(data.len());
                turn.spend_bytes(taken);
                data.advance(taken);
            }
        }
        true
    }

    /// Ready when nothing has to be waited for any more.
    fn poll_unblocked(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        match self.blocked.as_deref_mut() {
            None => return Poll::Ready(()),
            // Nobody waits for the answer to a session that has ended.
            Some(Blocked::Connect { .. } | Blocked::Publish { .. }) if self.session.has_ended() => {
                self.unblock(now);
            }
            Some(Blocked::Connect { decision, .. }) => {
                let decision = ready!(decision.as_mut().poll(cx));
                self.answer_connect(now, decision);
            }
            Some(Blocked::Publish { decision, .. }) => {
                let decision = ready!(decision.as_mut().poll(cx));
                self.answer_publish(now, decision);
            }
            Some(Blocked::Sink { stream, .. }) => {
                let stream = *stream;
                ready!(self.poll_sink(cx, stream));
                self.resume(now);
            }
        }
        Poll::Ready(())
    }

    fn handle_event(&mut self, cx: &mut Context<'_>, now: Instant, event: Event) {
        match event {
            Event::ConnectRequested(request) => {
                let call = ConnectCall::new(request.clone(), self.handle.clone(), now)
                    .with_tls(self.tls.clone());
                let decision = self.services.decide_connect(call);
                self.block(now, Blocked::Connect { request, decision });
            }
            Event::PublishRequested(request) => {
                let call = PublishCall::new(request.clone(), self.handle.clone(), now)
                    .with_tls(self.tls.clone())
                    .with_user(self.user.clone());
                let decision = self.services.decide_publish(call);
                self.block(now, Blocked::Publish { request, decision });
            }
            Event::Media { stream, media } => {
                if self.poll_sink(cx, stream).is_ready() {
                    self.deliver(now, stream, media);
                } else {
                    self.session.hold_input(now, true);
                    self.block(now, Blocked::Sink { stream, media });
                }
            }
            Event::PublishEnded { stream, reason } => self.sinks.end(now, stream, &reason),
            Event::Closed(reason) => self.closed = Some(reason),
        }
    }

    /// Nothing is read from the peer until the application gets on.
    fn block(&mut self, now: Instant, blocked: Blocked) {
        self.handle.record_held(now, true);
        self.blocked = Some(Box::new(blocked));
    }

    fn unblock(&mut self, now: Instant) -> Option<Blocked> {
        self.handle.record_held(now, false);
        self.blocked.take().map(|blocked| *blocked)
    }

    /// The application has decided on the connect command.
    fn answer_connect(&mut self, now: Instant, decision: Result<ConnectAcceptance, Status>) {
        let Some(Blocked::Connect { request, .. }) = self.unblock(now) else {
            return;
        };
        let observer = &self.services.observer;
        match decision {
            Ok(acceptance) => {
                self.user = acceptance.user;
                observer.connect_accepted(self.handle, &request);
                self.session.accept_connect(now, &acceptance.capabilities);
            }
            Err(refusal) => {
                observer.connect_refused(self.handle, &request, &refusal);
                self.session.refuse_connect(now, refusal);
            }
        }
    }

    /// The application has decided on the publish.
    fn answer_publish(&mut self, now: Instant, decision: Result<Box<dyn MediaSink>, Status>) {
        let Some(Blocked::Publish { request, .. }) = self.unblock(now) else {
            return;
        };
        let id = request.id;
        match decision {
            Ok(sink) => {
                self.sinks.add(request, sink);
                self.session.accept_publish(now, id);
            }
            Err(refusal) => {
                self.services
                    .observer
                    .publish_refused(self.handle, &request, &refusal);
                self.session.refuse_publish(now, id, refusal);
            }
        }
    }

    /// The sink takes the message it was not ready for.
    fn resume(&mut self, now: Instant) {
        if let Some(Blocked::Sink { stream, media }) = self.unblock(now) {
            self.session.hold_input(now, false);
            self.deliver(now, stream, media);
        }
    }

    /// Ready when the sink is; also when the session has ended, as there is no peer left to wait,
    /// and little left to deliver.
    fn poll_sink(&mut self, cx: &mut Context<'_>, stream: StreamId) -> Poll<()> {
        if self.session.has_ended() {
            return Poll::Ready(());
        }
        self.sinks.poll_ready(cx, stream)
    }

    fn deliver(&mut self, now: Instant, stream: StreamId, media: Media) {
        match self.sinks.media(now, stream, media) {
            Ok(Some(has_video)) => self.session.set_has_video(stream, has_video),
            Ok(None) => {}
            Err(status) => self.session.end_publish(now, stream, status),
        }
    }
}
