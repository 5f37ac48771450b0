//! Media channels and what they do when they are full.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Instant;

use rtmp_server::sink::ChannelSink;
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

fn channel(policy: OverflowPolicy) -> (ChannelSink, MediaReceiver) {
    media_channel(Capacity::messages(4), policy)
}

#[test]
fn a_sink_that_is_dropped_without_an_end_ends_the_wait() {
    let (sink, mut receiver) = channel(OverflowPolicy::Backpressure);
    let (waiting, waits) = std::sync::mpsc::channel();
    let receiving = std::thread::spawn(move || {
        waiting.send(()).unwrap();
        (receiver.recv_blocking().is_none(), receiver.end_reason())
    });
    waits.recv().unwrap();
    drop(sink);
    let (ended, reason) = receiving.join().unwrap();
    assert!(
        ended && matches!(reason, Some(EndReason::Stopped(_))),
        "{reason:?}"
    );

    // A task that waits is woken.
    let (sink, mut receiver) = channel(OverflowPolicy::DropOldest);
    let woken = Arc::new(Woken::default());
    let waker = woken.clone().into();
    let mut cx = Context::from_waker(&waker);
    assert!(receiver.poll_recv(&mut cx).is_pending());
    drop(sink);
    assert!(woken.0.load(Ordering::SeqCst));
    assert!(matches!(receiver.poll_recv(&mut cx), Poll::Ready(None)));
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn what_a_dropped_sink_has_taken_is_received_and_an_end_stays_what_it_was() {
    let (mut sink, mut receiver) = channel(OverflowPolicy::Backpressure);
    sink.media(Instant::now(), media(7, 10)).unwrap();
    drop(sink);
    assert_eq!(received(&mut receiver), [7]);

    let (mut sink, mut receiver) = channel(OverflowPolicy::Backpressure);
    sink.end(Instant::now(), &EndReason::Unpublished);
    drop(sink);
    assert_eq!(received(&mut receiver), []);
    assert_eq!(receiver.end_reason(), Some(EndReason::Unpublished));
}
