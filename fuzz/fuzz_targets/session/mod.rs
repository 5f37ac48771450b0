//! What every session keeps, whatever happens to it.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Instant;

use rtmp_server::{Event, PublishRequest, ServerSession, SessionConfig, Status};
use rtmp_server::proto::{EnhancedCapabilities, RequestId, StreamId};

/// What the session waits for.
enum Pending {
    Connect,
    Publish(PublishRequest),
}

/// A session under watch: each thing that it reports is compared with what was reported before.
pub struct Watched {
    pub session: ServerSession,
    pub now: Instant,
    pending: Option<Pending>,
    publishing: BTreeSet<StreamId>,
    requests: Vec<RequestId>,
    asked_to_connect: bool,
    closed: bool,
    history: Vec<(String, u64)>,
    /// Handed out and not yet taken by the peer.
    pub unsent: usize,
}

impl Watched {
    pub fn starting_at(now: Instant) -> Self {
        Self {
            session: ServerSession::new(SessionConfig::default(), now, &[0x5A; 1528]),
            now,
            pending: None,
            publishing: BTreeSet::new(),
            requests: Vec::new(),
            asked_to_connect: false,
            closed: false,
            history: Vec::new(),
            unsent: 0,
        }
    }

    /// How many bytes were taken. An error has to end the session.
    pub fn feed(&mut self, bytes: &[u8]) -> usize {
        let wanted = self.session.wants_input();
        let ended = self.session.has_ended();
        match self.session.handle_input(self.now, bytes) {
            Ok(taken) => {
                assert!(taken <= bytes.len());
                if ended {
                    assert_eq!(taken, bytes.len());
                } else if !wanted {
                    assert_eq!(taken, 0);
                } else if taken < bytes.len() {
                    // A call handles so many messages at most.
                    assert!(taken > 0 || !self.session.wants_input());
                }
                taken
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(!ended && self.session.has_ended());
                bytes.len()
            }
        }
    }

    pub fn timeout(&mut self) {
        let ended = self.session.has_ended();
        if self.session.handle_timeout(self.now).is_err() {
            assert!(!ended && self.session.has_ended());
        }
        let next = self.session.poll_timeout();
        assert!(
            next.is_none_or(|at| at > self.now),
            "a deadline is dealt with"
        );
    }

    /// Polls one event. False: there was none.
    pub fn poll_event(&mut self) -> bool {
        let Some(event) = self.session.poll_event() else {
            return false;
        };
        assert!(!self.closed, "nothing comes after the end: {event:?}");
        self.record(&event);
        match event {
            Event::ConnectRequested(_) => {
                assert!(!self.asked_to_connect, "one connect in a session");
                self.asked_to_connect = true;
                self.pending = Some(Pending::Connect);
            }
            Event::PublishRequested(request) => {
                assert!(self.asked_to_connect && self.pending.is_none());
                assert!(!self.requests.contains(&request.id));
                assert!(!self.publishing.contains(&request.stream));
                self.requests.push(request.id);
                self.pending = Some(Pending::Publish(request));
            }
            Event::Media { stream, media } => {
                assert!(self.publishing.contains(&stream));
                assert!(media.payload.len() <= 0xFF_FFFF);
            }
            Event::PublishEnded { stream, .. } => assert!(self.publishing.remove(&stream)),
            Event::Closed(_) => {
                assert!(self.publishing.is_empty(), "every publish ended");
                assert!(self.session.has_ended());
                self.closed = true;
            }
            other => panic!("{other:?}"),
        }
        true
    }

    /// What is shown of an event, and a hash of what is not.
    fn record(&mut self, event: &Event) {
        let mut hasher = DefaultHasher::new();
        match event {
            Event::ConnectRequested(info) => (&info.app, &info.tc_url).hash(&mut hasher),
            Event::PublishRequested(request) => request.stream_name.hash(&mut hasher),
            Event::Media { media, .. } => media.payload[..].hash(&mut hasher),
            _ => {}
        }
        self.history.push((format!("{event:?}"), hasher.finish()));
    }

    pub fn accept(&mut self) {
        let accepted = match self.pending.take() {
            None => return,
            Some(Pending::Connect) => {
                let nothing = EnhancedCapabilities::none();
                self.session.accept_connect(self.now, &nothing)
            }
            Some(Pending::Publish(request)) => {
                let accepted = self.session.accept_publish(self.now, request.id);
                self.publishing.extend(accepted);
                accepted.is_some()
            }
        };
        assert_eq!(accepted, !self.session.has_ended());
    }

    pub fn is_publishing(&self) -> bool {
        !self.publishing.is_empty()
    }

    pub fn refuse(&mut self) {
        let status = Status::bad_name("No.");
        match self.pending.take() {
            None => return,
            Some(Pending::Connect) => self.session.refuse_connect(self.now, status),
            Some(Pending::Publish(request)) => {
                self.session.refuse_publish(self.now, request.id, status);
            }
        }
        assert!(self.session.has_ended());
    }

    pub fn poll_transmit(&mut self) {
        while let Some(bytes) = self.session.poll_transmit() {
            assert!(!bytes.is_empty());
            self.unsent += bytes.len();
        }
        assert!(
            self.unsent < 128 * 1024,
            "{} bytes for a peer that does not read",
            self.unsent
        );
    }

    pub fn transmitted(&mut self, bytes: usize) {
        let bytes = bytes.min(self.unsent);
        self.unsent -= bytes;
        self.session.handle_transmitted(self.now, bytes);
    }

    /// The connection breaks: all that began has an end. Returns what happened.
    pub fn finish(mut self) -> Vec<(String, u64)> {
        self.session.handle_disconnect();
        while self.poll_event() {}
        self.poll_transmit();
        assert!(self.closed && self.session.is_closed());
        assert!(self.session.poll_timeout().is_none());
        assert_eq!(self.session.handle_timeout(self.now), Ok(()));
        self.history
    }
}

/// C0, C1 and C2.
pub fn handshake() -> Vec<u8> {
    let mut bytes = vec![3];
    bytes.extend([0; 2 * 1536]);
    bytes
}
