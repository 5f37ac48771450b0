//! A publisher's connection up to the point where media may be sent.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use amf0::{Decoder, Encoder};
use bytes::BytesMut;
use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, ChunkStreamId, Message, MessageHeader, MessageType,
    ProtocolControl, Timestamp,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// S0, S1 and S2, and as long C0, C1 and C2 (RTMP 1.0 section 5.2).
const HANDSHAKE: usize = 1 + 1536 + 1536;
const NET_STREAM: u32 = 1;

/// A stream of bytes in both directions: TCP, or TLS on it.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection that has shaken hands.
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn Duplex>,
    /// How it is encrypted, if it is.
    pub(crate) cipher_suite: Option<String>,
}

/// A connection whose publish was accepted.
pub(crate) struct Publishing {
    pub(crate) connection: Connection,
    /// The chunk size that the server announced.
    pub(crate) server_chunk_size: u32,
    /// The message stream to publish on.
    pub(crate) message_stream_id: u32,
}

/// Connects and shakes hands; the server says nothing of its own accord until it is asked.
pub(crate) async fn shake_hands(
    server: SocketAddr,
    source: Option<IpAddr>,
    tls: Option<&TlsConnector>,
) -> io::Result<Connection> {
    let stream = connect(server, source).await?;
    let mut connection = match tls {
        None => Connection {
            stream: Box::new(stream),
            cipher_suite: None,
        },
        Some(tls) => encrypt(stream, tls).await?,
    };
    let stream = &mut connection.stream;
    let mut c0_c1 = [0; 1 + 1536];
    c0_c1[0] = 3;
    stream.write_all(&c0_c1).await?;
    stream.flush().await?;
    let mut s0_s1_s2 = [0; HANDSHAKE];
    stream.read_exact(&mut s0_s1_s2).await?;
    // C2 echoes S1.
    stream.write_all(&s0_s1_s2[1..1 + 1536]).await?;
    stream.flush().await?;
    Ok(connection)
}

/// Connects, and says nothing. Whatever goes wrong, the server has not been reached.
pub(crate) async fn connect(server: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    open(server, source).await.map_err(not_reached)
}

async fn open(server: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let stream = match source {
        None => TcpStream::connect(server).await?,
        Some(address) => {
            let socket = if address.is_ipv4() {
                TcpSocket::new_v4()?
            } else {
                TcpSocket::new_v6()?
            };
            socket.bind(SocketAddr::new(address, 0))?;
            socket.connect(server).await?
        }
    };
    stream.set_nodelay(true)?;
    Ok(stream)
}

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

/// Connects and publishes at `path`: its first part is the app, the rest the stream's name.
pub(crate) async fn publish(
    server: SocketAddr,
    source: Option<IpAddr>,
    tls: Option<&TlsConnector>,
    path: &str,
    chunk_size: Option<u32>,
) -> io::Result<Publishing> {
    let mut connection = shake_hands(server, source, tls).await?;
    let stream = &mut connection.stream;
    let (app, name) = match path.trim_start_matches('/').rsplit_once('/') {
        Some((app, name)) => (app, name),
        None => ("", path.trim_start_matches('/')),
    };
    let mut replies = Replies::default();
    let mut encoder = ChunkEncoder::new();

    let mut connect = Vec::new();
    Encoder::new(&mut connect)
        .string("connect")
        .number(1.0)
        .object(|object| {
            object
                .string("app", app)
                .string("type", "nonprivate")
                .string("flashVer", "rtmp-load")
                .string("tcUrl", "rtmp://localhost/")
        });
    send(stream, &mut encoder, 0, &connect).await?;
    replies.await_result(stream, 1.0).await?;

    // The chunk size has to be known before media are encoded, so it is announced here, as FFmpeg does.
    let chunk_size = chunk_size.unwrap_or(replies.decoder.chunk_size());
    let mut commands = BytesMut::new();
    announce_chunk_size(&mut encoder, chunk_size, &mut commands)?;
    stream.write_all(&commands).await?;
    let mut create_stream = Vec::new();
    Encoder::new(&mut create_stream)
        .string("createStream")
        .number(4.0)
        .null();
    send(stream, &mut encoder, 0, &create_stream).await?;
    let message_stream_id = replies
        .await_result(stream, 4.0)
        .await?
        .unwrap_or(NET_STREAM);

    let mut publish = Vec::new();
    Encoder::new(&mut publish)
        .string("publish")
        .number(5.0)
        .null()
        .string(name)
        .string("live");
    send(stream, &mut encoder, message_stream_id, &publish).await?;
    replies.await_publish_start(stream).await?;
    Ok(Publishing {
        connection,
        server_chunk_size: chunk_size,
        message_stream_id,
    })
}

async fn send(
    stream: &mut impl Duplex,
    encoder: &mut ChunkEncoder,
    message_stream_id: u32,
    payload: &[u8],
) -> io::Result<()> {
    let header = MessageHeader {
        chunk_stream_id: ChunkStreamId::COMMAND,
        timestamp: Timestamp(0),
        message_type: MessageType::COMMAND_AMF0,
        message_stream_id,
    };
    let mut bytes = Vec::new();
    encoder
        .encode(&header, payload, &mut bytes)
        .map_err(io::Error::other)?;
    stream.write_all(&bytes).await?;
    stream.flush().await
}

