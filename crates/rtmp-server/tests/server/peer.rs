//! A publisher on a socket.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_server::proto::client::ClientEnd;
use rtmp_server::{ClientEvent, ClientSession, MediaKind, StatusCode, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Answer, Handshake, Wire, plain_publisher};
use crate::running::soon;

pub struct Peer<S = TcpStream> {
    pub socket: S,
    pub client: Wire,
    /// Once it has asked to publish as programs do.
    session: Option<ClientSession>,
}

impl Peer {
    pub async fn connect(address: SocketAddr) -> Self {
        let socket = soon(TcpStream::connect(address)).await;
        Self::on(socket.expect("a connection"))
    }

    /// Connects from another address of this machine, of which Linux has more than one unless asked for more.
    #[cfg(target_os = "linux")]
    pub async fn connect_from(local: [u8; 4], address: SocketAddr) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind((local, 0).into()).expect("an address");
        Self::on(soon(socket.connect(address)).await.expect("a connection"))
    }

    /// Breaks the connection off with a reset.
    pub fn vanish(self) {
        socket2::SockRef::from(&self.socket)
            .set_linger(Some(Duration::ZERO))
            .expect("linger");
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub fn on(socket: S) -> Self {
        Self {
            socket,
            client: Wire::default(),
            session: None,
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        soon(self.socket.write_all(bytes)).await.expect("sent");
        soon(self.socket.flush()).await.expect("sent");
    }

    /// One byte at a time with a pause before each, until the server has had enough. Bytes that
    /// were sent; nothing is read meanwhile.
    pub async fn dribble(&mut self, bytes: &[u8], pause: Duration) -> usize {
        for (sent, byte) in bytes.iter().enumerate() {
            tokio::time::sleep(pause).await;
            if self.socket.write_all(&[*byte]).await.is_err() {
                return sent;
            }
        }
        bytes.len()
    }

    /// Asks to publish, and returns the code of the answer.
    pub async fn publish(&mut self, name: &str) -> String {
        let mut session = plain_publisher(Instant::now(), "live", name);
        let mut buffer = [0; 8192];
        let code = loop {
            self.flush(&mut session).await;
            if let Some(code) = std::iter::from_fn(|| session.poll_event()).find_map(code_of) {
                break code;
            }
            let length = soon(self.socket.read(&mut buffer)).await;
            let answer = &buffer[..length.expect("the connection stays")];
            assert!(!answer.is_empty(), "the connection stays");
            self.client.read(answer);
            let taken = session.handle_input(Instant::now(), answer);
            assert_eq!(taken, Ok(answer.len()));
        };
        self.client.go_on();
        self.session = Some(session);
        code.to_string()
    }

    async fn flush(&mut self, session: &mut ClientSession) {
        while let Some(bytes) = session.poll_transmit() {
            self.send(&bytes).await;
            session.handle_transmitted(Instant::now(), bytes.len());
        }
    }

    /// The code of the next `onStatus`.
    pub async fn publish_code(&mut self) -> String {
        self.status().await.code().expect("a status has a code")
    }

    /// The next `onStatus`.
    pub async fn status(&mut self) -> Answer {
        loop {
            let answers = self.answers().await.expect("the connection stays");
            assert!(!answers.is_empty(), "the connection stays");
            let status = |answer: &Answer| matches!(answer, Answer::Command { name, .. } if name == "onStatus");
            if let Some(answer) = answers.into_iter().find(status) {
                return answer;
            }
        }
    }

    /// Whatever comes next; nothing at the end.
    async fn answers(&mut self) -> io::Result<Vec<Answer>> {
        let mut buffer = [0; 8192];
        loop {
            let length = soon(self.socket.read(&mut buffer)).await?;
            let answers = self.client.read(&buffer[..length]);
            if length == 0 || !answers.is_empty() {
                return Ok(answers);
            }
        }
    }

    /// Everything up to the end of the connection, which has to come in good order.
    pub async fn rest(&mut self) -> Vec<Answer> {
        let mut rest = Vec::new();
        loop {
            let answers = self.answers().await.expect("an end, not a reset");
            if answers.is_empty() {
                return rest;
            }
            rest.extend(answers);
        }
    }

    /// The server hangs up; how it does is its own affair. Returns how many bytes came before.
    pub async fn hung_up(&mut self) -> usize {
        let mut buffer = [0; 8192];
        let mut received = 0;
        while let Ok(length @ 1..) = soon(self.socket.read(&mut buffer)).await {
            received += length;
        }
        received
    }

    pub async fn video(&mut self, timestamp: u32, body: &[u8]) {
        let Some(mut session) = self.session.take() else {
            let message = self.client.video(1, timestamp, body);
            return self.send(&message).await;
        };
        let (timestamp, payload) = (Timestamp(timestamp), Bytes::copy_from_slice(body));
        let sent = session.send(Instant::now(), MediaKind::Video, timestamp, payload);
        sent.expect("publishing");
        self.flush(&mut session).await;
        self.session = Some(session);
    }

    pub async fn shake_hands(&mut self) {
        self.send(&Handshake::bytes()).await;
    }
}

/// The answer to a wish to publish.
fn code_of(event: ClientEvent) -> Option<StatusCode> {
    match event {
        ClientEvent::PublishStarted(_) => Some(StatusCode::PUBLISH_START),
        ClientEvent::Closed(
            ClientEnd::ConnectRefused(status)
            | ClientEnd::PublishRefused(status)
            | ClientEnd::Stopped(status),
        ) => Some(status.code),
        _ => None,
    }
}
