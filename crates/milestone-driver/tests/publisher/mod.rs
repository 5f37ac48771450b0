//! What a publisher sends: bytes for a socket or for a session without one.

use amf0::{Encoder, Object, Value};
use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, ChunkStreamId, MessageHeader, MessageType, Timestamp,
};

/// Bytes of C0, C1 and C2 (RTMP 1.0 section 5.2).
const HANDSHAKE: usize = 1 + 2 * 1536;

/// Sequence and picture parameter set of 640×360, 25 frames per second, constrained baseline.
pub(crate) const SPS: &[u8] = &[
    0x67, 0x42, 0xC0, 0x1E, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
    0x00, 0x00, 0x03, 0x00, 0xCA, 0x3C, 0x58, 0xBA, 0x80,
];
pub(crate) const PPS: &[u8] = &[0x68, 0xCE, 0x0F, 0xC8];
const START_CODE: &[u8] = &[0, 0, 0, 1];

/// The bytes of one publisher.
pub(crate) struct PublisherBytes {
    encoder: ChunkEncoder,
    transaction: f64,
}

impl PublisherBytes {
    pub(crate) fn new() -> Self {
        Self {
            encoder: ChunkEncoder::new(),
            transaction: 0.0,
        }
    }

    /// Handshake, connect, createStream and publish, without waiting for answers.
    pub(crate) fn opening(&mut self, app: &str, stream_name: &str) -> Vec<u8> {
        [self.connecting(app), self.publish(stream_name)].concat()
    }

    /// Handshake, connect and createStream.
    pub(crate) fn connecting(&mut self, app: &str) -> Vec<u8> {
        let mut handshake = vec![0; HANDSHAKE];
        handshake[0] = 3;
        let properties = [
            ("app", Value::from(app)),
            ("flashVer", "FMLE/3.0 (compatible; test)".into()),
            ("tcUrl", format!("rtmp://localhost/{app}").into()),
        ];
        let properties: Object = properties
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect();
        [
            handshake,
            self.command(0, "connect", &[Value::Object(properties)]),
            self.command(0, "createStream", &[Value::Null]),
        ]
        .concat()
    }

    pub(crate) fn publish(&mut self, stream_name: &str) -> Vec<u8> {
        self.command(
            1,
            "publish",
            &[Value::Null, stream_name.into(), "live".into()],
        )
    }

    /// The wish to publish, with a name of any bytes.
    pub(crate) fn publish_bytes(&mut self, stream_name: &[u8]) -> Vec<u8> {
        let length = u16::try_from(stream_name.len()).expect("a short name");
        let body = [
            b"\x02\0\x07publish\0\0\0\0\0\0\0\0\0\x05\x02".as_slice(),
            &length.to_be_bytes(),
            stream_name,
        ];
        self.message(MessageType::COMMAND_AMF0, 1, 0, &body.concat())
    }

    /// The publisher stops, in good order.
    pub(crate) fn delete_stream(&mut self) -> Vec<u8> {
        self.command(0, "deleteStream", &[Value::Null, 1.0.into()])
    }

    /// The AVC sequence header with [`SPS`] and [`PPS`].
    pub(crate) fn sequence_header(&mut self) -> Vec<u8> {
        let mut body = vec![0x17, 0, 0, 0, 0, 1, SPS[1], SPS[2], SPS[3], 0xFF, 0xE1];
        body.extend(u16::try_from(SPS.len()).expect("short").to_be_bytes());
        body.extend(SPS);
        body.push(1);
        body.extend(u16::try_from(PPS.len()).expect("short").to_be_bytes());
        body.extend(PPS);
        self.video(0, &body)
    }

    pub(crate) fn key_frame(&mut self, timestamp: u32, picture: &[u8]) -> Vec<u8> {
        self.picture(timestamp, &[0x17, 1, 0, 0, 0], 0x65, picture)
    }

    pub(crate) fn delta_frame(&mut self, timestamp: u32, picture: &[u8]) -> Vec<u8> {
        self.picture(timestamp, &[0x27, 1, 0, 0, 0], 0x41, picture)
    }

    fn picture(&mut self, timestamp: u32, header: &[u8], nal: u8, picture: &[u8]) -> Vec<u8> {
        let length = u32::try_from(picture.len() + 1)
            .expect("a short picture")
            .to_be_bytes();
        self.video(timestamp, &[header, &length, &[nal], picture].concat())
    }

    pub(crate) fn video(&mut self, timestamp: u32, body: &[u8]) -> Vec<u8> {
        self.message(MessageType::VIDEO, 1, timestamp, body)
    }

