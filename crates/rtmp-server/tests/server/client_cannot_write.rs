//! Clients whose connection takes nothing any more: what the server said before can still be read.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use rtmp_server::net::{Client, ClientError};
use rtmp_server::proto::PublishType;
use rtmp_server::proto::client::ClientEnd;
use rtmp_server::{ClientConfig, EndReason, MediaKind, Timestamp};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::coop::poll_proceed;

use crate::running::{Running, Setup, soon};

/// More than a task may do in one turn (tokio's budget).
const MANY: usize = 1000;

/// A connection that takes what is written until it is told to break. Then the next write fails, at the end of the task's
/// turn; until that write nothing that came is to be seen.
struct Breaking {
    socket: TcpStream,
    breaks: Arc<AtomicBool>,
    is_broken: bool,
}

impl AsyncRead for Breaking {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.breaks.load(Ordering::Relaxed) && !self.is_broken {
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Breaking {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.breaks.load(Ordering::Relaxed) {
            self.is_broken = true;
            for _ in 0..MANY {
                if let Poll::Ready(step) = poll_proceed(cx) {
                    step.made_progress();
                }
            }
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// A client that publishes, and what breaks its connection.
async fn publishing(server: &Running, linger: Duration) -> (Client<Breaking>, Arc<AtomicBool>) {
    let breaks = Arc::new(AtomicBool::new(false));
    let connection = Breaking {
        socket: soon(TcpStream::connect(server.address))
            .await
            .expect("a connection"),
        breaks: Arc::clone(&breaks),
        is_broken: false,
    };
    let mut config = ClientConfig::new("live", "rtmp://localhost/live");
    config.timeouts.linger = linger;
    let client = soon(Client::connect(connection, config)).await;
    let mut client = client.expect("connect is accepted");
    soon(client.publish("camera", PublishType::Live))
        .await
        .expect("the publish is accepted");
    (client, breaks)
}

async fn send(client: &mut Client<Breaking>, payload: &'static [u8]) -> Result<(), ClientError> {
    let payload = Bytes::from_static(payload);
    soon(client.send(MediaKind::Video, Timestamp(0), payload)).await
}

/// What whoever goes on sending is told: with the first message that was not written.
async fn told(client: &mut Client<Breaking>) -> ClientError {
    let sent = send(client, &[0x27, 1]).await;
    sent.expect_err("it cannot be written")
}

#[tokio::test]
async fn what_the_server_said_before_is_heard() {
    let mut server = Setup::default().run();
    // Longer than anybody waits: it ends because the server was heard.
    let (mut client, breaks) = publishing(&server, Duration::from_secs(600)).await;
    send(&mut client, b"refuse me").await.expect("taken");
    assert!(matches!(server.sink_ended().await, EndReason::Stopped(_)));
    breaks.store(true, Ordering::Relaxed);
    let error = told(&mut client).await;
    assert!(
        matches!(&error, ClientError::Ended(ClientEnd::Stopped(status)) if status.description == "This codec is not for us."),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let server = Setup::default().run();
    let (mut client, breaks) = publishing(&server, Duration::from_millis(50)).await;
    breaks.store(true, Ordering::Relaxed);
    let error = told(&mut client).await;
    assert!(
        matches!(&error, ClientError::Io(error) if error.kind() == ErrorKind::BrokenPipe),
        "{error:?}"
    );
}
