//! The client over sockets, against the server.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rtmp_server::net::{Client, ClientError};
use rtmp_server::proto::PublishType;
use rtmp_server::proto::client::{ClientEnd, Misuse};
use rtmp_server::service::ConnectAcceptance;
use rtmp_server::{
    Capacity, ClientConfig, ConnectCall, EndReason, MediaKind, OverflowPolicy, ServerBuilder,
    Status, Timestamp, media_channel, service_fn,
};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional_with_sizes, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::encrypted::{encrypt, fixed};
use crate::peer::Peer;
use crate::running::{Running, Setup, soon};

fn config() -> ClientConfig {
    ClientConfig::new("live", "rtmp://localhost/live")
}

async fn connection(address: SocketAddr) -> TcpStream {
    soon(TcpStream::connect(address))
        .await
        .expect("a connection")
}

/// A client over this connection that publishes.
async fn publishing<S: AsyncRead + AsyncWrite + Unpin>(connection: S, name: &str) -> Client<S> {
    let client = soon(Client::connect(connection, config())).await;
    let mut client = client.expect("connect is accepted");
    let published = soon(client.publish(name, PublishType::Live)).await;
    published.expect("the publish is accepted");
    client
}

/// A frame that tells its number.
fn frame(number: u32, length: usize) -> Bytes {
    let mut frame = vec![0x27; length];
    frame[1..5].copy_from_slice(&number.to_be_bytes());
    frame.into()
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    number: u32,
    payload: Bytes,
) -> Result<(), ClientError> {
    let timestamp = Timestamp(number * 40);
    soon(client.send(MediaKind::Video, timestamp, payload)).await
}

/// Publishes frames of all lengths, and then under another name, to the end.
async fn publish_twice<S: AsyncRead + AsyncWrite + Unpin>(server: &mut Running, connection: S) {
    let mut client = publishing(connection, "camera").await;
    let lengths = [5, 127, 4096, 70_000, 300_000, 6];
    for publish in ["camera", "other"] {
        for (number, length) in (0..).zip(lengths) {
            send(&mut client, number, frame(number, length))
                .await
                .expect("taken");
        }
        soon(client.unpublish()).await.expect("written");
        for (number, length) in (0..).zip(lengths) {
            let media = server.media().await;
            assert_eq!(media.payload[..], frame(number, length), "of {publish}");
            assert_eq!(media.timestamp, Timestamp(number * 40));
        }
        assert_eq!(server.sink_ended().await, EndReason::Unpublished);
        if publish == "camera" {
            let again = soon(client.publish("other", PublishType::Live)).await;
            again.expect("another publish");
        }
    }
    soon(client.close()).await.expect("read to the end");
    server.closed().await;
}

#[tokio::test]
async fn one_publish_after_the_other() {
    let mut server = Setup::default().run();
    let connection = connection(server.address).await;
    publish_twice(&mut server, connection).await;
}

#[tokio::test]
async fn over_tls_of_the_callers_own() {
    for version in [&TLS12, &TLS13] {
        let mut server = fixed().run();
        let socket = Peer::connect(server.address).await.socket;
        let encrypted = encrypt(socket, version).await.socket;
        publish_twice(&mut server, encrypted).await;
    }
}

/// A connection that takes and gives a few bytes at a time, whatever it is asked for.
#[tokio::test]
async fn through_a_narrow_pipe() {
    let mut server = Setup::default().run();
    let (near, mut far) = duplex(61);
    let mut socket = connection(server.address).await;
    tokio::spawn(async move { copy_bidirectional_with_sizes(&mut far, &mut socket, 53, 7).await });
    publish_twice(&mut server, near).await;
}

#[tokio::test]
async fn who_sends_waits_for_who_receives_and_a_send_that_is_given_up_sends_nothing() {
    const FRAMES: u32 = 400;
    let (sender, mut receivers) = unbounded_channel();
    let server = Setup::default().run_into(move |_| {
        let (sink, receiver) = media_channel(Capacity::messages(4), OverflowPolicy::Backpressure);
        let _ = sender.send(receiver);
        sink
    });
    let mut client = publishing(connection(server.address).await, "camera").await;
    let mut receiver = soon(receivers.recv()).await.expect("a publish");
    // More than sockets and buffers hold.
    let mut number = 0;
    loop {
        assert!(number < FRAMES, "20 MB are taken while nobody receives");
        let timestamp = Timestamp(number * 40);
        let sending = client.send(MediaKind::Video, timestamp, frame(number, 50_000));
        match timeout(Duration::from_millis(300), sending).await {
            Ok(sent) => sent.expect("taken"),
            Err(_) => break,
        }
        number += 1;
    }
    let sending = tokio::spawn(async move {
        for number in number..FRAMES {
            send(&mut client, number, frame(number, 50_000))
                .await
                .expect("taken");
        }
        client.close().await
    });
    for number in 0..FRAMES {
        let media = soon(receiver.recv()).await.expect("a frame");
        assert_eq!(media.payload[1..5], number.to_be_bytes());
    }
    assert!(soon(receiver.recv()).await.is_none(), "each of them once");
    soon(sending).await.expect("no panic").expect("all is read");
}

