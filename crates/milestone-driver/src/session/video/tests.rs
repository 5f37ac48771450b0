use std::thread;

use proptest::prelude::*;

use super::*;
use crate::clock::UtcClock;
use crate::device::{Notice, Sessions};
use crate::log::Log;
use crate::statistics::VideoCodec;
use crate::track::{Budget, Deliveries};

/// A camera without a driver, on a clock that is told the time.
struct Stage {
    sessions: Arc<Sessions>,
    camera: Arc<Camera>,
    start: Instant,
}

impl Stage {
    fn new() -> Self {
        let sessions = Arc::<Sessions>::default();
        let camera = Camera::new(
            0,
            Arc::clone(&sessions),
            &Budget::of_process(),
            Arc::new(UtcClock::new()),
            Arc::new(Log::new()),
            Arc::default(),
        );
        Self {
            sessions,
            camera: Arc::new(camera),
            start: Instant::now(),
        }
    }

    fn session(&self) -> LiveSession {
        LiveSession::open(Arc::clone(&self.camera), self.start).expect("the camera is open")
    }

    /// A session that has had the first frame of `publish`: no offline pictures come until that ends.
    fn session_of(&self, publish: &Arc<Deliveries>) -> LiveSession {
        let session = self.session();
        self.push(publish, true, Ticks(1));
        let frame = session.next_frame(Duration::ZERO);
        assert!(frame.is_ok_and(|frame| frame.is_some_and(|frame| !frame.offline_picture)));
        session
    }

    fn at(&self, milliseconds: u64) -> Instant {
        self.start + Duration::from_millis(milliseconds)
    }

    /// What the session gives after `milliseconds`, if anything.
    fn next(&self, session: &LiveSession, milliseconds: u64) -> Option<Frame> {
        self.camera.draw_offline_picture();
        let now = self.at(milliseconds);
        let mut reader = session.0.reader.lock();
        for _ in 0..2 {
            let look = session.0.look(&mut reader, now, false);
            if let Look::Found(frame) = look.expect("the session is open") {
                return Some(frame);
            }
            // It was not drawn yet.
            self.camera.draw_offline_picture();
        }
        None
    }

    fn begin_publish(&self, number: u64) -> Arc<Deliveries> {
        self.camera.begin_publish(number);
        Arc::new(Deliveries::of_publish(number))
    }

    fn push(&self, publish: &Arc<Deliveries>, sync: bool, time: Ticks) {
        let sample = Sample {
            data: Bytes::from_static(b"\0\0\0\x01\x65"),
            buffer_bytes: 5,
            time,
            received: self.start,
            publish: Arc::clone(publish),
            first: !self.camera.feed().is_live(),
            medium: Video {
                codec: VideoCodec::H264,
                rasl: false,
                unit_lengths: flv_h264::nal::UnitLengths::NONE,
                sync,
                timestamp_ms: 0,
                composition_offset_ms: 0,
            },
        };
        let track = self.camera.feed().track();
        track
            .push(sample, self.start)
            .expect("the publish is running");
        track.wake_readers();
    }
}

#[test]
fn one_offline_picture_a_second_in_alternating_colours() {
    let stage = Stage::new();
    stage.camera.set_notice(Notice {
        show_info: true,
        ..Notice::default()
    });
    let session = stage.session();
    let mut pictures = Vec::new();
    for milliseconds in (0..5_000).step_by(10) {
        if let Some(frame) = stage.next(&session, milliseconds) {
            assert!(frame.offline_picture && frame.key && frame.codec == Codec::Jpeg);
            assert_eq!(frame.sync_time, frame.time);
            pictures.push((milliseconds, frame.data));
        }
    }
    let times: Vec<_> = pictures
        .iter()
        .map(|(milliseconds, _)| *milliseconds)
        .collect();
    assert_eq!(times, [0, 1_000, 2_000, 3_000, 4_000]);
    assert!(pictures[0].1 != pictures[1].1);
    assert!(pictures[0].1 == pictures[2].1);
}

#[test]
fn a_session_that_is_rarely_asked_gets_a_picture_each_time() {
    let stage = Stage::new();
    let session = stage.session();
    for milliseconds in [0, 5_000, 12_000] {
        assert!(stage.next(&session, milliseconds).is_some());
        assert!(stage.next(&session, milliseconds + 999).is_none());
    }
}

