//! What one hostile peer does, from its connection to its end.

use std::io;
use std::iter;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{interval, timeout};

use super::poison;
use crate::connection::{self, Duplex, Publishing};
use crate::kinds::Kind;
use crate::noise::Noise;

/// A server that has not ended a peer after so long will not do so: the longest limit that any of them runs into, the
/// first video after a publish, is 15 s.
const PATIENCE: Duration = Duration::from_secs(25);
/// Who is slow sends a byte so often.
const DRIP: Duration = Duration::from_secs(1);
const STORM: usize = 40;
const NOISE: usize = 64 * 1024;
const TINY_CHUNKS: u32 = 10_000_000;
const TINY_CHUNKS_PUBLISHED: u32 = 1_000_000;
const TINY_MESSAGES: usize = 5;
/// Of each kind of flood come so many bytes, or one message.
const FLOOD: usize = 4 << 20;
/// The receive buffer of who does not read.
const SMALL_BUFFER: u32 = 4096;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The server refused its publish.
    Refused,
    /// The server closed it.
    Closed,
    /// It went by itself, as its kind does.
    Left,
    /// The server has not ended it, although it should have.
    Overstayed,
    /// It could not even connect, which says nothing about the server.
    Unreachable,
}

impl End {
    fn after(error: &io::Error) -> End {
        if connection::is_not_reached(error) {
            End::Unreachable
        } else if error.kind() == io::ErrorKind::ConnectionRefused {
            End::Refused
        } else {
            // It was cut off while it was writing or waiting for a reply.
            End::Closed
        }
    }
}

/// A hostile peer.
#[derive(Debug, Clone)]
pub(super) struct Hostile {
    pub(super) server: SocketAddr,
    pub(super) source: IpAddr,
    /// Somebody else publishes there.
    pub(super) held_path: String,
    /// Nobody minds if it is taken.
    pub(super) free_path: Option<String>,
    /// No two of them make the same noise.
    pub(super) seed: u64,
}

impl Hostile {
    /// Misbehaves once.
    pub(super) async fn misbehave(&self, kind: Kind) -> End {
        match timeout(PATIENCE, self.attack(kind)).await {
            Ok(Ok(end)) => end,
            Ok(Err(error)) => End::after(&error),
            Err(_) => End::Overstayed,
        }
    }

    async fn attack(&self, kind: Kind) -> io::Result<End> {
        let mut noise = Noise::new(self.seed);
        match kind {
            Kind::Silent => until_closed(self.connect().await?).await,
            Kind::SlowHandshake => {
                drip(self.connect().await?, &[&[3], &[0; 1536][..]].concat()).await
            }
            Kind::SlowConnect => drip(self.shake_hands().await?, &poison::connect()?).await,
            Kind::Noise => say(self.connect().await?, &noise.bytes(NOISE)).await,
            Kind::NoiseChunks => say(self.shake_hands().await?, &noise.bytes(NOISE)).await,
            Kind::ManyChunkStreams => {
                say(self.shake_hands().await?, &poison::many_chunk_streams()).await
            }
            Kind::TinyChunks => {
                let message = poison::tiny_chunks(TINY_CHUNKS, 0);
                say(self.shake_hands().await?, &message).await
            }
            Kind::NestedAmf => say(self.shake_hands().await?, &poison::nested_connect()?).await,
            Kind::EcmaCount => say(self.shake_hands().await?, &poison::counted_connect()?).await,
            Kind::Windows => say(self.shake_hands().await?, &poison::windows()?).await,
            Kind::HeldPath => self.publish(&self.held_path).await.map(|_| End::Left),
            Kind::UnknownPath => self.publish("/nobody-has-this").await.map(|_| End::Left),
            Kind::Storm => Ok(self.storm().await),
            Kind::MidMessage => {
                let connect = poison::connect()?;
                let half = connect.get(..connect.len() / 2).unwrap_or_default();
                self.shake_hands().await?.write_all(half).await?;
                Ok(End::Left)
            }
            Kind::NeverReads => self.never_read().await,
            Kind::TlsHello => {
                say(self.connect().await?, &poison::tls_hello(&noise.bytes(500))).await
            }
            Kind::Http => {
                let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
                say(self.connect().await?, request).await
            }
            Kind::SlowPublish => {
                let published = self.take_path().await?;
                let frame = poison::half_a_frame(published.message_stream_id());
                drip(published.connection.stream, &frame).await
            }
            Kind::NoisePublish => {
                say(
                    self.take_path().await?.connection.stream,
                    &noise.bytes(NOISE),
                )
                .await
            }
            Kind::ManyChunkStreamsPublish => {
                say(
                    self.take_path().await?.connection.stream,
                    &poison::many_chunk_streams(),
                )
                .await
            }
            Kind::TinyChunksPublish => {
                let mut published = self.take_path().await?;
                let message =
                    poison::tiny_chunks(TINY_CHUNKS_PUBLISHED, published.message_stream_id());
                for _ in 0..TINY_MESSAGES {
                    published.connection.stream.write_all(&message).await?;
                }
                Ok(End::Left)
            }
            Kind::FloodControl | Kind::FloodChunks => {
                let stream = self.shake_hands().await?;
                flood(stream, kind, 0).await
            }
            Kind::FloodSmallPublish | Kind::FloodLargePublish => {
                let published = self.take_path().await?;
                let stream = published.message_stream_id();
                flood(published.connection.stream, kind, stream).await
            }
            Kind::MidFrame => {
                let mut published = self.take_path().await?;
                let half = poison::half_a_frame(published.message_stream_id());
                published.connection.stream.write_all(&half).await?;
                Ok(End::Left)
            }
        }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        connection::connect(self.server, Some(self.source)).await
    }

