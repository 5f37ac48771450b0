//! Whole sessions, from the handshake on, and what publishers make of them.
//!
//! A [`Session`] is what a client sends: that of a recording, or one made around a
//! [`Publish`](crate::Publish). A habit of sessions changes how it asks for its publish and how its
//! messages travel; the audio and video that the server hands on stay the same, and the pictures.

mod address;
mod arrival;
mod chunking;
mod chunks;
mod commands;
mod messages;
mod way;

use amf0::{Decoder, Encoder, Value};
use rtmp_chunk::{
    ChunkDecoder, ChunkStreamId, HANDSHAKE_LENGTH, Message, MessageHeader, MessageType, Timestamp,
};

use self::address::Address;
use self::arrival::Arrival;
use self::chunks::Chunking;
use crate::publish::Publish;
use crate::recordings::files;

pub(crate) use self::way::names;
pub use self::way::{Received, receive};

/// What a client sends, and how.
#[derive(Clone, Debug)]
pub struct Session {
    handshake: Vec<u8>,
    /// In the order in which they are sent; control messages of chunking are not among them.
    messages: Vec<Message>,
    address: Address,
    chunking: Chunking,
    arrival: Arrival,
}

/// What a publisher does with a session, changed in detail by a number.
pub type SessionHabit = fn(&mut Session, u32);

/// All habits of sessions by name.
pub const OF_SESSIONS: &[(&str, SessionHabit)] = &[
    ("chunks of another size", chunking::another_size),
    ("chunk sizes that change", chunking::sizes_that_change),
    (
        "a chunk size that changes inside messages",
        chunking::sizes_that_change_inside_messages,
    ),
    ("chunk stream ids of more bytes", chunking::long_ids),
    ("one chunk stream for all media", chunking::one_chunk_stream),
    ("audio and video chunk by chunk", chunking::interleaved),
    ("full headers", chunking::full_headers),
    ("headers of every type", chunking::headers_of_every_type),
    ("extended timestamps", chunking::extended_timestamps),
    (
        "extended timestamps that are not repeated",
        chunking::extended_timestamps_once,
    ),
    ("aborted messages", chunking::aborted_messages),
    ("empty and unknown messages", messages::empty_and_unknown),
    ("control messages in between", messages::control_messages),
    ("media on another message stream", messages::another_stream),
    ("no metadata", messages::no_metadata),
    ("late metadata", messages::late_metadata),
    ("metadata twice", messages::metadata_twice),
    ("aggregate messages", messages::aggregates),
    ("the commands of FMLE", commands::of_fmle),
    ("no command too many", commands::no_more_than_needed),
    ("publish without createStream", commands::no_create_stream),
    ("the address cut elsewhere", commands::cut_elsewhere),
    ("a query in an odd place", commands::odd_query),
    ("something behind the name", commands::behind_the_name),
    ("bytes in pieces", arrival::in_pieces),
    ("stalls and bursts", arrival::stalls),
];

/// Applies the habits at these places of [`OF_SESSIONS`], counted round, one after the other.
pub fn compose_session(session: &mut Session, habits: &[(u8, u32)]) {
    for (index, detail) in habits {
        let (_, habit) = OF_SESSIONS[usize::from(*index) % OF_SESSIONS.len()];
        habit(session, *detail);
    }
}

/// The recorded sessions of `rtmp-server`, with their names.
pub fn recorded() -> &'static [(String, Session)] {
    static RECORDED: std::sync::OnceLock<Vec<(String, Session)>> = std::sync::OnceLock::new();
    RECORDED.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../rtmp-server/tests/sessions");
        files(folder.as_ref(), "rtmp")
            .into_iter()
            .map(|(name, bytes)| (name, Session::from_recording(&bytes)))
            .collect()
    })
}

const PUBLISHED: u32 = 1;

impl Session {
    /// A recorded session: the bytes that the client sent.
    pub fn from_recording(bytes: &[u8]) -> Self {
        let (handshake, mut input) = bytes.split_at(HANDSHAKE_LENGTH);
        let mut decoder = ChunkDecoder::default();
        let messages = std::iter::from_fn(|| decoder.decode(&mut input).expect("chunks"))
            .filter(|message| message.header.message_type != MessageType::SET_CHUNK_SIZE)
            .collect();
        Self::new(handshake.to_vec(), messages)
    }