    pub(crate) fn audio(&mut self, timestamp: u32) -> Vec<u8> {
        self.message(MessageType::AUDIO, 1, timestamp, &[0xAF, 1, 0x21, 0x10])
    }

    /// An audio message.
    pub(crate) fn sound(&mut self, timestamp: u32, body: &[u8]) -> Vec<u8> {
        self.message(MessageType::AUDIO, 1, timestamp, body)
    }

    /// AAC LC, 44 100 Hz, stereo.
    pub(crate) fn sound_header(&mut self) -> Vec<u8> {
        self.sound(0, &[0xAF, 0, 0x12, 0x10])
    }

    /// onMetaData with an encoder's name.
    pub(crate) fn metadata(&mut self, encoder: &str) -> Vec<u8> {
        let mut body = Vec::new();
        Encoder::new(&mut body)
            .string("@setDataFrame")
            .string("onMetaData")
            .ecma_array(|declared| {
                declared
                    .number("width", 640.0)
                    .number("height", 360.0)
                    .number("framerate", 25.0)
                    .string("encoder", encoder)
            })
            .finish()
            .expect("metadata");
        self.message(MessageType::DATA_AMF0, 1, 0, &body)
    }

    /// onMetaData that declares a video codec.
    pub(crate) fn metadata_with_codec(&mut self, codec: f64) -> Vec<u8> {
        let mut body = Vec::new();
        Encoder::new(&mut body)
            .string("onMetaData")
            .ecma_array(|declared| declared.number("videocodecid", codec))
            .finish()
            .expect("metadata");
        self.message(MessageType::DATA_AMF0, 1, 0, &body)
    }

    fn command(&mut self, stream: u32, name: &str, arguments: &[Value]) -> Vec<u8> {
        self.transaction += 1.0;
        let mut body = Vec::new();
        let mut encoder = Encoder::new(&mut body);
        encoder.string(name).number(self.transaction);
        for argument in arguments {
            encoder.value(argument);
        }
        encoder.finish().expect("a command");
        self.message(MessageType::COMMAND_AMF0, stream, 0, &body)
    }

    fn message(
        &mut self,
        message_type: MessageType,
        stream: u32,
        timestamp: u32,
        body: &[u8],
    ) -> Vec<u8> {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::new(4).expect("a chunk stream id"),
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
}

/// The access unit that a key frame becomes.
pub(crate) fn access_unit_of_key_frame(picture: &[u8]) -> Vec<u8> {
    [
        START_CODE,
        SPS,
        START_CODE,
        PPS,
        START_CODE,
        &[0x65],
        picture,
    ]
    .concat()
}

/// The access unit that another frame becomes.
pub(crate) fn access_unit_of_delta_frame(picture: &[u8]) -> Vec<u8> {
    [START_CODE, &[0x41], picture].concat()
}

/// What a server answers.
pub(crate) struct Answers {
    handshake_left: usize,
    decoder: ChunkDecoder,
    /// So many commands have come.
    pub(crate) commands: usize,
}

/// An onStatus message, or an _error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) level: String,
    pub(crate) code: String,
    pub(crate) description: String,
}

impl Answers {
    pub(crate) fn new() -> Self {
        Self {
            handshake_left: HANDSHAKE,
            decoder: ChunkDecoder::default(),
            commands: 0,
        }
    }

    /// The statuses that `bytes` complete.
    pub(crate) fn statuses(&mut self, mut bytes: &[u8]) -> Vec<Status> {
        let skipped = self.handshake_left.min(bytes.len());
        self.handshake_left -= skipped;
        bytes = &bytes[skipped..];
        let mut statuses = Vec::new();
        while let Some(message) = self
            .decoder
            .decode(&mut bytes)
            .expect("the server sends chunks")
        {
            if message.header.message_type == MessageType::COMMAND_AMF0 {
                self.commands += 1;
                statuses.extend(status(&message.payload));
            }
        }
        statuses
    }
}

fn status(body: &[u8]) -> Option<Status> {
    let mut decoder = amf0::Decoder::new(body);
    let values: Vec<_> = std::iter::from_fn(|| decoder.decode().expect("AMF0")).collect();
    // A connect that is refused has no message stream yet.
    if !matches!(values.first()?.as_str(), Some("onStatus" | "_error")) {
        return None;
    }
    let text = |name| {
        values
            .get(3)
            .and_then(|object| object.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    Some(Status {
        level: text("level").to_owned(),
        code: text("code").to_owned(),
        description: text("description").to_owned(),
    })
}
