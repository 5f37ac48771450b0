//! Clients of servers that mean no good, or are in a bad way.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rtmp_server::net::{Client, ClientError};
use rtmp_server::proto::PublishType;
use rtmp_server::proto::client::ClientEnd;
use rtmp_server::proto::{Deadline, Limit, SessionError};
use rtmp_server::{ClientConfig, MediaKind, Timestamp};
use tokio::io::{AsyncWriteExt as _, DuplexStream, copy, duplex, sink, split};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::running::{Running, Setup, soon};

/// A user control message: a ping request (RTMP 1.0 section 6.2).
const PING: [u8; 18] = [2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1];

fn config() -> ClientConfig {
    ClientConfig::new("live", "rtmp://localhost/live")
}

fn failed(error: &ClientError) -> Option<SessionError> {
    match error {
        ClientError::Ended(ClientEnd::Failed(error)) => Some(*error),
        _ => None,
    }
}

/// What a server says from when it is told.
#[derive(Clone, Copy)]
enum Then {
    /// This, without end.
    Repeat(&'static [u8]),
    /// This, and that it closes the connection.
    End(&'static [u8]),
    /// Nothing.
    Silence,
}

/// A client of a good server, and what tells that to become another one.
struct Turning {
    client: Client<DuplexStream>,
    turn: Option<oneshot::Sender<()>>,
    _server: Running,
}

impl Turning {
    async fn publishing(then: Then) -> Self {
        let mut server = Self::connected(config(), then).await;
        let published = soon(server.client.publish("camera", PublishType::Live)).await;
        published.expect("the publish is accepted");
        server
    }

    async fn connected(config: ClientConfig, then: Then) -> Self {
        let server = Setup::default().run();
        let (near, far) = duplex(64 << 10);
        let (turn, told) = oneshot::channel();
        tokio::spawn(converse(server.address, far, told, then));
        let client = soon(Client::connect(near, config)).await;
        Self {
            client: client.expect("connect is accepted"),
            turn: Some(turn),
            _server: server,
        }
    }

    /// Now it is another one.
    fn turn(&mut self) {
        let turn = self.turn.take().expect("it does so once");
        turn.send(()).expect("it is told");
    }
}

/// Passes on what client and server say until it is told to say something else to the client.
async fn converse(
    server: SocketAddr,
    client: DuplexStream,
    told: oneshot::Receiver<()>,
    then: Then,
) {
    let socket = TcpStream::connect(server).await.expect("a connection");
    let (mut from_server, mut to_server) = socket.into_split();
    let (mut from_client, mut to_client) = split(client);
    let up = async { copy(&mut from_client, &mut to_server).await };
    let down = async {
        tokio::select! {
            _ = copy(&mut from_server, &mut to_client) => return,
            _ = told => {}
        }
        match then {
            Then::Repeat(bytes) => while to_client.write_all(bytes).await.is_ok() {},
            Then::End(bytes) => {
                to_client.write_all(bytes).await.expect("taken");
                to_client.shutdown().await.expect("closed");
            }
            Then::Silence => std::future::pending().await,
        }
    };
    let _ = tokio::join!(up, down);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let (near, far) = duplex(64 << 10);
    let began = Instant::now();
    let error = soon(Client::connect(near, config())).await;
    let error = error.expect_err("nobody answers");
    let missed = SessionError::Timeout(Deadline::Connect);
    assert_eq!(failed(&error), Some(missed), "{error:?}");
    let took = began.elapsed();
    assert!(took >= config().timeouts.connect, "{took:?}");
    drop(far);
}

#[tokio::test]
async fn a_server_that_does_not_answer_a_publish_is_given_up() {
    let mut config = config();
    config.timeouts.publish = Duration::from_millis(50);
    let mut server = Turning::connected(config, Then::Silence).await;
    server.turn();
    let published = soon(server.client.publish("camera", PublishType::Live)).await;
    let error = published.expect_err("nobody answers");
    let missed = SessionError::Timeout(Deadline::Publish);
    assert_eq!(failed(&error), Some(missed), "{error:?}");
}

/// Every byte is one more, and never the last.
#[tokio::test(start_paused = true)]
async fn a_server_that_answers_byte_by_byte_has_no_more_time_than_others() {
    let (near, far) = duplex(64 << 10);
    let (mut from_client, mut to_client) = split(far);
    tokio::spawn(async move { copy(&mut from_client, &mut sink()).await });
    tokio::spawn(async move {
        let mut answer = [&[3][..], &[0; 2 * 1536]].concat().into_iter();
        while let Some(byte) = answer.next()
            && to_client.write_u8(byte).await.is_ok()
        {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let error = soon(Client::connect(near, config())).await;
    let error = error.expect_err("it takes too long");
    let missed = SessionError::Timeout(Deadline::Connect);
    assert_eq!(failed(&error), Some(missed), "{error:?}");
}

#[tokio::test]
async fn a_server_that_sends_without_end_is_left() {
    let mut server = Turning::publishing(Then::Repeat(&PING)).await;
    server.turn();
    let mut client = server.client;
    let exceeded = SessionError::LimitExceeded(Limit::SmallMessages);
    let error = soon(client.ended()).await;
    assert_eq!(failed(&error), Some(exceeded), "{error:?}");
    let sent = client.send(
        MediaKind::Video,
        Timestamp(0),
        Bytes::from_static(&[0x27, 1]),
    );
    let error = soon(sent).await.expect_err("it has ended");
    assert_eq!(failed(&error), Some(exceeded), "{error:?}");
}

/// What it says is thrown away then, and there is an end to waiting for its own.
#[tokio::test]
async fn closing_does_not_wait_for_a_server_that_sends_without_end() {
    let mut server = Turning::publishing(Then::Repeat(&PING)).await;
    server.turn();
    soon(server.client.close())
        .await
        .expect("everything was said");
}

#[tokio::test]
async fn a_server_that_closes_in_the_middle_of_a_message_is_gone() {
    for said in [&PING[..1], &PING[..10], &PING[..17], &PING] {
        let mut server = Turning::publishing(Then::End(said)).await;
        server.turn();
        let error = soon(server.client.ended()).await;
        assert!(
            matches!(error, ClientError::Ended(ClientEnd::Disconnected)),
            "{error:?}"
        );
    }
}
