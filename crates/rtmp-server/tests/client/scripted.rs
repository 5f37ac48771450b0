//! A server that says what a test wants it to say.

use std::time::Instant;

use amf0::{Object, Value};
use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, ChunkStreamId, Message, MessageHeader, MessageType,
    ProtocolControl, ServerHandshake, Timestamp, UserControl,
};
use rtmp_server::proto::{PublishType, SessionError};
use rtmp_server::{ClientConfig, ClientEvent, ClientSession};

use crate::common::command_body;
use crate::pair::config;

/// A client, and the bytes that its server sends.
pub(crate) struct Scripted {
    pub(crate) now: Instant,
    pub(crate) client: ClientSession,
    pub(crate) encoder: ChunkEncoder,
    handshake: ServerHandshake,
    shaken: bool,
    decoder: ChunkDecoder,
    received: Vec<u8>,
    /// Everything that the client said since the handshake.
    pub(crate) said: Vec<Message>,
    pub(crate) events: Vec<ClientEvent>,
}

impl Scripted {
    /// A client that has been answered nothing, and wants to publish `camera`.
    pub(crate) fn new(config: ClientConfig) -> Self {
        let now = Instant::now();
        let mut client = ClientSession::new(config, now, &[0xC1; 1528]);
        client
            .publish(now, "camera", PublishType::Live)
            .expect("the first publish");
        Self {
            now,
            client,
            encoder: ChunkEncoder::new(),
            handshake: ServerHandshake::new(0, &[0x51; 1528]),
            shaken: false,
            decoder: ChunkDecoder::default(),
            received: Vec::new(),
            said: Vec::new(),
            events: Vec::new(),
        }
    }

    /// After the handshake; connect has been sent.
    pub(crate) fn connecting() -> Self {
        Self::connecting_with(config())
    }

    pub(crate) fn connecting_with(config: ClientConfig) -> Self {
        let mut scripted = Self::new(config);
        scripted.listen();
        assert_eq!(scripted.commands(), ["connect"]);
        scripted
    }

    /// connect was accepted, createStream sent.
    pub(crate) fn connected() -> Self {
        let mut scripted = Self::connecting();
        scripted.accept_connect();
        scripted
    }

    /// createStream was answered, publish sent.
    pub(crate) fn asked() -> Self {
        let mut scripted = Self::connected();
        scripted.answer_create_stream(1.0);
        scripted
    }

    pub(crate) fn publishing() -> Self {
        Self::publishing_with(config())
    }

    pub(crate) fn publishing_with(config: ClientConfig) -> Self {
        let mut scripted = Self::connecting_with(config);
        scripted.accept_connect();
        scripted.answer_create_stream(1.0);
        scripted.status(1, "status", "NetStream.Publish.Start");
        assert!(scripted.client.stream().is_some());
        scripted.events.clear();
        scripted
    }

    pub(crate) fn accept_connect(&mut self) {
        let info = information("status", "NetConnection.Connect.Success");
        self.say("_result", 1.0, &[Value::Null, info])
            .expect("good order");
    }

    pub(crate) fn answer_create_stream(&mut self, stream: f64) {
        let transaction = self.transaction_of("createStream");
        self.say("_result", transaction, &[Value::Null, stream.into()])
            .expect("good order");
    }

    pub(crate) fn status(&mut self, stream: u32, level: &str, code: &str) {
        let body = command_body("onStatus", 0.0, &[Value::Null, information(level, code)]);
        self.message(MessageType::COMMAND_AMF0, stream, &body)
            .expect("good order");
    }

    pub(crate) fn say(
        &mut self,
        name: &str,
        transaction: f64,
        arguments: &[Value],
    ) -> Result<(), SessionError> {
        let body = command_body(name, transaction, arguments);
        self.message(MessageType::COMMAND_AMF0, 0, &body)
    }

    pub(crate) fn control(&mut self, control: ProtocolControl) -> Result<(), SessionError> {
        let mut body = Vec::new();
        control.encode(&mut body);
        self.message(control.message_type(), 0, &body)
    }

    pub(crate) fn user_control(&mut self, event: &UserControl) -> Result<(), SessionError> {
        let mut body = Vec::new();
        event.encode(&mut body);
        self.message(MessageType::USER_CONTROL, 0, &body)
    }

    pub(crate) fn message(
        &mut self,
        message_type: MessageType,
        stream: u32,
        body: &[u8],
    ) -> Result<(), SessionError> {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::COMMAND,
            timestamp: Timestamp(0),
            message_type,
            message_stream_id: stream,
        };
        let mut bytes = Vec::new();
        self.encoder
            .encode(&header, body, &mut bytes)
            .expect("a message");
        self.bytes(&bytes)
    }

    /// Gives bytes to the client, and hears what it says.
    pub(crate) fn bytes(&mut self, mut bytes: &[u8]) -> Result<(), SessionError> {
        while !bytes.is_empty() {
            let taken = self.client.handle_input(self.now, bytes);
            self.poll_events();
            bytes = &bytes[taken?..];
        }
        self.listen();
        Ok(())
    }

    pub(crate) fn poll_events(&mut self) {
        self.events
            .extend(std::iter::from_fn(|| self.client.poll_event()));
    }

    /// Reads what the client sends, and answers its handshake.
    pub(crate) fn listen(&mut self) {
        while let Some(bytes) = self.client.poll_transmit() {
            self.client.handle_transmitted(self.now, bytes.len());
            self.received.extend_from_slice(&bytes);
        }
        self.understand();
    }

    fn understand(&mut self) {
        let received = std::mem::take(&mut self.received);
        let mut input = &received[..];
        if !self.shaken {
            let mut answer = Vec::new();
            self.shaken = self
                .handshake
                .handle_input(&mut input, &mut answer)
                .expect("a handshake");
            if !answer.is_empty() {
                let taken = self.client.handle_input(self.now, &answer);
                assert_eq!(taken, Ok(answer.len()));
                return self.listen();
            }
        }
        while let Some(message) = self.decoder.decode(&mut input).expect("chunks") {
            self.said.push(message);
        }
        self.poll_events();
    }

    /// The names of the commands that the client sent.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.calls().map(|(name, _)| name).collect()
    }

    pub(crate) fn transaction_of(&self, command: &str) -> f64 {
        let mut calls = self.calls().filter(|(name, _)| name == command);
        calls.next_back().expect("a call").1
    }

    fn calls(&self) -> impl DoubleEndedIterator<Item = (String, f64)> {
        let commands = self
            .said
            .iter()
            .filter(|message| message.header.message_type == MessageType::COMMAND_AMF0);
        commands.map(|message| {
            let values = crate::common::amf0(&message.payload);
            let name = values[0].as_str().expect("a name").to_owned();
            (name, values[1].as_f64().expect("an id"))
        })
    }

    /// The control messages that the client sent.
    pub(crate) fn controls(&self) -> Vec<ProtocolControl> {
        let parsed = self.said.iter().map(|message| {
            ProtocolControl::parse(message.header.message_type, &message.payload)
                .expect("a control message")
        });
        parsed.flatten().collect()
    }
}

pub(crate) fn information(level: &str, code: &str) -> Value {
    let properties = [
        ("level", level),
        ("code", code),
        ("description", "What it means."),
    ];
    let object: Object = properties
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    Value::Object(object)
}
