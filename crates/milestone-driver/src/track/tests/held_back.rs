//! Who holds the publisher back, and for how long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use super::*;

#[test]
fn a_burst_fills_the_ring_and_holds_the_publisher_back() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push(true);
    source.fill();
    assert_eq!(held(&source), 700);
    assert_eq!(source.hold(), Some(HELD_BACK));
    source.pass(1_999);
    assert_eq!(source.hold(), Some(Duration::from_millis(1)));

    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    assert!(source.hold_with(&waker).is_some());
    let mut taken = 0;
    while !woken.0.load(Ordering::Relaxed) {
        assert!(reader.read(|_| {}).is_some());
        taken += 1;
    }
    assert!(
        (150..250).contains(&taken),
        "not for each frame, but long before it has nothing left: {taken}"
    );
    assert_eq!(source.hold(), None);
    assert!(!source.push(false).full);
}

#[test]
fn a_publisher_that_was_replaced_does_not_take_the_other_ones_call() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push(true);
    let replaced = source.publish.number;
    source.republish();
    source.push(true);
    source.fill();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    assert!(source.hold_with(&waker).is_some());
    // Its connection has yet to hear of its end.
    let of_replaced = source.track.poll_room(replaced, source.now, Waker::noop());
    assert_eq!(of_replaced, None);
    read_all(&mut reader);
    assert!(woken.0.load(Ordering::Relaxed));
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_reader_that_goes_on_taking_frames_loses_none() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push(true);
    let mut got = Vec::new();
    // Half a minute of 60 fps at once, and a reader that takes 20 a second.
    for _ in 0..1_800 {
        if source.push(false).full {
            while let Some(wait) = source.hold() {
                assert!(wait <= HELD_BACK);
                let waited = wait.min(Duration::from_millis(50));
                source.now += waited;
                got.extend(number(reader.read(|_| panic!("nothing is lost"))));
            }
        }
    }
    got.extend(read_all(&mut reader));
    assert_eq!(got, (1..=1_801).collect::<Vec<_>>());
}

#[test]
fn a_reader_that_takes_nothing_holds_nobody_for_longer_than_two_seconds() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push(true);
    source.fill();
    let held_since = source.now;
    while let Some(wait) = source.hold() {
        source.now += wait;
    }
    assert_eq!(source.now - held_since, HELD_BACK);
    // Now it loses frames, and is told so once.
    let mut overruns = 0;
    for frame in 0..2_000 {
        source.pass(33);
        let pushed = source.push(frame % 30 == 0);
        assert!(!pushed.full, "nobody waits for it");
        overruns += pushed.overrun_readers;
    }
    assert_eq!(overruns, 1);
    // When it comes back it starts at a sync point, and is waited for again.
    let mut lost = 0;
    let read = reader.read(|frames| lost += frames).expect("a frame");
    assert!(reader.is_behind_gap() && read.medium.sync && lost > 1_000);
    read_all(&mut reader);
    source.fill();
    assert_eq!(source.hold(), Some(HELD_BACK));
}

#[test]
fn a_reader_that_has_taken_nothing_for_long_is_not_waited_for_at_all() {
    let mut source = Source::new(BOUNDS);
    let _reader = source.reader();
    source.push(true);
    for _ in 0..2_000 {
        source.pass(33);
        if source.push(false).full {
            assert_eq!(source.hold(), None);
        }
    }
}

#[test]
fn a_reader_that_waits_for_a_burst_has_its_two_seconds() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push(true);
    assert_eq!(read_all(&mut reader), [1]);
    // The link stalls for 25 s, in which the reader has nothing to take.
    source.pass(25_000);
    source.fill();
    source.pass(1_900);
    assert!(source.hold().is_some(), "its thread comes late");
    assert_eq!(number(reader.read(|_| {})), Some(2));
    source.pass(100);
    assert!(source.hold().is_some(), "it is alive");
    source.pass(1_900);
    assert_eq!(source.hold(), None, "it has made room for one");
    assert!(source.push(false).full);
    assert!(source.hold().is_some());
}

#[test]
fn a_reader_that_never_catches_up_is_given_up_after_a_minute() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push(true);
    let began = source.now;
    // It takes a frame a second, whatever comes.
    for frame in 0..2_000 {
        if source.push(frame % 50 == 0).full {
            while let Some(wait) = source.hold() {
                source.now += wait.min(Duration::from_secs(1));
                reader.read(|_| {});
            }
        }
    }
    let held = source.now - began;
    assert!(
        held >= CATCHING_UP && held <= CATCHING_UP + HELD_BACK,
        "{held:?}"
    );
    assert!(source.publish.total_dropped() > 500);
}

#[test]
fn bytes_hold_the_publisher_back_as_well() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    for frame in 0..47 {
        let pushed = source.push_bytes(frame == 0, 1 << 20);
        assert!(!pushed.expect("it runs").full);
    }
    // The largest message has room.
    let last = source.push_bytes(false, 16 << 20).expect("it runs");
    assert!(last.full && last.overrun_readers == 0);
    while source.hold().is_some() {
        reader.read(|_| panic!("nothing is lost")).expect("frames");
    }
    assert!(source.bytes() > 16 << 20, "it need not take everything");
}

#[test]
fn the_frames_for_a_new_reader_hold_nobody_back() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push(true);
    for _ in 0..5_000 {
        assert!(!source.push(false).full);
        assert_eq!(
            read_all(&mut reader).len(),
            if source.frames == 2 { 2 } else { 1 }
        );
    }
    assert!(
        held(&source) <= 1,
        "a group that is longer than the bounds is of no use to anybody"
    );
}

#[test]
fn a_viewer_that_nobody_vouches_for_holds_nobody_back() {
    let mut source = Source::new(BOUNDS);
    let mut viewer = source.track.reader(WhenSlow::LoseSamples, source.now);
    let mut reader = source.reader();
    let mut got = Vec::new();
    for frame in 0..1_500 {
        assert!(!source.push(frame % 100 == 0).full);
        got.extend(read_all(&mut reader));
    }
    assert_eq!(got, (1..=1_500).collect::<Vec<_>>());
    assert_eq!(read_all(&mut viewer), (501..=1_500).collect::<Vec<_>>());
}

#[test]
fn a_reader_that_leaves_lets_the_publisher_go_on() {
    let mut source = Source::new(BOUNDS);
    let reader = source.reader();
    source.push(true);
    source.fill();
    let woken = Arc::new(Woken::default());
    assert!(source.hold_with(&Waker::from(Arc::clone(&woken))).is_some());
    drop(reader);
    assert!(woken.0.load(Ordering::Relaxed));
    assert_eq!(source.hold(), None);
}

#[test]
fn a_publish_that_is_over_is_not_held_back() {
    let mut source = Source::new(BOUNDS);
    let _reader = source.reader();
    source.push(true);
    source.fill();
    assert!(source.hold().is_some());
    let number = source.publish.number;
    source.track.begin_publish(number + 1);
    assert_eq!(source.hold(), None);
    source.republish();
    source.pass(500);
    assert!(source.push(true).full);
    assert_eq!(
        source.hold(),
        Some(HELD_BACK - Duration::from_millis(500)),
        "the reader still has what it did not take"
    );
}
