//! Tracks that share a budget.

use super::*;

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
