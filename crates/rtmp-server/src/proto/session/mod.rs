//! The state machine of one connection.

mod aggregate;
mod commands;
mod connecting;
mod event_queue;
mod messages;
mod publishing;

use core::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_chunk::{
    ChunkDecoder, DecoderLimits, MessageType, ServerHandshake, Timestamp, UserControl,
};

use self::aggregate::Aggregate;
use self::connecting::{Peer, PendingConnect};
use self::event_queue::EventQueue;
use self::publishing::PendingPublish;
use super::acknowledgement::Acknowledgements;
use super::config::{SessionConfig, SessionLimits};
use super::counters::Counters;
use super::error::{Deadline, SessionError};
use super::event::{CloseReason, EndReason, Event};
use super::publication::Publications;
use super::reply::{self, Level};
use super::small_messages::SmallMessages;
use super::status::Status;
use super::transmit::Transmit;

/// One RTMP connection, seen from the server. The [module](super) tells how it is driven.
pub struct ServerSession {
    config: Arc<SessionConfig>,
    state: State,
    started: Instant,
    last_received: Instant,
    /// Since when the peer might have been heard, and was not.
    idle_since: Instant,
    /// Whether the peer was asked for a sign of life since then.
    pinged: bool,
    /// When a publish has to be accepted at the latest; none while one is and no other is asked
    /// for.
    publish_by: Option<Instant>,
    decoder: ChunkDecoder,
    acknowledgements: Acknowledgements,
    transmit: Transmit,
    /// The window that the peer was last told (RTMP 1.0 section 5.4.4).
    announced_window: u32,
    events: EventQueue,
    /// Comes after the events, and before any further input.
    aggregate: Option<Aggregate>,
    /// Once its connect command was accepted.
    peer: Option<Box<Peer>>,
    /// The transaction id of the connect command.
    connect_transaction: Option<f64>,
    /// The highest message stream id and request id that were given away.
    last_stream: u32,
    last_request: u64,
    pending: Option<Pending>,
    publications: Publications,
    counters: Counters,
    small_messages: SmallMessages,
    /// When the bytes arrived that come next, if somebody knows it.
    arrived: Option<Instant>,
    /// What messages that begin are remembered by, and what that means.
    marked: (u64, Instant),
    /// Since when the caller leaves what the peer sends where it is.
    held_since: Option<Instant>,
}

/// What waits for the application's decision: one thing at a time, as input waits with it.
enum Pending {
    Connect(Box<PendingConnect>),
    Publish(PendingPublish),
}

enum State {
    Handshake(Box<ServerHandshake>),
    /// Messages are exchanged.
    Messages,
    /// The end was reported. What is left to send is sent, what comes in is thrown away, so that
    /// the peer gets to read why.
    Draining {
        until: Option<Instant>,
    },
    Closed,
}

/// Whether a peer gets time to read how its session ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Farewell {
    Linger,
    /// A publisher that has begun may look for an answer only when it sends its first picture.
    Patient,
    AtOnce,
}

impl ServerSession {
    /// A session of a connection that was accepted at `accepted_at`, before any TLS handshake.
    ///
    /// `random` goes into the handshake (RTMP 1.0 section 5.2.3). It protects nothing; any
    /// source will do.
    pub fn new(
        config: impl Into<Arc<SessionConfig>>,
        accepted_at: Instant,
        random: &[u8; 1528],
    ) -> Self {
        let config = config.into();
        Self {
            state: State::Handshake(Box::new(ServerHandshake::new(0, random))),
            started: accepted_at,
            last_received: accepted_at,
            idle_since: accepted_at,
            pinged: false,
            publish_by: accepted_at.checked_add(config.timeouts.publish),
            decoder: ChunkDecoder::new(unpublished_limits(&config.limits))
                .with_headroom(MessageType::VIDEO, config.video_headroom),
            acknowledgements: Acknowledgements::new(
                config.window_ack_size,
                config.acknowledgement_interval,
                accepted_at,
            ),
            transmit: Transmit::default(),
            announced_window: config.window_ack_size,
            events: EventQueue::default(),
            aggregate: None,
            peer: None,
            connect_transaction: None,
            last_stream: 0,
            last_request: 0,
            pending: None,
            publications: Publications::default(),
            counters: Counters::default(),
            small_messages: SmallMessages::new(config.limits.small_messages, accepted_at),
            arrived: None,
            marked: (0, accepted_at),
            held_since: None,
            config,
        }
    }

    /// The bytes of the next [`handle_input`](Self::handle_input) arrived at the socket then, earlier
    /// than they are handed over. For [`Media::first_byte_at`](super::Media::first_byte_at) only.
    pub fn arrived(&mut self, at: Instant) {
        self.arrived = Some(at);
    }

