//! Samples at any of which a reader can begin, kept by duration.

use proptest::prelude::*;

use super::*;

#[derive(Clone)]
struct Sound;

impl Medium for Sound {
    const KEPT_SINCE_SYNC: bool = false;

    fn is_sync(&self) -> bool {
        true
    }
}

const KEPT: Duration = Duration::from_secs(10);
const BY_DURATION: Bounds = Bounds {
    samples: usize::MAX,
    bytes: 16 << 20,
    duration: KEPT,
};

fn ticks(milliseconds: i64) -> Ticks {
    Ticks(milliseconds * Ticks::PER_MILLISECOND)
}

impl Source<Sound> {
    fn of_sound(bounds: Bounds) -> Self {
        Self::sharing(bounds, &plenty())
    }

    /// A sample that lies so many milliseconds behind the one before.
    fn push_after(&mut self, milliseconds: i64, bytes: usize) -> Pushed {
        self.frames += milliseconds;
        self.push_sample(Sound, ticks(self.frames), bytes)
            .expect("the publish is running")
    }

    /// How much lies between the first sample kept and the last.
    fn duration(&self) -> Option<i64> {
        let ring = self.track.ring();
        let window = &ring.window;
        let first = window.get(window.end() - window.sizes().0 as u64)?;
        let last = window.get(window.end() - 1)?;
        Some(last.time.since(first.time) / Ticks::PER_MILLISECOND)
    }
}

fn times(reader: &mut Cursor<Sound>) -> Vec<i64> {
    let ticks = read_all(reader).into_iter();
    ticks.map(|time| time / Ticks::PER_MILLISECOND).collect()
}

#[test]
fn who_begins_in_the_middle_begins_with_the_present() {
    let mut source = Source::of_sound(BY_DURATION);
    let mut other = source.reader();
    for _ in 0..100 {
        source.push_after(20, 160);
    }
    let mut reader = source.reader();
    assert_eq!(times(&mut reader), [0; 0]);
    source.push_after(20, 160);
    source.push_after(20, 160);
    assert_eq!(times(&mut reader), [2_020, 2_040]);
    assert_eq!(times(&mut other).len(), 102);
}

#[test]
fn nothing_is_kept_for_nobody() {
    let mut source = Source::of_sound(BY_DURATION);
    for _ in 0..100 {
        source.push_after(20, 160);
        assert_eq!((held(&source), source.bytes()), (0, 0));
    }
    let mut reader = source.reader();
    source.push_after(20, 160);
    assert_eq!((held(&source), times(&mut reader).len()), (1, 1));
    source.push_after(20, 160);
    assert_eq!(held(&source), 1, "the one that was taken is gone");
    drop(reader);
    assert_eq!(source.track.kept_bytes(), 0);
}

#[test]
fn who_takes_nothing_loses_what_is_older_than_the_duration_and_goes_on_at_once() {
    let mut source = Source::of_sound(BY_DURATION);
    let mut reader = source.track.reader(WhenSlow::LoseSamples, source.now);
    let overruns: usize = (0..1_500)
        .map(|_| source.push_after(20, 160).overrun_readers)
        .sum();
    assert_eq!(overruns, 1, "said once");
    let mut lost = 0;
    let first = reader.read(|samples| lost += samples).expect("a sample");
    assert!(reader.is_behind_gap());
    assert_eq!((first.time, lost), (ticks(20_000), 999));
    assert_eq!(times(&mut reader).len(), 500);
    assert!(!reader.is_behind_gap());
}

#[test]
fn a_burst_holds_the_publisher_back_before_the_duration_is_over() {
    let mut source = Source::of_sound(BY_DURATION);
    let mut reader = source.reader();
    let mut got = Vec::new();
    // A minute at once, and a reader that takes ten times what it hears.
    for _ in 0..3_000 {
        if source.push_after(20, 160).full {
            assert_eq!(source.duration(), Some(7_500));
            while source.hold().is_some() {
                source.pass(2);
                got.extend(number(reader.read(|_| panic!("nothing is lost"))));
            }
        }
    }
    got.extend(read_all(&mut reader));
    assert_eq!(got.len(), 3_000);
}

#[test]
fn samples_of_every_size_are_bounded_by_bytes() {
    let mut source = Source::of_sound(BY_DURATION);
    let _reader = source.reader();
    for _ in 0..10_000 {
        source.push_after(1, 8_191);
        assert!(source.bytes() <= BY_DURATION.bytes);
    }
    assert!(source.bytes() > BY_DURATION.bytes / 2);
}

