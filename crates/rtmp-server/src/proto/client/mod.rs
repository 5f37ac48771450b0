//! The publisher's side of a connection.
//!
//! [`ClientSession`] is driven as [`ServerSession`](super::ServerSession) is: bytes and time go in;
//! bytes, events and deadlines come out.
//!
//! | when | call |
//! |---|---|
//! | bytes arrived, and [`wants_input`] | [`handle_input`] |
//! | the server closed the connection | [`handle_disconnect`] |
//! | the time of [`poll_timeout`] has come | [`handle_timeout`] |
//! | the socket took bytes | [`handle_transmitted`] |
//! | a stream is to be published | [`publish`] |
//! | it was accepted ([`PublishStarted`]), and [`wants_media`] | [`send`] |
//! | the publish is to end | [`unpublish`] |
//! | the connection is to end | [`close`] |
//!
//! After each of them:
//! 1. [`poll_event`] until there is none;
//! 2. [`poll_transmit`] until there is nothing, and write it;
//! 3. if [`handle_input`] took less than it was given, and [`wants_input`] is true again, give it
//!    the rest;
//! 4. ask [`poll_timeout`] how long to wait.
//!
//! A session begins by itself with the handshake and connect, and ends with [`ClientEvent::Closed`].
//! If the application ended it, what is left is to be written, the sending side of the connection to
//! be closed, and what comes to be read until [`is_closed`]: whoever closes a socket with unread bytes
//! takes back what the server has not read yet.
//!
//! # A publish
//! Both ends in one program, with nothing but memory between them:
//!
//! ```
//! use std::time::Instant;
//!
//! use bytes::Bytes;
//! use rtmp_server::{ClientConfig, ClientEvent, ClientSession};
//! use rtmp_server::{Event, MediaKind, ServerSession, SessionConfig, Timestamp};
//! use rtmp_server::proto::{EnhancedCapabilities, PublishType};
//!
//! let now = Instant::now();
//! let config = ClientConfig::new("live", "rtmp://localhost/live");
//! let mut client = ClientSession::new(config, now, &[1; 1528]);
//! let mut server = ServerSession::new(SessionConfig::default(), now, &[2; 1528]);
//! client.publish(now, "camera", PublishType::Live)?;
//!
//! let mut received = Vec::new();
//! while !server.has_ended() {
//!     while let Some(bytes) = client.poll_transmit() {
//!         let mut rest = &bytes[..];
//!         while !rest.is_empty() {
//!             let taken = server.handle_input(now, rest)?;
//!             rest = &rest[taken..];
//!             while let Some(event) = server.poll_event() {
//!                 match event {
//!                     Event::ConnectRequested(_) => {
//!                         server.accept_connect(now, &EnhancedCapabilities::none());
//!                     }
//!                     Event::PublishRequested(request) => {
//!                         server.accept_publish(now, request.id);
//!                     }
//!                     Event::Media { media, .. } => received.push(media.payload.to_vec()),
//!                     _ => {}
//!                 }
//!             }
//!         }
//!         client.handle_transmitted(now, bytes.len());
//!     }
//!     while let Some(bytes) = server.poll_transmit() {
//!         client.handle_input(now, &bytes)?;
//!         server.handle_transmitted(now, bytes.len());
//!     }
//!     while let Some(event) = client.poll_event() {
//!         if let ClientEvent::PublishStarted(_) = event {
//!             let payload = Bytes::from_static(&[0x27, 1, 0, 0, 0]);
//!             client.send(now, MediaKind::Video, Timestamp(40), payload)?;
//!             client.close(now);
//!         }
//!     }
//!     if client.has_ended() && client.unsent() == 0 {
//!         server.handle_disconnect();
//!     }
//! }
//! assert_eq!(received, [[0x27, 1, 0, 0, 0]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `net` there is `net::Client`, which does all that on tokio.
//!
//! [`wants_input`]: ClientSession::wants_input
//! [`wants_media`]: ClientSession::wants_media
//! [`handle_input`]: ClientSession::handle_input
//! [`handle_disconnect`]: ClientSession::handle_disconnect
//! [`handle_timeout`]: ClientSession::handle_timeout
//! [`handle_transmitted`]: ClientSession::handle_transmitted
//! [`publish`]: ClientSession::publish
//! [`send`]: ClientSession::send
//! [`unpublish`]: ClientSession::unpublish
//! [`close`]: ClientSession::close
//! [`poll_event`]: ClientSession::poll_event
//! [`poll_transmit`]: ClientSession::poll_transmit
//! [`poll_timeout`]: ClientSession::poll_timeout
//! [`is_closed`]: ClientSession::is_closed
//! [`PublishStarted`]: ClientEvent::PublishStarted