#[test]
fn live_frames_replace_pictures_and_back() {
    let stage = Stage::new();
    let session = stage.session();
    assert!(
        stage
            .next(&session, 0)
            .is_some_and(|frame| frame.offline_picture)
    );
    let publish = stage.begin_publish(1);
    assert!(
        stage
            .next(&session, 1_000)
            .is_some_and(|frame| frame.offline_picture),
        "no key frame yet"
    );
    let time = Ticks::now().plus_duration(Duration::from_secs(10));
    let time = time.whole_milliseconds();
    stage.push(&publish, true, time);
    stage.push(&publish, false, time.plus(400_000));
    let key = stage.next(&session, 1_100).expect("a frame");
    assert!(key.key && key.discontinuity && !key.offline_picture && key.codec == Codec::H264);
    assert_eq!((key.time, key.sync_time, key.publish), (time, time, 1));
    let delta = stage.next(&session, 1_101).expect("a frame");
    assert!(!delta.key && !delta.discontinuity);
    assert_eq!((delta.time, delta.sync_time), (time.plus(400_000), time));
    assert!(
        stage.next(&session, 9_000).is_none(),
        "no pictures while video comes"
    );
    stage.camera.end_publish(publish.number);
    let offline = stage.next(&session, 9_001).expect("a picture at once");
    assert!(offline.offline_picture && offline.time > delta.time);
}

#[test]
fn frames_that_lie_before_the_last_picture_come_after_it() {
    let stage = Stage::new();
    let session = stage.session();
    let picture = stage.next(&session, 0).expect("a picture");
    let publish = stage.begin_publish(1);
    for frame in 0..3 {
        let time = picture.time.plus((frame - 5) * Ticks::PER_MILLISECOND);
        stage.push(&publish, frame == 0, time);
    }
    let millisecond = Ticks::PER_MILLISECOND;
    let key = stage.next(&session, 1).expect("a frame");
    assert_eq!(key.time, picture.time.plus(millisecond));
    assert_eq!(key.sync_time, key.time);
    let delta = stage.next(&session, 1).expect("a frame");
    assert_eq!(delta.time, picture.time.plus(2 * millisecond));
    assert_eq!(delta.sync_time, key.time);
}

#[test]
fn a_publish_that_begins_before_its_first_frame_came_fits_behind_the_picture() {
    let stage = Stage::new();
    let session = stage.session();
    let picture = stage.next(&session, 0).expect("a picture");
    let publish = stage.begin_publish(1);
    let begins = stage.camera.utc_now().plus(-HEAD_ROOM).whole_milliseconds();
    assert!(picture.time < begins);
    // As many programs do: half a second at once.
    let times = [0, 33, 67, 100, 467, 500].map(|at| begins.plus(at * Ticks::PER_MILLISECOND));
    for time in times {
        stage.push(&publish, time == begins, time);
    }
    for time in times {
        let frame = stage.next(&session, 1).expect("a frame");
        assert_eq!((frame.time, frame.sync_time), (time, begins));
    }
    stage.camera.end_publish(publish.number);
    let offline = stage.next(&session, 2_000).expect("a picture");
    assert!(offline.offline_picture && offline.time > times[5]);
}

#[test]
fn a_session_without_a_sync_point_to_start_at_shows_pictures_until_the_next() {
    let stage = Stage::new();
    let publish = stage.begin_publish(1);
    let time = Ticks::now();
    for frame in 0..1_001 {
        stage.push(&publish, frame == 0, time.plus(frame));
    }
    let session = stage.session();
    assert!(
        stage
            .next(&session, 0)
            .is_some_and(|frame| frame.offline_picture)
    );
    stage.push(&publish, false, time.plus(2_000));
    assert!(stage.next(&session, 500).is_none());
    stage.push(&publish, true, time.plus(2_001));
    assert!(
        stage
            .next(&session, 501)
            .is_some_and(|frame| frame.key && !frame.offline_picture)
    );
    assert_eq!(session.dropped_frames(), 0);
}

#[test]
fn a_slow_session_is_told_of_the_gap() {
    let stage = Stage::new();
    let session = stage.session();
    let publish = stage.begin_publish(1);
    for frame in 0..1_400 {
        let time = Ticks((1 + frame) * Ticks::PER_MILLISECOND);
        stage.push(&publish, frame % 100 == 0, time);
    }
    let frame = stage.next(&session, 0).expect("a frame");
    assert!(frame.key && frame.discontinuity);
    let time = Ticks(401 * Ticks::PER_MILLISECOND);
    assert_eq!((frame.time, session.dropped_frames()), (time, 400));
}

#[test]
fn timeouts_are_kept() {
    let stage = Stage::new();
    let session = stage.session_of(&stage.begin_publish(1));
    for milliseconds in [0, 1, 30, 200] {
        let (timeout, began) = (Duration::from_millis(milliseconds), Instant::now());
        assert!(
            session
                .next_frame(timeout)
                .expect("the session is open")
                .is_none()
        );
        let waited = began.elapsed();
        assert!(
            waited >= timeout && waited < timeout + Duration::from_secs(2),
            "{waited:?} for {timeout:?}"
        );
    }
}

/// The next frame, for the thread that is to be the one that waits: whoever else tries may come first for a moment.
fn wait_for_next(session: &LiveSession) -> Result<Option<Frame>, NextFrameError> {
    loop {
        match session.next_frame(Duration::from_secs(60)) {
            Err(NextFrameError::Busy) => thread::yield_now(),
            other => return other,
        }
    }
}

