//! A panic in the application ends one connection, and nothing else.

use rtmp_server::{
    Admission, ConnectionEnd, Incoming, MediaSink, PublishCall, PublishRefusal, service_fn,
};

use crate::peer::Peer;
use crate::running::{Running, Setup};

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
        server.sink_ended().await;
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
                Err::<Box<dyn MediaSink>, _>(PublishRefusal::bad_name("Nobody."))
            });
            builder.admission(admission).publish(publish)
        }
    });
    let mut unlucky = Peer::connect(server.address).await;
    assert_eq!(unlucky.hung_up().await, 0);
    let mut next = Peer::connect(server.address).await;
    assert_eq!(next.publish("camera").await, "NetStream.Publish.BadName");
}
