use std::collections::HashMap;
use std::task::Wake;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use super::place::{CATCHING_UP, HELD_BACK};
use super::ring::MUCH;
use super::*;

/// A sample is a sync point or not, and readers have to begin at one.
struct Picture {
    sync: bool,
}

impl Medium for Picture {
    const KEPT_SINCE_SYNC: bool = true;

    fn is_sync(&self) -> bool {
        self.sync
    }
}

const BOUNDS: Bounds = Bounds {
    samples: 1000,
    bytes: 64 << 20,
    duration: Duration::MAX,
};
const OVERHEAD: usize = Sample::<Picture>::OVERHEAD;

/// Frames that carry their number in their time, pushed at a time that the test tells.
struct Source {
    track: Arc<Track<Picture>>,
    publish: Arc<Deliveries>,
    frames: i64,
    now: Instant,
}

/// No bound of the ring depends on the process in these tests.
fn plenty() -> Arc<Budget> {
    Arc::new(Budget::new(usize::MAX))
}

impl Source {
    fn new(bounds: Bounds) -> Self {
        Self::sharing(bounds, &plenty())
    }

    fn sharing(bounds: Bounds, budget: &Arc<Budget>) -> Self {
        let mut source = Self {
            track: Track::new(bounds, budget),
            publish: Arc::default(),
            frames: 0,
            now: Instant::now(),
        };
        source.republish();
        source
    }

    /// Another publish begins. The time of the latest sample before it.
    fn republish(&mut self) -> Option<Ticks> {
        let number = self.publish.number + 1;
        self.publish = Arc::new(Deliveries::of_publish(number));
        self.track.begin_publish(number)
    }

    fn push_bytes(&mut self, sync: bool, bytes: usize) -> Option<Pushed> {
        self.frames += 1;
        let sample = Sample {
            data: vec![0; bytes].into(),
            buffer_bytes: bytes,
            time: Ticks(self.frames),
            received: self.now,
            publish: Arc::clone(&self.publish),
            first: false,
            medium: Picture { sync },
        };
        self.track.push(sample, self.now)
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

    fn reader(&self) -> Cursor<Picture> {
        self.track.reader(WhenSlow::HoldPublisher, self.now)
    }

    fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    /// For how long the publisher is held back from now on, unless it is woken.
    fn hold(&self) -> Option<Duration> {
        self.hold_with(Waker::noop())
    }

    fn hold_with(&self, waker: &Waker) -> Option<Duration> {
        let until = self.track.poll_room(self.publish.number, self.now, waker)?;
        Some(until.duration_since(self.now))
    }

    /// Pushes until there is no room.
    fn fill(&mut self) {
        while !self.push(false).full {}
    }

    fn bytes(&self) -> usize {
        self.track.ring().window.bytes()
    }
}

fn number(read: Option<Arc<Sample<Picture>>>) -> Option<i64> {
    read.map(|sample| sample.time.0)
}

fn read_all(reader: &mut Cursor<Picture>) -> Vec<i64> {
    std::iter::from_fn(|| number(reader.read(|_| {}))).collect()
}

fn held(source: &Source) -> usize {
    source.track.ring().window.sizes().0
}

#[test]
fn a_reader_starts_at_the_latest_sync_point_held() {
    let mut source = Source::new(BOUNDS);
    source.push_group(9);
    source.push_group(5);
    assert_eq!(
        read_all(&mut source.reader()),
        (11..=16).collect::<Vec<_>>()
    );
}

#[test]
fn without_a_sync_point_a_reader_waits_for_the_next() {
    let mut source = Source::new(Bounds {
        samples: 4,
        ..BOUNDS
    });
    source.push_group(10);
    assert_eq!(held(&source), 0, "nobody could start with these");
    let mut reader = source.reader();
    assert!(reader.awaits_first_sample());
    source.push(false);
    let mut dropped = 0;
    assert!(reader.read(|frames| dropped += frames).is_none());
    assert_eq!(dropped, 0, "a reader that has not started is not too slow");
    source.push_group(1);
    assert_eq!(read_all(&mut reader), [13, 14]);
    assert!(!reader.awaits_first_sample());
}

#[test]
fn what_all_have_had_is_let_go_of_up_to_the_latest_sync_point() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push_group(9);
    assert_eq!(read_all(&mut reader).len(), 10);
    assert_eq!(held(&source), 10);
    source.push(true);
    assert_eq!(held(&source), 1);
    source.push_group(3);
    assert_eq!(held(&source), 5, "the reader has not had the frame before");
    drop(reader);
    assert_eq!(held(&source), 4);
}

