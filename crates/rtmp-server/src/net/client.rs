//! The publisher's side on tokio: a [`ClientSession`] and its connection.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::future::{Future as _, poll_fn};
use std::io::{self, IoSlice};
use std::iter;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes};
use rtmp_chunk::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep_until};

use super::clock;
use super::connection::random_bytes;
use crate::proto::client::{
    ClientConfig, ClientEnd, ClientEvent, ClientSession, Misuse, ServerInfo,
};
use crate::proto::{MediaKind, PublishType};

/// How much is read at a time: servers say little.
const READ_BYTES: usize = 4096;
/// How many pieces are written at a time.
const PIECES: usize = 16;

/// A connection to a server, to publish on.
///
/// `S` is the connection: a `TcpStream`, TLS on one, or any other stream of bytes in both directions.
/// On a `TcpStream`, `set_nodelay` keeps the kernel from holding frames back.
///
/// Nothing happens unless one of these methods is awaited. So whoever waits for the next media waits
/// for [`ended`](Self::ended) as well: pings are answered meanwhile, and it is noticed when the server
/// ends the publish. Each of them may be given up before it is ready, as `select!` does, and called
/// again.
///
/// ```no_run
/// use bytes::Bytes;
/// use rtmp_server::net::{Client, ClientError};
/// use rtmp_server::proto::PublishType;
/// use rtmp_server::{ClientConfig, MediaKind, Timestamp};
/// use tokio::net::TcpStream;
/// use tokio::sync::mpsc;
///
/// /// Publishes the bodies of video tags, each with its time in milliseconds.
/// async fn publish(mut video: mpsc::Receiver<(u32, Bytes)>) -> Result<(), ClientError> {
///     let connection = TcpStream::connect("localhost:1935").await?;
///     connection.set_nodelay(true)?;
///     let config = ClientConfig::new("live", "rtmp://localhost/live");
///     let mut client = Client::connect(connection, config).await?;
///     client.publish("camera", PublishType::Live).await?;
///     loop {
///         let next = tokio::select! {
///             next = video.recv() => next,
///             error = client.ended() => return Err(error),
///         };
///         let Some((milliseconds, body)) = next else {
///             return client.close().await;
///         };
///         client.send(MediaKind::Video, Timestamp(milliseconds), body).await?;
///     }
/// }
/// ```
pub struct Client<S> {
    connection: S,
    session: ClientSession,
    /// Polled from the session, and not written yet.
    outgoing: VecDeque<Bytes>,
    /// Something was written since the last flush.
    unflushed: bool,
    /// The session was closed, and everything written before and for that.
    has_said_all: bool,
    /// Then this side is closed.
    shut_down: bool,
    timer: Pin<Box<Sleep>>,
    connected: bool,
    server: ServerInfo,
    end: Option<ClientEnd>,
    /// What went wrong with the connection.
    lost: Option<io::Error>,
    /// It cannot be written to any more, and is read until then: the server may have said why.
    read_until: Option<Instant>,
    /// How long that may take.
    linger: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Shakes hands and connects to the application that `config` names. Ready when the server has
    /// accepted that.
    ///
    /// # Errors
    /// The server refused, did not answer in time or broke the protocol, or the connection was lost.
    pub async fn connect(connection: S, config: ClientConfig) -> Result<Self, ClientError> {
        let now = clock::now();
        let linger = config.timeouts.linger;
        let mut client = Self {
            connection,
            session: ClientSession::new(config, now, &random_bytes()),
            outgoing: VecDeque::new(),
            unflushed: false,
            has_said_all: false,
            shut_down: false,
            timer: Box::pin(sleep_until(now.into())),
            connected: false,
            server: ServerInfo::default(),
            end: None,
            lost: None,
            read_until: None,
            linger,
        };
        client.until(|client| client.connected).await?;
        Ok(client)
    }

    /// Publishes a stream. Ready when the server has accepted that. Whoever gives up before takes it
    /// back with [`unpublish`](Self::unpublish).
    ///
    /// # Errors
    /// As for [`connect`](Self::connect); [`Misuse::AlreadyPublishing`] before the last publish has
    /// ended.
    pub async fn publish(
        &mut self,
        name: impl Into<String>,
        publish_type: PublishType,
    ) -> Result<(), ClientError> {
        if self.session.has_ended() {
            return Err(self.error());
        }
        self.session.publish(clock::now(), name, publish_type)?;
        self.until(|client| client.session.stream().is_some()).await
    }

