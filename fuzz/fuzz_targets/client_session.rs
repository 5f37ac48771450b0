//! Arbitrary bytes from a server: no panic, no endless loop, one end, and the pieces in which the
//! bytes come make no difference.
//!
//! The first byte says in which pieces that is, whether they come after a handshake, and whether the
//! server reads what it is told.

#![no_main]

use std::time::Instant;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rtmp_server::{ClientConfig, ClientEvent, ClientSession, MediaKind, Timestamp};
use rtmp_server::proto::PublishType;

fuzz_target!(|input: &[u8]| {
    let Some((how, bytes)) = input.split_first() else {
        return;
    };
    let after_handshake = how & 1 == 0;
    let reads = how & 2 == 0;
    let piece = usize::from(how >> 2).max(1);
    let now = Instant::now();
    let whole = history(now, after_handshake, reads, [bytes]);
    let pieces = history(now, after_handshake, reads, bytes.chunks(piece));
    assert_eq!(whole, pieces, "pieces of {piece}");
});

/// What a session makes of the bytes.
fn history<'a>(
    now: Instant,
    after_handshake: bool,
    reads: bool,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<ClientEvent> {
    let config = ClientConfig::new("live", "rtmp://localhost/live");
    let most_unsent = config.limits.unsent_bytes as u64 + 64 * 1024;
    let mut session = ClientSession::new(config, now, &[0xC1; 1528]);
    session
        .publish(now, "camera", PublishType::Live)
        .expect("the first publish");
    let mut watched = Watched {
        session,
        now,
        reads,
        events: Vec::new(),
    };
    if after_handshake {
        let mut handshake = [0; 1 + 2 * 1536];
        handshake[0] = 3;
        watched.feed(&handshake);
    }
    for mut rest in pieces {
        while !rest.is_empty() {
            let taken = watched.feed(rest);
            rest = &rest[taken..];
            assert!(watched.session.unsent() <= most_unsent);
        }
    }
    watched.finish()
}

/// A session under watch.
struct Watched {
    session: ClientSession,
    now: Instant,
    reads: bool,
    events: Vec<ClientEvent>,
}

impl Watched {
    /// How many bytes were taken.
    fn feed(&mut self, bytes: &[u8]) -> usize {
        let (wanted, ended) = (self.session.wants_input(), self.session.has_ended());
        let taken = match self.session.handle_input(self.now, bytes) {
            Ok(taken) => {
                assert!(taken <= bytes.len());
                assert!(taken == bytes.len() || wanted && !ended);
                taken
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(!ended && self.session.is_closed());
                bytes.len()
            }
        };
        self.poll();
        if self.session.poll_timeout().is_none_or(|at| at > self.now) {
            return taken;
        }
        assert!(self.session.handle_timeout(self.now).is_ok());
        taken
    }

    fn poll(&mut self) {
        while let Some(event) = self.session.poll_event() {
            let ended = matches!(self.events.last(), Some(ClientEvent::Closed(_)));
            assert!(!ended, "nothing comes after the end: {event:?}");
            if let ClientEvent::PublishStarted(stream) = event
                && !self.session.has_ended()
            {
                assert_eq!(self.session.stream(), Some(stream));
                let payload = Bytes::from_static(&[0x27; 40]);
                self.session
                    .send(self.now, MediaKind::Video, Timestamp(0), payload)
                    .expect("publishing");
            }
            self.events.push(event);
        }
        while let Some(bytes) = self.session.poll_transmit() {
            assert!(!bytes.is_empty());
            if self.reads {
                self.session.handle_transmitted(self.now, bytes.len());
            }
        }
    }

    /// The connection breaks: there is one end. Returns what happened.
    fn finish(mut self) -> Vec<ClientEvent> {
        self.session.handle_disconnect();
        self.poll();
        assert!(matches!(self.events.last(), Some(ClientEvent::Closed(_))));
        assert!(self.session.is_closed() && self.session.poll_timeout().is_none());
        assert_eq!(self.session.handle_timeout(self.now), Ok(()));
        self.events
    }
}