    /// A session that sends the video of a publish, and a little sound beside it.
    pub fn from_publish(publish: &Publish) -> Self {
        let object = [("app", Value::from("live")), ("flashVer", "habits".into())];
        let connect = Value::Object(object.into_iter().collect());
        let call = |stream, name: &str, arguments: &[Value]| {
            let head = [name.into(), Value::Number(1.0)];
            command(stream, &[&head, arguments].concat())
        };
        let mut messages = vec![
            call(0, "connect", &[connect]),
            call(0, "createStream", &[Value::Null]),
            call(PUBLISHED, "publish", &[Value::Null, "stream1".into()]),
            media(MessageType::DATA_AMF0, 0, metadata()),
        ];
        for (timestamp, body) in publish.bodies() {
            messages.push(media(MessageType::VIDEO, timestamp, body));
            messages.push(media(MessageType::AUDIO, timestamp, vec![0x2F; 150]));
        }
        let handshake = [&[3][..], &[0; HANDSHAKE_LENGTH - 1]].concat();
        Self::new(handshake, messages)
    }

    fn new(handshake: Vec<u8>, messages: Vec<Message>) -> Self {
        let mut session = Self {
            handshake,
            messages,
            address: Address::default(),
            chunking: Chunking::default(),
            arrival: Arrival::default(),
        };
        let [mut app, mut name] = [String::new(), String::new()];
        session.edit_commands(|_, values| {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            match text(values.first()).as_deref() {
                Some("connect") => {
                    let object = values.get(2).and_then(|object| object.get("app"));
                    app = text(object).unwrap_or_default();
                }
                Some("publish") => name = text(values.get(3)).unwrap_or_default(),
                _ => {}
            }
        });
        session.address = Address::new(&app, &name);
        session
    }

    /// The bytes that the client sends.
    pub fn bytes(&self) -> Vec<u8> {
        let mut session = self.clone();
        if let Some((app, name)) = self.address.app_and_name() {
            session.edit_commands(|_, values| {
                let command = values.first().and_then(Value::as_str).unwrap_or_default();
                match (command, values.len()) {
                    ("connect", 3..) => {
                        if let Some(Value::Object(object)) = values.get_mut(2) {
                            object.insert("app", app.as_str());
                        }
                    }
                    ("publish" | "FCPublish" | "releaseStream", 4..) => {
                        values[3] = name.as_str().into();
                    }
                    _ => {}
                }
            });
        }
        [
            self.handshake.clone(),
            self.chunking.bytes(&session.messages),
        ]
        .concat()
    }

    /// Changes the commands: header, and name, transaction and arguments.
    fn edit_commands(&mut self, mut edit: impl FnMut(&mut MessageHeader, &mut Vec<Value>)) {
        for message in &mut self.messages {
            if message.header.message_type == MessageType::COMMAND_AMF0 {
                let mut decoder = Decoder::new(&message.payload);
                let values = std::iter::from_fn(|| decoder.decode().expect("AMF0"));
                let mut values = values.collect();
                edit(&mut message.header, &mut values);
                message.payload = written(&values).into();
            }
        }
    }

    /// The place of the first command of that name.
    fn place_of(&self, command: &str) -> Option<usize> {
        self.messages
            .iter()
            .position(|message| name_of(message) == command)
    }

    /// Where the publish has begun.
    fn published(&self) -> usize {
        self.place_of("publish").map_or(0, |place| place + 1)
    }
}

/// The name of a command; nothing for all other messages.
fn name_of(message: &Message) -> String {
    if message.header.message_type != MessageType::COMMAND_AMF0 {
        return String::new();
    }
    let name = Decoder::new(&message.payload).decode().expect("AMF0");
    name.and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn is_media(message: &Message) -> bool {
    is_audio_or_video(message) || message.header.message_type == MessageType::DATA_AMF0
}

fn is_audio_or_video(message: &Message) -> bool {
    matches!(
        message.header.message_type,
        MessageType::AUDIO | MessageType::VIDEO
    )
}

fn written(values: &[Value]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut encoder = Encoder::new(&mut body);
    for value in values {
        encoder.value(value);
    }
    encoder.finish().expect("AMF0");
    body
}

fn metadata() -> Vec<u8> {
    let object = [("width", Value::from(320.0))].into_iter().collect();
    written(&[
        "@setDataFrame".into(),
        "onMetaData".into(),
        Value::Object(object),
    ])
}

fn command(stream: u32, values: &[Value]) -> Message {
    message(
        3,
        MessageType::COMMAND_AMF0,
        stream,
        Timestamp(0),
        written(values),
    )
}

fn media(message_type: MessageType, timestamp: u32, body: Vec<u8>) -> Message {
    let chunk_stream = if message_type == MessageType::VIDEO {
        6
    } else {
        4
    };
    message(
        chunk_stream,
        message_type,
        PUBLISHED,
        Timestamp(timestamp),
        body,
    )
}

fn message(
    chunk_stream: u32,
    message_type: MessageType,
    message_stream_id: u32,
    timestamp: Timestamp,
    body: Vec<u8>,
) -> Message {
    Message {
        header: MessageHeader {
            chunk_stream_id: ChunkStreamId::new(chunk_stream).expect("a chunk stream id"),
            timestamp,
            message_type,
            message_stream_id,
        },
        payload: body.into(),
    }
}
