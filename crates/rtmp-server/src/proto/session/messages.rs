//! Messages, dispatched by their type (RTMP 1.0 sections 5.4, 6.2 and 7.1) and never by the chunk
//! stream that they come on: control messages come on any.

use std::time::Instant;

use rtmp_chunk::{Message, MessageHeader, MessageType, ProtocolControl, UserControl};

use super::ServerSession;
use crate::proto::command::{Command, without_amf3_prefix};
use crate::proto::error::{Limit, SessionError};
use crate::proto::event::{Event, Media, MediaKind};
use crate::proto::request::StreamId;

impl ServerSession {
    pub(super) fn handle_message(
        &mut self,
        now: Instant,
        message: Message,
    ) -> Result<(), SessionError> {
        self.counters.messages = self.counters.messages.saturating_add(1);
        let Message { header, payload } = &message;
        if !self
            .small_messages
            .admit(now, header.message_type, payload.len())
        {
            return Err(SessionError::LimitExceeded(Limit::SmallMessages));
        }
        match header.message_type {
            MessageType::COMMAND_AMF0 => self.handle_command_message(now, header, payload),
            MessageType::COMMAND_AMF3 => {
                self.handle_command_message(now, header, without_amf3_prefix(payload))
            }
            MessageType::AGGREGATE => self.handle_aggregate(message),
            MessageType::USER_CONTROL => {
                self.handle_user_control(payload);
                Ok(())
            }
            MessageType(1..=6) => {
                self.handle_protocol_control(header.message_type, payload);
                Ok(())
            }
            _ => {
                self.handle_media(self.arrivals.of(self.decoder.message_mark()), message);
                Ok(())
            }
        }
    }

    /// Audio, video and data (sections 7.1.2, 7.1.4 and 7.1.5). Nothing else is for the
    /// application, nor what is empty.
    pub(super) fn handle_media(&mut self, first_byte_at: Option<Instant>, message: Message) {
        let Message {
            header,
            mut payload,
        } = message;
        if payload.is_empty() {
            return self.ignore_message();
        }
        let kind = match header.message_type {
            MessageType::AUDIO => MediaKind::Audio,
            MessageType::VIDEO => MediaKind::Video,
            MessageType::DATA_AMF0 => MediaKind::Data,
            MessageType::DATA_AMF3 => {
                let amf0 = without_amf3_prefix(&payload).len();
                payload.advance(payload.len().saturating_sub(amf0));
                MediaKind::Data
            }
            _ => return self.ignore_message(),
        };
        let stream = StreamId(header.message_stream_id);
        let Some(publish) = self.publishes.of_media(stream) else {
            return self.ignore_message();
        };
        if kind == MediaKind::Video && !payload.is_empty() {
            publish.has_video = true;
        }
        let stream = publish.stream;
        self.events.push(Event::Media {
            stream,
            media: Media {
                kind,
                timestamp: header.timestamp,
                payload,
                first_byte_at,
            },
        });
    }

    fn handle_command_message(
        &mut self,
        now: Instant,
        header: &MessageHeader,
        payload: &[u8],
    ) -> Result<(), SessionError> {
        self.counters.commands = self.counters.commands.saturating_add(1);
        let outcome =
            Command::parse(payload, self.config.limits.command_bytes).and_then(|command| {
                self.handle_command(now, StreamId(header.message_stream_id), command)
            });
        match outcome {
            // It was whole, so what comes behind it can be read, and video matters more.
            Err(error) if error.is_unreadable_command() && !self.publishes.is_empty() => {
                self.ignore_message();
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// User Control Messages (section 6.2). Most of them concern players, and clients send events
    /// that no document knows, or that are too short: nothing depends on them.
    fn handle_user_control(&mut self, payload: &[u8]) {
        match UserControl::parse(payload) {
            Ok(UserControl::PingRequest(time)) => {
                self.transmit.user_control(&UserControl::PingResponse(time));
            }
            Ok(_) => {}
            Err(_) => self.ignore_message(),
        }
    }

    /// Protocol Control Messages (section 5.4). The decoder has applied its own already: without those
    /// nothing behind them can be read. Whatever else is too short does without.
    fn handle_protocol_control(&mut self, message_type: MessageType, payload: &[u8]) {
        match ProtocolControl::parse(message_type, payload) {
            Ok(Some(ProtocolControl::WindowAcknowledgementSize(window))) => {
                self.acknowledgements.set_window(window);
            }
            Ok(Some(ProtocolControl::SetPeerBandwidth { window, .. })) => {
                self.handle_peer_bandwidth(window);
            }
            Ok(_) => {}
            Err(_) => self.ignore_message(),
        }
    }

    /// "The peer receiving this message SHOULD respond with a Window Acknowledgement Size message
    /// if the window size is different from the last one sent" (section 5.4.5). What the server
    /// sends never comes near to any window.
    fn handle_peer_bandwidth(&mut self, window: u32) {
        if window != self.announced_window {
            self.announced_window = window;
            self.transmit
                .control(&ProtocolControl::WindowAcknowledgementSize(window));
        }
    }

    pub(super) fn ignore_message(&mut self) {
        self.counters.ignored_messages = self.counters.ignored_messages.saturating_add(1);
    }
}

/// Whether a message of this type and length may be for the application.
pub(super) fn is_media(message_type: MessageType, length: usize) -> bool {
    let is_media_type = matches!(
        message_type,
        MessageType::AUDIO | MessageType::VIDEO | MessageType::DATA_AMF0 | MessageType::DATA_AMF3
    );
    is_media_type && length > 0
}