/// Times of a track rise, but for one case: the system clock was set back for good.
#[test]
fn a_clock_that_is_set_back_loses_nothing_and_keeps_no_more_than_the_bounds() {
    let mut source = Source::of_sound(BY_DURATION);
    let mut reader = source.reader();
    source.push_after(3_600_000, 160);
    source.push_after(-3_600_000, 160);
    for _ in 0..300 {
        source.push_after(20, 160);
    }
    assert_eq!(read_all(&mut reader).len(), 302);
    for _ in 0..5_000 {
        source.push_after(20, 8_191);
        assert!(source.bytes() <= BY_DURATION.bytes);
    }
    assert!(source.duration().is_some_and(|duration| duration <= 10_000));
}

/// Pictures and sound of one process, and one budget: who keeps most lets go.
#[test]
fn tracks_of_both_kinds_share_a_budget() {
    const MIB: usize = 1 << 20;
    let budget = Arc::new(Budget::new(8 * MIB));
    let mut pictures = Source::<Picture>::sharing(BOUNDS, &budget);
    let mut sound = Source::<Sound>::sharing(BY_DURATION, &budget);
    let mut reader = sound.reader();
    for _ in 0..200 {
        sound.push_after(20, 4_096);
    }
    for frame in 0..32 {
        pictures.push_bytes(frame == 0, MIB / 2);
        assert!(budget.kept() <= 8 * MIB);
    }
    assert_eq!(times(&mut reader).len(), 200, "within its fair share");
    assert_eq!(sound.publish.total_dropped(), 0);
}

#[derive(Clone, Debug)]
enum Operation {
    Push { after: i64, bytes: usize },
    Read { reader: usize, samples: usize },
    Open,
    Close { reader: usize },
    Republish,
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let after = prop_oneof![9 => 1_i64..100, 1 => 100_i64..15_000];
    prop_oneof![
        20 => (after, 0_usize..400).prop_map(|(after, bytes)| Operation::Push { after, bytes }),
        4 => (0_usize..4, 1_usize..60).prop_map(|(reader, samples)| Operation::Read { reader, samples }),
        1 => Just(Operation::Open),
        1 => (0_usize..4).prop_map(|reader| Operation::Close { reader }),
        1 => Just(Operation::Republish),
    ]
}

/// What a reader has yet to take, as the plainest possible bookkeeping knows it.
#[derive(Default)]
struct Expected {
    waiting: std::collections::VecDeque<i64>,
    lost: u64,
}

impl Expected {
    fn push(&mut self, time: i64) {
        self.waiting.push_back(time);
        while self
            .waiting
            .front()
            .is_some_and(|first| time - first > 10_000)
        {
            self.waiting.pop_front();
            self.lost += 1;
        }
    }
}

proptest! {
    /// A reader gets everything from its beginning on but what has become older than the duration before it was
    /// taken; gaps are announced and counted; and nobody's memory is kept for longer.
    #[test]
    fn nothing_is_lost_within_the_duration(operations in prop::collection::vec(any_operation(), 1..400)) {
        let mut source = Source::of_sound(BY_DURATION);
        let mut readers: Vec<(Cursor<Sound>, Expected)> = Vec::new();
        for operation in operations {
            match operation {
                Operation::Push { after, bytes } => {
                    source.push_after(after, bytes);
                    let time = source.frames;
                    readers.iter_mut().for_each(|(_, expected)| expected.push(time));
                    // What was taken is let go of with the next one that comes.
                    let most = readers.iter().map(|(_, expected)| expected.waiting.len()).max();
                    prop_assert_eq!(held(&source), most.unwrap_or_default());
                }
                Operation::Open => readers.push((source.reader(), Expected::default())),
                Operation::Close { reader } if reader < readers.len() => drop(readers.remove(reader)),
                Operation::Republish => _ = source.republish(),
                Operation::Read { reader, samples } if reader < readers.len() => {
                    let (reader, expected) = &mut readers[reader];
                    for _ in 0..samples {
                        let mut lost = 0;
                        let read = reader.read(|samples| lost += samples);
                        let time = read.map(|sample| sample.time);
                        prop_assert_eq!(time, expected.waiting.pop_front().map(ticks));
                        prop_assert_eq!(lost, std::mem::take(&mut expected.lost));
                        if time.is_some() {
                            prop_assert_eq!(reader.is_behind_gap(), lost > 0);
                        }
                    }
                }
                Operation::Close { .. } | Operation::Read { .. } => {}
            }
            prop_assert!(source.duration().is_none_or(|duration| duration <= 10_000));
            prop_assert_eq!(source.track.kept_bytes(), source.bytes());
        }
    }
}