#[test]
fn a_slow_reader_loses_frames_up_to_the_next_sync_point() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    let overruns: usize = (0..3_000)
        .map(|frame| source.push(frame % 50 == 0).overrun_readers)
        .sum();
    assert_eq!(overruns, 1, "told once");
    assert_eq!(held(&source), 1_000);
    assert_eq!(source.publish.total_dropped(), 2_000);
    let mut dropped = 0;
    let read = reader.read(|frames| dropped += frames).expect("a frame");
    assert!(reader.is_behind_gap() && read.medium.sync);
    assert_eq!(dropped, 2_000);
    assert_eq!(read.time, Ticks(2_001));
    assert_eq!(read_all(&mut reader), (2_002..=3_000).collect::<Vec<_>>());

    let overruns: usize = (0..1_100)
        .map(|frame| source.push(frame % 50 == 7).overrun_readers)
        .sum();
    assert_eq!(overruns, 1, "a new episode");
    let mut dropped = 0;
    let read = reader.read(|frames| dropped += frames).expect("a frame");
    assert_eq!(
        read.time,
        Ticks(3_108),
        "the first sync point among the latest 1000"
    );
    assert_eq!(dropped, 107);
    assert_eq!(source.publish.total_dropped(), 2_107);
}

#[test]
fn bytes_are_bounded_and_counted_with_what_they_keep() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    for frame in 0..100 {
        source.push_bytes(frame % 10 == 0, 1 << 20);
    }
    assert_eq!(held(&source), 63, "63 MiB and what 63 frames take");
    assert_eq!(source.track.kept_bytes(), 63 * ((1 << 20) + OVERHEAD));
    assert_eq!(read_all(&mut reader), (41..=100).collect::<Vec<_>>());
    source.push_bytes(true, 1);
    assert_eq!(source.track.kept_bytes(), 1 + OVERHEAD);
    drop(reader);
    let publish = source.publish.number;
    source.track.end_publish(publish);
    assert_eq!(source.track.kept_bytes(), 0);
}

#[test]
fn many_small_frames_leave_nothing_behind() {
    let mut source = Source::new(BOUNDS);
    let reader = source.reader();
    source.push_group(999);
    assert!(source.track.ring().window.sizes().1 >= 1_000);
    drop(reader);
    source.push(true);
    assert!(source.track.ring().window.sizes().1 <= MUCH);
}

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

#[test]
fn whoever_keeps_most_lets_go_for_the_others() {
    const MIB: usize = 1 << 20;
    let budget = Arc::new(Budget::new(32 * MIB));
    let mut greedy = Source::sharing(BOUNDS, &budget);
    let mut modest: Vec<_> = (0..3).map(|_| Source::sharing(BOUNDS, &budget)).collect();
    let mut reader = greedy.reader();
    for frame in 0..60 {
        greedy.push_bytes(frame == 0, MIB);
        reader.read(|_| {}).expect("it keeps up");
        assert!(budget.kept() <= 32 * MIB);
    }
    assert_eq!(
        greedy.publish.total_dropped(),
        0,
        "only the start for new readers is gone"
    );
    // A group of 31 MiB, which is all there is.
    for frame in 0..31 {
        greedy.push_bytes(frame == 0, MIB);
        reader.read(|_| {}).expect("it keeps up");
    }
    assert!(greedy.bytes() > 30 * MIB);
    let mut readers: Vec<_> = modest.iter().map(Source::reader).collect();
    for frame in 0..7 {
        for source in &mut modest {
            source.push_bytes(frame == 0, MIB);
            assert!(budget.kept() <= 32 * MIB);
        }
    }
    for (source, reader) in modest.iter().zip(&mut readers) {
        assert_eq!(source.publish.total_dropped(), 0);
        assert_eq!(read_all(reader).len(), 7);
    }
    drop((modest, readers));
    assert_eq!(budget.kept(), greedy.bytes());
}

