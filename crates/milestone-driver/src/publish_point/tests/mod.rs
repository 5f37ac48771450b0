//! A camera with publishers in virtual time: a session without a socket stands between them.

use std::net::SocketAddr;

use rtmp_server::{
    ConnectionHandle, EnhancedCapabilities, Event, MediaSink, PublishCall, ServerSession,
    SessionConfig, Status,
};

use std::time::Duration;

use super::sink::PublisherSink;
use super::*;
use crate::device::Video;
use crate::event::{DriverEvent, Events};
use crate::outbox::Outbox;
use crate::picture::PictureState;
use crate::problem::Problem;
use crate::time::Ticks;
use crate::track::{Cursor, WhenSlow};

mod b_frames;
#[path = "../../../tests/publisher/mod.rs"]
#[expect(dead_code, reason = "shared with the tests of the whole driver")]
mod publisher;

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
        camera.open_session(WhenSlow::HoldPublisher, self.start)
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
            bytes: PublisherBytes::new(),
            session: ServerSession::new(SessionConfig::default(), now, &[0; 1528]),
            connection,
            sink: None,
        };
        let opening = peer.bytes.opening("stream4", "");
        let mut rest = &opening[..];
        let request = loop {
            let taken = peer.session.handle_input(now, rest).expect("an opening");
            rest = &rest[taken..];
            match peer.session.poll_event().expect("an event") {
                Event::ConnectRequested(_) => {
                    let nothing = EnhancedCapabilities::none();
                    peer.session.accept_connect(now, &nothing);
                }
                Event::PublishRequested(request) => break request,
                _ => {}
            }
        };
        let id = request.id;
        let path = StreamPath::new(&request.app).expect("a path");
        let call = PublishCall::new(request, peer.connection.clone(), now);
        peer.sink = Some(self.point.publish(&call, &path)?);
        peer.session.accept_publish(now, id);
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
    fn disconnect(mut self, stage: &Stage, seconds: f64) {
        let mut sink = self.sink.take().expect("a publish");
        sink.end(stage.at(seconds), &rtmp_server::EndReason::Disconnected);
    }
}

#[test]
fn a_path_is_open_while_a_session_is_and_for_a_minute_after() {
    let stage = Stage::new();
    let is_open = |seconds| stage.point.statistics(stage.at(seconds)).open;
    assert!(!is_open(0.0), "a camera that was never watched is disabled");
    let refusal = stage
        .publish(HOME, 0.0)
        .err()
        .expect("the camera is disabled");
    assert!(
        refusal.code.as_str() == "NetStream.Publish.BadName"
            && refusal.description.contains("enable the camera")
    );

    let (first, second) = (stage.session(), stage.session());
    assert!(is_open(0.0) && is_open(1e6));
    stage.point.camera.close_session(stage.at(10.0));
    drop(first);
    assert!(is_open(1e6), "a session is left");
    stage.point.camera.close_session(stage.at(20.0));
    drop(second);
    assert!(is_open(79.9) && !is_open(80.0));
    assert!(stage.publish(HOME, 79.9).is_ok());
    assert!(stage.publish(HOME, 80.0).is_err());
}

#[test]
fn a_publisher_goes_on_between_sessions_and_ends_with_the_minute() {
    let stage = Stage::new();
    drop(stage.session());
    stage.point.camera.close_session(stage.at(0.0));
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    for second in 0..60 {
        stage.send_a_second(&mut peer, second);
        stage.point.tick(stage.at(f64::from(second)));
    }
    assert!(!peer.connection.is_disconnecting());
    let session = stage.session().expect("the camera is open");
    drop(session);
    stage.point.camera.close_session(stage.at(0.0));
    stage.point.tick(stage.at(60.0));
    assert!(peer.connection.is_disconnecting());
    assert_eq!(
        stage.events(),
        [
            "192.0.2.1:5000 started /stream4",
            "stopped /stream4 after 1500: The camera is disabled in XProtect"
        ]
    );
}

