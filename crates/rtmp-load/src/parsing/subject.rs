//! A session, and what the driver parses with.

use std::hint::black_box;
use std::time::Instant;

use amf0::Encoder;
use milestone_driver::flv_h264::{AccessUnitBuilder, flv::OnMetaData};
use rtmp_chunk::{HANDSHAKE_LENGTH, MessageType};
use rtmp_server::proto::EnhancedCapabilities;
use rtmp_server::{Event, Media, MediaKind, ServerSession, SessionConfig};

use crate::flood::message;

/// A connection reads so much at a time.
const PIECE: usize = 64 * 1024;
const COMMAND: u8 = 3;
const CHUNK: usize = 128;

/// A session of somebody who has connected, and published if he is to.
pub(super) struct Subject {
    session: ServerSession,
    now: Instant,
    /// None: media are thrown away.
    parsers: Option<AccessUnitBuilder>,
}

impl Subject {
    pub(super) fn new(published: bool, with_parsers: bool) -> Subject {
        let now = Instant::now();
        let mut subject = Subject {
            session: ServerSession::new(SessionConfig::default(), now, &[0; 1528]),
            now,
            parsers: with_parsers.then(AccessUnitBuilder::new),
        };
        let mut handshake = vec![0; HANDSHAKE_LENGTH];
        handshake[0] = 3;
        subject.take(&handshake);
        if published {
            subject.take(&connect());
            subject.take(&publish());
        }
        subject
    }

    pub(super) fn has_ended(&self) -> bool {
        self.session.has_ended()
    }

    /// Takes all bytes, or as many as there are until the session ends; how many these were.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let before = self.session.counters().bytes_received;
        for piece in bytes.chunks(PIECE) {
            let mut rest = piece;
            while !rest.is_empty() {
                let taken = self.session.handle_input(self.now, rest);
                self.poll();
                if self.session.has_ended() {
                    let now = self.session.counters().bytes_received;
                    return (now - before) as usize;
                }
                rest = taken
                    .ok()
                    .and_then(|taken| rest.get(taken..))
                    .unwrap_or_default();
            }
        }
        bytes.len()
    }

    fn poll(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::ConnectRequested(_) => {
                    self.session
                        .accept_connect(self.now, &EnhancedCapabilities::none());
                }
                Event::PublishRequested(request) => {
                    self.session.accept_publish(self.now, request.id);
                }
                Event::Media { media, .. } => self.parse(media),
                _ => {}
            }
        }
        while let Some(bytes) = self.session.poll_transmit() {
            self.session.handle_transmitted(self.now, bytes.len());
        }
    }

    fn parse(&mut self, media: Media) {
        let Some(builder) = &mut self.parsers else {
            black_box(media);
            return;
        };
        match media.kind {
            MediaKind::Video => {
                // Whatever it is, it is parsed.
                let _ = builder.push(media.timestamp.0, media.payload);
                while let Some(event) = builder.poll_event() {
                    drop(black_box(event));
                }
            }
            MediaKind::Data => drop(black_box(OnMetaData::parse(&media.payload))),
            _ => drop(black_box(media)),
        }
    }
}

fn connect() -> Vec<u8> {
    let mut command = Vec::new();
    Encoder::new(&mut command)
        .string("connect")
        .number(1.0)
        .object(|object| {
            object.string("app", "stream1");
        });
    message(COMMAND, MessageType::COMMAND_AMF0, 0, &command, CHUNK)
}

fn publish() -> Vec<u8> {
    let mut command = Vec::new();
    Encoder::new(&mut command)
        .string("publish")
        .number(2.0)
        .null()
        .string("")
        .string("live");
    message(COMMAND, MessageType::COMMAND_AMF0, 1, &command, CHUNK)
}