    async fn shake_hands(&self) -> io::Result<Box<dyn Duplex>> {
        let connection = connection::shake_hands(self.server, Some(self.source), None).await?;
        Ok(connection.stream)
    }

    async fn publish(&self, path: &str) -> io::Result<Publishing> {
        connection::publish(self.server, Some(self.source), None, path, None).await
    }

    async fn take_path(&self) -> io::Result<Publishing> {
        let path = self.free_path.as_deref().ok_or(io::ErrorKind::NotFound)?;
        self.publish(path).await
    }

    /// Is over when all of them are; it has been a storm if all of them came.
    async fn storm(&self) -> End {
        let peers: JoinSet<_> = iter::repeat_n(self.clone(), STORM)
            .map(|peer| async move { until_closed(peer.connect().await?).await })
            .collect();
        let ends = peers.join_all().await;
        let is_unreachable = |end: &io::Result<End>| {
            end.as_ref()
                .is_err_and(|error| End::after(error) == End::Unreachable)
        };
        if ends.iter().any(is_unreachable) {
            End::Unreachable
        } else {
            End::Closed
        }
    }

    /// Writes until nothing more is taken, because the replies are not; then waits to be cut off.
    async fn never_read(&self) -> io::Result<End> {
        let connected = self.connect_with_small_buffer().await;
        let mut stream = connected.map_err(connection::not_reached)?;
        stream
            .write_all(&[&[3], &[0; 1536 + 1536][..]].concat())
            .await?;
        let pings = poison::pings()?;
        loop {
            stream.write_all(&pings).await?;
        }
    }

    async fn connect_with_small_buffer(&self) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(SMALL_BUFFER)?;
        socket.bind(SocketAddr::new(self.source, 0))?;
        socket.connect(self.server).await
    }
}

/// Writes all of it, as far as it is taken, and waits to be cut off.
async fn say(stream: impl Duplex, bytes: &[u8]) -> io::Result<End> {
    let (read, mut write) = split(stream);
    // What the server says has to be taken, or it could not be told apart from who never reads.
    tokio::select! {
        end = until_closed(read) => end,
        error = async {
            match write.write_all(bytes).await {
                Ok(()) => std::future::pending().await,
                Err(error) => error,
            }
        } => Err(error),
    }
}

/// Floods in every way of its kind, one after the other, for as long as the server takes it.
async fn flood(stream: impl Duplex, kind: Kind, message_stream_id: u32) -> io::Result<End> {
    let (read, mut write) = split(stream);
    let flooding = async {
        let mut opened = Vec::new();
        for flood in kind.floods() {
            let waves = spawn_blocking(move || flood.waves(message_stream_id)).await?;
            // The chunk size is what it was.
            if waves.opening != opened {
                write.write_all(&waves.opening).await?;
                opened = waves.opening;
            }
            for _ in 0..(FLOOD / waves.wave.len()).max(1) {
                write.write_all(&waves.wave).await?;
            }
        }
        Ok(End::Left)
    };
    tokio::select! {
        end = until_closed(read) => end,
        end = flooding => end,
    }
}

/// Writes a byte now and then, and waits to be cut off.
async fn drip(stream: impl Duplex, bytes: &[u8]) -> io::Result<End> {
    let (read, write) = split(stream);
    tokio::select! {
        end = until_closed(read) => end,
        error = write_slowly(write, bytes) => Err(error),
    }
}

async fn write_slowly(mut write: impl AsyncWrite + Unpin, bytes: &[u8]) -> io::Error {
    let mut time = interval(DRIP);
    for byte in bytes {
        time.tick().await;
        if let Err(error) = write.write_all(&[*byte]).await {
            return error;
        }
    }
    std::future::pending().await
}

async fn until_closed(mut stream: impl AsyncRead + Unpin) -> io::Result<End> {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(End::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn hostile(server: SocketAddr, source: [u8; 4]) -> Hostile {
        Hostile {
            server,
            source: source.into(),
            held_path: "/stream1".into(),
            free_path: None,
            seed: 0,
        }
    }

    #[tokio::test]
    async fn who_cannot_connect_was_not_closed_by_the_server() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        // TEST-NET-1 (RFC 5737): no address of this machine.
        let homeless = hostile(server, [192, 0, 2, 1]);
        for kind in [Kind::Silent, Kind::Http, Kind::Storm, Kind::NeverReads] {
            assert_eq!(homeless.misbehave(kind).await, End::Unreachable, "{kind}");
        }
    }

    #[tokio::test]
    async fn a_storm_is_over_when_all_were_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        let closing = tokio::spawn(async move {
            for _ in 0..STORM {
                drop(listener.accept().await.unwrap());
            }
        });
        let end = hostile(server, [127, 0, 0, 1]).misbehave(Kind::Storm).await;
        assert_eq!(end, End::Closed);
        closing.await.unwrap();
    }

    #[test]
    fn what_a_server_says_or_does_is_no_failure_to_connect() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "BadName");
        assert_eq!(End::after(&refused), End::Refused);
        let reset = connection::not_reached(io::ErrorKind::ConnectionReset.into());
        assert_eq!(End::after(&reset), End::Closed);
        let no_descriptor = connection::not_reached(io::Error::other("too many open files"));
        assert_eq!(End::after(&no_descriptor), End::Unreachable);
    }
}
