//! A publisher that waits for its answers, and a server, at the two ends of a link with a delay
//! and a narrow window: all in virtual time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rtmp_chunk::{ProtocolControl, UserControl};
use rtmp_server::{
    CloseReason, EndReason, EnhancedCapabilities, Event, ServerSession, SessionConfig, Status,
    StatusCode,
};

use crate::common::{Answer, Client, Handshake};

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
    fn take(&mut self, now: Instant, bytes: &mut Vec<u8>) -> usize {
        let under_way: usize = self.under_way.iter().map(|(_, bytes)| bytes.len()).sum();
        let room = self.window.saturating_sub(under_way).min(bytes.len());
        if room > 0 {
            let taken = bytes.drain(..room).collect();
            self.under_way.push_back((now + self.delay, taken));
        }
        room
    }

    fn arrived(&mut self, now: Instant) -> Option<&mut (Instant, Vec<u8>)> {
        self.under_way.front_mut().filter(|(at, _)| *at <= now)
    }

    fn next_arrival(&self) -> Option<Instant> {
        self.under_way.front().map(|(at, _)| *at)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Connecting,
    CreatingStream,
    Publishing,
    Streaming,
    Done,
}

/// Does one thing after the other, each when the one before is answered, as librtmp does.
struct Publisher {
    client: Client,
    step: Step,
    to_send: Vec<u8>,
    frames: u32,
    frames_left: u32,
    next_frame: Option<Instant>,
    stream: u32,
    acknowledged: u32,
    told: Vec<String>,
}

impl Publisher {
    fn new(frames: u32) -> Self {
        let mut client = Client::default();
        let to_send = [Handshake::bytes(), client.connect("live")].concat();
        Self {
            client,
            step: Step::Connecting,
            to_send,
            frames: 0,
            frames_left: frames,
            next_frame: None,
            stream: 0,
            acknowledged: 0,
            told: Vec::new(),
        }
    }

    fn receive(&mut self, now: Instant, bytes: &[u8]) {
        for answer in self.client.read(bytes) {
            match &answer {
                Answer::Command {
                    name, arguments, ..
                } if name == "_result" => {
                    self.answered(arguments.last().and_then(|value| value.as_f64()));
                }
                Answer::Command { .. } => self.status(now, &answer.code().expect("a code")),
                Answer::Control(ProtocolControl::Acknowledgement(total)) => {
                    self.acknowledged = *total;
                }
                Answer::User(UserControl::PingRequest(time)) => {
                    let pong = self.client.user_control(&UserControl::PingResponse(*time));
                    self.to_send.extend(pong);
                }
                _ => {}
            }
        }
    }

    fn answered(&mut self, number: Option<f64>) {
        let next = match self.step {
            Step::Connecting => {
                self.step = Step::CreatingStream;
                self.client.create_stream()
            }
            Step::CreatingStream => {
                self.step = Step::Publishing;
                self.stream = number.expect("a message stream id") as u32;
                self.client.publish(self.stream, "stream1")
            }
            other => panic!("an answer while {other:?}"),
        };
        self.to_send.extend(next);
    }

    fn status(&mut self, now: Instant, code: &str) {
        self.told.push(code.to_owned());
        if code == "NetStream.Publish.Start" {
            self.step = Step::Streaming;
            self.next_frame = Some(now);
        }
    }

    fn wake(&mut self, now: Instant) {
        while let Some(at) = self.next_frame.filter(|at| *at <= now) {
            self.next_frame = if self.frames_left == 0 {
                self.step = Step::Done;
                self.to_send.extend(self.client.delete_stream(self.stream));
                None
            } else {
                self.frames_left -= 1;
                let body = frame(self.frames);
                let video = self.client.video(self.stream, self.frames * 40, &body);
                self.to_send.extend(video);
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
    unsent: Vec<u8>,
    events: Vec<Event>,
}

impl World {
    fn new(frames: u32, delay: Duration, window: usize) -> Self {
        let now = Instant::now();
        Self {
            now,
            publisher: Publisher::new(frames),
            upstream: Link::new(delay, window),
            downstream: Link::new(delay, window),
            session: ServerSession::new(SessionConfig::default(), now, &[3; 1528]),
            unread: Vec::new(),
            unsent: Vec::new(),
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
                self.publisher.next_frame,
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
        let mut moved = self.upstream.take(self.now, &mut self.publisher.to_send) > 0;
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
            match &event {
                Event::ConnectRequested(_) => {
                    self.session
                        .accept_connect(self.now, &EnhancedCapabilities::none());
                }
                Event::PublishRequested(request) => {
                    self.session.accept_publish(self.now, request.id);
                }
                _ => {}
            }
            self.events.push(event);
        }
        while let Some(bytes) = self.session.poll_transmit() {
            self.unsent.extend_from_slice(&bytes);
        }
        let sent = self.downstream.take(self.now, &mut self.unsent);
        if sent > 0 {
            self.session.handle_transmitted(self.now, sent);
            moved = true;
        }
        while let Some((_, bytes)) = self.downstream.arrived(self.now) {
            let bytes = std::mem::take(bytes);
            self.downstream.under_way.pop_front();
            self.publisher.receive(self.now, &bytes);
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
            ["NetStream.Publish.Start", "NetStream.Unpublish.Success"]
        );
        assert!(world.publisher.acknowledged > 1_000_000);
        assert_eq!(world.publisher.step, Step::Done);
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
    assert_eq!(
        world.publisher.told.last().map(String::as_str),
        Some("NetConnection.Connect.AppShutdown")
    );
}
