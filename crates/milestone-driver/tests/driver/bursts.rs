//! What comes at once after a stall, and sessions that take it at their own pace.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use milestone_driver::{Frame, LiveSession};

use crate::bench::{Bench, PATIENCE, wait_until};

/// Frames of 60 per second that wait for the end of a stall of 25 s.
const BACKLOG: u32 = 1500;
const GROUP: u32 = 120;

/// The backlog, one message for each frame, all in one piece.
fn backlog(
    bench: &Bench,
    picture: &[u8],
) -> (crate::bench::Publisher<std::net::TcpStream>, Vec<u8>) {
    let mut publisher = bench.publish("stream1", "");
    let mut bytes = publisher.bytes.sequence_header();
    for frame in 0..BACKLOG {
        let timestamp = frame * 1000 / 60;
        bytes.extend(match frame % GROUP {
            0 => publisher.bytes.key_frame(timestamp, picture),
            _ => publisher.bytes.delta_frame(timestamp, picture),
        });
    }
    (publisher, bytes)
}

/// The video frames that the session gives until there are `frames` of them.
fn take(session: &LiveSession, frames: u32, mut between: impl FnMut(&Frame)) {
    let deadline = Instant::now() + PATIENCE;
    let mut taken = 0;
    while taken < frames {
        assert!(Instant::now() < deadline, "{taken} of {frames} frames");
        let Some(frame) = session.next_frame(PATIENCE).unwrap() else {
            continue;
        };
        if frame.offline_picture {
            continue;
        }
        assert_eq!(frame.key, taken % GROUP == 0, "frame {taken}");
        assert_eq!(frame.discontinuity, taken == 0, "frame {taken}");
        taken += 1;
        between(&frame);
    }
    assert_eq!(session.dropped_frames(), 0);
}

/// On a machine that is busy: whoever is to take something may come late.
#[test]
fn the_backlog_of_a_stall_arrives_whole_in_every_session_that_takes_it() {
    let bench = Bench::new();
    let sessions: Vec<_> = (0..3)
        .map(|_| bench.driver.open_session(0).unwrap())
        .collect();
    let (mut publisher, bytes) = backlog(&bench, &[7; 2000]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let mut paces = [0_u64, 200, 2000].into_iter();
        let takers: Vec<_> = sessions
            .iter()
            .map(|session| {
                // One takes at once, one steadily, one as slowly as a disk that has much to do.
                let pace = Duration::from_micros(paces.next().expect("a pace"));
                scope.spawn(move || take(session, BACKLOG, |_| thread::sleep(pace)))
            })
            .collect();
        publisher.send(&bytes);
        let taken = takers.into_iter().map(|taker| taker.join().is_ok());
        let whole = taken.collect::<Vec<_>>();
        done.store(true, Ordering::Relaxed);
        assert_eq!(whole, [true; 3]);
    });
    let statistics = bench.driver.statistics(0).unwrap();
    assert_eq!(statistics.output.frames, u64::from(3 * BACKLOG));
    assert_eq!(statistics.drops.slow_session, 0);
}

#[test]
fn small_frames_at_once_arrive_whole_though_the_session_comes_late() {
    const FRAMES: u32 = 960;
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    let mut bytes = publisher.bytes.sequence_header();
    for frame in 0..FRAMES {
        bytes.extend(match frame % GROUP {
            0 => publisher.bytes.key_frame(frame, &[7; 300]),
            _ => publisher.bytes.delta_frame(frame, &[7; 300]),
        });
    }
    publisher.send(&bytes);
    // Its thread begins when there is no room for more.
    wait_until("a full ring", || {
        bench.driver.statistics(0).unwrap().queue_depth >= 700
    });
    take(&session, FRAMES, |_| {});
}

/// The publisher goes away with its backlog half taken: what it sent is taken all the same.
#[test]
fn a_publisher_that_leaves_after_its_backlog_loses_nothing_of_it() {
    let bench = Bench::new();
    let session = bench.driver.open_session(0).unwrap();
    let (mut publisher, bytes) = backlog(&bench, &[7; 300]);
    thread::scope(|scope| {
        let sending = scope.spawn(move || {
            publisher.send(&bytes);
            drop(publisher);
        });
        take(&session, BACKLOG, |_| {
            thread::sleep(Duration::from_micros(500))
        });
        sending.join().expect("everything is sent");
    });
    assert_eq!(bench.events(2)[1], "0 stopped /stream1 after 1500");
}

/// Neither the other session of the camera nor another camera waits for one that takes nothing.
#[test]
fn a_session_that_takes_nothing_holds_nobody_up_for_long() {
    let bench = Bench::new();
    let stuck = bench.driver.open_session(0).unwrap();
    let quick = bench.driver.open_session(0).unwrap();
    let other = bench.driver.open_session(1).unwrap();
    let mut neighbour = bench.publish("stream2", "");
    let (mut publisher, bytes) = backlog(&bench, &[7; 300]);
    thread::scope(|scope| {
        scope.spawn(|| publisher.send(&bytes));
        scope.spawn(|| take(&quick, BACKLOG, |_| {}));
        wait_until("a held publisher", || {
            bench.driver.statistics(0).unwrap().queue_depth >= 700
        });
        // The neighbour is served meanwhile.
        neighbour.send_group(0, 25);
        let deadline = Instant::now() + PATIENCE;
        let mut taken = 0;
        while taken < 25 && Instant::now() < deadline {
            let frame = other.next_frame(PATIENCE).unwrap();
            taken += u32::from(frame.is_some_and(|frame| !frame.offline_picture));
        }
        assert_eq!(taken, 25);
    });
    let statistics = bench.driver.statistics(0).unwrap();
    assert_eq!(statistics.input.frames, u64::from(BACKLOG));
    assert_eq!(quick.dropped_frames(), 0);
    let log = bench.log_with("too slow");
    assert_eq!(
        log.iter().filter(|line| line.contains("too slow")).count(),
        1
    );
    assert!(statistics.drops.slow_session >= 500);
    drop(stuck);
}

/// A page that is never read must not slow down what is recorded.
#[test]
fn a_preview_holds_nobody_up() {
    let bench = Bench::new();
    let preview = bench.driver.open_preview(0).unwrap();
    let session = bench.driver.open_session(0).unwrap();
    let (mut publisher, bytes) = backlog(&bench, &[7; 300]);
    thread::scope(|scope| {
        scope.spawn(|| publisher.send(&bytes));
        take(&session, BACKLOG, |_| {});
    });
    assert_eq!(
        bench.driver.statistics(0).unwrap().queue_depth,
        1000,
        "what is kept for the preview"
    );
    drop(preview);
}