#[test]
fn one_publisher_at_a_time_unless_the_first_is_silent() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut first = stage.publish(HOME, 0.0).expect("accepted");
    stage.send_a_second(&mut first, 1);
    // The last byte came at 1.96.
    for (from, seconds) in [
        (HOME_AGAIN, 2.0),
        (HOME_AGAIN, 3.95),
        (ELSEWHERE, 3.95),
        (ELSEWHERE, 100.0),
    ] {
        let refusal = stage
            .publish(from, seconds)
            .err()
            .expect("somebody publishes already");
        assert_eq!(refusal.code.as_str(), "NetStream.Publish.BadName");
        assert!(
            refusal.description.contains("already being published to"),
            "{}",
            refusal.description
        );
    }
    assert!(!first.connection.is_disconnecting());
    let second = stage
        .publish(HOME_AGAIN, 3.97)
        .expect("the holder is silent");
    assert!(first.connection.is_disconnecting());
    // The connection that was replaced ends whenever it does.
    first.disconnect(&stage, 5.0);
    assert!(
        stage.publish(ELSEWHERE, 4.0).is_err(),
        "the second publishes"
    );
    second.disconnect(&stage, 6.0);
    assert_eq!(
        stage.events(),
        [
            "192.0.2.1:5000 started /stream4",
            "stopped /stream4 after 25: replaced by a publisher from the same address",
            "192.0.2.1:5001 started /stream4",
            "stopped /stream4 after 0: the publisher disconnected",
        ]
    );
    assert!(stage.publish(ELSEWHERE, 7.0).is_ok(), "the path is free");
}

#[test]
fn a_connection_that_is_torn_down_stops_its_publish() {
    let stage = Stage::new();
    let _session = stage.session();
    drop(stage.publish(HOME, 0.0).expect("accepted"));
    assert_eq!(
        stage.events().last().expect("an event"),
        "stopped /stream4 after 0: the connection was cut off"
    );
    assert!(stage.publish(ELSEWHERE, 0.0).is_ok());
}

#[test]
fn a_new_path_drops_the_publisher_and_is_free_at_once() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    stage
        .point
        .move_to(&StreamPath::new("STREAM4/").expect("a path"));
    assert!(!peer.connection.is_disconnecting(), "that is the same path");
    stage
        .point
        .move_to(&StreamPath::new("/yard").expect("a path"));
    assert!(peer.connection.is_disconnecting());
    assert!(
        stage.publish(HOME_AGAIN, 0.0).is_err(),
        "the old path is nobody's"
    );
    stage
        .point
        .move_to(&StreamPath::new("/stream4").expect("a path"));
    let other = stage.publish(ELSEWHERE, 0.1).expect("the path is free");
    let before = stage.point.camera.is_live();
    stage.send_a_second(&mut peer, 1);
    assert_eq!(
        stage.point.camera.is_live(),
        before,
        "frames of the one that was dropped go nowhere"
    );
    peer.disconnect(&stage, 1.0);
    other.disconnect(&stage, 2.0);
    let events = stage.events();
    assert_eq!(events.len(), 4, "{events:?}");
    assert!(events[1].contains("stream path of this camera was changed"));
}

