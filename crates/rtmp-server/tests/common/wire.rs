//! Messages by hand, and what a server says.

use std::time::Instant;

use ::amf0::{Decoder, Encoder, Value};
use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, ChunkStreamId, Message, MessageHeader, MessageType,
    ProtocolControl, Timestamp, UserControl,
};
use rtmp_server::proto::PublishType;
use rtmp_server::proto::client::ClientChunkSize;
use rtmp_server::{ClientConfig, ClientSession};

const HANDSHAKE_BYTES: usize = 1536;

/// A publisher that does what the standard says, and no more, in chunks of the default size: a [`Wire`]
/// can go on where it has got to.
pub fn plain_publisher(now: Instant, app: &str, name: &str) -> ClientSession {
    let mut config = ClientConfig::new(app, format!("rtmp://localhost/{app}"));
    config.flash_calls = false;
    config.chunk_size = ClientChunkSize::Bytes(128);
    let random = std::array::from_fn(|index| (index + 8) as u8);
    let mut publisher = ClientSession::new(config, now, &random);
    let asked = publisher.publish(now, name, PublishType::Live);
    asked.expect("no other publish");
    publisher
}

/// The plain handshake (RTMP 1.0 section 5.2).
pub struct Handshake;

impl Handshake {
    pub fn c0_c1() -> Vec<u8> {
        let mut bytes = vec![3];
        bytes.extend([0; 8]);
        bytes.extend((8..HANDSHAKE_BYTES).map(|index| index as u8));
        bytes
    }

    /// Nobody checks what is in it.
    pub fn c2() -> Vec<u8> {
        vec![0xC2; HANDSHAKE_BYTES]
    }

    /// Everything that a client sends for the handshake.
    pub fn bytes() -> Vec<u8> {
        [Self::c0_c1(), Self::c2()].concat()
    }
}

/// Builds the bytes of messages, of those that no client session would send above all, and understands
/// what a server says.
///
/// It keeps no state of its own but that of the chunk streams: a test says what comes when.
pub struct Wire {
    pub encoder: ChunkEncoder,
    decoder: ChunkDecoder,
    received: Vec<u8>,
    handshake_done: bool,
    transaction: f64,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            encoder: ChunkEncoder::new(),
            decoder: ChunkDecoder::default(),
            received: Vec::new(),
            handshake_done: false,
            transaction: 0.0,
        }
    }
}

