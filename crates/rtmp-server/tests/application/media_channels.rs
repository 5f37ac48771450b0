//! Media channels and what they do when they are full.

use std::time::Instant;

use rtmp_server::{
    Capacity, EndReason, Media, MediaKind, MediaReceiver, MediaSink, OverflowPolicy, Payload,
    Timestamp, media_channel,
};

fn media(index: u32, length: usize) -> Media {
    Media::new(
        MediaKind::Video,
        Timestamp(index),
        Payload::from(vec![0; length]),
    )
}

fn received(receiver: &mut MediaReceiver) -> Vec<u32> {
    let mut received = Vec::new();
    while let Some(media) = receiver.recv_blocking() {
        received.push(media.timestamp.0);
    }
    received
}

/// What comes out when ten messages of 100 bytes go in.
fn ten_through(capacity: Capacity, policy: OverflowPolicy) -> (Vec<u32>, u64, bool) {
    let (mut sink, mut receiver) = media_channel(capacity, policy);
    let now = Instant::now();
    let refused = (0..10).any(|index| sink.media(now, media(index, 100)).is_err());
    sink.end(now, &EndReason::Unpublished);
    (received(&mut receiver), receiver.dropped(), refused)
}

#[test]
fn overflow() {
    let four = Capacity::messages(4);
    let first_four = vec![0, 1, 2, 3];
    let drop_newest = ten_through(four, OverflowPolicy::DropNewest);
    assert_eq!(drop_newest, (first_four.clone(), 6, false));
    let drop_oldest = ten_through(four, OverflowPolicy::DropOldest);
    assert_eq!(drop_oldest, (vec![6, 7, 8, 9], 6, false));
    let end_publish = ten_through(four, OverflowPolicy::EndPublish);
    assert_eq!(end_publish, (first_four, 0, true));
}

#[test]
fn bytes_are_bounded_too() {
    let bytes = Capacity::messages(100).bytes(350);
    assert_eq!(ten_through(bytes, OverflowPolicy::DropNewest).0, [0, 1, 2]);
    assert_eq!(ten_through(bytes, OverflowPolicy::DropOldest).0, [7, 8, 9]);
}

#[test]
fn an_empty_channel_takes_a_message_of_any_size() {
    let tiny = Capacity::messages(1).bytes(1);
    for policy in [
        OverflowPolicy::DropNewest,
        OverflowPolicy::DropOldest,
        OverflowPolicy::EndPublish,
    ] {
        let (mut sink, mut receiver) = media_channel(tiny, policy);
        let now = Instant::now();
        sink.media(now, media(7, 1000)).expect("room for one");
        sink.end(now, &EndReason::Disconnected);
        assert_eq!(received(&mut receiver), [7]);
        assert_eq!(receiver.end_reason(), Some(EndReason::Disconnected));
    }
}

#[test]
fn bodies_pass_without_a_copy() {
    let (mut sink, mut receiver) = media_channel(Capacity::messages(1), OverflowPolicy::DropNewest);
    let media = media(0, 1000);
    let address = media.payload.as_ptr();
    sink.media(Instant::now(), media).unwrap();
    let received = receiver.recv_blocking().unwrap();
    assert_eq!(received.payload.freeze().as_ptr(), address);
}