#[test]
fn other_codecs_are_refused_by_name() {
    // Enhanced RTMP: FourCC in the header; legacy: the codec id.
    let messages: [(&[u8], &str); 5] = [
        (b"\x90hvc1\x01", "HEVC (H.265)"),
        (b"\x90av01\x01", "AV1"),
        (b"\x90vp09\x01", "VP9"),
        (&[0x1C, 0, 0, 0, 0, 1], "HEVC (H.265)"),
        (&[0x14, 0, 0, 0], "VP6"),
    ];
    for (message, codec) in messages {
        let stage = Stage::new();
        let _session = stage.session();
        let mut peer = stage.publish(HOME, 0.0).expect("accepted");
        let bytes = peer.bytes.video(0, message);
        let refusal = stage.send(&mut peer, 0.1, &bytes).expect_err("not H.264");
        assert_eq!(refusal.code.as_str(), "NetStream.Publish.Rejected");
        assert!(
            refusal.description.contains(codec) && refusal.description.contains("H.264 is needed"),
            "{}",
            refusal.description
        );
        match stage.point.statistics(Instant::now()).problem {
            Some(Problem::CodecRefused { codec: told }) => assert!(told.contains(codec)),
            other => panic!("{other:?}"),
        }
        assert!(
            stage
                .log_lines()
                .iter()
                .any(|line| line.contains(codec) && line.contains("H.264"))
        );
        let events = stage.events();
        assert_eq!(events.len(), 3, "{events:?}");
        assert!(
            events[1].starts_with("stopped /stream4 after 0: The video is")
                && events[2].contains("PublishRefused")
        );

        assert!(
            stage.publish(ELSEWHERE, 1.0).is_err(),
            "the refused one is still connected"
        );
        drop(peer);
        let Ok(mut h264) = stage.publish(ELSEWHERE, 1.0) else {
            panic!("the path is free");
        };
        stage.send_a_second(&mut h264, 1);
        assert_eq!(stage.point.statistics(Instant::now()).problem, None);
    }
}

#[test]
fn nothing_before_the_first_key_frame() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let mut reader = stage.session().expect("the camera is open");
    let header = peer.bytes.sequence_header();
    stage.send(&mut peer, 0.0, &header).expect("H.264");
    for timestamp in [0, 40] {
        let delta = peer.bytes.delta_frame(timestamp, &[1; 10]);
        stage.send(&mut peer, 0.1, &delta).expect("H.264");
    }
    assert_eq!(
        stage.point.statistics(stage.at(0.1)).problem,
        Some(Problem::NoKeyFrameYet)
    );
    assert!(reader.read(|_| {}).is_none());
    stage.send_a_second(&mut peer, 1);
    let statistics = stage.point.statistics(stage.at(2.0));
    assert_eq!(
        (statistics.problem, statistics.drops.before_key_frame),
        (None, 2)
    );
    let first = reader.read(|_| {}).expect("a frame");
    assert!(first.medium.sync && first.data[..] == publisher::access_unit_of_key_frame(&[1; 999]));
    let second = reader.read(|_| {}).expect("a frame");
    assert!(
        !second.medium.sync && second.data[..] == publisher::access_unit_of_delta_frame(&[2; 500])
    );
    assert!(
        (second.time.since(first.time) - 40 * Ticks::PER_MILLISECOND).abs()
            <= Ticks::PER_MILLISECOND
    );
}

#[test]
fn a_session_that_has_to_wait_for_a_key_frame_says_so() {
    let stage = Stage::new();
    let _session = stage.session();
    stage.point.set_notice(Notice {
        show_info: true,
        ..Notice::default()
    });
    let told = || match stage.point.camera.picture_state(stage.start) {
        PictureState::Info(info) => info.problem,
        PictureState::Plain => panic!("information is wanted"),
    };
    assert_eq!(told(), None);
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    assert_eq!(told(), Some(Problem::NoKeyFrameYet));
    stage.send_a_second(&mut peer, 1);
    assert_eq!(
        told(),
        Some(Problem::NoKeyFrameYet),
        "the session came too late for the key frame"
    );
    assert_eq!(
        stage.point.statistics(stage.start).problem,
        None,
        "but others see the video"
    );
    peer.disconnect(&stage, 2.0);
    assert_eq!(told(), None);
}

