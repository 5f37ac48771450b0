//! How a session ends: who is told what, and how long it stays for that to be read.

use std::time::Instant;

use rtmp_chunk::{ChunkDecoder, DecoderLimits};

use super::{Pending, ServerSession, State};
use crate::proto::error::{Deadline, SessionError};
use crate::proto::event::{CloseReason, EndReason, Event};
use crate::proto::reply::{self, Level};
use crate::proto::request::StreamId;
use crate::proto::status::Status;

/// How long a session stays for its peer to read how it ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Linger {
    /// [`Timeouts::linger`](crate::proto::Timeouts::linger).
    Usual,
    /// A publisher that has begun may look for an answer only when it sends its first picture:
    /// [`Timeouts::linger_publisher`](crate::proto::Timeouts::linger_publisher).
    Publisher,
    /// Whoever used up his time, or cannot be reached, gets no more of it.
    None,
}

impl Linger {
    const fn after(error: SessionError) -> Self {
        match error {
            SessionError::Timeout(Deadline::Publish | Deadline::Idle | Deadline::Transmit) => {
                Self::None
            }
            SessionError::Timeout(Deadline::FirstVideo) => Self::Publisher,
            _ => Self::Usual,
        }
    }
}

impl ServerSession {
    /// The peer closed the connection, or it was lost.
    pub fn handle_disconnect(&mut self) {
        if !self.has_ended() {
            self.report_end(CloseReason::Disconnected);
        }
        self.state = State::Closed;
    }

    /// Ends the session from the server's side: every publisher is told `status`. A session that has
    /// ended already lingers no longer than any other that is shut down.
    pub fn shutdown(&mut self, now: Instant, status: Status) {
        if let State::Draining { until } = &mut self.state {
            let at = now.checked_add(self.config.timeouts.linger);
            *until = [*until, at].into_iter().flatten().min();
        } else if !self.has_ended() {
            let reason = CloseReason::Stopped(status.clone());
            self.stop(now, reason, &status, Linger::Usual);
        }
    }

    /// Whether the end of the session was reported with [`Event::Closed`]. What is left to send
    /// should still be sent, and then the sending side of the connection be closed.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.state, State::Draining { .. } | State::Closed)
    }

    /// Whether all is over and the connection is to be dropped. What [`poll_transmit`] still
    /// gives may be sent if that does not take any time.
    ///
    /// [`poll_transmit`]: Self::poll_transmit
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Ends the session because of the peer.
    pub(super) fn fail(&mut self, now: Instant, error: SessionError) -> SessionError {
        let status = error.status();
        self.send_end(&status);
        self.report_end(CloseReason::Failed(error));
        self.leave(now, Linger::after(error));
        error
    }

    /// Ends the session because the server wants to.
    pub(super) fn stop(
        &mut self,
        now: Instant,
        reason: CloseReason,
        status: &Status,
        linger: Linger,
    ) {
        self.send_end(status);
        self.report_end(reason);
        self.leave(now, linger);
    }

    /// Tells the peer why its session ends: in answer to its connect command, or on every stream that
    /// it publishes or wants to, else on the connection.
    fn send_end(&mut self, status: &Status) {
        let mut streams = self.publishes.streams();
        match self.pending.take() {
            Some(Pending::Connect(connect)) => {
                self.answer(&reply::error(connect.transaction, status));
            }
            Some(Pending::Publish(publish)) => streams.push(publish.stream),
            None => {}
        }
        if streams.is_empty() && self.peer.is_some() {
            streams.push(StreamId::CONTROL);
        }
        for stream in streams {
            self.on_status(stream, Level::Error, status);
        }
    }

    /// Reports the end of every publish and of the session, and gives back what it held.
    fn report_end(&mut self, reason: CloseReason) {
        for publish in self.publishes.drain() {
            self.events.push(Event::PublishEnded {
                stream: publish.stream,
                reason: EndReason::from(&reason),
            });
        }
        self.events.push(Event::Closed(reason));
        self.pending = None;
        self.aggregate = None;
        self.peer = None;
        self.decoder = ChunkDecoder::new(DecoderLimits::default());
    }

    fn leave(&mut self, now: Instant, linger: Linger) {
        self.transmit.watch(now);
        let timeouts = &self.config.timeouts;
        let linger = match (&self.state, linger) {
            (State::Messages, Linger::Usual) => timeouts.linger,
            (State::Messages, Linger::Publisher) => timeouts.linger_publisher,
            // Before there are messages nothing can be told.
            _ => {
                self.state = State::Closed;
                return;
            }
        };
        self.state = State::Draining {
            until: now.checked_add(linger),
        };
    }
}
