//! What is kept, and what a reader gets of it.

use super::*;

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