#[test]
fn a_statistics_block_every_thirty_seconds_and_at_the_end() {
    let stage = Stage::new();
    let mut session = stage.session().expect("the camera is open");
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let metadata = peer.bytes.metadata("Lavf\n60");
    stage.send(&mut peer, 0.0, &metadata).expect("metadata");
    let audio = peer.bytes.audio(0);
    stage.send(&mut peer, 0.0, &audio).expect("audio");
    stage.send(&mut peer, 0.0, &[]).expect("nothing");
    stage.send_a_second(&mut peer, 0);
    let found = stage.log_lines();
    assert!(
        found
            .iter()
            .any(|line| line.contains("found 1 SPS and 1 PPS: H.264")
                && line.contains("level 3, 640x360, 25.00 fps")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("first key frame after 0.00 s")),
        "{found:?}"
    );
    for second in 1..=65 {
        stage.send_a_second(&mut peer, second);
        while session.read(|_| {}).is_some() {}
        stage.point.tick(stage.at(f64::from(second)));
        let lines = stage.log_lines();
        assert_eq!(
            lines.len(),
            if second % 30 == 0 { 4 } else { 0 },
            "{lines:?} after {second} s"
        );
        if second == 60 {
            assert!(
                lines[0]
                    .starts_with("Stream 4: statistics: 192.0.2.1:5000 for 60 s by RTMP, H.264 "),
                "{lines:?}"
            );
            assert!(
                lines[0].ends_with("declares 640x360, 25.00 fps, encoder Lavf\\n60"),
                "{lines:?}"
            );
            assert!(
                lines[1].contains("25.00 fps")
                    && lines[1].contains("25 frames from key frame to key frame"),
                "{lines:?}"
            );
            assert!(
                lines[2].contains("to 1 session(s)") && lines[2].contains("frames wait"),
                "{lines:?}"
            );
            assert!(lines[3].ends_with("1 audio messages ignored"), "{lines:?}");
        }
    }
    peer.disconnect(&stage, 66.0);
    let lines = stage.log_lines();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[0].contains("no longer publishes to /stream4: the publisher disconnected"));
    assert!(lines[1].contains("statistics: "));
}

#[test]
fn a_camera_whose_events_nobody_collects_gets_no_more_publishers() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut accepted = 0;
    let refusal = loop {
        match stage.publish(HOME, 0.0) {
            Ok(peer) => peer.disconnect(&stage, 0.0),
            Err(refusal) => break refusal,
        }
        accepted += 1;
    };
    assert_eq!(accepted, Events::OF_CAMERA / 2);
    assert_eq!(refusal.code.as_str(), "NetStream.Publish.Rejected");
    assert!(
        !stage.point.shared.events.is_full(2),
        "the flood of one camera is no matter of others"
    );
    let events = stage.events();
    assert_eq!(events.len(), Events::OF_CAMERA);
    for pair in events.chunks(2) {
        assert!(pair[0].contains("started") && pair[1].contains("stopped"));
    }
    assert!(stage.publish(HOME, 0.0).is_ok(), "they are collected");
}

#[test]
fn refusals_that_nobody_collects_are_bounded_and_hide_no_publish() {
    let stage = Stage::new();
    let shared = &stage.point.shared;
    let peer = HOME.parse().expect("an address");
    for _ in 0..2 * Events::REFUSALS {
        shared.refused(None, "/nobody", peer, "no such camera");
    }
    let _session = stage.session();
    let publisher = stage.publish(HOME, 0.0).expect("accepted");
    publisher.disconnect(&stage, 1.0);
    let events = stage.events();
    assert_eq!(events.len(), Events::REFUSALS + 2);
    assert!(events[events.len() - 2].contains("started"));
    shared.refused(None, "/nobody", peer, "no such camera");
    assert_eq!(stage.events().len(), 1, "the others were collected");
}

/// Whatever still has to do with a publish that was replaced counts there: its connection, which still sends, and a
/// session that takes its last frames.
#[test]
fn nothing_of_a_replaced_publish_counts_into_its_successor() {
    let stage = Stage::new();
    let mut session = stage.session().expect("the camera is open");
    let mut lost = stage.publish(HOME, 0.0).expect("accepted");
    stage.send_a_second(&mut lost, 1);
    let before = Arc::clone(&stage.point.state.lock().meters);
    let mut back = stage.publish(HOME_AGAIN, 5.0).expect("taken over");
    let audio = lost.bytes.audio(0);
    stage
        .send(&mut lost, 5.1, &audio)
        .expect("it is passed over");
    stage.send(&mut lost, 5.1, &[]).expect("nothing");
    stage.send_a_second(&mut lost, 6);
    assert!(session.read(|_| {}).is_some());
    let read = session.read(|_| {}).expect("a frame of the first");
    read.publish.delivered(read.data.len(), false);
    read.publish.waited_for(Duration::from_millis(1));

    let statistics = stage.point.statistics(stage.at(7.0));
    assert_eq!(statistics.input.frames, 0);
    assert_eq!(statistics.output.frames, 0);
    assert_eq!(statistics.latency, None);
    assert_eq!(statistics.drops, DropStatistics::default());
    assert_eq!(
        (
            before.number(),
            before.input().frames(),
            before.video.totals().samples
        ),
        (1, 25, 1)
    );
    assert_eq!(before.input().drops().audio_messages, 1);

    stage.send_a_second(&mut back, 8);
    let statistics = stage.point.statistics(stage.at(9.0));
    assert_eq!(statistics.input.frames, 25);
    assert_eq!(before.input().frames(), 25);
}

