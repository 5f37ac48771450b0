//! What a publisher sends: bytes for a socket or for a session without one.

use std::time::Instant;

use amf0::Encoder;
use rtmp_chunk::{ChunkEncoder, ChunkStreamId, MessageHeader, MessageType, Timestamp};
use rtmp_server::proto::PublishType;
use rtmp_server::proto::client::ClientEnd;
use rtmp_server::{ClientConfig, ClientEvent, ClientSession, MediaKind};

/// Sequence and picture parameter set of 640×360, 25 frames per second, constrained baseline.
pub(crate) const SPS: &[u8] = &[
    0x67, 0x42, 0xC0, 0x1E, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
    0x00, 0x00, 0x03, 0x00, 0xCA, 0x3C, 0x58, 0xBA, 0x80,
];
pub(crate) const PPS: &[u8] = &[0x68, 0xCE, 0x0F, 0xC8];
const START_CODE: &[u8] = &[0, 0, 0, 1];

/// A publisher's end of a connection: what it sends, and what it is told.
pub(crate) struct PublisherBytes {
    session: ClientSession,
    now: Instant,
    connected: bool,
}

/// What a server says of a connection or of a publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) level: &'static str,
    pub(crate) code: String,
    pub(crate) description: String,
}

impl PublisherBytes {
    /// A publisher that connects to `app`.
    pub(crate) fn connecting(app: &str) -> Self {
        let now = Instant::now();
        let config = ClientConfig::new(app, format!("rtmp://localhost/{app}"));
        Self {
            session: ClientSession::new(config, now, &[7; 1528]),
            now,
            connected: false,
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    /// The wish to publish; it is sent once connect is answered.
    pub(crate) fn publish(&mut self, stream_name: &str) -> Vec<u8> {
        let asked = self
            .session
            .publish(self.now, stream_name, PublishType::Live);
        asked.expect("no other publish");
        self.unsent()
    }

    /// What is to be sent, and has not been.
    pub(crate) fn unsent(&mut self) -> Vec<u8> {
        let pieces: Vec<_> = std::iter::from_fn(|| self.session.poll_transmit()).collect();
        let bytes = pieces.concat();
        self.session.handle_transmitted(self.now, bytes.len());
        bytes
    }

    /// Takes what the server sent, and returns what it says.
    pub(crate) fn receive(&mut self, mut bytes: &[u8]) -> Vec<Status> {
        let mut statuses = Vec::new();
        while !bytes.is_empty() {
            let taken = self.session.handle_input(self.now, bytes);
            bytes = &bytes[taken.expect("the server is in good order")..];
            while let Some(event) = self.session.poll_event() {
                self.connected |= matches!(event, ClientEvent::Connected(_));
                statuses.extend(status(event));
            }
        }
        statuses
    }

    /// The publisher stops, in good order.
    pub(crate) fn unpublish(&mut self) -> Vec<u8> {
        self.session.unpublish(self.now);
        self.unsent()
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
        self.media(MediaKind::Video, timestamp, body)
    }

    pub(crate) fn audio(&mut self, timestamp: u32) -> Vec<u8> {
        self.sound(timestamp, &[0xAF, 1, 0x21, 0x10])
    }

    /// An audio message.
    pub(crate) fn sound(&mut self, timestamp: u32, body: &[u8]) -> Vec<u8> {
        self.media(MediaKind::Audio, timestamp, body)
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
                    .string("encoder", encoder);
            })
            .finish()
            .expect("metadata");
        self.media(MediaKind::Data, 0, &body)
    }

    /// onMetaData that declares a video codec.
    pub(crate) fn metadata_with_codec(&mut self, codec: f64) -> Vec<u8> {
        let mut body = Vec::new();
        Encoder::new(&mut body)
            .string("onMetaData")
            .ecma_array(|declared| {
                declared.number("videocodecid", codec);
            })
            .finish()
            .expect("metadata");
        self.media(MediaKind::Data, 0, &body)
    }

    /// Nothing once the server has ended the publish.
    fn media(&mut self, kind: MediaKind, timestamp: u32, body: &[u8]) -> Vec<u8> {
        let (timestamp, body) = (Timestamp(timestamp), body.to_vec().into());
        let _ = self.session.send(self.now, kind, timestamp, body);
        self.unsent()
    }
}

fn status(event: ClientEvent) -> Option<Status> {
    let (level, status) = match event {
        ClientEvent::PublishStarted(_) => {
            return Some(Status {
                level: "status",
                code: ACCEPTED.to_owned(),
                description: String::new(),
            });
        }
        ClientEvent::Status(status) => ("status", status),
        ClientEvent::Closed(
            ClientEnd::ConnectRefused(status)
            | ClientEnd::PublishRefused(status)
            | ClientEnd::Stopped(status),
        ) => ("error", status),
        _ => return None,
    };
    Some(Status {
        level,
        code: status.code.to_string(),
        description: status.description,
    })
}

/// The server's answer to a wish to publish.
pub(crate) const ACCEPTED: &str = "NetStream.Publish.Start";

/// publish and deleteStream of a message stream that nobody created, with a name of any bytes: no client session would
/// send that.
pub(crate) fn publish_bytes(message_stream_id: u32, stream_name: &[u8]) -> Vec<u8> {
    let length = u16::try_from(stream_name.len()).expect("a short name");
    let body = [
        b"\x02\0\x07publish\0\0\0\0\0\0\0\0\0\x05\x02".as_slice(),
        &length.to_be_bytes(),
        stream_name,
    ];
    command(message_stream_id, &body.concat())
}

pub(crate) fn delete_stream_1() -> Vec<u8> {
    let mut body = Vec::new();
    let mut values = Encoder::new(&mut body);
    values.string("deleteStream").number(0.0).null().number(1.0);
    values.finish().expect("a command");
    command(0, &body)
}

/// A command by hand, on a chunk stream of its own.
fn command(message_stream_id: u32, body: &[u8]) -> Vec<u8> {
    assert!(body.len() <= 128, "one chunk of any size");
    let header = MessageHeader {
        chunk_stream_id: ChunkStreamId::new(8).expect("a chunk stream id"),
        timestamp: Timestamp(0),
        message_type: MessageType::COMMAND_AMF0,
        message_stream_id,
    };
    let mut bytes = Vec::new();
    let mut encoder = ChunkEncoder::new().with_full_headers();
    encoder
        .encode(&header, body, &mut bytes)
        .expect("a command");
    bytes
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
