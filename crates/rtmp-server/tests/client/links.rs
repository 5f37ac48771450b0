//! A client and a server at the two ends of a link with a delay and a narrow window: all in virtual
//! time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes};
use rtmp_server::proto::client::ClientEnd;
use rtmp_server::proto::{CloseReason, PublishType};
use rtmp_server::{
    ClientEvent, ClientSession, EndReason, Event, MediaKind, ServerSession, SessionConfig, Status,
    StatusCode, Timestamp,
};

use crate::common::accept;
use crate::pair::config;

const FRAME: Duration = Duration::from_millis(40);

/// One direction of a connection: bytes arrive after a delay, and only so many are under way.
struct Link {
    delay: Duration,
    window: usize,
    under_way: VecDeque<(Instant, Vec<u8>)>,
}

impl Link {
    fn new(delay: Duration, window: usize) -> Self {
        Self {
            delay,
            window,
            under_way: VecDeque::new(),
        }
    }

    /// Takes as many bytes off the front as there is room for.
    fn take(&mut self, now: Instant, pieces: &mut VecDeque<Bytes>) -> usize {
        let under_way: usize = self.under_way.iter().map(|(_, bytes)| bytes.len()).sum();
        let room = self.window.saturating_sub(under_way);
        let mut taken = Vec::new();
        while let Some(piece) = pieces.front_mut().filter(|_| taken.len() < room) {
            let length = piece.len().min(room - taken.len());
            taken.extend_from_slice(&piece[..length]);
            piece.advance(length);
            if piece.is_empty() {
                pieces.pop_front();
            }
        }
        let length = taken.len();
        if length > 0 {
            self.under_way.push_back((now + self.delay, taken));
        }
        length
    }

    fn arrived(&mut self, now: Instant) -> Option<&mut (Instant, Vec<u8>)> {
        self.under_way.front_mut().filter(|(at, _)| *at <= now)
    }

    fn next_arrival(&self) -> Option<Instant> {
        self.under_way.front().map(|(at, _)| *at)
    }
}

/// Sends a frame every 40 ms, however much of it is under way, and stops after the last.
struct Publisher {
    session: ClientSession,
    to_send: VecDeque<Bytes>,
    frames: u32,
    frames_left: u32,
    next_frame: Option<Instant>,
    told: Vec<StatusCode>,
}

impl Publisher {
    fn new(frames: u32, now: Instant) -> Self {
        let mut session = ClientSession::new(config(), now, &[1; 1528]);
        session
            .publish(now, "stream1", PublishType::Live)
            .expect("the first publish");
        Self {
            session,
            to_send: VecDeque::new(),
            frames: 0,
            frames_left: frames,
            next_frame: None,
            told: Vec::new(),
        }
    }

    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.session.poll_event() {
            match event {
                ClientEvent::PublishStarted(_) => {
                    self.told.push(StatusCode::PUBLISH_START);
                    self.next_frame = Some(now);
                }
                ClientEvent::Status(status) | ClientEvent::Closed(ClientEnd::Stopped(status)) => {
                    self.told.push(status.code);
                    self.next_frame = self.next_frame.filter(|_| !self.session.has_ended());
                }
                _ => {}
            }
        }
        self.to_send
            .extend(std::iter::from_fn(|| self.session.poll_transmit()));
    }

    fn wake(&mut self, now: Instant) {
        let _ = self.session.handle_timeout(now);
        while let Some(at) = self
            .next_frame
            .filter(|at| *at <= now && !self.session.has_ended())
        {
            self.next_frame = if self.frames_left == 0 {
                self.session.unpublish(now);
                None
            } else {
                self.frames_left -= 1;
                let timestamp = Timestamp(self.frames * 40);
                let body = frame(self.frames).into();
                let sent = self.session.send(now, MediaKind::Video, timestamp, body);
                sent.expect("publishing");
                self.frames += 1;
                Some(at + FRAME)
            };
        }
    }
}

fn frame(index: u32) -> Vec<u8> {
    let length = if index.is_multiple_of(25) {
        60_000
    } else {
        4_000
    };
    let mut body = vec![index as u8; length];
    body[0] = 0x27;
    body
}

/// Both ends and what lies between them.
struct World {
    now: Instant,
    publisher: Publisher,
    upstream: Link,
    downstream: Link,
    session: ServerSession,
    unread: Vec<u8>,
    unsent: VecDeque<Bytes>,
    events: Vec<Event>,
}

impl World {
    fn new(frames: u32, delay: Duration, window: usize) -> Self {
        let now = Instant::now();
        Self {
            now,
            publisher: Publisher::new(frames, now),
            upstream: Link::new(delay, window),
            downstream: Link::new(delay, window),
            session: ServerSession::new(SessionConfig::default(), now, &[3; 1528]),
            unread: Vec::new(),
            unsent: VecDeque::new(),
            events: Vec::new(),
        }
    }

