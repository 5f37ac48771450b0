use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Frames that carry their number in their time.
struct Source {
    ring: Arc<FrameRing>,
    publish: Publish,
    frames: i64,
}

impl Source {
    fn new(bounds: Bounds) -> Self {
        let ring = Arc::new(FrameRing::new(bounds));
        let publish = ring.begin_publish();
        Self {
            ring,
            publish,
            frames: 0,
        }
    }

    fn push_bytes(&mut self, sync: bool, bytes: usize) -> Option<Pushed> {
        self.frames += 1;
        let frame = NewFrame {
            data: vec![0; bytes].into(),
            time: Ticks(self.frames),
            sync,
            received: Instant::now(),
            timestamp_ms: 0,
            composition_offset_ms: 0,
        };
        self.ring.push(self.publish.number, frame)
    }

    fn push(&mut self, sync: bool) -> Pushed {
        self.push_bytes(sync, 10).expect("the publish is running")
    }

    /// A key frame and `others` other frames.
    fn push_group(&mut self, others: usize) {
        self.push(true);
        for _ in 0..others {
            self.push(false);
        }
    }
}

fn number(read: Option<RingRead>) -> Option<i64> {
    read.map(|read| read.frame.time.0)
}

fn read_all(reader: &mut RingReader) -> Vec<i64> {
    std::iter::from_fn(|| number(reader.read(|_| {}))).collect()
}

fn held(ring: &FrameRing) -> u64 {
    ring.next.load(Ordering::Relaxed) - ring.oldest.load(Ordering::Relaxed)
}

#[test]
fn a_reader_starts_at_the_latest_sync_point_held() {
    let mut source = Source::new(Bounds::default());
    source.push_group(9);
    source.push_group(5);
    assert_eq!(
        read_all(&mut source.ring.reader()),
        (11..=16).collect::<Vec<_>>()
    );
}

#[test]
fn without_a_sync_point_a_reader_waits_for_the_next() {
    let mut source = Source::new(Bounds {
        frames: 4,
        bytes: 1000,
    });
    source.push_group(10);
    let mut reader = source.ring.reader();
    assert!(reader.awaits_first_frame());
    source.push(false);
    let mut dropped = 0;
    assert!(reader.read(|frames| dropped += frames).is_none());
    assert_eq!(dropped, 0, "a reader that has not started is not too slow");
    source.push_group(1);
    assert_eq!(read_all(&mut reader), [13, 14]);
    assert!(!reader.awaits_first_frame());
}

#[test]
fn what_all_have_had_is_let_go_of_up_to_the_latest_sync_point() {
    let mut source = Source::new(Bounds::default());
    let mut reader = source.ring.reader();
    source.push_group(9);
    assert_eq!(read_all(&mut reader).len(), 10);
    assert_eq!(held(&source.ring), 10);
    source.push(true);
    assert_eq!(held(&source.ring), 1);
    source.push_group(3);
    assert_eq!(
        held(&source.ring),
        5,
        "the reader has not had the frame before"
    );
    drop(reader);
    assert_eq!(held(&source.ring), 4);
}

#[test]
fn a_slow_reader_loses_frames_up_to_the_next_sync_point() {
    let mut source = Source::new(Bounds::default());
    let mut reader = source.ring.reader();
    let overruns: usize = (0..3_000)
        .map(|frame| source.push(frame % 50 == 0).overrun_readers)
        .sum();
    assert_eq!(overruns, 1, "told once");
    assert_eq!(held(&source.ring), 300);
    let mut dropped = 0;
    let read = reader.read(|frames| dropped += frames).expect("a frame");
    assert!(read.gap && read.frame.sync);
    assert_eq!(dropped, 2_700);
    assert_eq!(read.frame.time, Ticks(2_701));
    assert_eq!(read_all(&mut reader), (2_702..=3_000).collect::<Vec<_>>());

    let overruns: usize = (0..400)
        .map(|frame| source.push(frame % 50 == 7).overrun_readers)
        .sum();
    assert_eq!(overruns, 1, "a new episode");
    let mut dropped = 0;
    let read = reader.read(|frames| dropped += frames).expect("a frame");
    assert_eq!(
        read.frame.time,
        Ticks(3_108),
        "the first sync point among the latest 300"
    );
    assert_eq!(dropped, 107);
}

#[test]
fn bytes_are_bounded() {
    let mut source = Source::new(Bounds::default());
    let mut reader = source.ring.reader();
    for frame in 0..100 {
        source.push_bytes(frame % 10 == 0, 1 << 20);
    }
    assert_eq!(held(&source.ring), 64);
    assert_eq!(read_all(&mut reader), (41..=100).collect::<Vec<_>>());
}

#[test]
fn readers_do_not_disturb_each_other() {
    let mut source = Source::new(Bounds::default());
    let mut quick = source.ring.reader();
    let mut slow = source.ring.reader();
    let mut got = Vec::new();
    for frame in 0..1_000 {
        source.push(frame % 100 == 0);
        got.extend(read_all(&mut quick));
    }
    assert_eq!(got, (1..=1_000).collect::<Vec<_>>());
    assert_eq!(read_all(&mut slow), (701..=1_000).collect::<Vec<_>>());
}

#[test]
fn the_end_of_a_publish_leaves_nothing_to_start_at() {
    let mut source = Source::new(Bounds::default());
    let mut reader = source.ring.reader();
    source.push_group(4);
    assert!(source.ring.is_live());
    source.ring.end_publish(source.publish.number);
    assert!(!source.ring.is_live());
    assert!(
        source.push_bytes(true, 1).is_none(),
        "the publish has ended"
    );
    assert_eq!(read_all(&mut source.ring.reader()), []);
    assert_eq!(
        read_all(&mut reader),
        [1, 2, 3, 4, 5],
        "what is left is handed out"
    );
    drop(reader);
    assert_eq!(held(&source.ring), 0);
}

