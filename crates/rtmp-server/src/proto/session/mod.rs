//! The state machine of one connection.

mod aggregate;
mod arrivals;
mod commands;
mod connecting;
mod deadlines;
mod ending;
mod messages;
mod publishing;

use core::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rtmp_chunk::{ChunkDecoder, MessageType, ServerHandshake};

use self::aggregate::Aggregate;
use self::arrivals::Arrivals;
use self::connecting::{Peer, PendingConnect};
use self::deadlines::is_due;
use self::publishing::PendingPublish;
use super::MESSAGES_PER_CALL;
use super::acknowledgement::Acknowledgements;
use super::config::SessionConfig;
use super::error::{Deadline, SessionError};
use super::event::{Counters, Event, EventQueue};
use super::publishes::Publishes;
use super::reply::{self, Level};
use super::request::StreamId;
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
    publishes: Publishes,
    counters: Counters,
    small_messages: SmallMessages,
    arrivals: Arrivals,
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
            decoder: ChunkDecoder::new(config.limits.while_unpublished())
                .with_headroom(MessageType::VIDEO, config.video_headroom)
                .with_headroom(MessageType::AUDIO, config.audio_headroom),
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
            publishes: Publishes::default(),
            counters: Counters::default(),
            small_messages: SmallMessages::new(config.limits.small_messages, accepted_at),
            arrivals: Arrivals::new(accepted_at),
            held_since: None,
            config,
        }
    }

    /// The bytes of the next [`handle_input`](Self::handle_input) arrived at the socket then, earlier
    /// than they are handed over. For [`Media::first_byte_at`](super::Media::first_byte_at) only.
    pub fn arrived(&mut self, at: Instant) {
        self.arrivals.set_next(at);
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

    /// The peer's socket took `bytes` of what was polled for it.
    pub fn handle_transmitted(&mut self, now: Instant, bytes: usize) {
        self.transmit.transmitted(now, bytes);
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
        if let Some(mark) = self.arrivals.mark(now) {
            self.decoder.set_mark(mark);
        }

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

    fn on_status(&mut self, stream: StreamId, level: Level, status: &Status) {
        let body = reply::notification("onStatus", level, status);
        self.transmit.command(stream, &body);
    }
}

/// Without what holds stream keys.
impl fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSession")
            .field("connected", &self.peer.is_some())
            .field("publishes", &self.publishes.len())
            .field("ended", &self.has_ended())
            .field("last_received", &self.last_received)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