#[test]
fn a_frame_wakes_who_waits() {
    let stage = Stage::new();
    let publish = stage.begin_publish(1);
    let session = stage.session_of(&publish);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| wait_for_next(&session));
        while session.next_frame(Duration::ZERO) != Err(NextFrameError::Busy) {
            thread::yield_now();
        }
        stage.push(&publish, true, Ticks(20_000));
        let frame = waiting
            .join()
            .expect("no panic")
            .expect("the session is open");
        assert!(frame.is_some_and(|frame| frame.time == Ticks(20_000)));
    });
}

#[test]
fn closing_wakes_who_waits() {
    let stage = Stage::new();
    for close_the_camera in [false, true] {
        let session = stage.session_of(&stage.begin_publish(1));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| wait_for_next(&session));
            while session.next_frame(Duration::ZERO) != Err(NextFrameError::Busy) {
                thread::yield_now();
            }
            if close_the_camera {
                stage.sessions.end();
                stage.camera.close();
                stage.camera.end_publish(1);
            } else {
                session.close();
            }
            assert_eq!(
                waiting.join().expect("no panic"),
                Err(NextFrameError::Closed)
            );
        });
        assert_eq!(
            session.next_frame(Duration::from_secs(60)),
            Err(NextFrameError::Closed)
        );
        session.close();
    }
    assert!(LiveSession::open_preview(Arc::clone(&stage.camera), stage.start).is_err());
}

/// Its publisher has yet to be told, and what it holds back comes at its end.
#[test]
fn a_session_of_a_closed_camera_has_what_its_publish_brings_until_the_end() {
    let stage = Stage::new();
    let publish = stage.begin_publish(1);
    let (session, late) = (stage.session_of(&publish), stage.session());
    stage.sessions.end();
    stage.camera.close();
    // An hour later, when an offline picture would be due.
    assert_eq!(stage.next(&session, 3_600_000), None);
    stage.push(&publish, false, Ticks(2));
    assert!(session.next_frame(Duration::ZERO).unwrap().is_some());
    assert_eq!(session.next_frame(Duration::ZERO), Ok(None));
    stage.push(&publish, false, Ticks(3));
    stage.camera.end_publish(1);
    assert!(session.next_frame(Duration::ZERO).unwrap().is_some());
    for _ in 0..3 {
        assert!(late.next_frame(Duration::ZERO).unwrap().is_some());
    }
    for session in [&session, &late] {
        let end = session.next_frame(Duration::from_secs(60));
        assert_eq!(end, Err(NextFrameError::Closed));
    }
}

#[derive(Clone, Debug)]
enum Act {
    Begin,
    End,
    Push { sync: bool, behind: i64 },
    Read,
    Wait { milliseconds: u64 },
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => Just(Act::Begin),
        1 => Just(Act::End),
        8 => (any::<bool>(), -1_000_i64..1_000).prop_map(|(sync, behind)| Act::Push { sync, behind }),
        8 => Just(Act::Read),
        2 => (0_u64..2_000).prop_map(|milliseconds| Act::Wait { milliseconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_a_session_promises(acts in prop::collection::vec(any_act(), 1..120)) {
        let stage = Stage::new();
        let session = stage.session();
        let (mut publish, mut publishes, mut milliseconds) = (None, 0, 0);
        let mut camera_time = Ticks::now().whole_milliseconds();
        let mut latest: Option<Frame> = None;
        for act in acts {
            match act {
                Act::Begin => {
                    publishes += 1;
                    publish = Some(stage.begin_publish(publishes));
                }
                Act::End => if let Some(publish) = publish.take() {
                    stage.camera.end_publish(publish.number);
                },
                Act::Push { sync, behind } => if let Some(publish) = &publish {
                    let wanted = Ticks::now().plus(behind * Ticks::PER_MILLISECOND).whole_milliseconds();
                    camera_time = wanted.max(camera_time.plus(Ticks::PER_MILLISECOND));
                    stage.push(publish, sync || !stage.camera.feed().is_live(), camera_time);
                },
                Act::Wait { milliseconds: waited } => milliseconds += waited,
                Act::Read => if let Some(frame) = stage.next(&session, milliseconds) {
                    prop_assert!(frame.sync_time <= frame.time);
                    prop_assert_eq!(frame.key, frame.sync_time == frame.time);
                    prop_assert_eq!(frame.offline_picture, frame.codec == Codec::Jpeg);
                    let begins = latest.as_ref().is_none_or(|latest| latest.publish != frame.publish);
                    prop_assert!(frame.key || !begins);
                    prop_assert!(frame.offline_picture || frame.discontinuity || !begins || latest.as_ref().is_some_and(|latest| latest.offline_picture));
                    prop_assert_eq!(frame.time, frame.time.whole_milliseconds());
                    if let Some(latest) = &latest {
                        prop_assert!(frame.time.since(latest.time) >= Ticks::PER_MILLISECOND);
                        prop_assert!(frame.key || frame.sync_time == latest.sync_time);
                    }
                    latest = Some(frame);
                },
            }
        }
    }
}