#[tokio::test]
async fn what_the_server_says_is_in_the_error() {
    let refusing = Setup::default().run_with(|_| {
        |builder: ServerBuilder| {
            builder.connect(service_fn(|_: ConnectCall| async {
                Err::<ConnectAcceptance, _>(Status::rejected("Only for members."))
            }))
        }
    });
    let refused = soon(Client::connect(
        connection(refusing.address).await,
        config(),
    ));
    let error = refused.await.expect_err("refused");
    assert!(
        matches!(&error, ClientError::Ended(ClientEnd::ConnectRefused(status)) if status.description == "Only for members."),
        "{error:?}"
    );
    assert!(error.to_string().contains("Only for members."), "{error}");

    let server = Setup::default().run();
    let client = Client::connect(connection(server.address).await, config());
    let mut client = soon(client).await.expect("accepted");
    let error = soon(client.publish("refuse me", PublishType::Live)).await;
    let error = error.expect_err("refused");
    assert!(
        matches!(&error, ClientError::Ended(ClientEnd::PublishRefused(status)) if status.description.contains("Try the next door.")),
        "{error:?}"
    );
}

/// Also whoever only sends, on a connection that the server closes, hears why.
#[tokio::test]
async fn a_server_that_ends_the_publish_is_heard() {
    let server = Setup::default().run();
    let refused = Bytes::from_static(b"refuse me");
    let is_told = |error: &ClientError| matches!(error, ClientError::Ended(ClientEnd::Stopped(status)) if status.description == "This codec is not for us.");
    let mut client = publishing(connection(server.address).await, "waits").await;
    send(&mut client, 0, refused.clone()).await.expect("taken");
    let error = soon(client.ended()).await;
    assert!(is_told(&error), "{error:?}");
    let again = soon(client.publish("again", PublishType::Live)).await;
    let error = again.expect_err("it has ended");
    assert!(
        is_told(&error),
        "whoever asks later is told as well: {error:?}"
    );

    let mut client = publishing(connection(server.address).await, "sends").await;
    send(&mut client, 0, refused).await.expect("taken");
    let mut number = 0;
    let error = loop {
        number += 1;
        if let Err(error) = send(&mut client, number, frame(number, 100_000)).await {
            break error;
        }
    };
    assert!(is_told(&error), "{error:?}");
    let error = soon(client.close()).await.expect_err("it had ended before");
    assert!(is_told(&error), "{error:?}");
}

#[tokio::test]
async fn a_server_that_vanishes_is_noticed() {
    let mut server = Setup::default().run();
    let mut client = publishing(connection(server.address).await, "camera").await;
    server.accepted().await;
    server.abort();
    let error = soon(client.ended()).await;
    assert!(
        matches!(
            error,
            ClientError::Io(_) | ClientError::Ended(ClientEnd::Disconnected)
        ),
        "{error:?}"
    );

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let hanging_up = async {
        let (socket, _) = listener.accept().await.expect("a connection");
        drop(socket);
    };
    let connecting = async { Client::connect(connection(address).await, config()).await };
    let (connected, ()) = soon(async { tokio::join!(connecting, hanging_up) }).await;
    connected.expect_err("nobody answers");
}

#[tokio::test]
async fn calls_at_the_wrong_time_do_nothing() {
    let mut server = Setup::default().run();
    let client = Client::connect(connection(server.address).await, config());
    let mut client = soon(client).await.expect("accepted");
    let misused = |outcome: Result<(), ClientError>| match outcome {
        Err(ClientError::Misuse(misuse)) => misuse,
        other => panic!("{other:?}"),
    };
    let early = send(&mut client, 0, frame(0, 10)).await;
    assert_eq!(misused(early), Misuse::NotPublishing);
    soon(client.publish("camera", PublishType::Live))
        .await
        .expect("accepted");
    let second = soon(client.publish("other", PublishType::Live)).await;
    assert_eq!(misused(second), Misuse::AlreadyPublishing);
    send(&mut client, 0, frame(7, 10)).await.expect("taken");
    assert_eq!(server.media().await.payload[..], frame(7, 10));
    soon(client.unpublish()).await.expect("written");
    let late = send(&mut client, 0, frame(0, 10)).await;
    assert_eq!(misused(late), Misuse::NotPublishing);
    soon(client.close()).await.expect("read to the end");
}