mod answers;
mod config;
mod event;
mod outgoing;
mod publishing;
mod window;

use core::fmt;
use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use rtmp_chunk::{
    ChunkDecoder, ChunkSize, ClientHandshake, DecoderLimits, ProtocolControl, Timestamp,
    UserControl,
};
pub use rtmp_chunk::{DigestScheme, HandshakeKind};

pub use self::config::{ClientChunkSize, ClientConfig, ClientLimits, ClientTimeouts};
pub use self::event::{ClientEnd, ClientEvent, Misuse, ServerInfo};
use self::outgoing::Outgoing;
use self::publishing::Publish;
use self::window::SendWindow;
use super::MESSAGES_PER_CALL;
use super::acknowledgement::Acknowledgements;
use super::error::{Deadline, SessionError};
use super::small_messages::SmallMessages;

/// One RTMP connection, seen from the publisher. The [module](self) tells how it is driven.
pub struct ClientSession {
    config: ClientConfig,
    state: State,
    last_received: Instant,
    /// When the server has to have answered connect, or publish.
    answer_by: Option<(Instant, Deadline)>,
    decoder: ChunkDecoder,
    small_messages: SmallMessages,
    outgoing: Outgoing,
    window: SendWindow,
    acknowledgements: Acknowledgements,
    /// The window that the server was last told (RTMP 1.0 section 5.4.5).
    announced_window: Option<u32>,
    owed: Owed,
    events: VecDeque<ClientEvent>,
    publish: Option<Publish>,
    last_transaction: u32,
}

enum State {
    Handshake(Box<ClientHandshake>),
    /// connect was sent.
    Connecting,
    Connected,
    /// The application ended the session; what is left to send is sent. Once it is, the server has
    /// until then to read it.
    Draining {
        until: Option<Instant>,
    },
    Closed,
}

/// Answers to the server that are yet to be queued. Each new one replaces the one before: a server
/// that asks faster than it reads costs nothing.
#[derive(Debug, Default)]
struct Owed {
    ping_response: Option<Timestamp>,
    window: Option<u32>,
}

impl ClientSession {
    /// A session of a connection that is open since `now`, which begins with the handshake and connect.
    ///
    /// `random` goes into the handshake (RTMP 1.0 section 5.2.3). It protects nothing; any source
    /// will do.
    #[must_use]
    pub fn new(config: ClientConfig, now: Instant, random: &[u8; 1528]) -> Self {
        let handshake = ClientHandshake::new(0, random, config.handshake);
        let mut outgoing = Outgoing::default();
        let started = outgoing.raw(|output| handshake.start(output));
        debug_assert!(started.is_ok(), "there is always room");
        outgoing.backlog.watch(now);
        let limits = &config.limits;
        let connect_by = now.checked_add(config.timeouts.connect);
        Self {
            state: State::Handshake(Box::new(handshake)),
            last_received: now,
            answer_by: connect_by.map(|at| (at, Deadline::Connect)),
            decoder: ChunkDecoder::new(
                DecoderLimits::default()
                    .with_message_bytes(limits.message_bytes)
                    .with_buffered_bytes(limits.message_bytes)
                    .with_chunk_streams(limits.chunk_streams),
            ),
            small_messages: SmallMessages::new(limits.messages, now),
            outgoing,
            window: SendWindow::default(),
            acknowledgements: Acknowledgements::new(
                config.window_ack_size,
                config.acknowledgement_interval,
                now,
            ),
            announced_window: None,
            owed: Owed::default(),
            events: VecDeque::new(),
            publish: None,
            last_transaction: 0,
            config,
        }
    }