    fn run_until(&mut self, done: impl Fn(&Self) -> bool) {
        for _ in 0..1_000_000 {
            while self.exchange() {}
            if done(self) {
                return;
            }
            let next = [
                self.publisher
                    .next_frame
                    .filter(|_| !self.publisher.session.has_ended()),
                self.publisher.session.poll_timeout(),
                self.upstream.next_arrival(),
                self.downstream.next_arrival(),
                self.session.poll_timeout(),
            ];
            self.now = next
                .into_iter()
                .flatten()
                .min()
                .expect("something is to come")
                .max(self.now);
            self.publisher.wake(self.now);
            let _ = self.session.handle_timeout(self.now);
        }
        panic!("no end in sight");
    }

    /// Moves what can be moved at this moment. False: nothing could.
    fn exchange(&mut self) -> bool {
        self.publisher.settle(self.now);
        let sent = self.upstream.take(self.now, &mut self.publisher.to_send);
        let mut moved = sent > 0;
        self.publisher.session.handle_transmitted(self.now, sent);
        while let Some((_, bytes)) = self.upstream.arrived(self.now) {
            self.unread.append(bytes);
            self.upstream.under_way.pop_front();
            moved = true;
        }
        if self.session.wants_input() && !self.unread.is_empty() {
            let taken = self
                .session
                .handle_input(self.now, &self.unread)
                .expect("good order");
            self.unread.drain(..taken);
            moved = true;
        }
        while let Some(event) = self.session.poll_event() {
            accept(&mut self.session, self.now, &event);
            self.events.push(event);
        }
        while let Some(bytes) = self.session.poll_transmit() {
            self.unsent.push_back(bytes);
        }
        let sent = self.downstream.take(self.now, &mut self.unsent);
        if sent > 0 {
            self.session.handle_transmitted(self.now, sent);
            moved = true;
        }
        while let Some((_, bytes)) = self.downstream.arrived(self.now) {
            let bytes = std::mem::take(bytes);
            self.downstream.under_way.pop_front();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let taken = self.publisher.session.handle_input(self.now, rest);
                rest = &rest[taken.expect("good order")..];
                self.publisher.settle(self.now);
            }
            moved = true;
        }
        moved
    }

    fn frames_received(&self) -> u32 {
        let mut received = 0;
        for event in &self.events {
            if let Event::Media { media, .. } = event {
                assert_eq!(media.timestamp.0, received * 40);
                assert_eq!(media.payload[..], frame(received)[..]);
                received += 1;
            }
        }
        received
    }
}

#[test]
fn every_frame_arrives_over_links_of_all_kinds() {
    for (milliseconds, window) in [
        (0, usize::MAX),
        (1, 1 << 20),
        (100, 64_000),
        (300, 9_000),
        (5, 137),
    ] {
        let mut world = World::new(300, Duration::from_millis(milliseconds), window);
        world.run_until(|world| {
            matches!(
                world.events.last(),
                Some(Event::PublishEnded {
                    reason: EndReason::Unpublished,
                    ..
                })
            )
        });
        assert_eq!(
            world.frames_received(),
            300,
            "delay {milliseconds} ms, window {window}"
        );
        world.run_until(|world| world.downstream.under_way.is_empty());
        assert_eq!(
            world.publisher.told,
            [StatusCode::PUBLISH_START, StatusCode::UNPUBLISH_SUCCESS],
            "delay {milliseconds} ms, window {window}"
        );
        assert!(world.publisher.session.acknowledged() > 1_000_000);
        assert_eq!(world.publisher.session.unsent(), 0);
    }
}

#[test]
fn a_publisher_that_falls_silent_is_pinged_and_stays() {
    let mut world = World::new(20, Duration::from_millis(50), 64_000);
    world.run_until(|world| world.frames_received() == 10);
    world.publisher.next_frame = None;
    let silence_ends = world.now + Duration::from_secs(300);
    world.run_until(|world| world.now >= silence_ends);
    assert!(!world.session.has_ended());
    world.publisher.next_frame = Some(world.now);
    world.run_until(|world| world.frames_received() == 20);
}

#[test]
fn a_publisher_whose_link_breaks_is_given_up() {
    let mut world = World::new(1000, Duration::from_millis(50), 64_000);
    world.run_until(|world| world.frames_received() == 10);
    world.upstream.window = 0;
    let broken_at = world.now;
    world.run_until(|world| world.session.has_ended());
    let reason = world.events.last();
    assert!(
        matches!(reason, Some(Event::Closed(CloseReason::Failed(_)))),
        "{reason:?}"
    );
    let took = world.now - broken_at;
    assert!(
        took >= Duration::from_secs(30) && took < Duration::from_secs(31),
        "{took:?}"
    );
}

#[test]
fn a_shutdown_is_read_by_the_publisher() {
    let mut world = World::new(1000, Duration::from_millis(50), 64_000);
    world.run_until(|world| world.frames_received() == 10);
    let status = Status::new(StatusCode::APP_SHUTDOWN, "The server is shut down.");
    world.session.shutdown(world.now, status);
    world.run_until(|world| world.session.is_closed());
    assert_eq!(world.publisher.told.last(), Some(&StatusCode::APP_SHUTDOWN));
}
