//! Sinks that do not keep up.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rtmp_server::proto::{Deadline, SessionError};
use rtmp_server::{
    Capacity, Claims, ConnectionHandle, EndReason, Media, MediaReceiver, MediaSink, OverflowPolicy,
    Status, media_channel,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::common::Answer;
use crate::peer::Peer;
use crate::running::{Running, Setup, soon};

/// A server whose publishes go into channels of four messages.
fn channels(policy: OverflowPolicy) -> (Running, UnboundedReceiver<MediaReceiver>) {
    channels_with(Setup::default(), policy)
}

fn channels_with(
    setup: Setup,
    policy: OverflowPolicy,
) -> (Running, UnboundedReceiver<MediaReceiver>) {
    let (sender, receivers) = unbounded_channel();
    let server = setup.run_into(move |_| {
        let (sink, receiver) = media_channel(Capacity::messages(4), policy);
        let _ = sender.send(receiver);
        sink
    });
    (server, receivers)
}

#[tokio::test]
async fn backpressure_makes_the_publisher_wait_and_loses_nothing() {
    const FRAMES: u32 = 400;
    let (server, mut receivers) = channels(OverflowPolicy::Backpressure);
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    let mut receiver = soon(receivers.recv()).await.expect("a publish");

    // More than sockets and buffers hold.
    let sending = tokio::spawn(async move {
        for index in 0..FRAMES {
            let mut frame = vec![0x27; 50_000];
            frame[..4].copy_from_slice(&index.to_be_bytes());
            peer.video(index * 40, &frame).await;
        }
        peer
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        !sending.is_finished(),
        "20 MB are taken while nobody receives"
    );
    for index in 0..FRAMES {
        let media = soon(receiver.recv()).await.expect("a frame");
        assert_eq!(media.payload[..4], index.to_be_bytes());
    }
    drop(sending.await.expect("sent"));
    assert!(soon(receiver.recv()).await.is_none());
    assert_eq!(receiver.end_reason(), Some(EndReason::Disconnected));
    assert_eq!(receiver.dropped(), 0);
}

#[tokio::test]
async fn backpressure_has_an_end_and_is_not_the_fault_of_the_publisher() {
    let setup = Setup::session(|session| session.timeouts.idle = Duration::from_millis(300));
    let (server, mut receivers) = channels_with(setup, OverflowPolicy::Backpressure);
    let mut peer = Peer::connect(server.address).await;
    // All at once: pictures that came late would be the publisher's fault.
    let opening = peer.client.opening("live", "camera");
    let pictures = (0..8).flat_map(|timestamp| peer.client.video(1, timestamp, b"a picture"));
    let bytes: Vec<u8> = opening.into_iter().chain(pictures).collect();
    peer.send(&bytes).await;
    let mut receiver = soon(receivers.recv()).await.expect("a publish");
    let answers = peer.rest().await;
    let last = answers.last().and_then(Answer::code);
    assert_eq!(last.as_deref(), Some("NetStream.Publish.Rejected"));
    while soon(receiver.recv()).await.is_some() {}
    let consumer = EndReason::Failed(SessionError::Timeout(Deadline::Consumer));
    assert_eq!(receiver.end_reason(), Some(consumer));
}

/// Takes a message for each permit.
struct OnPermit {
    permits: UnboundedReceiver<()>,
    steps: UnboundedSender<Step>,
}

#[derive(Debug, PartialEq)]
enum Step {
    Waits,
    Takes,
}

impl MediaSink for OnPermit {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), Status> {
        let _ = self.steps.send(Step::Takes);
        Ok(())
    }

    fn end(&mut self, _: Instant, _: &EndReason) {}

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let permit = self.permits.poll_recv(cx);
        if permit.is_pending() {
            let _ = self.steps.send(Step::Waits);
        }
        permit.map(|_| ())
    }
}

#[tokio::test]
async fn a_publisher_that_is_made_to_wait_is_not_taken_over_from() {
    let (calls, mut called) = unbounded_channel();
    let server = Setup::default().run_into(move |call| {
        let (permit, permits) = unbounded_channel();
        let (steps, stepping) = unbounded_channel();
        let _ = calls.send((call.connection, permit, stepping));
        OnPermit { permits, steps }
    });
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    let (holder, permit, mut steps) = soon(called.recv()).await.expect("a publish");
    let newcomer = ConnectionHandle::new(holder.peer(), holder.accepted_at());
    let claims = Claims::new();
    let much_later = Instant::now() + Duration::from_secs(3600);
    let _claim = claims.claim("/camera", &holder, much_later).unwrap();

    peer.video(0, b"a picture").await;
    assert_eq!(soon(steps.recv()).await, Some(Step::Waits));
    claims
        .claim("/camera", &newcomer, much_later)
        .expect_err("nobody reads what it sends");

    let _ = permit.send(());
    while soon(steps.recv()).await.expect("a step") == Step::Waits {}
    let _claim = claims
        .claim("/camera", &newcomer, much_later)
        .expect("silent");
}

#[tokio::test]
async fn a_publish_ends_when_its_receiver_is_dropped() {
    let (_server, mut receivers) = channels(OverflowPolicy::DropNewest);
    let mut peer = Peer::connect(_server.address).await;
    peer.publish("camera").await;
    drop(soon(receivers.recv()).await);
    peer.video(0, b"a picture").await;
    assert_eq!(peer.publish_code().await, "NetStream.Publish.Rejected");
}

#[tokio::test]
async fn a_publish_ends_when_its_channel_overflows_by_that_policy() {
    let (_server, mut receivers) = channels(OverflowPolicy::EndPublish);
    let mut peer = Peer::connect(_server.address).await;
    peer.publish("camera").await;
    let mut receiver = soon(receivers.recv()).await.expect("a publish");
    for timestamp in 0..5 {
        peer.video(timestamp, b"a picture").await;
    }
    assert_eq!(peer.publish_code().await, "NetStream.Publish.Rejected");
    for _ in 0..4 {
        soon(receiver.recv()).await.expect("what was there");
    }
    assert!(soon(receiver.recv()).await.is_none());
}
