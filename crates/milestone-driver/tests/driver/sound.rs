//! Microphones.

use std::thread;
use std::time::{Duration, Instant};

use milestone_driver::{AudioEncoding, MicrophoneSession, NextFrameError, SoundFrame};

use crate::bench::{Bench, PATIENCE, wait_until};

const AAC: &[u8] = &[0xAF, 1, 0x21, 0x10, 0x04];

fn next(session: &MicrophoneSession) -> SoundFrame {
    let frame = session.next_frame(PATIENCE).expect("an open session");
    frame.expect("sound comes")
}

#[test]
fn a_microphone_hears_what_is_pushed_to_its_path_without_its_camera() {
    let bench = Bench::new();
    let session = bench.driver.open_microphone(4).unwrap();
    let waiting = bench.driver.open_microphone(4).unwrap();
    let first = thread::scope(|scope| {
        let waiter = scope.spawn(|| next(&waiting));
        let mut publisher = bench.publish("stream5", "");
        let header = publisher.bytes.sound_header();
        publisher.send(&header);
        for frame in 0..100_u32 {
            let sound = publisher.bytes.sound(frame * 23, AAC);
            publisher.send(&sound);
        }
        let mut latest = None;
        for _ in 0..100 {
            let frame = next(&session);
            assert_eq!(frame.format.encoding, AudioEncoding::Aac);
            assert_eq!(frame.data[7..], AAC[2..]);
            assert!(latest.is_none_or(|latest| frame.time > latest));
            latest = Some(frame.time);
        }
        waiter.join().expect("no panic")
    });
    assert_eq!(first.samples, 1024, "a session that waited is woken");
    let statistics = bench.driver.statistics(4).unwrap();
    assert_eq!(statistics.sessions, 0, "none is on the camera");
    assert_eq!(statistics.sound.input.frames, 100);
}

#[test]
fn a_microphone_without_sound_yields_nothing_after_its_timeout() {
    let bench = Bench::new();
    let session = bench.driver.open_microphone(0).unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(30)] {
        let began = Instant::now();
        assert_eq!(session.next_frame(timeout), Ok(None));
        assert!(began.elapsed() >= timeout);
    }
    // So it is while somebody publishes pictures alone.
    let camera = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let pictures = [
        publisher.bytes.sequence_header(),
        publisher.bytes.key_frame(0, &[1; 100]),
        publisher.bytes.key_frame(40, &[1; 100]),
    ];
    publisher.send(&pictures.concat());
    wait_until("video", || {
        let frame = camera.next_frame(PATIENCE).unwrap();
        frame.is_some_and(|frame| !frame.offline_picture)
    });
    assert_eq!(session.next_frame(Duration::from_millis(30)), Ok(None));
}

#[test]
fn a_session_that_is_closed_while_it_waits_returns() {
    let bench = Bench::new();
    let session = bench.driver.open_microphone(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let header = publisher.bytes.sound_header();
    let sound = publisher.bytes.sound(0, AAC);
    publisher.send(&[header, sound].concat());
    next(&session);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| session.next_frame(PATIENCE));
        session.close();
        let ended = waiting.join().expect("no panic");
        assert_eq!(ended, Err(NextFrameError::Closed));
    });
    let other = bench.driver.open_microphone(0).unwrap();
    bench.driver.close();
    assert_eq!(other.next_frame(PATIENCE), Err(NextFrameError::Closed));
    assert!(bench.driver.open_microphone(0).is_err());
}

#[test]
fn sessions_on_cameras_and_microphones_come_and_go_in_any_order() {
    let bench = Bench::new();
    let mut publisher = None;
    for round in 0..16_u32 {
        let camera = bench.driver.open_session(0).unwrap();
        let microphone = bench.driver.open_microphone(0).unwrap();
        let publisher = publisher.get_or_insert_with(|| {
            let mut publisher = bench.publish("stream1", "");
            let header = publisher.bytes.sound_header();
            publisher.send(&header);
            publisher
        });
        let (first, second) = match round % 2 {
            0 => (true, false),
            _ => (false, true),
        };
        if first {
            drop(camera);
        } else {
            camera.close();
        }
        let sound = publisher
            .bytes
            .sound(round * 100, &[AAC, &[round as u8]].concat());
        publisher.send(&sound);
        assert_eq!(next(&microphone).data.last(), Some(&(round as u8)));
        if second {
            microphone.close();
        }
    }
    let statistics = bench.driver.statistics(0).unwrap();
    assert_eq!(statistics.sessions, 0);
    assert!(statistics.open && statistics.publisher.is_some());
    assert_eq!(bench.events(1), ["0 started /stream1"]);
}
