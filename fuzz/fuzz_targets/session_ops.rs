//! Everything that can be done to a session, in any order: messages and broken bytes from the
//! peer, polls, decisions, time, a slow reader, shutdown.

#![no_main]

mod session;

use std::time::{Duration, Instant};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rtmp_chunk::{ChunkEncoder, ChunkStreamId, MessageHeader, MessageType, Timestamp};
use rtmp_server::{Status, StatusCode};
use rtmp_server::proto::StreamId;
use session::{Watched, handshake};

#[derive(Arbitrary, Debug)]
struct Plot<'a> {
    opening: Opening,
    operations: Vec<Operation<'a>>,
}

/// How far the peer gets before things begin to happen.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Opening {
    Nothing,
    Handshake,
    Connect,
    Publish,
}

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    /// The peer sends a whole message of its choice.
    Message {
        chunk_stream: u8,
        message_type: u8,
        stream: u8,
        timestamp: u32,
        body: &'a [u8],
    },
    /// The peer sends a command that means something.
    Command {
        stream: u8,
        name: Name,
        transaction: u8,
        text: &'a str,
        number: u8,
        wrapped: bool,
    },
    /// The peer sends media.
    Media {
        video: bool,
        stream: u8,
        length: u16,
    },
    SetChunkSize(u32),
    /// The peer sends what is no message.
    Bytes(&'a [u8]),
    /// All that the peer has sent arrives, or some of it.
    Arrive,
    ArrivePartly(u16),
    PollEvent,
    PollTransmit,
    Transmitted(u16),
    Accept,
    Refuse,
    EndPublish(u8),
    /// Media find no consumer, or do so again.
    Hold(bool),
    Wait(u16),
    Timeout,
    Shutdown,
    Disconnect,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Name {
    Connect,
    CreateStream,
    Publish,
    DeleteStream,
    CloseStream,
    ReleaseStream,
    FcPublish,
    FcUnpublish,
    Play,
    Other,
}

impl Name {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::CreateStream => "createStream",
            Self::Publish => "publish",
            Self::DeleteStream => "deleteStream",
            Self::CloseStream => "closeStream",
            Self::ReleaseStream => "releaseStream",
            Self::FcPublish => "FCPublish",
            Self::FcUnpublish => "FCUnpublish",
            Self::Play => "play",
            Self::Other => "other",
        }
    }
}

/// The peer's end: what it has sent and the session has not been given.
#[derive(Default)]
struct Peer {
    encoder: ChunkEncoder,
    sent: Vec<u8>,
}

impl Peer {
    fn arrive(&mut self, count: usize, watched: &mut Watched) {
        let count = count.min(self.sent.len());
        let taken = watched.feed(&self.sent[..count]);
        self.sent.drain(..taken);
    }

    fn message(
        &mut self,
        chunk_stream: u8,
        message_type: u8,
        stream: u8,
        timestamp: u32,
        body: &[u8],
    ) {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::new(u32::from(chunk_stream).max(2)).expect("an id"),
            timestamp: Timestamp(timestamp),
            message_type: MessageType(message_type),
            message_stream_id: u32::from(stream),
        };
        // What the encoder refuses is not sent.
        let _ = self.encoder.encode(&header, body, &mut self.sent);
    }

    fn command(
        &mut self,
        stream: u8,
        name: Name,
        transaction: u8,
        text: &str,
        number: u8,
        wrapped: bool,
    ) {
        let mut body = vec![0; usize::from(wrapped)];
        let mut values = amf0::Encoder::new(&mut body);
        values.string(name.as_str()).number(f64::from(transaction));
        match name {
            Name::Connect => values.object(|object| {
                object
                    .string("app", text)
                    .number("objectEncoding", f64::from(number));
            }),
            Name::DeleteStream => values.null().number(f64::from(number)),
            Name::Publish if number == 0 => values.null().boolean(false),
            _ => values.null().string(text),
        };
        values.finish().expect("short names");
        let message_type = if wrapped {
            MessageType::COMMAND_AMF3
        } else {
            MessageType::COMMAND_AMF0
        };
        self.message(3, message_type.0, stream, 0, &body);
    }
}

fn open(opening: Opening, peer: &mut Peer, watched: &mut Watched) {
    if opening >= Opening::Handshake {
        peer.sent.extend(handshake());
    }
    if opening >= Opening::Connect {
        peer.command(0, Name::Connect, 1, "live", 0, false);
    }
    if opening >= Opening::Publish {
        peer.command(1, Name::Publish, 2, "stream1", 1, false);
    }
    for _ in [Opening::Connect, Opening::Publish] {
        peer.arrive(usize::MAX, watched);
        while watched.poll_event() {}
        watched.accept();
    }
    assert_eq!(watched.is_publishing(), opening == Opening::Publish);
}

fuzz_target!(|plot: Plot<'_>| {
    let mut watched = Watched::starting_at(Instant::now());
    let mut peer = Peer::default();
    open(plot.opening, &mut peer, &mut watched);
    for operation in plot.operations {
        match operation {
            Operation::Message {
                chunk_stream,
                message_type,
                stream,
                timestamp,
                body,
            } => {
                peer.message(chunk_stream, message_type, stream, timestamp, body);
            }
            Operation::Command {
                stream,
                name,
                transaction,
                text,
                number,
                wrapped,
            } => {
                peer.command(stream, name, transaction, text, number, wrapped);
            }
            Operation::Media {
                video,
                stream,
                length,
            } => {
                let message_type = if video {
                    MessageType::VIDEO
                } else {
                    MessageType::AUDIO
                };
                peer.message(6, message_type.0, stream, 0, &vec![7; usize::from(length)]);
            }
            Operation::SetChunkSize(size) => {
                peer.message(2, MessageType::SET_CHUNK_SIZE.0, 0, 0, &size.to_be_bytes());
            }
            Operation::Bytes(bytes) => peer.sent.extend_from_slice(bytes),
            Operation::Arrive => peer.arrive(usize::MAX, &mut watched),
            Operation::ArrivePartly(count) => peer.arrive(count.into(), &mut watched),
            Operation::PollEvent => {
                watched.poll_event();
            }
            Operation::PollTransmit => watched.poll_transmit(),
            Operation::Transmitted(bytes) => watched.transmitted(usize::from(bytes)),
            Operation::Accept => watched.accept(),
            Operation::Refuse => watched.refuse(),
            Operation::EndPublish(stream) => {
                let status = Status::rejected("Enough.");
                watched
                    .session
                    .end_publish(watched.now, StreamId(u32::from(stream)), status);
            }
            Operation::Wait(milliseconds) => {
                watched.now += Duration::from_millis(milliseconds.into())
            }
            Operation::Hold(held) => watched.session.hold_input(watched.now, held),
            Operation::Timeout => watched.timeout(),
            Operation::Shutdown => {
                let status = Status::new(StatusCode::APP_SHUTDOWN, "Good night.");
                watched.session.shutdown(watched.now, status);
                assert!(watched.session.has_ended());
            }
            Operation::Disconnect => watched.session.handle_disconnect(),
        }
    }
    watched.finish();
});