fn announce_chunk_size(
    encoder: &mut ChunkEncoder,
    chunk_size: u32,
    bytes: &mut BytesMut,
) -> io::Result<()> {
    let header = MessageHeader {
        chunk_stream_id: ChunkStreamId::CONTROL,
        timestamp: Timestamp(0),
        message_type: MessageType::SET_CHUNK_SIZE,
        message_stream_id: 0,
    };
    encoder
        .encode(&header, &chunk_size.to_be_bytes(), bytes)
        .map_err(io::Error::other)
}

/// What the server says.
#[derive(Debug)]
struct Replies {
    decoder: ChunkDecoder,
    unread: BytesMut,
}

impl Default for Replies {
    fn default() -> Replies {
        Replies {
            decoder: ChunkDecoder::default(),
            unread: BytesMut::with_capacity(4096),
        }
    }
}

impl Replies {
    /// Waits for the `_result` of a transaction; its second value is the message stream of createStream.
    async fn await_result(
        &mut self,
        stream: &mut impl Duplex,
        transaction: f64,
    ) -> io::Result<Option<u32>> {
        loop {
            let message = self.next_command(stream).await?;
            let mut values = Decoder::new(&message.payload);
            let mut next = || values.decode_ref().ok().flatten();
            let (name, id) = (next(), next().and_then(|value| value.as_f64()));
            match name.and_then(|value| value.as_str()) {
                Some("_result") if id == Some(transaction) => {
                    return Ok(next()
                        .and(next())
                        .and_then(|value| value.as_f64())
                        .map(|number| number as u32));
                }
                Some("_error" | "onStatus") => return Err(refused(&message)),
                _ => {}
            }
        }
    }

    async fn await_publish_start(&mut self, stream: &mut impl Duplex) -> io::Result<()> {
        loop {
            let message = self.next_command(stream).await?;
            match status_code(&message).as_deref() {
                Some("NetStream.Publish.Start") => return Ok(()),
                Some(_) => return Err(refused(&message)),
                None => {}
            }
        }
    }

    async fn next_command(&mut self, stream: &mut impl Duplex) -> io::Result<Message> {
        loop {
            let mut input = &self.unread[..];
            let message = self.decoder.decode(&mut input).map_err(io::Error::other)?;
            let rest = input.len();
            let taken = self.unread.len() - rest;
            let _ = self.unread.split_to(taken);
            match message {
                Some(message) if message.header.message_type == MessageType::COMMAND_AMF0 => {
                    return Ok(message);
                }
                Some(_) => {}
                None if stream.read_buf(&mut self.unread).await? == 0 => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                None => {}
            }
        }
    }
}

/// The code of an onStatus command (RTMP 1.0 section 7.2.2).
fn status_code(message: &Message) -> Option<String> {
    let mut values = Decoder::new(&message.payload);
    let mut next = || values.decode_ref().ok().flatten();
    (next()?.as_str()? == "onStatus").then_some(())?;
    let (_transaction, _null, information) = (next()?, next()?, next()?);
    Some(information.get("code")?.as_str()?.to_owned())
}

fn refused(message: &Message) -> io::Error {
    let code = status_code(message).unwrap_or_else(|| "_error".to_owned());
    io::Error::new(
        io::ErrorKind::ConnectionRefused,
        format!("the server answered {code}"),
    )
}

/// What a sink says to a publisher, whatever it asks: the replies that [`publish`] waits for.
pub(crate) fn canned_replies(chunk_size: u32) -> io::Result<Vec<u8>> {
    let mut bytes = BytesMut::new();
    let mut encoder = ChunkEncoder::new();
    announce_chunk_size(&mut encoder, chunk_size, &mut bytes)?;
    let window = ProtocolControl::WindowAcknowledgementSize(u32::MAX);
    let mut payload = Vec::new();
    window.encode(&mut payload);
    let control = MessageHeader {
        chunk_stream_id: ChunkStreamId::CONTROL,
        timestamp: Timestamp(0),
        message_type: window.message_type(),
        message_stream_id: 0,
    };
    encoder
        .encode(&control, &payload, &mut bytes)
        .map_err(io::Error::other)?;
    for command in [
        status("_result", 1.0, "NetConnection.Connect.Success"),
        // FFmpeg asks for releaseStream (2) and FCPublish (3) first.
        result(2.0, None),
        result(3.0, None),
        result(4.0, Some(NET_STREAM)),
        status("onStatus", 0.0, "NetStream.Publish.Start"),
    ] {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::COMMAND,
            timestamp: Timestamp(0),
            message_type: MessageType::COMMAND_AMF0,
            message_stream_id: 0,
        };
        encoder
            .encode(&header, &command, &mut bytes)
            .map_err(io::Error::other)?;
    }
    Ok(bytes.to_vec())
}

fn result(transaction: f64, message_stream_id: Option<u32>) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut encoder = Encoder::new(&mut payload);
    encoder.string("_result").number(transaction).null();
    match message_stream_id {
        Some(id) => encoder.number(id.into()),
        None => encoder.undefined(),
    };
    payload
}

fn status(command: &str, transaction: f64, code: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    Encoder::new(&mut payload)
        .string(command)
        .number(transaction)
        .null()
        .object(|object| {
            object
                .string("level", "status")
                .string("code", code)
                .string("description", "")
        });
    payload
}
