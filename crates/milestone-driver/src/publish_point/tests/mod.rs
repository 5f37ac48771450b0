//! A camera with publishers in virtual time: a session without a socket stands between them.

mod b_frames;
mod h265;
mod memory;
mod path;
#[path = "../../../tests/publisher/mod.rs"]
#[expect(dead_code, reason = "shared with the tests of the whole driver")]
mod publisher;
mod report;
mod sound;
mod together;
mod video;

use std::net::SocketAddr;
use std::time::Duration;

use rtmp_server::proto::EnhancedCapabilities;
use rtmp_server::{
    ConnectionHandle, Event, MediaSink, PublishCall, PublishRequest, ServerSession, SessionConfig,
    Status,
};

use super::sink::PublisherSink;
use super::*;
use crate::device::{End, Video};
use crate::event::{DriverEvent, Events};
use crate::outbox::Outbox;
use crate::picture::PictureState;
use crate::problem::Problem;
use crate::time::Ticks;
use crate::track::{Cursor, WhenSlow};
use publisher::PublisherBytes;

struct Stage {
    point: Arc<PublishPoint>,
    start: Instant,
}

/// A publisher and the server's end of its connection.
struct Peer {
    bytes: PublisherBytes,
    session: ServerSession,
    connection: ConnectionHandle,
    sink: Option<PublisherSink>,
}

const HOME: &str = "192.0.2.1:5000";
const HOME_AGAIN: &str = "192.0.2.1:5001";
const ELSEWHERE: &str = "192.0.2.2:5000";

/// The slice of a whole IDR picture, and of one that follows.
const IDR: &[u8] = &[0x88, 0x84, 0x11, 0x22];
const P: &[u8] = &[0x9A, 0x24, 0x6C, 0x41];

impl Stage {
    fn new() -> Self {
        let shared = Shared::new(Outbox::new(), Arc::default());
        let point = PublishPoint::new(3, StreamPath::default_of(3), Arc::new(shared));
        Self {
            point: Arc::new(point),
            start: Instant::now(),
        }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn session(&self) -> Option<Cursor<Video>> {
        let camera = self.point.camera();
        camera
            .feed()
            .open_session(WhenSlow::HoldPublisher, self.start)
    }

    /// Somebody asks to publish to /stream4.
    fn publish(&self, from: &str, seconds: f64) -> Result<Peer, Status> {
        let from: SocketAddr = from.parse().expect("an address");
        self.publish_on(ConnectionHandle::new(from, self.at(seconds)), seconds)
    }

    /// The same, on a connection that may have published before.
    fn publish_on(&self, connection: ConnectionHandle, seconds: f64) -> Result<Peer, Status> {
        let now = self.at(seconds);
        let mut peer = Peer {
            bytes: PublisherBytes::connecting("stream4"),
            session: ServerSession::new(SessionConfig::default(), now, &[0; 1528]),
            connection,
            sink: None,
        };
        let mut to_send = peer.bytes.publish("");
        let request = loop {
            if let Some(request) = peer.requests(now, &to_send) {
                break request;
            }
            to_send = peer.hears(now);
        };
        let id = request.id;
        let path = StreamPath::new(&request.app).expect("a path");
        let call = PublishCall::new(request, peer.connection.clone(), now);
        peer.sink = Some(self.point.publish(&call, &path)?);
        peer.session.accept_publish(now, id);
        peer.hears(now);
        Ok(peer)
    }

    /// `peer` sends `bytes`.
    fn send(&self, peer: &mut Peer, seconds: f64, bytes: &[u8]) -> Result<(), Status> {
        let now = self.at(seconds);
        peer.connection.record_received(now, bytes.len());
        let mut rest = bytes;
        loop {
            while let Some(event) = peer.session.poll_event() {
                if let (Event::Media { media, .. }, Some(sink)) = (event, &mut peer.sink) {
                    sink.media(now, media)?;
                }
            }
            if rest.is_empty() {
                return Ok(());
            }
            let taken = peer.session.handle_input(now, rest).expect("media");
            rest = &rest[taken..];
        }
    }

    /// `peer` sends a second of video at 25 frames per second.
    fn send_a_second(&self, peer: &mut Peer, second: u32) {
        for frame in 0..25 {
            let (timestamp, seconds) = (
                second * 1000 + frame * 40,
                f64::from(second) + f64::from(frame) / 25.0,
            );
            let bytes = match frame {
                0 => [
                    peer.bytes.sequence_header(),
                    peer.bytes.key_frame(timestamp, &[1; 999]),
                ]
                .concat(),
                _ => peer.bytes.delta_frame(timestamp, &[2; 500]),
            };
            self.send(peer, seconds, &bytes).expect("H.264 is taken");
        }
    }

    fn events(&self) -> Vec<String> {
        std::iter::from_fn(|| {
            self.point
                .shared
                .events
                .next(Duration::ZERO)
                .expect("open events")
        })
        .map(|event| match event {
            DriverEvent::StreamStarted {
                device: 3,
                path,
                peer,
                ..
            } => format!("{peer} started {path}"),
            DriverEvent::StreamStopped {
                device: 3,
                path,
                frames,
                reason,
                ..
            } => {
                format!("stopped {path} after {frames}: {reason}")
            }
            other => format!("{other:?}"),
        })
        .collect()
    }

    fn log_lines(&self) -> Vec<String> {
        std::iter::from_fn(|| {
            self.point
                .shared
                .log
                .next(Duration::ZERO)
                .expect("an open log")
        })
        .map(|line| line.text)
        .collect()
    }
}

impl Peer {
    /// The publisher sends `bytes`, until it asks to publish.
    fn requests(&mut self, now: Instant, bytes: &[u8]) -> Option<PublishRequest> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = self.session.handle_input(now, rest).expect("an opening");
            rest = &rest[taken..];
            while let Some(event) = self.session.poll_event() {
                match event {
                    Event::ConnectRequested(_) => {
                        let nothing = EnhancedCapabilities::none();
                        self.session.accept_connect(now, &nothing);
                    }
                    Event::PublishRequested(request) => return Some(request),
                    _ => {}
                }
            }
        }
        None
    }

    /// The publisher takes what the server says, and returns what it sends then.
    fn hears(&mut self, now: Instant) -> Vec<u8> {
        while let Some(bytes) = self.session.poll_transmit() {
            self.session.handle_transmitted(now, bytes.len());
            self.bytes.receive(&bytes);
        }
        self.bytes.unsent()
    }

    fn disconnect(mut self, stage: &Stage, seconds: f64) {
        let mut sink = self.sink.take().expect("a publish");
        sink.end(stage.at(seconds), &rtmp_server::EndReason::Disconnected);
    }
}
