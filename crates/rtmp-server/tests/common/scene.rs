//! A session and a publisher in virtual time.

use std::time::{Duration, Instant};

use rtmp_server::proto::{EnhancedCapabilities, SessionError};
use rtmp_server::{
    ClientSession, Event, Media, PublishRequest, ServerSession, SessionConfig, Status,
};

use super::wire::{Answer, Handshake, Wire, plain_publisher};

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Decision {
    Accept,
    Refuse(Status),
    /// Nothing: the test decides.
    Wait,
}

/// Accepts what is requested by `event`, if anything is.
pub fn accept(session: &mut ServerSession, now: Instant, event: &Event) {
    match event {
        Event::ConnectRequested(_) => {
            session.accept_connect(now, &EnhancedCapabilities::none());
        }
        Event::PublishRequested(request) => {
            session.accept_publish(now, request.id);
        }
        _ => {}
    }
}

/// A session, the publisher it talks to, and all that happened so far.
pub struct Scene {
    pub session: ServerSession,
    pub client: Wire,
    /// Until it publishes.
    pub publisher: Option<ClientSession>,
    pub now: Instant,
    /// What becomes of connect commands, and of publishes.
    pub connect: Decision,
    pub decision: Decision,
    /// What the server declares.
    pub capabilities: EnhancedCapabilities,
    /// Everything that the session reported.
    pub events: Vec<Event>,
    /// Everything that the publisher was told.
    pub answers: Vec<Answer>,
    /// Whether the publisher's socket takes what is sent to it.
    pub peer_reads: bool,
}

impl Default for Scene {
    fn default() -> Self {
        Self::with_config(SessionConfig::default())
    }
}

impl Scene {
    pub fn with_config(config: SessionConfig) -> Self {
        let now = Instant::now();
        Self {
            session: ServerSession::new(config, now, &[0x5A; 1528]),
            client: Wire::default(),
            publisher: None,
            now,
            connect: Decision::Accept,
            decision: Decision::Accept,
            capabilities: EnhancedCapabilities::none(),
            events: Vec::new(),
            answers: Vec::new(),
            peer_reads: true,
        }
    }

    /// After the handshake.
    pub fn shaken() -> Self {
        let mut scene = Self::default();
        scene.send_ok(&Handshake::bytes());
        scene
    }

    /// After connect.
    pub fn connected(app: &str) -> Self {
        let mut scene = Self::shaken();
        let bytes = scene.client.connect(app);
        scene.send_ok(&bytes);
        scene
    }

    /// Publishing `live/stream1` on message stream 1, and nothing reported yet that a test of
    /// media would have to skip.
    pub fn publishing() -> Self {
        Self::publishing_with(SessionConfig::default())
    }

    pub fn publishing_with(config: SessionConfig) -> Self {
        let mut scene = Self::with_config(config);
        let now = scene.now;
        scene.publisher = Some(plain_publisher(now, "live", "stream1"));
        while let Some(bytes) = scene
            .publisher
            .as_mut()
            .and_then(ClientSession::poll_transmit)
        {
            scene.send_ok(&bytes);
        }
        let publisher = scene.publisher.take();
        assert!(publisher.is_some_and(|it| it.stream().is_some()));
        scene.client.go_on();
        scene.events.clear();
        scene.answers.clear();
        scene
    }

    /// Gives bytes to the session as a server does that keeps to its contract.
    pub fn send(&mut self, mut bytes: &[u8]) -> Result<(), SessionError> {
        loop {
            let taken = self.session.handle_input(self.now, bytes);
            self.settle();
            bytes = &bytes[taken?..];
            if bytes.is_empty() || !self.session.wants_input() {
                return Ok(());
            }
        }
    }

    pub fn send_ok(&mut self, bytes: &[u8]) {
        self.send(bytes).expect("the session takes it");
    }

    /// Sends what `build` makes of the client.
    pub fn say(&mut self, build: impl FnOnce(&mut Wire) -> Vec<u8>) -> Result<(), SessionError> {
        let bytes = build(&mut self.client);
        self.send(&bytes)
    }

    /// Time passes; deadlines are met on the way.
    pub fn advance(&mut self, by: Duration) -> Result<(), SessionError> {
        let until = self.now + by;
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            let outcome = self.session.handle_timeout(self.now);
            self.settle();
            outcome?;
        }
        self.now = until;
        Ok(())
    }

    /// Polls events, decides, and lets the publisher read.
    pub fn settle(&mut self) {
        loop {
            while let Some(event) = self.session.poll_event() {
                match &event {
                    Event::ConnectRequested(_) => self.decide_on_connect(),
                    Event::PublishRequested(request) => self.decide(request),
                    _ => {}
                }
                self.events.push(event);
            }
            let Some(bytes) = self
                .peer_reads
                .then(|| self.session.poll_transmit())
                .flatten()
            else {
                return;
            };
            self.session.handle_transmitted(self.now, bytes.len());
            if let Some(publisher) = &mut self.publisher {
                let taken = publisher.handle_input(self.now, &bytes);
                assert_eq!(taken, Ok(bytes.len()));
            }
            self.answers.extend(self.client.read(&bytes));
        }
    }

    fn decide_on_connect(&mut self) {
        match self.connect.clone() {
            Decision::Accept => {
                assert!(self.session.accept_connect(self.now, &self.capabilities));
            }
            Decision::Refuse(status) => self.session.refuse_connect(self.now, status),
            Decision::Wait => {}
        }
    }

    fn decide(&mut self, request: &PublishRequest) {
        match self.decision.clone() {
            Decision::Accept => {
                let stream = self.session.accept_publish(self.now, request.id);
                assert_eq!(stream, Some(request.stream));
            }
            Decision::Refuse(status) => self.session.refuse_publish(self.now, request.id, status),
            Decision::Wait => {}
        }
    }

    pub fn requests(&self) -> Vec<&PublishRequest> {
        let requests = self.events.iter().filter_map(|event| match event {
            Event::PublishRequested(request) => Some(request),
            _ => None,
        });
        requests.collect()
    }

    /// The media reported so far, with the message stream of each.
    pub fn media(&self) -> Vec<(u32, &Media)> {
        let media = self.events.iter().filter_map(|event| match event {
            Event::Media { stream, media } => Some((stream.0, media)),
            _ => None,
        });
        media.collect()
    }

    /// The names of the commands that the publisher was sent, with the code of each that has one.
    pub fn commands(&self) -> Vec<String> {
        let commands = self.answers.iter().filter_map(|answer| match answer {
            Answer::Command { name, .. } => Some(match answer.code() {
                Some(code) => format!("{name} {code}"),
                None => name.clone(),
            }),
            _ => None,
        });
        commands.collect()
    }

    /// The answer to the call with this transaction id.
    pub fn answer_to(&self, transaction: f64) -> &Answer {
        self.answers
            .iter()
            .find(|answer| {
                matches!(answer, Answer::Command { name, transaction: of, .. }
                    if *of == transaction && name.starts_with('_'))
            })
            .expect("an answer")
    }
}