/// What is kept is what is counted, whatever it came in: what belongs to a picture is passed on and counted, what does
/// not is gone, and so is a buffer that is much larger than the picture.
#[test]
fn memory_is_what_is_counted() {
    let unit = |header: u8, bytes: usize| {
        let length = u32::try_from(bytes).expect("short").to_be_bytes();
        [&length[..], &[header], &vec![0x55; bytes - 1]].concat()
    };
    let slice = unit(0x41, 5);
    let picture = |units: &[Vec<u8>]| [&[0x27, 1, 0, 0, 0], &units.concat()[..]].concat();
    let sets = |count| vec![unit(0x68, LARGE / count); count];
    // Enhanced RTMP, many tracks: a size in front of each, and a composition time in it.
    let track = |id: u8, units: &[u8]| {
        let size = u32::try_from(units.len() + 3).expect("short").to_be_bytes();
        [&[id], &size[1..], &[0; 3], units].concat()
    };
    let two_tracks = [
        &[0xA6, 0x11][..],
        b"avc1",
        &track(0, &slice),
        &track(1, &unit(0x41, LARGE)),
    ]
    .concat();
    let in_front = |large: Vec<u8>| picture(&[large, slice.clone()]);
    for (what, is_kept, message) in [
        (
            "ordinary pictures",
            Some(true),
            picture(&[unit(0x41, LARGE)]),
        ),
        ("a delimiter", Some(false), in_front(unit(0x09, LARGE))),
        ("an SEI message", None, in_front(unit(0x06, LARGE))),
        ("filler", None, in_front(unit(0x0C, LARGE))),
        ("parameter sets", None, in_front(sets(8).concat())),
        ("many parameter sets", None, in_front(sets(1024).concat())),
        (
            "nothing but start codes",
            Some(false),
            in_front([0, 0, 1].repeat(LARGE / 3)),
        ),
        ("a second track", Some(false), two_tracks),
    ] {
        assert_memory_is_counted(what, is_kept, |bytes, timestamp| {
            bytes.video(timestamp, &message)
        });
    }
    let encoder = "x".repeat(LARGE);
    assert_memory_is_counted("metadata", Some(false), |bytes, _| bytes.metadata(&encoder));
}

/// The large part of the messages of [`memory_is_what_is_counted`].
const LARGE: usize = 1 << 20;

/// Sends a message like this often, and compares what the camera counts with what is allocated. `is_kept` tells whether
/// it has to keep the large part.
fn assert_memory_is_counted(
    what: &str,
    is_kept: Option<bool>,
    message: impl Fn(&mut PublisherBytes, u32) -> Vec<u8>,
) {
    const MESSAGES: u32 = 24;
    /// What a connection and a camera may hold beside the frames: a picture that waits for the next message, sets and
    /// units, text, lines of the log.
    const OTHERWISE: i64 = (1 << 20) + (512 << 10);
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    stage.send_a_second(&mut peer, 1);
    let before = stage.point.camera.track().kept_bytes();
    let bytes: Vec<_> = (0..MESSAGES)
        .map(|frame| message(&mut peer.bytes, 2000 + frame * 40))
        .collect();
    let allocated = allocation_counter::measure(|| {
        for bytes in &bytes {
            stage.send(&mut peer, 2.0, bytes).expect("it is taken");
        }
    });
    let kept = i64::try_from(stage.point.camera.track().kept_bytes() - before).expect("little");
    let held = allocated.bytes_current;
    assert!((held - kept).abs() < OTHERWISE, "{what}: {held} for {kept}");
    let large = i64::from(MESSAGES) << 20;
    if let Some(is_kept) = is_kept {
        assert_eq!(kept > large / 2, is_kept, "{what}: {kept}");
    }
}

