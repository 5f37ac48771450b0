//! A client and a server, and nothing between them but two ways that cut what they carry.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_server::proto::{EnhancedCapabilities, PublishType};
use rtmp_server::{
    ClientConfig, ClientEvent, ClientSession, Event, Media, MediaKind, PublishRequest,
    ServerSession, SessionConfig, Timestamp,
};

use crate::common::Decision;

/// Where bytes under way are cut.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cuts {
    Nowhere,
    /// Once, behind so many bytes.
    Behind(usize),
    Every(usize),
}

/// One direction.
#[derive(Debug)]
struct Way {
    cuts: Cuts,
    carried: usize,
    under_way: Vec<u8>,
}

impl Way {
    const fn new(cuts: Cuts) -> Self {
        Self {
            cuts,
            carried: 0,
            under_way: Vec::new(),
        }
    }

    /// What arrives next, together.
    fn piece(&self) -> &[u8] {
        let length = match self.cuts {
            Cuts::Nowhere => usize::MAX,
            Cuts::Behind(at) if at > self.carried => at - self.carried,
            Cuts::Behind(_) => usize::MAX,
            Cuts::Every(length) => length - self.carried % length,
        };
        &self.under_way[..length.min(self.under_way.len())]
    }

    fn arrived(&mut self, bytes: usize) {
        self.under_way.drain(..bytes);
        self.carried += bytes;
    }
}

pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) client: ClientSession,
    pub(crate) server: ServerSession,
    /// What becomes of connect, and of publishes.
    pub(crate) connect: Decision,
    pub(crate) decision: Decision,
    /// What the server declares.
    pub(crate) capabilities: EnhancedCapabilities,
    pub(crate) client_events: Vec<ClientEvent>,
    pub(crate) server_events: Vec<Event>,
    up: Way,
    down: Way,
}

pub(crate) fn config() -> ClientConfig {
    ClientConfig::new("live", "rtmp://localhost/live")
}

impl Pair {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self::with_server(config, SessionConfig::default())
    }

    pub(crate) fn with_server(client: ClientConfig, server: SessionConfig) -> Self {
        let now = Instant::now();
        Self {
            now,
            client: ClientSession::new(client, now, &[0xC1; 1528]),
            server: ServerSession::new(server, now, &[0x51; 1528]),
            connect: Decision::Accept,
            decision: Decision::Accept,
            capabilities: EnhancedCapabilities::none(),
            client_events: Vec::new(),
            server_events: Vec::new(),
            up: Way::new(Cuts::Nowhere),
            down: Way::new(Cuts::Nowhere),
        }
    }

    pub(crate) fn cut(mut self, up: Cuts, down: Cuts) -> Self {
        self.up.cuts = up;
        self.down.cuts = down;
        self
    }

    /// Publishing `live/camera`.
    pub(crate) fn publishing(config: ClientConfig) -> Self {
        let mut pair = Self::new(config);
        pair.publish("camera");
        assert!(pair.client.stream().is_some(), "{:?}", pair.client_events);
        pair
    }

    pub(crate) fn publish(&mut self, name: &str) {
        self.client
            .publish(self.now, name, PublishType::Live)
            .expect("no other publish");
        self.settle();
    }

    pub(crate) fn send(&mut self, kind: MediaKind, timestamp: u32, payload: impl Into<Bytes>) {
        self.client
            .send(self.now, kind, Timestamp(timestamp), payload.into())
            .expect("publishing");
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        let until = self.now + by;
        loop {
            let timeouts = [self.client.poll_timeout(), self.server.poll_timeout()];
            let next = timeouts.into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            let _ = self.client.handle_timeout(self.now);
            let _ = self.server.handle_timeout(self.now);
            self.settle();
        }
        self.now = until;
    }

    /// Moves bytes until there are none to move.
    pub(crate) fn settle(&mut self) {
        while self.exchange() {}
    }

    fn exchange(&mut self) -> bool {
        let mut moved = false;
        while let Some(bytes) = self.client.poll_transmit() {
            self.up.under_way.extend_from_slice(&bytes);
            self.client.handle_transmitted(self.now, bytes.len());
            moved = true;
        }
        if !self.up.under_way.is_empty() && (self.server.wants_input() || self.server.has_ended()) {
            let piece = self.up.piece();
            let taken = self.server.handle_input(self.now, piece);
            let taken = taken.unwrap_or(piece.len());
            self.up.arrived(taken);
            moved |= taken > 0;
        }
        while let Some(event) = self.server.poll_event() {
            match &event {
                Event::ConnectRequested(_) => self.decide_on_connect(),
                Event::PublishRequested(request) => self.decide(request),
                _ => {}
            }
            self.server_events.push(event);
            moved = true;
        }
        while let Some(bytes) = self.server.poll_transmit() {
            self.down.under_way.extend_from_slice(&bytes);
            self.server.handle_transmitted(self.now, bytes.len());
            moved = true;
        }
        if !self.down.under_way.is_empty() && (self.client.wants_input() || self.client.has_ended())
        {
            let piece = self.down.piece();
            let taken = self.client.handle_input(self.now, piece);
            let taken = taken.unwrap_or(piece.len());
            self.down.arrived(taken);
            moved |= taken > 0;
        }
        while let Some(event) = self.client.poll_event() {
            self.client_events.push(event);
            moved = true;
        }
        moved
    }

    fn decide_on_connect(&mut self) {
        match self.connect.clone() {
            Decision::Accept => {
                self.server.accept_connect(self.now, &self.capabilities);
            }
            Decision::Refuse(status) => self.server.refuse_connect(self.now, status),
            Decision::Wait => {}
        }
    }

    fn decide(&mut self, request: &PublishRequest) {
        match self.decision.clone() {
            Decision::Accept => {
                self.server.accept_publish(self.now, request.id);
            }
            Decision::Refuse(status) => self.server.refuse_publish(self.now, request.id, status),
            Decision::Wait => {}
        }
    }

    /// Bytes that arrived at the server, and at the client.
    pub(crate) const fn carried(&self) -> (usize, usize) {
        (self.up.carried, self.down.carried)
    }

    pub(crate) fn media(&self) -> Vec<&Media> {
        let media = self.server_events.iter().filter_map(|event| match event {
            Event::Media { media, .. } => Some(media),
            _ => None,
        });
        media.collect()
    }
}
