//! Drives a session on a socket.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf, Bytes};
use tokio::time::{Sleep, sleep_until};

use super::arrival::{self, Arrival};
use super::clock;
use super::conversation::Conversation;
use super::transport::Transport;
use super::turn::{Turn, give_way};
use crate::connection::{ConnectionEnd, ConnectionHandle};

/// A session on its socket.
///
/// A future that is ready when the connection is closed. Whenever it is polled, what became
/// possible is done, until nothing is left to do but wait.
pub(super) struct Ingest<'a> {
    transport: Transport,
    conversation: Conversation<'a>,
    timer: Pin<Box<Sleep>>,
    outgoing: Bytes,
    /// Written, but not yet known to have left TLS for the kernel.
    unflushed: usize,
    /// Our side of the connection is closed.
    shut_down: bool,
    /// The peer takes nothing any more.
    cannot_send: bool,
    lost: Option<io::ErrorKind>,
    arrival: Arrival,
    /// The last turn ended before everything was done, after so many looks at the sockets.
    gave_way_after: Option<u64>,
    handle: &'a ConnectionHandle,
}

impl<'a> Ingest<'a> {
    pub(super) fn new(
        transport: Transport,
        conversation: Conversation<'a>,
        handle: &'a ConnectionHandle,
    ) -> Self {
        let deadline = conversation.session.poll_timeout();
        let timer = sleep_until(deadline.unwrap_or_else(clock::now).into());
        Self {
            transport,
            conversation,
            timer: Box::pin(timer),
            outgoing: Bytes::new(),
            unflushed: 0,
            shut_down: false,
            cannot_send: false,
            lost: None,
            arrival: Arrival::default(),
            gave_way_after: None,
            handle,
        }
    }
}

impl Future for Ingest<'_> {
    type Output = ConnectionEnd;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ConnectionEnd> {
        let ended = self.take_turn(cx);
        // Whoever waits for media is woken once for all that a turn has brought: a publisher in a
        // hurry brings it in many reads, and a turn is short.
        self.conversation.flush();
        ended
    }
}