#[test]
fn where_room_is_scarce_a_burst_is_held_back_earlier_and_nothing_lost() {
    const MIB: usize = 1 << 20;
    let budget = Arc::new(Budget::new(64 * MIB));
    let mut sources: Vec<_> = (0..8).map(|_| Source::sharing(BOUNDS, &budget)).collect();
    let mut readers: Vec<_> = sources.iter().map(Source::reader).collect();
    // All come back at once after a stall, with 20 MiB each.
    let mut left = [20; 8];
    let mut got = [0; 8];
    while left.iter().any(|left| *left > 0) {
        for (index, source) in sources.iter_mut().enumerate() {
            if left[index] > 0 && source.hold().is_none() {
                source.push_bytes(left[index] == 20, MIB).expect("it runs");
                left[index] -= 1;
            }
            // Readers are three times slower.
            if left[index] % 3 == 0 || left[index] == 0 || source.hold().is_some() {
                got[index] += usize::from(readers[index].read(|_| {}).is_some());
            }
        }
        assert!(budget.kept() <= 64 * MIB);
    }
    for (index, source) in sources.iter().enumerate() {
        assert_eq!(source.publish.total_dropped(), 0);
        assert_eq!(got[index] + read_all(&mut readers[index]).len(), 20);
    }
}

#[test]
fn readers_do_not_disturb_each_other() {
    let mut source = Source::new(BOUNDS);
    let mut quick = source.reader();
    let mut slow = source.reader();
    let mut got = Vec::new();
    for frame in 0..1_000 {
        source.push(frame % 100 == 0);
        got.extend(read_all(&mut quick));
    }
    assert_eq!(got, (1..=1_000).collect::<Vec<_>>());
    assert_eq!(read_all(&mut slow), got);
}

#[test]
fn the_end_of_a_publish_leaves_nothing_to_start_at() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push_group(4);
    assert!(source.track.is_live());
    source.track.end_publish(source.publish.number);
    assert!(!source.track.is_live());
    assert!(
        source.push_bytes(true, 1).is_none(),
        "the publish has ended"
    );
    assert!(read_all(&mut source.reader()).is_empty());
    assert_eq!(
        read_all(&mut reader),
        [1, 2, 3, 4, 5],
        "what is left is handed out"
    );
    drop(reader);
    assert_eq!(held(&source), 0);
}

#[test]
fn a_new_publish_replaces_the_one_before() {
    let mut source = Source::new(BOUNDS);
    let mut reader = source.reader();
    source.push_group(1);
    let replaced = source.publish.number;
    assert_eq!(source.republish(), Some(Ticks(2)));
    source.push_group(1);
    source.track.end_publish(replaced);
    assert!(
        source.track.is_live(),
        "the one replaced cannot end the new one"
    );
    let reads: Vec<_> = std::iter::from_fn(|| reader.read(|_| {}))
        .map(|sample| sample.publish.number)
        .collect();
    assert_eq!(reads, [1, 1, 2, 2]);
}

#[test]
fn a_stopped_reader_holds_nothing() {
    let mut source = Source::new(BOUNDS);
    let reader = source.reader();
    source.push_group(100);
    assert_eq!(source.track.depth(), 101);
    drop(reader);
    assert_eq!(source.track.depth(), 0);
}

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