/// Publishers that take over from each other, connections that are torn down, a path that moves, sessions that come and
/// go, housekeeping, and the end, all at the same time: the events of the camera alternate, every publish is told
/// once, and nothing is kept in the end.
#[test]
fn everything_at_the_same_time() {
    const ROUNDS: usize = 200;
    let stage = Stage::new();
    let keep_open = stage.session();
    let barrier = std::sync::Barrier::new(6);
    let (accepted, events) = std::thread::scope(|scope| {
        let publishers: Vec<_> = [(HOME, 0), (HOME_AGAIN, 1), (ELSEWHERE, 2)]
            .map(|(from, offset)| {
                let (stage, barrier) = (&stage, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let mut accepted = 0;
                    for round in 0..ROUNDS {
                        // Long after the holder was heard of: from its own address it is taken over.
                        let seconds = (round * 30 + offset * 10) as f64;
                        let Ok(mut peer) = stage.publish(from, seconds) else {
                            continue;
                        };
                        accepted += 1;
                        let second = u32::try_from(round * 30).expect("few rounds");
                        stage.send_a_second(&mut peer, second);
                        match round % 3 {
                            0 => peer.disconnect(stage, seconds),
                            1 => drop(peer),
                            // Somebody else may have this camera before this one ends.
                            _ => {
                                std::thread::yield_now();
                                peer.disconnect(stage, seconds);
                            }
                        }
                    }
                    accepted
                })
            })
            .into_iter()
            .collect();
        let others = [
            scope.spawn(|| {
                barrier.wait();
                for round in 0..ROUNDS {
                    let path = if round % 7 == 0 {
                        "/elsewhere"
                    } else {
                        "/stream4"
                    };
                    let path = StreamPath::new(path).expect("a path");
                    stage.point.move_to(&path);
                    std::thread::yield_now();
                }
            }),
            scope.spawn(|| {
                barrier.wait();
                for round in 0..ROUNDS {
                    let mut session = stage.session().expect("the camera is open");
                    let mut latest = None;
                    while let Some(read) = session.read(|_| {}) {
                        assert!(read.medium.sync || latest == Some(read.publish.number));
                        latest = Some(read.publish.number);
                    }
                    drop(session);
                    stage.point.camera.close_session(stage.at(0.0));
                    stage.point.tick(stage.at(round as f64));
                }
            }),
        ];
        let mut events = Vec::new();
        barrier.wait();
        while !(publishers.iter().all(|thread| thread.is_finished())
            && others.iter().all(|thread| thread.is_finished()))
        {
            events.extend(stage.events());
            std::thread::yield_now();
        }
        let accepted: usize = publishers
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum();
        (accepted, events)
    });
    let events: Vec<_> = events.into_iter().chain(stage.events()).collect();
    assert!(accepted > 0);
    assert_eq!(events.len(), 2 * accepted);
    for pair in events.chunks(2) {
        assert!(
            pair[0].contains("started") && pair[1].contains("stopped"),
            "{pair:?}"
        );
    }
    drop(keep_open);
    assert_eq!(stage.point.camera.track().kept_bytes(), 0);
    assert!(!stage.point.camera.is_live());
}

/// The slice of a whole IDR picture, and of one that follows.
const IDR: &[u8] = &[0x88, 0x84, 0x11, 0x22];
const P: &[u8] = &[0x9A, 0x24, 0x6C, 0x41];

