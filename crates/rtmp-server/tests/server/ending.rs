//! How connections end: each end is told once, and the peer reads why.

use std::time::{Duration, Instant};

use rtmp_server::connection::ConnectionEnd;
use rtmp_server::proto::CloseReason;
use rtmp_server::{
    EndReason, Media, MediaSink, PublishCall, Server, SessionConfig, Status, StatusCode, listen,
    service_fn,
};
use tokio::sync::{mpsc::UnboundedSender, mpsc::unbounded_channel, oneshot};

use crate::common::Answer;
use crate::peer::Peer;
use crate::running::{Running, Setup, Told, address_apart, soon};

fn description(answer: &Answer) -> String {
    answer.information("description").expect("a description")
}

#[tokio::test]
async fn a_refused_publisher_reads_why() {
    let mut server = Setup::default().run();
    let mut peer = Peer::connect(server.address).await;
    let opening = peer.client.opening("live", "refuse");
    // What a publisher in a hurry sends must not turn the status into a reset.
    let video = peer.client.video(1, 0, &[0x17; 100_000]);
    peer.send(&[opening, video].concat()).await;

    let status = peer.status().await;
    assert_eq!(status.code().as_deref(), Some("NetStream.Publish.BadName"));
    assert_eq!(description(&status), "Not here. Try the next door.");
    peer.rest().await;
    let refused = server
        .next_that(|told| match told {
            Told::PublishRefused(status) => Some(status),
            _ => None,
        })
        .await;
    assert_eq!(refused.description, "Not here. Try the next door.");
    drop(peer);
    let end = server.closed().await;
    assert!(
        matches!(end, ConnectionEnd::Session(CloseReason::PublishRefused(_))),
        "{end:?}"
    );
}

#[tokio::test]
async fn a_publisher_ended_by_its_sink_reads_why() {
    let mut server = Setup::default().run();
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    peer.video(0, b"fine").await;
    peer.video(40, b"refuse me").await;
    let status = peer.status().await;
    assert_eq!(status.code().as_deref(), Some("NetStream.Publish.Rejected"));
    assert_eq!(description(&status), "This codec is not for us.");
    let stopped = server.sink_ended().await;
    let EndReason::Stopped(status) = stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(status.description, "This codec is not for us.");
}

#[tokio::test]
async fn a_handle_disconnects_a_publisher_that_sends_without_pause() {
    let mut server = Setup::default().run();
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    let handle = server.accepted().await;
    let frame = peer.client.video(1, 0, &[0x27; 50_000]);
    let (mut reading, mut writing) = peer.socket.into_split();
    let sending = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while writing.write_all(&frame).await.is_ok() {}
    });
    server.media().await;
    handle.disconnect(Status::new(StatusCode::BAD_NAME, "Somebody else now."));
    handle.disconnect(Status::new(
        StatusCode::BAD_NAME,
        "Only the first call counts.",
    ));

    let mut client = peer.client;
    let mut statuses = Vec::new();
    let mut buffer = [0; 4096];
    while statuses.is_empty() {
        use tokio::io::AsyncReadExt;
        let length = crate::running::soon(reading.read(&mut buffer))
            .await
            .expect("no reset yet");
        assert!(length > 0, "a status comes before the end");
        statuses.extend(
            client
                .read(&buffer[..length])
                .iter()
                .filter_map(Answer::code),
        );
    }
    assert_eq!(statuses, ["NetStream.Publish.BadName"]);
    let stopped = server.sink_ended().await;
    let EndReason::Stopped(status) = stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(status.description, "Somebody else now.");
    server.closed().await;
    sending.await.expect("the publisher is stopped");
}

#[tokio::test]
async fn a_publisher_that_unpublishes() {
    let mut server = Setup::default().run();
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    peer.video(0, b"a picture").await;
    let delete = peer.client.delete_stream(1);
    peer.send(&delete).await;
    assert_eq!(server.sink_ended().await, EndReason::Unpublished);
}

#[tokio::test]
async fn a_publisher_that_hangs_up_and_one_that_vanishes() {
    for vanish in [false, true] {
        let mut server = Setup::default().run();
        let mut peer = Peer::connect(server.address).await;
        peer.publish("camera").await;
        peer.video(0, b"a picture").await;
        assert_eq!(server.media().await.payload[..], *b"a picture");
        if vanish {
            peer.vanish();
        } else {
            drop(peer);
        }
        assert_eq!(server.sink_ended().await, EndReason::Disconnected);
        server.closed().await;
        let rest = server.shut_down().await;
        assert!(rest.is_empty(), "told twice: {rest:?}");
    }
}

