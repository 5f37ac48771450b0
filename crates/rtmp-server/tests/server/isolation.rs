//! A panic in the application ends one connection, and nothing else.

use std::task::{Context, Poll};

use rtmp_server::connection::{ConnectionEnd, ConnectionSummary};
use rtmp_server::service::{Admission, AdmissionRefusal};
use rtmp_server::{
    ConnectRequest, ConnectionHandle, EndReason, Incoming, MediaSink, Observer, PublishCall,
    PublishRequest, ServerBuilder, Status, service_fn,
};
use tower_service::Service;

use crate::peer::Peer;
use crate::running::{Running, Setup, decide};

async fn still_works(server: &mut Running, neighbour: &mut Peer) {
    neighbour.video(7, b"unimpressed").await;
    while server.media().await.payload[..] != *b"unimpressed" {}
    let mut next = Peer::connect(server.address).await;
    assert_eq!(next.publish("other").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn a_service_that_panics() {
    let mut server = Setup::default().run();
    let mut neighbour = Peer::connect(server.address).await;
    neighbour.publish("camera").await;

    let mut peer = Peer::connect(server.address).await;
    let opening = peer.client.opening("live", "panic when asked");
    peer.send(&opening).await;
    peer.hung_up().await;
    let end = server.closed().await;
    assert!(matches!(end, ConnectionEnd::Panicked), "{end:?}");
    still_works(&mut server, &mut neighbour).await;
}

#[tokio::test]
async fn a_sink_that_panics() {
    for name in ["panic at media", "panic at the end"] {
        let mut server = Setup::default().run();
        let mut neighbour = Peer::connect(server.address).await;
        neighbour.publish("camera").await;

        let mut peer = Peer::connect(server.address).await;
        assert_eq!(peer.publish(name).await, "NetStream.Publish.Start");
        peer.video(0, b"a picture").await;
        let delete = peer.client.delete_stream(1);
        peer.send(&delete).await;
        let told_sink = server.sink_ended().await;
        let told_observer = server.publish_ended().await;
        assert_eq!(told_observer, told_sink, "{name}");
        let end = server.closed().await;
        assert!(matches!(end, ConnectionEnd::Panicked), "{name}: {end:?}");
        still_works(&mut server, &mut neighbour).await;
    }
}

#[tokio::test]
async fn an_admission_service_that_panics() {
    let server = Setup::default().run_with(|_| {
        |builder: rtmp_server::ServerBuilder| {
            let mut first = true;
            let admission = service_fn(move |_: Incoming| {
                assert!(!std::mem::take(&mut first), "as the test wishes");
                async { Ok(Admission::new()) }
            });
            let publish = service_fn(|_: PublishCall| async {
                Err::<Box<dyn MediaSink>, _>(Status::bad_name("Nobody."))
            });
            builder.admission(admission).publish(publish)
        }
    });
    let mut unlucky = Peer::connect(server.address).await;
    assert_eq!(unlucky.hung_up().await, 0);
    let mut next = Peer::connect(server.address).await;
    assert_eq!(next.publish("camera").await, "NetStream.Publish.BadName");
}

/// Panics when it is asked for the first time whether it is ready; then admits everybody.
struct NotReadyAtFirst(bool);

impl Service<Incoming> for NotReadyAtFirst {
    type Response = Admission;
    type Error = AdmissionRefusal;
    type Future = std::future::Ready<Result<Admission, AdmissionRefusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), AdmissionRefusal>> {
        assert!(!std::mem::take(&mut self.0), "as the test wishes");
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Incoming) -> Self::Future {
        std::future::ready(Ok(Admission::new()))
    }
}

/// Panics whenever it is told of a refusal.
struct Delicate;

impl Observer for Delicate {
    fn refused(&self, _: &Incoming, refusal: &AdmissionRefusal) {
        panic!("as the test wishes: {refusal}");
    }
}

/// Panics whatever it is told.
struct Hysterical;

impl Observer for Hysterical {
    fn accepted(&self, _: &ConnectionHandle) {
        panic!("as the test wishes");
    }

    fn connect_accepted(&self, _: &ConnectionHandle, _: &ConnectRequest) {
        panic!("as the test wishes");
    }

    fn connect_refused(&self, _: &ConnectionHandle, _: &ConnectRequest, _: &Status) {
        panic!("as the test wishes");
    }

    fn publish_accepted(&self, _: &ConnectionHandle, _: &PublishRequest) {
        panic!("as the test wishes");
    }

    fn publish_refused(&self, _: &ConnectionHandle, _: &PublishRequest, _: &Status) {
        panic!("as the test wishes");
    }

    fn publish_ended(&self, _: &ConnectionHandle, _: &PublishRequest, _: &EndReason) {
        panic!("as the test wishes");
    }

    fn closed(&self, _: &ConnectionHandle, _: &ConnectionSummary) {
        panic!("as the test wishes");
    }
}

#[tokio::test]
async fn an_observer_that_always_panics_costs_nobody_anything() {
    let mut server = Setup::default().run_with(|told| {
        move |builder: ServerBuilder| {
            let publish = service_fn(move |call: PublishCall| {
                let told = told.clone();
                async move { decide(&call, told) }
            });
            builder.observer(Hysterical).publish(publish)
        }
    });
    server.limits.set_connections(1);
    for _ in 0..3 {
        let mut peer = Peer::connect(server.address).await;
        assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
        peer.video(0, b"a picture").await;
        assert_eq!(server.media().await.payload[..], *b"a picture");
        let delete = peer.client.delete_stream(1);
        peer.send(&delete).await;
        assert_eq!(server.sink_ended().await, EndReason::Unpublished);
        // Its place is free again as soon as the server has seen the end.
        drop(peer);
        while Peer::connect(server.address).await.is_refused().await {}
    }
    let told = server.shut_down().await;
    assert!(told.is_empty(), "told twice: {told:?}");
}

fn nobody_publishes(builder: ServerBuilder) -> ServerBuilder {
    builder.publish(service_fn(|_: PublishCall| async {
        Err::<Box<dyn MediaSink>, _>(Status::bad_name("Nobody."))
    }))
}

#[tokio::test]
async fn an_admission_service_that_panics_before_it_is_ready() {
    let server = Setup::default().run_with(|_| {
        |builder: ServerBuilder| nobody_publishes(builder.admission(NotReadyAtFirst(true)))
    });
    // Whoever comes while it is not ready may be refused; the server goes on.
    while Peer::connect(server.address).await.is_refused().await {}
}

#[tokio::test]
async fn an_observer_that_panics_at_a_refusal() {
    let server = Setup::default()
        .run_with(|_| |builder: ServerBuilder| nobody_publishes(builder.observer(Delicate)));
    server.limits.set_connections(0);
    assert_eq!(Peer::connect(server.address).await.hung_up().await, 0);
    server.limits.set_connections(1);
    assert!(!Peer::connect(server.address).await.is_refused().await);
}

impl Peer {
    /// True if the server hangs up without a word, false if it answers a publisher.
    async fn is_refused(&mut self) -> bool {
        let opening = self.client.opening("live", "refuse");
        let _ = tokio::io::AsyncWriteExt::write_all(&mut self.socket, &opening).await;
        self.hung_up().await == 0
    }
}