#[test]
fn a_new_publish_replaces_the_one_before() {
    let mut source = Source::new(Bounds::default());
    let mut reader = source.ring.reader();
    source.push_group(1);
    let replaced = std::mem::replace(&mut source.publish, source.ring.begin_publish());
    assert_eq!(
        source.publish,
        Publish {
            number: 2,
            after: Some(Ticks(2))
        }
    );
    source.push_group(1);
    source.ring.end_publish(replaced.number);
    assert!(
        source.ring.is_live(),
        "the one replaced cannot end the new one"
    );
    let reads: Vec<_> = std::iter::from_fn(|| reader.read(|_| {}))
        .map(|read| (read.frame.publish, read.frame.first))
        .collect();
    assert_eq!(reads, [(1, true), (1, false), (2, true), (2, false)]);
}

#[test]
fn a_stopped_reader_holds_nothing() {
    let mut source = Source::new(Bounds::default());
    let reader = source.ring.reader();
    source.push_group(100);
    assert_eq!(source.ring.depth(), 101);
    drop(reader);
    assert_eq!(source.ring.depth(), 0);
}

/// One writer and some readers at different paces, all at full speed: every reader gets every frame in order, but for
/// gaps that are announced, counted, and end with a sync point.
#[test]
fn readers_and_writer_race() {
    const FRAMES: i64 = 20_000;
    let mut source = Source::new(Bounds {
        frames: 16,
        bytes: 1 << 20,
    });
    let mut readers: HashMap<u64, RingReader> =
        (0..3).map(|pace| (pace, source.ring.reader())).collect();
    thread::scope(|scope| {
        for (pace, mut reader) in readers.drain() {
            scope.spawn(move || {
                let (mut latest, mut dropped, deadline) =
                    (0, 0, Instant::now() + Duration::from_secs(60));
                while latest < FRAMES && Instant::now() < deadline {
                    let mut lost = 0;
                    match reader.read(|frames| lost += frames) {
                        Some(read) => {
                            let time = read.frame.time.0;
                            assert!(time > latest);
                            assert!(time == latest + 1 || (read.gap && read.frame.sync));
                            latest = time;
                            for _ in 0..pace * 50 {
                                std::hint::spin_loop();
                            }
                        }
                        None => thread::yield_now(),
                    }
                    dropped += lost;
                }
                assert_eq!(latest, FRAMES, "{dropped} were dropped");
            });
        }
        for frame in 0..FRAMES {
            // The last one is a sync point, so that every reader arrives there.
            source.push(frame % 5 == 0 || frame == FRAMES - 1);
        }
    });
}

#[derive(Clone, Debug)]
enum Operation {
    Push { sync: bool, bytes: usize },
    Read { reader: usize, frames: usize },
    Open,
    Close { reader: usize },
    Republish,
}

fn any_operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        12 => (any::<bool>(), 0_usize..200).prop_map(|(sync, bytes)| Operation::Push { sync, bytes }),
        6 => (0_usize..4, 1_usize..6).prop_map(|(reader, frames)| Operation::Read { reader, frames }),
        1 => Just(Operation::Open),
        1 => (0_usize..4).prop_map(|reader| Operation::Close { reader }),
        1 => Just(Operation::Republish),
    ]
}

proptest! {
    /// Against the plainest possible bookkeeping: within the bounds, every reader gets every frame from a sync point
    /// on; gaps are announced and counted; nothing over the bounds is held.
    #[test]
    fn whatever_happens(operations in prop::collection::vec(any_operation(), 1..300)) {
        let bounds = Bounds { frames: 12, bytes: 1_000 };
        let mut source = Source::new(bounds);
        let mut sync_points = Vec::new();
        let mut readers: Vec<(RingReader, Option<i64>, u64)> = Vec::new();
        for operation in operations {
            match operation {
                Operation::Push { sync, bytes } => {
                    // The writer's user sends no frame before the first sync point.
                    let sync = sync || !source.ring.is_live();
                    source.push_bytes(sync, bytes);
                    sync_points.extend(sync.then_some(source.frames));
                }
                Operation::Open => readers.push((source.ring.reader(), None, 0)),
                Operation::Close { reader } if reader < readers.len() => drop(readers.remove(reader)),
                Operation::Republish => source.publish = source.ring.begin_publish(),
                Operation::Read { reader, frames } if reader < readers.len() => {
                    let (reader, latest, dropped) = &mut readers[reader];
                    for _ in 0..frames {
                        let Some(read) = reader.read(|frames| *dropped += frames) else { break };
                        let time = read.frame.time.0;
                        match *latest {
                            None => prop_assert!(read.frame.sync),
                            Some(latest) if !read.gap => prop_assert_eq!(time, latest + 1),
                            Some(latest) => {
                                prop_assert!(read.frame.sync);
                                prop_assert_eq!(*dropped, u64::try_from(time - latest - 1).unwrap());
                            }
                        }
                        *latest = Some(time);
                        *dropped = 0;
                    }
                }
                Operation::Close { .. } | Operation::Read { .. } => {}
            }
            prop_assert!(held(&source.ring) <= bounds.frames);
            prop_assert!(source.ring.writer().bytes <= bounds.bytes);
            prop_assert_eq!(source.ring.writer().sizes.len() as u64, held(&source.ring));
        }
        for (mut reader, latest, _) in readers {
            let rest: Vec<_> = std::iter::from_fn(|| reader.read(|_| {})).collect();
            if let (Some(latest), Some(first)) = (latest, rest.first()) {
                prop_assert!(first.frame.time.0 == latest + 1 || sync_points.contains(&first.frame.time.0));
            }
        }
    }
}