    /// Sends media of the publish, as [`ClientSession::send`] takes it, once there is room: when too
    /// much waits for the connection or for the server's acknowledgement, so does the caller. Ready
    /// when the client has it, and has written what the connection takes at once. Given up before that,
    /// it is not sent.
    ///
    /// # Errors
    /// The server ended the publish, or the connection was lost; [`Misuse::NotPublishing`],
    /// [`Misuse::TooLong`].
    pub async fn send(
        &mut self,
        kind: MediaKind,
        timestamp: Timestamp,
        payload: Bytes,
    ) -> Result<(), ClientError> {
        self.until(|client| client.session.wants_media() || client.session.stream().is_none())
            .await?;
        self.session.send(clock::now(), kind, timestamp, payload)?;
        poll_fn(|cx| match self.poll_drive(cx) {
            Poll::Ready(()) => Poll::Ready(Err(self.error())),
            // It will not be written. The server may still say why.
            Poll::Pending if self.lost.is_some() => Poll::Pending,
            Poll::Pending => Poll::Ready(Ok(())),
        })
        .await
    }

    /// Ready when the connection has all that was sent.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        self.until(|client| client.session.unsent() == 0 && !client.unflushed)
            .await
    }

    /// Ends the publish, behind everything that was sent. Another one may follow.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn unpublish(&mut self) -> Result<(), ClientError> {
        self.session.unpublish(clock::now());
        self.flush().await
    }

    /// Ends the publish, if there is one, and the connection. Ready when the server has read everything
    /// and closed its side, or has had the [time for it](crate::proto::client::ClientTimeouts::linger).
    ///
    /// # Errors
    /// The server had ended the session, or the connection was lost.
    pub async fn close(mut self) -> Result<(), ClientError> {
        self.session.close(clock::now());
        poll_fn(|cx| self.poll_drive(cx)).await;
        match self.has_said_all && self.lost.is_none() {
            true => Ok(()),
            false => Err(self.error()),
        }
    }

    /// Ready when the session has ended, and only then. Whoever has nothing to send waits for this.
    pub async fn ended(&mut self) -> ClientError {
        poll_fn(|cx| self.poll_drive(cx)).await;
        self.error()
    }

    /// The connection and its session, for whoever goes on with a loop of his own. Everything was
    /// written.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn into_parts(mut self) -> Result<(S, ClientSession), ClientError> {
        self.flush().await?;
        Ok((self.connection, self.session))
    }

    /// Ready when it is so, or the session has ended. What cannot be written to is good for nothing any more.
    async fn until(&mut self, is_so: impl Fn(&Self) -> bool) -> Result<(), ClientError> {
        poll_fn(|cx| {
            let driven = self.poll_drive(cx);
            match driven {
                Poll::Ready(()) => Poll::Ready(Err(self.error())),
                Poll::Pending if self.lost.is_none() && is_so(self) => Poll::Ready(Ok(())),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Reads and writes as long as there is something. Ready when there will be nothing any more.
    fn poll_drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.take_events();
            if self.session.is_closed() {
                return Poll::Ready(());
            }
            let written = self.poll_write(cx);
            if written.is_ready() && self.session.has_ended() && !self.shut_down {
                self.has_said_all = self.lost.is_none();
                // Whether it works or not: nothing more will be written.
                self.shut_down = Pin::new(&mut self.connection).poll_shutdown(cx).is_ready();
            }
            if self.poll_timer(cx).is_ready() {
                let now = clock::now();
                if self.read_until.is_some_and(|until| until <= now) {
                    self.session.handle_disconnect();
                }
                // An error comes back as the event that the session has closed.
                let _ = self.session.handle_timeout(now);
            } else if self.poll_read(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Writes what the session has to send. Ready when there is nothing left to write.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.lost.is_none() {
            let pieces = iter::from_fn(|| self.session.poll_transmit());
            self.outgoing
                .extend(pieces.filter(|piece| !piece.is_empty()));
            if self.outgoing.is_empty() && !self.unflushed {
                break;
            }
            match ready!(self.poll_write_some(cx)) {
                Ok(written) => self.session.handle_transmitted(clock::now(), written),
                Err(error) => {
                    self.lost = Some(error);
                    self.read_until = clock::now().checked_add(self.linger);
                }
            }
        }
        Poll::Ready(())
    }

    /// Writes some of it; flushes when all of it was written.
    fn poll_write_some(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut connection = Pin::new(&mut self.connection);
        if self.outgoing.is_empty() {
            ready!(connection.as_mut().poll_flush(cx))?;
            self.unflushed = false;
            return Poll::Ready(Ok(0));
        }
        let mut pieces = [IoSlice::new(&[]); PIECES];
        let count = pieces.len().min(self.outgoing.len());
        for (piece, bytes) in pieces.iter_mut().zip(&self.outgoing) {
            *piece = IoSlice::new(bytes);
        }
        let written = ready!(connection.poll_write_vectored(cx, &pieces[..count]))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.unflushed = true;
        let mut rest = written;
        while let Some(first) = self.outgoing.front_mut()
            && rest > 0
        {
            let taken = rest.min(first.len());
            first.advance(taken);
            rest -= taken;
            if first.is_empty() {
                self.outgoing.pop_front();
            }
        }
        Poll::Ready(Ok(written))
    }

    /// Ready when the session wants to be told the time, or the time for reading is over.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadlines = [self.session.poll_timeout(), self.read_until];
        let Some(at) = deadlines.into_iter().flatten().min() else {
            return Poll::Pending;
        };
        if self.timer.deadline() != at.into() {
            self.timer.as_mut().reset(at.into());
        }
        self.timer.as_mut().poll(cx)
    }

    /// Reads once.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut buffer = [0; READ_BYTES];
        let mut buffer = ReadBuf::new(&mut buffer);
        match ready!(Pin::new(&mut self.connection).poll_read(cx, &mut buffer)) {
            Ok(()) => {}
            // Many servers close without a word of TLS.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(error) => _ = self.lost.get_or_insert(error),
        }
        let mut received = buffer.filled();
        if received.is_empty() {
            self.session.handle_disconnect();
        }
        while !received.is_empty() {
            // An error comes back as the event that the session has closed.
            let taken = self.session.handle_input(clock::now(), received);
            received = &received[taken.unwrap_or(received.len())..];
            self.take_events();
        }
        Poll::Ready(())
    }

    fn take_events(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                ClientEvent::Connected(server) => {
                    self.connected = true;
                    self.server = server;
                }
                ClientEvent::Closed(end) => self.end = Some(end),
                ClientEvent::PublishStarted(_) => {}
                ClientEvent::Status(status) => tracing::debug!(%status, "the server says"),
            }
        }
    }

    /// Why the session has ended.
    fn error(&mut self) -> ClientError {
        match (self.end.clone(), self.lost.take()) {
            (None | Some(ClientEnd::Done | ClientEnd::Disconnected), Some(lost)) => {
                ClientError::Io(lost)
            }
            (None | Some(ClientEnd::Done), None) => ClientError::Ended(ClientEnd::Disconnected),
            (Some(end), _) => ClientError::Ended(end),
        }
    }
}

impl<S> Client<S> {
    /// What the server said of itself when it accepted connect.
    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// The session: how much waits to be sent, what the server has acknowledged.
    pub fn session(&self) -> &ClientSession {
        &self.session
    }

    /// The connection.
    pub fn connection(&self) -> &S {
        &self.connection
    }
}

impl<S> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// Why a [`Client`] does not do what was asked of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The session has ended: the server refused, ended the publish or the connection, or broke the
    /// protocol. What the server said is in it.
    Ended(ClientEnd),
    /// The connection failed.
    Io(io::Error),
    /// The call came at the wrong time. Nothing happened.
    Misuse(Misuse),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(end) => end.fmt(f),
            Self::Io(error) => write!(f, "the connection failed: {error}"),
            Self::Misuse(misuse) => misuse.fmt(f),
        }
    }
}

impl Error for ClientError {}

impl From<Misuse> for ClientError {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