    /// Takes bytes from the peer, and returns how many it took.
    ///
    /// All of them, unless input has to wait: for events to be polled, for a request to be
    /// answered, or for the peer to take what is sent to it. Then [`wants_input`] is false;
    /// the caller keeps the rest and comes back with it. Nothing need be read from the socket
    /// until then.
    ///
    /// A call handles 64 messages at most, so that a caller with several peers can see to the
    /// others meanwhile. If there are more, [`wants_input`] stays true.
    ///
    /// Once the session has ended everything is taken and thrown away.
    ///
    /// # Errors
    /// The peer broke the protocol, exceeded a limit or ran out of time. The session has ended
    /// then; the same is reported by [`Event::Closed`], after what was received before.
    ///
    /// [`wants_input`]: Self::wants_input
    pub fn handle_input(&mut self, now: Instant, data: &[u8]) -> Result<usize, SessionError> {
        if self.has_ended() || data.is_empty() {
            return Ok(data.len());
        }
        let mut input = data;
        self.receive(now, &mut input)?;
        Ok(data.len().saturating_sub(input.len()))
    }

    /// Whether the caller leaves what the peer sends where it is, until media that it was given find
    /// a consumer.
    ///
    /// Each hold is a wait of its own: if it takes as long as
    /// [`Timeouts::idle`](super::Timeouts::idle), the consumer is to blame
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

    /// The peer's socket took `bytes` of what was polled for it.
    pub fn handle_transmitted(&mut self, now: Instant, bytes: usize) {
        self.transmit.transmitted(now, bytes);
    }

    /// The peer closed the connection, or it was lost.
    pub fn handle_disconnect(&mut self) {
        if !self.has_ended() {
            self.report_end(CloseReason::Disconnected);
        }
        self.state = State::Closed;
    }