#[test]
fn the_first_picture_waits_for_the_second_one_or_half_a_second() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    assert!(!stage.point.camera.is_live());
    stage.point.tick(stage.at(0.3));
    assert!(!stage.point.camera.is_live());
    stage.point.tick(stage.at(0.7));
    assert!(stage.point.camera.is_live());
    peer.disconnect(&stage, 1.0);

    let mut peer = stage.publish(HOME, 1.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 1.1, &first).expect("H.264");
    assert!(!stage.point.camera.is_live());
    let second = peer.bytes.delta_frame(40, P);
    stage.send(&mut peer, 1.14, &second).expect("H.264");
    assert!(stage.point.camera.is_live());
    peer.disconnect(&stage, 1.2);
    let ended = stage.events().pop();
    assert!(ended.is_some_and(|event| event.contains("after 2:")));
}

#[test]
fn what_is_held_back_is_delivered_when_the_publish_ends() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    peer.disconnect(&stage, 0.2);
    let ended = stage.events().pop();
    assert!(ended.is_some_and(|event| event.contains("after 1:")));
}

#[test]
fn a_publish_goes_on_with_the_parameter_sets_of_the_one_before_on_its_connection() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let first = [peer.bytes.sequence_header(), peer.bytes.key_frame(0, IDR)].concat();
    stage.send(&mut peer, 0.1, &first).expect("H.264");
    let mut sink = peer.sink.take().expect("a publish");
    sink.end(stage.at(0.2), &rtmp_server::EndReason::Unpublished);
    drop(sink);

    // Without a sequence header, and then on another connection.
    let connection = peer.connection.clone();
    let mut again = stage.publish_on(connection, 1.0).expect("it is free");
    let picture = again.bytes.key_frame(0, IDR);
    stage.send(&mut again, 1.1, &picture).expect("H.264");
    let mut sink = again.sink.take().expect("a publish");
    sink.end(stage.at(1.2), &rtmp_server::EndReason::Unpublished);
    drop(sink);
    assert!(
        stage
            .events()
            .pop()
            .is_some_and(|event| event.contains("after 1:"))
    );

    let mut other = stage.publish(HOME, 2.0).expect("it is free");
    let picture = other.bytes.key_frame(0, IDR);
    stage.send(&mut other, 2.1, &picture).expect("H.264");
    other.disconnect(&stage, 2.2);
    assert!(
        stage
            .events()
            .pop()
            .is_some_and(|event| event.contains("after 0:"))
    );
}

#[test]
fn habits_of_a_publisher_are_told_once() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    let header = peer.bytes.sequence_header();
    stage.send(&mut peer, 0.0, &header).expect("H.264");
    for picture in 0..4 {
        let body = [&[0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65], IDR].concat();
        let message = peer.bytes.video(picture * 40, &body);
        stage.send(&mut peer, 0.1, &message).expect("H.264");
    }
    let lines = stage.log_lines();
    let told = lines
        .iter()
        .filter(|line| line.contains("start codes (Annex B)"));
    assert_eq!(told.count(), 1, "{lines:?}");
}

#[test]
fn parameter_sets_that_change_all_the_time_do_not_fill_the_log() {
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let mut found_after = |same_size: bool| {
        for number in 0..30_u8 {
            let mut sps = publisher::SPS.to_vec();
            if !same_size {
                // The level.
                sps[3] = if number % 2 == 0 { 30 } else { 31 };
            }
            let pps = [publisher::PPS, &[number + 1]].concat();
            let sets = [
                &[0x17, 0, 0, 0, 0, 1, sps[1], sps[2], sps[3], 0xFF, 0xE1, 0][..],
                &[sps.len() as u8],
                &sps,
                &[1, 0, pps.len() as u8],
                &pps,
            ];
            let header = peer.bytes.video(0, &sets.concat());
            stage.send(&mut peer, 0.1, &header).expect("H.264");
        }
        let lines = stage.log_lines();
        lines
            .into_iter()
            .filter(|line| line.contains("found 1 SPS"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found_after(true).len(), 1, "nothing that is told changes");
    let found = found_after(false);
    assert_eq!(found.len(), 7);
    assert!(found.last().expect("lines").ends_with("is not told"));
    assert_eq!(found_after(false), [""; 0]);
}