impl Wire {
    pub fn message(
        &mut self,
        chunk_stream: u32,
        message_type: MessageType,
        stream: u32,
        timestamp: u32,
        body: &[u8],
    ) -> Vec<u8> {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::new(chunk_stream).expect("a chunk stream id"),
            timestamp: Timestamp(timestamp),
            message_type,
            message_stream_id: stream,
        };
        let mut bytes = Vec::new();
        self.encoder
            .encode(&header, body, &mut bytes)
            .expect("a message");
        bytes
    }

    pub fn control(&mut self, control: ProtocolControl) -> Vec<u8> {
        let mut body = Vec::new();
        control.encode(&mut body);
        self.message(2, control.message_type(), 0, 0, &body)
    }

    pub fn user_control(&mut self, control: &UserControl) -> Vec<u8> {
        let mut body = Vec::new();
        control.encode(&mut body);
        self.message(2, MessageType::USER_CONTROL, 0, 0, &body)
    }

    /// A command with the next transaction id.
    pub fn call(&mut self, stream: u32, name: &str, arguments: &[Value]) -> Vec<u8> {
        self.transaction += 1.0;
        self.command(stream, name, self.transaction, arguments)
    }

    pub fn command(
        &mut self,
        stream: u32,
        name: &str,
        transaction: f64,
        arguments: &[Value],
    ) -> Vec<u8> {
        let body = command_body(name, transaction, arguments);
        self.message(3, MessageType::COMMAND_AMF0, stream, 0, &body)
    }

    pub fn connect(&mut self, app: &str) -> Vec<u8> {
        self.connect_with(app, [])
    }

    /// connect with more properties than the usual ones.
    pub fn connect_with(
        &mut self,
        app: &str,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Vec<u8> {
        let usual = [
            ("app", Value::from(app)),
            ("type", "nonprivate".into()),
            ("flashVer", "FMLE/3.0 (compatible; test)".into()),
            ("tcUrl", format!("rtmp://localhost/{app}").into()),
        ];
        let object = usual
            .into_iter()
            .chain(more)
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<::amf0::Object>();
        self.call(0, "connect", &[Value::Object(object)])
    }

    pub fn create_stream(&mut self) -> Vec<u8> {
        self.call(0, "createStream", &[Value::Null])
    }

    pub fn publish(&mut self, stream: u32, name: &str) -> Vec<u8> {
        self.call(
            stream,
            "publish",
            &[Value::Null, name.into(), "live".into()],
        )
    }

    pub fn delete_stream(&mut self, stream: u32) -> Vec<u8> {
        self.call(0, "deleteStream", &[Value::Null, f64::from(stream).into()])
    }

    pub fn video(&mut self, stream: u32, timestamp: u32, body: &[u8]) -> Vec<u8> {
        self.message(6, MessageType::VIDEO, stream, timestamp, body)
    }

    pub fn audio(&mut self, stream: u32, timestamp: u32, body: &[u8]) -> Vec<u8> {
        self.message(4, MessageType::AUDIO, stream, timestamp, body)
    }

    /// Handshake, connect, createStream and publish in one go, as a publisher in a hurry sends
    /// them: without waiting for any answer.
    pub fn opening(&mut self, app: &str, name: &str) -> Vec<u8> {
        [
            Handshake::bytes(),
            self.connect(app),
            self.create_stream(),
            self.publish(1, name),
        ]
        .concat()
    }

    /// Goes on where a [`plain_publisher`] has got to.
    pub fn go_on(&mut self) {
        self.transaction = 3.0;
    }

    /// Takes what the server sent, and returns what it says.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Answer> {
        self.received.extend_from_slice(bytes);
        if !self.handshake_done {
            let length = 1 + 2 * HANDSHAKE_BYTES;
            if self.received.len() < length {
                return Vec::new();
            }
            assert_eq!(self.received[0], 3, "S0");
            assert_eq!(
                self.received[1 + HANDSHAKE_BYTES..length],
                Handshake::c0_c1()[1..],
                "S2 echoes C1"
            );
            self.received.drain(..length);
            self.handshake_done = true;
        }
        let received = std::mem::take(&mut self.received);
        let mut input = received.as_slice();
        let mut answers = Vec::new();
        while let Some(message) = self.decoder.decode(&mut input).expect("chunks") {
            answers.push(Answer::from(message));
        }
        answers
    }
}

/// A message of the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Control(ProtocolControl),
    User(UserControl),
    Command {
        stream: u32,
        name: String,
        transaction: f64,
        arguments: Vec<Value>,
    },
}

impl Answer {
    /// The `code` of a command's information object.
    pub fn code(&self) -> Option<String> {
        self.information("code")
    }

    pub fn information(&self, key: &str) -> Option<String> {
        let Self::Command { arguments, .. } = self else {
            return None;
        };
        let value = arguments.last()?.get(key)?;
        value.as_str().map(str::to_owned)
    }
}

impl From<Message> for Answer {
    fn from(message: Message) -> Self {
        let header = message.header;
        let body = &message.payload[..];
        let control = ProtocolControl::parse(header.message_type, body).expect("a control message");
        if let Some(control) = control {
            assert_eq!(header.message_stream_id, 0, "section 5.4");
            assert_eq!(header.chunk_stream_id.get(), 2, "section 5.4");
            return Self::Control(control);
        }
        match header.message_type {
            MessageType::USER_CONTROL => {
                Self::User(UserControl::parse(body).expect("a user control message"))
            }
            MessageType::COMMAND_AMF0 => {
                let mut values = amf0(body).into_iter();
                let name = values.next().expect("a name");
                let transaction = values.next().expect("a transaction id");
                Self::Command {
                    stream: header.message_stream_id,
                    name: name.as_str().expect("a string").to_owned(),
                    transaction: transaction.as_f64().expect("a number"),
                    arguments: values.collect(),
                }
            }
            other => panic!("a server has nothing to say of {other:?}"),
        }
    }
}

pub fn command_body(name: &str, transaction: f64, arguments: &[Value]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut encoder = Encoder::new(&mut body);
    encoder.string(name).number(transaction);
    for argument in arguments {
        encoder.value(argument);
    }
    encoder.finish().expect("AMF0");
    body
}

/// All values of a message.
pub fn amf0(body: &[u8]) -> Vec<Value> {
    let mut decoder = Decoder::new(body);
    std::iter::from_fn(|| decoder.decode().expect("AMF0")).collect()
}