    /// The next bytes for the peer. How many of them it took is to be told with
    /// [`handle_transmitted`](Self::handle_transmitted).
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.transmit.take()
    }

    /// The next thing that happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        loop {
            let event = self.events.pop();
            if event.is_some() || !self.take_from_aggregate() {
                return event;
            }
        }
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
                let favours = [self.ping_at(), self.acknowledge_at()];
                deadlines.chain(favours.into_iter().flatten()).min()
            }
        }
    }

    /// Whether [`handle_input`](Self::handle_input) would take bytes.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        match self.state {
            State::Closed => false,
            State::Draining { .. } => true,
            State::Handshake(_) | State::Messages => {
                let limits = &self.config.limits;
                self.pending.is_none()
                    && self.aggregate.is_none()
                    && self.events.has_room(limits)
                    && self.transmit.unsent() < limits.unsent_bytes as u64
            }
        }
    }

    /// Ends the session from the server's side: every publisher is told `status`. A session that has
    /// ended already lingers no longer than any other that is shut down.
    pub fn shutdown(&mut self, now: Instant, status: Status) {
        if let State::Draining { until } = &mut self.state {
            let at = now.checked_add(self.config.timeouts.linger);
            *until = [*until, at].into_iter().flatten().min();
        } else if !self.has_ended() {
            let reason = CloseReason::Stopped(status.clone());
            self.stop(now, reason, &status, Farewell::Linger);
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

    /// When the peer was last heard of: when bytes of it came in, or else when it was accepted.
    #[must_use]
    pub const fn last_received(&self) -> Instant {
        self.last_received
    }

    /// What the session has done so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Bytes arrived: they are taken off `input`.
    fn receive(&mut self, now: Instant, input: &mut &[u8]) -> Result<(), SessionError> {
        if is_due(self.publish_by, now) {
            return Err(self.fail(now, SessionError::Timeout(Deadline::Publish)));
        }
        self.last_received = now;
        self.restart_idle(now);
        let arrived = self.arrived.take().unwrap_or(now);
        self.mark(arrived);

        let before = input.len();
        let outcome = self.consume(now, input);
        let taken = before.saturating_sub(input.len());
        self.acknowledgements.received(taken);
        self.counters.bytes_received = self.acknowledgements.total();
        self.acknowledge(now);
        self.transmit.watch(now);
        outcome.map_err(|error| self.fail(now, error))
    }

    /// Feeds the handshake, then the chunk decoder, as long as input may go on.
    fn consume(&mut self, now: Instant, input: &mut &[u8]) -> Result<(), SessionError> {
        for _ in 0..MESSAGES_PER_CALL {
            if !self.wants_input() {
                break;
            }
            match &mut self.state {
                State::Handshake(_) if input.is_empty() => break,
                State::Handshake(handshake) => {
                    let finished = self
                        .transmit
                        .raw(|output| handshake.handle_input(input, output))
                        .map_err(SessionError::PeerIncompatible)?;
                    if finished {
                        self.state = State::Messages;
                    }
                }
                State::Messages => match self.decoder.decode(input)? {
                    Some(message) => self.handle_message(now, message)?,
                    None => break,
                },
                State::Draining { .. } | State::Closed => {
                    *input = &[];
                    break;
                }
            }
        }
        Ok(())
    }

    /// The decoder remembers messages that begin by nanoseconds since the start.
    fn mark(&mut self, at: Instant) {
        if at == self.marked.1 {
            return;
        }
        let since_start = at.saturating_duration_since(self.started).as_nanos();
        let mark = u64::try_from(since_start).unwrap_or(u64::MAX);
        self.marked = (mark, at);
        self.decoder.set_mark(mark);
    }

    /// When the first byte of the latest message arrived.
    fn message_began_at(&self) -> Option<Instant> {
        match self.decoder.message_mark() {
            mark if mark == self.marked.0 => Some(self.marked.1),
            mark => self.started.checked_add(Duration::from_nanos(mark)),
        }
    }

    fn acknowledge(&mut self, now: Instant) {
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
        self.publications.put_off_video(by);
    }

    fn restart_idle(&mut self, now: Instant) {
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
            (of_peer(self.publications.video_by()), Deadline::FirstVideo),
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

    const fn is_held(&self) -> bool {
        self.held_since.is_some()
    }

    /// Ends the session because of the peer.
    fn fail(&mut self, now: Instant, error: SessionError) -> SessionError {
        let status = error.status();
        self.tell_end(&status);
        self.report_end(CloseReason::Failed(error));
        self.leave(now, farewell_after(error));
        error
    }

    /// Ends the session because the server wants to.
    fn stop(&mut self, now: Instant, reason: CloseReason, status: &Status, farewell: Farewell) {
        self.tell_end(status);
        self.report_end(reason);
        self.leave(now, farewell);
    }

    /// Tells the peer why its session ends: in answer to its connect command, or on every stream that
    /// it publishes or wants to, else on the connection.
    fn tell_end(&mut self, status: &Status) {
        let mut streams = self.publications.streams();
        match self.pending.take() {
            Some(Pending::Connect(connect)) => self.answer_connect_with_end(&connect, status),
            Some(Pending::Publish(publish)) => streams.push(publish.stream.0),
            None => {}
        }
        if streams.is_empty() && self.peer.is_some() {
            streams.push(CONTROL_STREAM);
        }
        for stream in streams {
            self.on_status(stream, Level::Error, status);
        }
    }

    /// Reports the end of every publish and of the session, and gives back what it held.
    fn report_end(&mut self, reason: CloseReason) {
        for publication in self.publications.drain() {
            self.events.push(Event::PublishEnded {
                stream: publication.stream,
                reason: EndReason::from(&reason),
            });
        }
        self.events.push(Event::Closed(reason));
        self.pending = None;
        self.aggregate = None;
        self.peer = None;
        self.decoder = ChunkDecoder::new(DecoderLimits::default());
    }

    fn leave(&mut self, now: Instant, farewell: Farewell) {
        self.transmit.watch(now);
        let timeouts = &self.config.timeouts;
        let linger = match farewell {
            Farewell::Linger => timeouts.linger,
            Farewell::Patient => timeouts.linger_publisher,
            Farewell::AtOnce => Duration::ZERO,
        };
        self.state = match &self.state {
            State::Messages if farewell != Farewell::AtOnce => State::Draining {
                until: now.checked_add(linger),
            },
            _ => State::Closed,
        };
    }

    fn on_status(&mut self, stream: u32, level: Level, status: &Status) {
        let body = reply::notification("onStatus", level, status);
        self.transmit.command(stream, &body);
    }
}

/// Without what holds stream keys.
impl fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSession")
            .field("connected", &self.peer.is_some())
            .field("publications", &self.publications.len())
            .field("ended", &self.has_ended())
            .field("last_received", &self.last_received)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

/// How many messages are handled before the caller is asked whether it has anything else to do.
const MESSAGES_PER_CALL: usize = 64;

/// The message stream of the connection itself (RTMP 1.0 section 7.2.1.3).
const CONTROL_STREAM: u32 = 0;

/// Whoever used up his time, or cannot be reached, gets no more of it.
const fn farewell_after(error: SessionError) -> Farewell {
    match error {
        SessionError::Timeout(Deadline::Publish | Deadline::Idle | Deadline::Transmit) => {
            Farewell::AtOnce
        }
        SessionError::Timeout(Deadline::FirstVideo) => Farewell::Patient,
        _ => Farewell::Linger,
    }
}

fn is_due(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now)
}

/// Commands are short: who has not published cannot make the server hold much.
fn unpublished_limits(limits: &SessionLimits) -> DecoderLimits {
    published_limits(limits)
        .message_bytes(limits.message_bytes.min(limits.unpublished_bytes))
        .buffered_bytes(limits.buffered_bytes.min(limits.unpublished_bytes))
}

fn published_limits(limits: &SessionLimits) -> DecoderLimits {
    DecoderLimits::default()
        .message_bytes(limits.message_bytes)
        .buffered_bytes(limits.buffered_bytes)
        .chunk_streams(limits.chunk_streams)
}
