//! What has to happen in time: deadlines of the peer and of the application, signs of life,
//! acknowledgements by the clock.

use std::time::{Duration, Instant};

use rtmp_chunk::{Timestamp, UserControl};

use super::{ServerSession, State};
use crate::proto::error::{Deadline, SessionError};

impl ServerSession {
    /// Whether the caller leaves what the peer sends where it is, until media that it was given find
    /// a consumer.
    ///
    /// Each hold is a wait of its own: if it takes as long as
    /// [`Timeouts::idle`](crate::proto::Timeouts::idle), the consumer is to blame
    /// ([`Deadline::Consumer`]). The peer does not pay for it: meanwhile it is not asked for signs
    /// of life, what it has to do in time is put off by as long, and its silence counts from the
    /// end of the hold.
    pub fn hold_input(&mut self, now: Instant, held: bool) {
        match self.held_since {
            None if held => self.held_since = Some(now),
            Some(since) if !held => {
                self.held_since = None;
                self.put_off(now.saturating_duration_since(since));
                self.restart_idle(now);
            }
            _ => {}
        }
    }

    /// To be called when the time of [`poll_timeout`](Self::poll_timeout) has come. Earlier or
    /// later calls do no harm.
    ///
    /// # Errors
    /// The peer ran out of time. The session has ended then, as for
    /// [`handle_input`](Self::handle_input).
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), SessionError> {
        match self.state {
            State::Closed => {}
            State::Draining { until } => {
                if is_due(until, now) {
                    self.state = State::Closed;
                }
            }
            State::Handshake(_) | State::Messages => {
                if let Some(deadline) = self.missed_deadline(now) {
                    return Err(self.fail(now, SessionError::Timeout(deadline)));
                }
                if is_due(self.ping_at(), now) {
                    self.ping(now);
                }
                self.acknowledge(now);
            }
        }
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called next. Changes with every
    /// other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Closed => None,
            State::Draining { until } => until,
            State::Handshake(_) | State::Messages => {
                let deadlines = self.deadlines().into_iter().filter_map(|(at, _)| at);
                let others = [self.ping_at(), self.acknowledge_at()];
                deadlines.chain(others.into_iter().flatten()).min()
            }
        }
    }

    pub(super) fn acknowledge(&mut self, now: Instant) {
        if !matches!(self.state, State::Messages) {
            return;
        }
        if let Some(sequence_number) = self.acknowledgements.take_due(now) {
            self.transmit.acknowledge(sequence_number);
            self.transmit.watch(now);
            self.counters.acknowledgements_sent =
                self.counters.acknowledgements_sent.saturating_add(1);
        }
    }

    /// During the handshake there is nothing to acknowledge with.
    fn acknowledge_at(&self) -> Option<Instant> {
        match self.state {
            State::Messages => self.acknowledgements.due_at(),
            _ => None,
        }
    }

    /// The peer could not do what it has to do in time.
    fn put_off(&mut self, by: Duration) {
        self.publish_by = self.publish_by.and_then(|at| at.checked_add(by));
        self.publishes.put_off_video(by);
    }

    pub(super) fn restart_idle(&mut self, now: Instant) {
        self.idle_since = now;
        self.pinged = false;
    }

    fn ping(&mut self, now: Instant) {
        self.pinged = true;
        let since_start = now.saturating_duration_since(self.started).as_millis();
        #[expect(clippy::cast_possible_truncation, reason = "timestamps wrap")]
        let time = Timestamp(since_start as u32);
        self.transmit.user_control(&UserControl::PingRequest(time));
        self.transmit.watch(now);
    }

    /// Half-way to the idle deadline, once, if the peer can answer.
    fn ping_at(&self) -> Option<Instant> {
        if self.pinged || self.peer.is_none() || self.pending.is_some() || self.is_held() {
            return None;
        }
        self.idle_since
            .checked_add(self.config.timeouts.idle.checked_div(2)?)
    }

    fn missed_deadline(&self, now: Instant) -> Option<Deadline> {
        self.deadlines()
            .into_iter()
            .find_map(|(at, deadline)| is_due(at, now).then_some(deadline))
    }

    fn deadlines(&self) -> [(Option<Instant>, Deadline); 5] {
        let timeouts = &self.config.timeouts;
        // What a peer sends in time is not seen while it is held.
        let of_peer = |at: Option<Instant>| at.filter(|_| !self.is_held());
        [
            (of_peer(self.publish_by), Deadline::Publish),
            (of_peer(self.publishes.video_by()), Deadline::FirstVideo),
            (of_peer(self.idle_at()), Deadline::Idle),
            (self.consumer_at(), Deadline::Consumer),
            (
                self.transmit.deadline(timeouts.transmit),
                Deadline::Transmit,
            ),
        ]
    }

    /// A peer whose bytes nobody reads, because its request is being decided, is not idle.
    fn idle_at(&self) -> Option<Instant> {
        match self.pending {
            Some(_) => None,
            None => self.idle_since.checked_add(self.config.timeouts.idle),
        }
    }

    fn consumer_at(&self) -> Option<Instant> {
        self.held_since?.checked_add(self.config.timeouts.idle)
    }

    pub(super) const fn is_held(&self) -> bool {
        self.held_since.is_some()
    }
}

pub(super) fn is_due(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now)
}
