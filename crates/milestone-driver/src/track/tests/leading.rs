//! Samples behind a sync point that need what came before it.

use super::*;

#[test]
fn they_are_left_out_where_a_reader_begins_and_nowhere_else() {
    let mut source = Source::new(BOUNDS);
    let mut there = source.reader();
    source.push_group(1);
    source.push(true);
    source.push_reaching_back();
    source.push(false);
    source.push_reaching_back();
    let mut late = source.reader();
    source.push(true);
    source.push_reaching_back();
    assert_eq!(read_all(&mut there), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(read_all(&mut late), [3, 5, 7, 8]);
}

#[test]
fn they_are_left_out_behind_a_gap_and_not_counted_as_lost() {
    let mut source = Source::new(Bounds {
        samples: 4,
        ..BOUNDS
    });
    let mut slow = source.reader();
    source.push_group(2);
    source.push(true);
    source.push_reaching_back();
    source.push(false);
    source.push(true);
    source.push_reaching_back();
    // Four are kept, of which two can be started at by nobody.
    let mut lost = 0;
    let first = slow.read(|samples| lost += samples);
    assert_eq!((number(first), lost), (Some(7), 6));
    source.push(true);
    source.push_reaching_back();
    assert_eq!(read_all(&mut slow), [9, 10]);
}
