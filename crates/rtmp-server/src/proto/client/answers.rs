//! What the server says (RTMP 1.0 sections 5.4, 6.2, 7.2.1 and 7.2.2).

use std::time::Instant;

use amf0::ObjectRef;
use rtmp_chunk::{ControlError, Message, MessageType, ProtocolControl, UserControl};

use super::publishing::Step;
use super::{ClientEnd, ClientEvent, ClientSession, ServerInfo, State};
use crate::proto::command::{Command, without_amf3_prefix};
use crate::proto::connect;
use crate::proto::error::{Limit, Misbehaviour, SessionError};
use crate::proto::request::StreamId;
use crate::proto::status::{Status, StatusCode};
use crate::proto::text::text;

/// The id of connect is 1 (section 7.2.1.1), and no other call has it.
const CONNECT: f64 = 1.0;

/// Among so many arguments an information object is looked for.
const ARGUMENTS: usize = 4;

/// An information object, or what is left of one that is not there.
struct Information {
    is_error: bool,
    status: Status,
}

impl ClientSession {
    pub(super) fn handle_message(
        &mut self,
        now: Instant,
        message: &Message,
    ) -> Result<(), SessionError> {
        let (message_type, payload) = (message.header.message_type, &message.payload[..]);
        if !self.small_messages.admit_small(now) {
            return Err(SessionError::LimitExceeded(Limit::SmallMessages));
        }
        match message_type {
            MessageType::COMMAND_AMF0 => self.handle_command(now, message, payload),
            MessageType::COMMAND_AMF3 => {
                self.handle_command(now, message, without_amf3_prefix(payload))
            }
            MessageType::USER_CONTROL => {
                let event = UserControl::parse(payload).map_err(misbehaviour)?;
                if let UserControl::PingRequest(time) = event {
                    self.owed.ping_response = Some(time);
                }
                Ok(())
            }
            _ => self.handle_control(message_type, payload),
        }
    }

    /// The decoder has applied Set Chunk Size and Abort already. What is no control message, such as
    /// media, is not for a publisher.
    fn handle_control(
        &mut self,
        message_type: MessageType,
        payload: &[u8],
    ) -> Result<(), SessionError> {
        match ProtocolControl::parse(message_type, payload).map_err(misbehaviour)? {
            Some(ProtocolControl::WindowAcknowledgementSize(window)) => {
                self.acknowledgements.set_window(window);
            }
            Some(ProtocolControl::SetPeerBandwidth { window, limit_type }) => {
                if self.announced_window != Some(window) {
                    self.announced_window = Some(window);
                    self.owed.window = Some(window);
                }
                self.window.set(window, limit_type);
            }
            Some(ProtocolControl::Acknowledgement(sequence_number)) => {
                let sent = self.outgoing.backlog.total();
                self.window.acknowledge(sequence_number, sent);
            }
            _ => {}
        }
        Ok(())
    }

    fn handle_command(
        &mut self,
        now: Instant,
        message: &Message,
        payload: &[u8],
    ) -> Result<(), SessionError> {
        let mut command = Command::parse(payload, self.config.limits.message_bytes)?;
        match command.name {
            "_result" if command.transaction == CONNECT => self.connected(now, &mut command),
            "_result" => self.called(&mut command),
            "_error" => self.call_failed(&mut command),
            "onStatus" => self.handle_status(message.header.message_stream_id, &mut command),
            "close" => {
                let status = Status::new(
                    StatusCode::CONNECT_CLOSED,
                    "The server closes the connection.",
                );
                self.end(ClientEnd::Stopped(status));
                Ok(())
            }
            // onBWDone, onFCPublish and whatever else: nothing depends on it.
            _ => Ok(()),
        }
    }

    /// connect was answered (section 7.2.1.1).
    fn connected(&mut self, now: Instant, command: &mut Command<'_>) -> Result<(), SessionError> {
        if !matches!(self.state, State::Connecting) {
            return Ok(());
        }
        let longest = self.config.limits.text_bytes;
        let mut server = ServerInfo::default();
        let mut information = None;
        for _ in 0..ARGUMENTS {
            let Some(object) = command.argument()?.as_object() else {
                continue;
            };
            if let Some(version) = text_of(object, "fmsVer", longest) {
                server.version = version;
            }
            server.capabilities = server
                .capabilities
                .or_else(|| connect::capabilities(object));
            information = information.or_else(|| Information::read(object, longest));
        }
        if let Some(Information {
            is_error: true,
            status,
        }) = information
        {
            self.end(ClientEnd::ConnectRefused(status));
            return Ok(());
        }
        self.state = State::Connected;
        self.events.push_back(ClientEvent::Connected(server));
        self.begin_publish(now);
        Ok(())
    }