/// A restart does not wait until peers have heard of it, and an end need not either.
#[tokio::test]
async fn the_port_is_free_before_the_connections_have_ended() {
    let listener = listen(Some(address_apart()), 0).expect("a free port");
    let address = listener.local_addr();
    let (ended_sink, mut sink_ended) = unbounded_channel();
    let publish = service_fn(move |_: PublishCall| {
        let sink = OnEnd(ended_sink.clone());
        async move { Ok::<Box<dyn MediaSink>, Status>(Box::new(sink)) }
    });
    let mut session = SessionConfig::default();
    session.timeouts.linger = Duration::from_secs(3600);
    let server = Server::builder()
        .session_config(session)
        .publish(publish)
        .build();
    let (shut_down, told) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve_until([listener], async { _ = told.await }));
    let mut publisher = Peer::connect(address).await;
    publisher.publish("camera").await;

    shut_down.send(()).expect("the server runs");
    let remaining = soon(serving).await.expect("the server stops listening");
    listen(Some(address.ip()), address.port()).expect("the port is free");
    assert!(sink_ended.try_recv().is_err(), "it is still published");

    let (cut_off, on_cut_off) = oneshot::channel::<()>();
    let ending = tokio::spawn(remaining.shut_down(async { _ = on_cut_off.await }));
    // The publisher is told, and does not close its side.
    publisher.status().await;
    let ended = soon(sink_ended.recv()).await;
    assert!(
        matches!(&ended, Some(EndReason::Stopped(status)) if status.code == StatusCode::APP_SHUTDOWN),
        "{ended:?}"
    );
    assert!(!ending.is_finished(), "the peer has time to read");
    cut_off.send(()).expect("the connection lingers");
    soon(ending).await.expect("everything has ended");
    publisher.rest().await;
}

struct OnEnd(UnboundedSender<EndReason>);

impl MediaSink for OnEnd {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), Status> {
        Ok(())
    }

    fn end(&mut self, _: Instant, reason: &EndReason) {
        let _ = self.0.send(reason.clone());
    }
}

/// A publisher, one that has shaken hands, and one that says nothing.
async fn connect_three(server: &mut Running) -> (Peer, [Peer; 2]) {
    let mut publisher = Peer::connect(server.address).await;
    publisher.publish("camera").await;
    let mut idle = Peer::connect(server.address).await;
    idle.shake_hands().await;
    let silent = Peer::connect(server.address).await;
    for _ in 0..3 {
        server.accepted().await;
    }
    (publisher, [idle, silent])
}

#[tokio::test]
async fn shutdown_tells_publishers_and_frees_the_port() {
    let apart = Setup {
        ip: Some(address_apart()),
        ..Setup::default()
    };
    let mut server = apart.run();
    let (mut publisher, _others) = connect_three(&mut server).await;

    let address = server.address;
    server.ask_to_shut_down();
    let status = publisher.status().await;
    assert_eq!(
        status.code(),
        Some(StatusCode::APP_SHUTDOWN.as_str().to_owned())
    );
    publisher.rest().await;
    drop(publisher);

    let told = server.shut_down().await;
    let closed = told.iter().filter(|told| matches!(told, Told::Closed(_)));
    assert_eq!(closed.count(), 3, "{told:?}");
    let ended = told
        .iter()
        .filter(|told| matches!(told, Told::SinkEnded(_)));
    assert_eq!(ended.count(), 1, "{told:?}");
    listen(Some(address.ip()), address.port()).expect("the port is free");
}

#[tokio::test]
async fn a_dropped_server_ends_its_publishes_and_tells_of_every_connection() {
    let mut server = Setup::default().run();
    let (mut publisher, _others) = connect_three(&mut server).await;
    server.abort();
    let mut told = Vec::new();
    while let Some(next) = server.next_if_any().await {
        told.push(next);
    }
    let count = |is: fn(&Told) -> bool| told.iter().filter(|told| is(told)).count();
    let stopped = count(|told| matches!(told, Told::SinkEnded(EndReason::Stopped(_))));
    let cut_off = count(|told| matches!(told, Told::Closed(ConnectionEnd::CutOff)));
    assert_eq!((stopped, cut_off), (1, 3), "{told:?}");
    publisher.hung_up().await;
}

/// The runtime goes down under the server.
#[test]
fn a_runtime_that_is_dropped_closes_what_was_accepted() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (mut server, peers) = runtime.block_on(async {
        let mut server = Setup::default().run();
        let mut publisher = Peer::connect(server.address).await;
        publisher.publish("camera").await;
        let idle = Peer::connect(server.address).await;
        for _ in 0..2 {
            server.accepted().await;
        }
        (server, [publisher, idle])
    });
    drop(runtime);
    drop(peers);
    let again = tokio::runtime::Runtime::new().expect("a runtime");
    let closed = again.block_on(async {
        let mut closed = 0;
        while let Some(told) = server.next_if_any().await {
            closed += usize::from(matches!(told, Told::Closed(_)));
        }
        closed
    });
    assert_eq!(closed, 2);
}
