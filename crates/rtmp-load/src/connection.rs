//! A publisher's connection up to the point where media may be sent.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtmp_chunk::HANDSHAKE_LENGTH;
use rtmp_server::proto::PublishType;
use rtmp_server::proto::client::ClientChunkSize;
use rtmp_server::{ClientConfig, ClientEvent, ClientSession};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// A stream of bytes in both directions: TCP, or TLS on it.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection to a server.
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn Duplex>,
    /// How it is encrypted, if it is.
    pub(crate) cipher_suite: Option<String>,
}

/// A connection whose publish was accepted.
pub(crate) struct Publishing {
    pub(crate) connection: Connection,
    pub(crate) session: ClientSession,
}

/// Connects, and encrypts that if it is to be.
async fn open(
    server: SocketAddr,
    source: Option<IpAddr>,
    tls: Option<&TlsConnector>,
) -> io::Result<Connection> {
    let stream = connect(server, source).await?;
    match tls {
        None => Ok(Connection {
            stream: Box::new(stream),
            cipher_suite: None,
        }),
        Some(tls) => encrypt(stream, tls).await,
    }
}

/// Connects, shakes hands, and says nothing more.
pub(crate) async fn shake_hands(
    server: SocketAddr,
    source: Option<IpAddr>,
    tls: Option<&TlsConnector>,
) -> io::Result<Connection> {
    let mut connection = open(server, source, tls).await?;
    let stream = &mut connection.stream;
    let mut c0_c1 = [0; 1 + 1536];
    c0_c1[0] = 3;
    stream.write_all(&c0_c1).await?;
    stream.flush().await?;
    let mut s0_s1_s2 = [0; HANDSHAKE_LENGTH];
    stream.read_exact(&mut s0_s1_s2).await?;
    // C2 echoes S1.
    stream.write_all(&s0_s1_s2[1..1 + 1536]).await?;
    stream.flush().await?;
    Ok(connection)
}

/// Connects, and says nothing. Whatever goes wrong, the server has not been reached.
pub(crate) async fn connect(server: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    open_socket(server, source).await.map_err(not_reached)
}

async fn open_socket(server: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = match server {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    do_not_pace(&socket);
    if let Some(address) = source {
        socket.bind(SocketAddr::new(address, 0))?;
    }
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// BBR, which some machines use for everything, spreads what is sent by timers. Their interrupts come on whichever
/// processor runs the server, and are charged to it. A connection that has been paced stays so, so this comes first.
#[cfg(target_os = "linux")]
fn do_not_pace(socket: &TcpSocket) {
    // Where it is not to be had, the machine's own will do: only figures suffer.
    let _ = socket2::SockRef::from(socket).set_tcp_congestion(b"reno");
}

/// Nothing is measured elsewhere.
#[cfg(not(target_os = "linux"))]
fn do_not_pace(_: &TcpSocket) {}

/// 127.`net`.0.2 and so on. 127.0.0.1 is everybody's.
pub(crate) fn loopback(net: u8, number: usize) -> IpAddr {
    let [.., high, low] = (number + 2).to_be_bytes();
    IpAddr::from([127, net, high, low])
}

/// There is no connection, for a reason that is this machine's: nobody listens, or it has no address, port or
/// descriptor left.
#[derive(Debug)]
struct NotReached(io::Error);

impl fmt::Display for NotReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for NotReached {}

/// Marks the error of an attempt to connect.
pub(crate) fn not_reached(error: io::Error) -> io::Error {
    // A server that hangs up at once was reached, although connecting may be what tells it.
    if error.kind() == io::ErrorKind::ConnectionReset {
        return error;
    }
    io::Error::new(error.kind(), NotReached(error))
}

/// Whether an error says that the server was not reached, and nothing about the server.
pub(crate) fn is_not_reached(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<NotReached>())
}

async fn encrypt(stream: TcpStream, tls: &TlsConnector) -> io::Result<Connection> {
    let server = ServerName::IpAddress(stream.peer_addr()?.ip().into());
    let stream = tls.connect(server, stream).await?;
    let (_, session) = stream.get_ref();
    let cipher_suite = session
        .negotiated_cipher_suite()
        .map(|suite| format!("{:?}", suite.suite()));
    Ok(Connection {
        stream: Box::new(stream),
        cipher_suite,
    })
}

/// Connects and publishes at `path`: its first part is the app, the rest the stream's name. In chunks of that size, or
/// of the server's.
pub(crate) async fn publish(
    server: SocketAddr,
    source: Option<IpAddr>,
    tls: Option<&TlsConnector>,
    path: &str,
    chunk_size: Option<u32>,
) -> io::Result<Publishing> {
    let connection = open(server, source, tls).await?;
    let path = path.trim_start_matches('/');
    let (app, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut config = ClientConfig::new(app, "rtmp://localhost/");
    config.flash_ver = "rtmp-load".to_owned();
    config.chunk_size = chunk_size.map_or(ClientChunkSize::AsServer, ClientChunkSize::Bytes);
    // How long a server takes is what is measured.
    config.timeouts.connect = Duration::MAX;
    config.timeouts.publish = Duration::MAX;

    let now = Instant::now();
    let mut publishing = Publishing {
        connection,
        session: ClientSession::new(config, now, &[0; 1528]),
    };
    let asked = publishing.session.publish(now, name, PublishType::Live);
    asked.map_err(io::Error::other)?;
    while publishing.session.stream().is_none() {
        publishing.transmit().await?;
        publishing.receive().await?;
    }
    Ok(publishing)
}

impl Publishing {
    /// The message stream to publish on.
    pub(crate) fn message_stream_id(&self) -> u32 {
        self.session.stream().map_or(0, |stream| stream.0)
    }

    /// Writes all that waits to be sent, at once.
    pub(crate) async fn transmit(&mut self) -> io::Result<()> {
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.session.poll_transmit() {
            bytes.extend_from_slice(&piece);
        }
        self.connection.stream.write_all(&bytes).await?;
        // TLS keeps what the socket does not take at once.
        self.connection.stream.flush().await?;
        let length = bytes.len();
        self.session.handle_transmitted(Instant::now(), length);
        Ok(())
    }

    /// Waits for what the server says.
    pub(crate) async fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let length = self.connection.stream.read(&mut buffer).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = buffer.get(..length).unwrap_or_default();
        while !rest.is_empty() {
            let taken = self.session.handle_input(Instant::now(), rest);
            rest = rest
                .get(taken.map_err(io::Error::other)?..)
                .unwrap_or_default();
            while let Some(event) = self.session.poll_event() {
                if let ClientEvent::Closed(end) = event {
                    return Err(io::Error::new(
                        ErrorKind::ConnectionRefused,
                        end.to_string(),
                    ));
                }
            }
        }
        Ok(())
    }
}