impl Ingest<'_> {
    /// Does what is possible, until the turn is over or there is nothing left to do but wait.
    fn take_turn(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionEnd> {
        let now = clock::now();
        if let Some(looks) = self.gave_way_after.take() {
            arrival::turn_has_come(looks, now);
        }
        let mut turn = Turn::starting(now);
        self.end_if_told(cx, now);
        loop {
            let now = clock::now();
            self.conversation.proceed(cx, now, &mut turn);
            if let Err(error) = self.poll_send(cx, now) {
                self.stop_sending(&error);
                continue;
            }
            if self.conversation.session.is_closed() {
                return Poll::Ready(self.finish(cx, now));
            }
            let (goes_on, reads_on) = (
                self.conversation.can_proceed(),
                self.conversation.wants_input(),
            );
            if turn.is_over() {
                if goes_on || reads_on {
                    self.gave_way_after = Some(arrival::looks());
                    give_way(cx);
                }
            } else if goes_on {
                continue;
            } else if reads_on {
                match self.poll_receive(cx, now, &mut turn) {
                    Poll::Ready(Ok(())) => continue,
                    Poll::Ready(Err(error)) => {
                        self.lose(&error);
                        continue;
                    }
                    // So that it is the turn's end that makes room for others, not this read's.
                    Poll::Pending if self.transport.has_more() => continue,
                    Poll::Pending => self.arrival.nothing(now),
                }
            }
            if self.poll_timer(cx, now).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Ends the session if somebody holding the handle wants it.
    fn end_if_told(&mut self, cx: &mut Context<'_>, now: Instant) {
        if let Poll::Ready(status) = self.handle.poll_disconnect(cx) {
            self.conversation.session.shutdown(now, status);
        }
    }

    /// Reads once. The end of the peer's bytes is the end of the session: publishers do not close
    /// one side only.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        turn: &mut Turn,
    ) -> Poll<io::Result<()>> {
        let (conversation, arrival) = (&mut self.conversation, &mut self.arrival);
        self.transport.poll_read(cx, turn, |cx, turn, data| {
            if data.is_empty() {
                conversation.session.handle_disconnect();
            } else {
                conversation.receive(cx, now, arrival.something(now), data, turn);
            }
        })
    }

    /// Sends what the session has to say, as far as the peer takes it; afterwards, when the session
    /// has ended, the end.
    fn poll_send(&mut self, cx: &mut Context<'_>, now: Instant) -> io::Result<()> {
        match self.poll_transmit(cx, now) {
            Poll::Ready(Ok(())) if self.conversation.session.has_ended() => self.poll_shut_down(cx),
            Poll::Ready(Err(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Ready when nothing is left to send.
    fn poll_transmit(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<io::Result<()>> {
        loop {
            if !self.outgoing.is_empty() {
                let written = match self.cannot_send {
                    false => ready!(self.transport.poll_write(cx, &self.outgoing))?,
                    true => self.outgoing.len(),
                };
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.outgoing.advance(written);
                if self.outgoing.is_empty() {
                    // Empty as it is, it would hold its memory: of a connection at rest, that is the
                    // answer to the handshake.
                    self.outgoing = Bytes::new();
                }
                self.unflushed += written;
            } else if self.unflushed > 0 {
                if !self.cannot_send {
                    ready!(self.transport.poll_flush(cx))?;
                }
                self.handle.record_sent(self.unflushed);
                self.conversation
                    .session
                    .handle_transmitted(now, self.unflushed);
                self.unflushed = 0;
            } else {
                match self.conversation.session.poll_transmit() {
                    Some(bytes) => self.outgoing = bytes,
                    None => return Poll::Ready(Ok(())),
                }
            }
        }
    }

    /// Closes our side, so that the peer reads everything and then the end. What it still sends is
    /// taken and thrown away for a while: closing both sides at once would make the kernel answer
    /// with a reset, and the peer lose what it has not read.
    fn poll_shut_down(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.shut_down
            && let Poll::Ready(closed) = self.transport.poll_shutdown(cx)
        {
            self.shut_down = true;
            closed?;
        }
        Ok(())
    }

    /// Ready when a deadline has passed. The timer is only moved when it would fire too late; one
    /// that fires too early is wound up again. So a stream of media does not touch it.
    fn poll_timer(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        let Some(deadline) = self.conversation.session.poll_timeout() else {
            return Poll::Pending;
        };
        if deadline <= now {
            // What a missed deadline means is told by an event.
            let _ = self.conversation.session.handle_timeout(now);
            return Poll::Ready(());
        }
        if self.timer.is_elapsed() || self.timer.deadline() > deadline.into() {
            self.timer.as_mut().reset(deadline.into());
        }
        self.timer.as_mut().poll(cx)
    }

    /// The peer takes nothing any more. What it said before may still be on its way.
    fn stop_sending(&mut self, error: &io::Error) {
        self.cannot_send = true;
        self.shut_down = true;
        if self.conversation.session.has_ended() {
            self.lose(error);
        }
    }

    /// The connection is lost.
    fn lose(&mut self, error: &io::Error) {
        let session = &mut self.conversation.session;
        if !session.has_ended() {
            self.lost = Some(error.kind());
        }
        session.handle_disconnect();
    }

    /// The last things before the socket is dropped; none of them is waited for.
    fn finish(&mut self, cx: &mut Context<'_>, now: Instant) -> ConnectionEnd {
        self.conversation.conclude(cx, now);
        if self.lost.is_none() {
            let _ = self.poll_transmit(cx, now);
            let _ = self.poll_shut_down(cx);
        }
        match self.lost {
            Some(kind) => ConnectionEnd::Lost(kind),
            None => ConnectionEnd::Session(self.conversation.close_reason()),
        }
    }
}