    /// Another call was answered. Only that of createStream matters.
    fn called(&mut self, command: &mut Command<'_>) -> Result<(), SessionError> {
        let Some(Step::CreatingStream { transaction }) = self.step() else {
            return Ok(());
        };
        if command.transaction != transaction {
            return Ok(());
        }
        let _command_object = command.argument()?;
        let stream = command.argument()?.as_f64().and_then(message_stream_id);
        let stream = stream.ok_or(SessionError::PeerMisbehaved(Misbehaviour::NoMessageStream))?;
        self.ask_to_publish(stream);
        Ok(())
    }

    /// A call was refused. Not every server knows releaseStream and its relatives.
    fn call_failed(&mut self, command: &mut Command<'_>) -> Result<(), SessionError> {
        let is_connect = command.transaction == CONNECT && matches!(self.state, State::Connecting);
        let is_publish = match self.step() {
            Some(Step::CreatingStream { transaction } | Step::Asked { transaction, .. }) => {
                command.transaction == transaction
            }
            _ => false,
        };
        if is_connect {
            let status = self.information(command)?.status;
            self.end(ClientEnd::ConnectRefused(status));
        } else if is_publish {
            let status = self.information(command)?.status;
            self.end(ClientEnd::PublishRefused(status));
        }
        Ok(())
    }

    /// Section 7.2.2. Some servers send it on another message stream than that of the publish.
    fn handle_status(
        &mut self,
        message_stream: u32,
        command: &mut Command<'_>,
    ) -> Result<(), SessionError> {
        let Information { is_error, status } = self.information(command)?;
        let ends_connection = ends_connection(&status.code);
        match self.step() {
            _ if matches!(self.state, State::Connecting) && (is_error || ends_connection) => {
                self.end(ClientEnd::ConnectRefused(status));
            }
            Some(Step::Asked { .. }) if is_error && !ends_connection => {
                self.end(ClientEnd::PublishRefused(status));
            }
            _ if is_error || ends_connection => self.end(ClientEnd::Stopped(status)),
            Some(Step::Asked { stream, .. }) if status.code == StatusCode::PUBLISH_START => {
                self.publish_started(stream);
            }
            Some(Step::Accepted { stream })
                if status.code == StatusCode::UNPUBLISH_SUCCESS && message_stream == stream =>
            {
                self.end(ClientEnd::Stopped(status));
            }
            _ => self.events.push_back(ClientEvent::Status(status)),
        }
        Ok(())
    }

    fn publish_started(&mut self, stream: u32) {
        if let Some(publish) = &mut self.publish {
            publish.step = Step::Accepted { stream };
        }
        self.answer_by = None;
        self.events
            .push_back(ClientEvent::PublishStarted(StreamId(stream)));
    }

    fn step(&self) -> Option<Step> {
        self.publish.as_ref().map(|publish| publish.step)
    }

    /// The information object among the arguments.
    fn information(&self, command: &mut Command<'_>) -> Result<Information, SessionError> {
        for _ in 0..ARGUMENTS {
            let information = command
                .argument()?
                .as_object()
                .and_then(|object| Information::read(object, self.config.limits.text_bytes));
            if let Some(information) = information {
                return Ok(information);
            }
        }
        Ok(Information {
            is_error: false,
            status: Status::new(StatusCode::CALL_FAILED, "The server gives no reason."),
        })
    }
}

impl Information {
    fn read(object: ObjectRef<'_>, longest: usize) -> Option<Self> {
        let code = text_of(object, "code", longest)?;
        let level = object.get("level").and_then(|level| level.as_str());
        Some(Self {
            is_error: level == Some("error"),
            status: Status::new(
                StatusCode(code.into()),
                text_of(object, "description", longest).unwrap_or_default(),
            ),
        })
    }
}

/// Whatever else a server says of connect than that it succeeded, or that it is to be repeated
/// somewhere else later (Enhanced RTMP v2, "Reconnect Request"), ends the connection: refusals, and
/// good-byes that call themselves a status.
fn ends_connection(code: &StatusCode) -> bool {
    let of_connect = code.as_str().strip_prefix("NetConnection.Connect.");
    of_connect.is_some_and(|what| !matches!(what, "Success" | "ReconnectRequest"))
}

fn text_of(object: ObjectRef<'_>, key: &str, longest: usize) -> Option<String> {
    let bytes = object.get(key)?.as_string_bytes()?;
    Some(text(bytes.get(..longest).unwrap_or(bytes)))
}

/// Ids travel as floating-point numbers. 0 is that of the connection itself.
fn message_stream_id(number: f64) -> Option<u32> {
    let in_range = (1.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range"
    )]
    in_range.then_some(number as u32)
}

fn misbehaviour(error: ControlError) -> SessionError {
    SessionError::PeerMisbehaved(Misbehaviour::Control(error))
}
