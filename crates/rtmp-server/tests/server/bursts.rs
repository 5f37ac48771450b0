//! Messages that arrive together.

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use rtmp_server::{EndReason, Media, MediaSink, Status};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::peer::Peer;
use crate::running::{Setup, soon};

/// Tells what is called.
struct Telling(UnboundedSender<Called>);

#[derive(Debug, PartialEq)]
enum Called {
    Media(u32),
    Flush,
    End,
}

impl MediaSink for Telling {
    fn media(&mut self, _: Instant, media: Media) -> Result<(), Status> {
        let _ = self.0.send(Called::Media(media.timestamp.0));
        Ok(())
    }

    fn flush(&mut self) {
        let _ = self.0.send(Called::Flush);
    }

    fn end(&mut self, _: Instant, _: &EndReason) {
        let _ = self.0.send(Called::End);
    }
}

#[tokio::test]
async fn a_sink_is_flushed_once_for_a_burst() {
    let (calls, mut called) = unbounded_channel();
    let server = Setup::default().run_into(move |_| Telling(calls.clone()));
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;

    // So few bytes, sent at once, are read at once.
    let burst = [1, 2, 3].map(|timestamp| peer.client.video(1, timestamp, b"a picture"));
    peer.send(&burst.concat()).await;
    let mut calls = Vec::new();
    while calls.last() != Some(&Called::Flush) {
        calls.push(soon(called.recv()).await.expect("a call"));
    }
    let media = [1, 2, 3].map(Called::Media);
    assert_eq!(
        calls,
        media.into_iter().chain([Called::Flush]).collect::<Vec<_>>()
    );

    drop(peer);
    assert_eq!(soon(called.recv()).await, Some(Called::End));
}

/// Takes a message, and no other before it was flushed.
struct OneAtATime {
    called: UnboundedSender<Called>,
    full: bool,
    waker: Option<Waker>,
}

impl MediaSink for OneAtATime {
    fn media(&mut self, _: Instant, media: Media) -> Result<(), Status> {
        self.full = true;
        let _ = self.called.send(Called::Media(media.timestamp.0));
        Ok(())
    }

    fn flush(&mut self) {
        self.full = false;
        let _ = self.called.send(Called::Flush);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.full {
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    fn end(&mut self, _: Instant, _: &EndReason) {}
}

#[tokio::test]
async fn a_sink_that_is_waited_for_is_flushed_before() {
    let (calls, mut called) = unbounded_channel();
    let server = Setup::default().run_into(move |_| OneAtATime {
        called: calls.clone(),
        full: false,
        waker: None,
    });
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;

    let burst = [1, 2, 3].map(|timestamp| peer.client.video(1, timestamp, b"a picture"));
    peer.send(&burst.concat()).await;
    for timestamp in [1, 2, 3] {
        assert_eq!(soon(called.recv()).await, Some(Called::Media(timestamp)));
        assert_eq!(soon(called.recv()).await, Some(Called::Flush));
    }
}