    /// Takes bytes from the server, and returns how many it took: all of them, unless events have to
    /// be polled first, or it has handled 64 messages, so that its caller can see to others. Then the
    /// caller keeps the rest and comes back with it once [`wants_input`](Self::wants_input) is true.
    ///
    /// Once the session has ended everything is taken and thrown away.
    ///
    /// # Errors
    /// The server broke the protocol, exceeded a limit or ran out of time. The session has ended then;
    /// the same is reported by [`ClientEvent::Closed`], after what was received before.
    pub fn handle_input(&mut self, now: Instant, data: &[u8]) -> Result<usize, SessionError> {
        if self.has_ended() || data.is_empty() {
            return Ok(data.len());
        }
        if let Some((_, deadline)) = self.answer_by.filter(|(at, _)| *at <= now) {
            return Err(self.fail(SessionError::Timeout(deadline)));
        }
        self.last_received = now;
        let mut input = data;
        let outcome = self.consume(now, &mut input);
        let taken = data.len().saturating_sub(input.len());
        self.acknowledgements.received(taken);
        outcome.map_err(|error| self.fail(error))?;
        self.after_each_call(now);
        Ok(if self.has_ended() { data.len() } else { taken })
    }

    /// To be called when the time of [`poll_timeout`](Self::poll_timeout) has come. Earlier or
    /// later calls do no harm.
    ///
    /// # Errors
    /// The server ran out of time. The session has ended then, as for
    /// [`handle_input`](Self::handle_input).
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), SessionError> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let missed = self
            .deadlines()
            .into_iter()
            .flatten()
            .find(|(at, _)| *at <= now);
        match (missed, &self.state) {
            (_, State::Closed) => return Ok(()),
            (Some(_), State::Draining { .. }) => self.state = State::Closed,
            (Some((_, deadline)), _) => return Err(self.fail(SessionError::Timeout(deadline))),
            (None, _) if is_due(self.closed_at()) => self.state = State::Closed,
            (None, _) => {}
        }
        if is_due(self.window_deadline()) {
            self.window.give_up();
        }
        self.after_each_call(now);
        Ok(())
    }

    /// The server's socket took `bytes` of what was polled for it.
    pub fn handle_transmitted(&mut self, now: Instant, bytes: usize) {
        self.outgoing.backlog.taken(now, bytes);
        if bytes > 0 {
            self.outgoing.backlog.restart(now);
        }
        self.after_each_call(now);
    }

    /// The server closed the connection, or it was lost.
    pub fn handle_disconnect(&mut self) {
        self.end(ClientEnd::Disconnected);
    }

    /// Ends the session, and its publish if there is one.
    pub fn close(&mut self, now: Instant) {
        if self.has_ended() {
            return;
        }
        self.unpublish(now);
        self.events.push_back(ClientEvent::Closed(ClientEnd::Done));
        self.state = State::Draining { until: None };
        self.answer_by = None;
        self.after_each_call(now);
    }

    /// The next bytes for the server. Media are handed out without a copy, so that there may be many
    /// pieces: whoever can should write several at once. How many bytes the socket took is to be told
    /// with [`handle_transmitted`](Self::handle_transmitted).
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.outgoing.take()
    }

    /// The next thing that happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called next. Changes with every
    /// other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.is_closed() {
            return None;
        }
        let deadlines = self.deadlines().into_iter().flatten().map(|(at, _)| at);
        let others = [
            self.closed_at(),
            self.window_deadline(),
            self.acknowledge_at(),
        ];
        deadlines.chain(others.into_iter().flatten()).min()
    }

    /// Whether [`handle_input`](Self::handle_input) would take bytes.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        match self.state {
            State::Closed => false,
            State::Draining { .. } => true,
            _ => self.events.len() < self.config.limits.queued_events,
        }
    }

    /// Whether the session is over, because of whatever [`ClientEvent::Closed`] says.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.state, State::Draining { .. } | State::Closed)
    }

    /// Whether the connection is to be dropped.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Bytes that wait to be sent: those that were not polled, and those that the server's socket has
    /// not taken.
    #[must_use]
    pub const fn unsent(&self) -> u64 {
        self.outgoing.backlog.unsent()
    }

    /// How many bytes the server has acknowledged (RTMP 1.0 section 5.4.3).
    #[must_use]
    pub const fn acknowledged(&self) -> u64 {
        self.window.acknowledged()
    }

    /// The size of the chunks that are sent, in bytes. It is settled before a publish starts, unless the
    /// server changes its own later.
    #[must_use]
    pub const fn chunk_size(&self) -> u32 {
        self.outgoing.chunk_size()
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
                        .outgoing
                        .raw(|output| handshake.handle_input(input, output))
                        .map_err(SessionError::PeerIncompatible)?;
                    if finished {
                        self.connect();
                    }
                }
                State::Connecting | State::Connected => match self.decoder.decode(input)? {
                    Some(message) => self.handle_message(now, &message)?,
                    None => break,
                },
                State::Draining { .. } | State::Closed => break,
            }
        }
        Ok(())
    }

    fn after_each_call(&mut self, now: Instant) {
        self.pay(now);
        let backlog = &mut self.outgoing.backlog;
        backlog.watch(now);
        self.window.watch(now, backlog.total());
        if let State::Draining { until } = &mut self.state
            && until.is_none()
            && backlog.unsent() == 0
        {
            *until = now.checked_add(self.config.timeouts.linger);
        }
    }

    /// Queues the answers that are owed to the server, if they would not have to wait.
    fn pay(&mut self, now: Instant) {
        if !self.can_answer() {
            return;
        }
        if let Some(sequence_number) = self.acknowledgements.take_due(now) {
            let acknowledgement = ProtocolControl::Acknowledgement(sequence_number);
            self.outgoing.control(&acknowledgement);
        }
        if let Some(window) = self.owed.window.take() {
            let answer = ProtocolControl::WindowAcknowledgementSize(window);
            self.outgoing.control(&answer);
        }
        if let Some(time) = self.owed.ping_response.take() {
            self.outgoing.user_control(&UserControl::PingResponse(time));
        }
    }

    fn can_answer(&self) -> bool {
        matches!(self.state, State::Connecting | State::Connected) && self.has_room()
    }

    fn has_room(&self) -> bool {
        self.unsent() < self.config.limits.unsent_bytes as u64
    }

    /// Sends what comes in chunks of the size that was chosen. To be called before every message once
    /// connect was answered.
    fn settle_chunk_size(&mut self) {
        let wanted = match self.config.chunk_size {
            ClientChunkSize::AsServer => self.decoder.chunk_size().max(ChunkSize::DEFAULT.get()),
            ClientChunkSize::Bytes(bytes) => bytes.max(1),
        };
        if let Some(size) = ChunkSize::new(wanted)
            && size.get() != self.chunk_size()
        {
            self.outgoing.control(&ProtocolControl::SetChunkSize(size));
        }
    }

    fn deadlines(&self) -> [Option<(Instant, Deadline)>; 3] {
        let timeouts = &self.config.timeouts;
        let idle_at = timeouts
            .idle
            .filter(|_| !self.has_ended())
            .and_then(|idle| self.last_received.checked_add(idle));
        let transmit_by = self.outgoing.backlog.deadline(timeouts.transmit);
        [
            self.answer_by,
            idle_at.map(|at| (at, Deadline::Idle)),
            transmit_by.map(|at| (at, Deadline::Transmit)),
        ]
    }

    fn window_deadline(&self) -> Option<Instant> {
        self.window.deadline(self.config.timeouts.acknowledgement)
    }

    const fn closed_at(&self) -> Option<Instant> {
        match self.state {
            State::Draining { until } => until,
            _ => None,
        }
    }

    /// An acknowledgement that would have to wait behind media goes out once there is room.
    fn acknowledge_at(&self) -> Option<Instant> {
        self.acknowledgements.due_at().filter(|_| self.can_answer())
    }

    fn next_transaction(&mut self) -> f64 {
        self.last_transaction = self.last_transaction.wrapping_add(1);
        self.last_transaction.into()
    }

    fn fail(&mut self, error: SessionError) -> SessionError {
        self.end(ClientEnd::Failed(error));
        error
    }

    /// All is over; what was not sent is nobody's any more.
    fn end(&mut self, end: ClientEnd) {
        if !self.has_ended() {
            self.events.push_back(ClientEvent::Closed(end));
        }
        self.state = State::Closed;
        self.publish = None;
        self.outgoing = Outgoing::default();
        self.decoder = ChunkDecoder::new(DecoderLimits::default());
    }
}

/// Without what holds stream keys.
impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession")
            .field("publishing", &self.stream())
            .field("ended", &self.has_ended())
            .field("unsent", &self.unsent())
            .field("acknowledged", &self.acknowledged())
            .finish_non_exhaustive()
    }
}
