//! Everything at the same time, and in any order.

use std::collections::HashMap;
use std::thread;

use proptest::prelude::*;

use super::*;

/// One writer and some readers at different paces, all at full speed: every reader gets every frame in order, but for
/// gaps that are announced, counted, and end with a sync point.
#[test]
fn readers_and_writer_race() {
    const FRAMES: i64 = 20_000;
    let mut source = Source::new(Bounds {
        samples: 16,
        bytes: 1 << 20,
        ..BOUNDS
    });
    let mut readers: HashMap<u64, Cursor<Picture>> =
        (0..3).map(|pace| (pace, source.reader())).collect();
    thread::scope(|scope| {
        for (pace, mut reader) in readers.drain() {
            scope.spawn(move || {
                let (mut latest, mut dropped, deadline) =
                    (0, 0, Instant::now() + Duration::from_secs(60));
                while latest < FRAMES && Instant::now() < deadline {
                    let mut lost = 0;
                    match reader.read(|frames| lost += frames) {
                        Some(sample) => {
                            let time = sample.time.0;
                            assert!(time > latest);
                            let is_start = reader.is_behind_gap() && sample.medium.sync;
                            assert!(time == latest + 1 || is_start);
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
        let bounds = Bounds { samples: 12, bytes: 1_000 + 12 * OVERHEAD, ..BOUNDS };
        let mut source = Source::new(bounds);
        let mut sync_points = Vec::new();
        let mut readers: Vec<(Cursor<Picture>, Option<i64>, u64)> = Vec::new();
        for operation in operations {
            match operation {
                Operation::Push { sync, bytes } => {
                    // The writer's user sends no frame before the first sync point.
                    let sync = sync || !source.track.is_live();
                    source.push_bytes(sync, bytes);
                    sync_points.extend(sync.then_some(source.frames));
                }
                Operation::Open => readers.push((source.reader(), None, 0)),
                Operation::Close { reader } if reader < readers.len() => drop(readers.remove(reader)),
                Operation::Republish => _ = source.republish(),
                Operation::Read { reader, frames } if reader < readers.len() => {
                    let (reader, latest, dropped) = &mut readers[reader];
                    for _ in 0..frames {
                        let Some(sample) = reader.read(|frames| *dropped += frames) else { break };
                        let time = sample.time.0;
                        match *latest {
                            None => prop_assert!(sample.medium.sync),
                            Some(latest) if !reader.is_behind_gap() => prop_assert_eq!(time, latest + 1),
                            Some(latest) => {
                                prop_assert!(sample.medium.sync);
                                prop_assert_eq!(*dropped, u64::try_from(time - latest - 1).unwrap());
                            }
                        }
                        *latest = Some(time);
                        *dropped = 0;
                    }
                }
                Operation::Close { .. } | Operation::Read { .. } => {}
            }
            prop_assert!(held(&source) <= bounds.samples);
            prop_assert!(source.bytes() <= bounds.bytes);
            prop_assert_eq!(source.track.kept_bytes(), source.bytes());
        }
        for (mut reader, latest, _) in readers {
            let rest: Vec<_> = std::iter::from_fn(|| reader.read(|_| {})).collect();
            if let (Some(latest), Some(first)) = (latest, rest.first()) {
                prop_assert!(first.time.0 == latest + 1 || sync_points.contains(&first.time.0));
            }
        }
    }
}
