//! What the application wants: connect, publish, media, and their end (RTMP 1.0 sections 7.2.1 and
//! 7.2.2).

use std::time::Instant;

use bytes::Bytes;
use rtmp_chunk::{ChunkStreamId, EncodeError, MessageHeader, MessageType, Timestamp};

use super::{ClientSession, Misuse, State};
use crate::proto::error::Deadline;
use crate::proto::event::MediaKind;
use crate::proto::reply;
use crate::proto::request::PublishType;
use crate::proto::request::StreamId;

/// The publish that the application wants, or has.
pub(super) struct Publish {
    name: String,
    publish_type: PublishType,
    pub(super) step: Step,
}

/// How far a publish has got.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// connect has not been answered.
    Waiting,
    /// createStream was sent.
    CreatingStream {
        transaction: f64,
    },
    /// publish was sent.
    Asked {
        stream: u32,
        transaction: f64,
    },
    Accepted {
        stream: u32,
    },
}

impl Step {
    /// The message stream, once it is known.
    const fn stream(self) -> Option<u32> {
        match self {
            Self::Asked { stream, .. } | Self::Accepted { stream } => Some(stream),
            Self::Waiting | Self::CreatingStream { .. } => None,
        }
    }
}

impl ClientSession {
    /// Publishes a stream, as soon as the server has accepted connect. Whether it accepts the publish
    /// is told by [`ClientEvent`](super::ClientEvent).
    ///
    /// # Errors
    /// [`Misuse::AlreadyPublishing`], [`Misuse::Ended`].
    pub fn publish(
        &mut self,
        now: Instant,
        name: impl Into<String>,
        publish_type: PublishType,
    ) -> Result<(), Misuse> {
        if self.has_ended() {
            return Err(Misuse::Ended);
        }
        if self.publish.is_some() {
            return Err(Misuse::AlreadyPublishing);
        }
        self.publish = Some(Publish {
            name: name.into(),
            publish_type,
            step: Step::Waiting,
        });
        if matches!(self.state, State::Connected) {
            self.begin_publish(now);
            self.after_each_call(now);
        }
        Ok(())
    }

    /// Sends media of the publish. `timestamp` is the publisher's clock in milliseconds; it wraps. The
    /// payload is the body of an FLV audio or video tag, or values in AMF0.
    ///
    /// # Errors
    /// [`Misuse::NotPublishing`], [`Misuse::TooLong`].
    pub fn send(
        &mut self,
        now: Instant,
        kind: MediaKind,
        timestamp: Timestamp,
        payload: Bytes,
    ) -> Result<(), Misuse> {
        let stream = self.stream().ok_or(Misuse::NotPublishing)?;
        let (message_type, chunk_stream_id) = match kind {
            MediaKind::Audio => (MessageType::AUDIO, AUDIO),
            MediaKind::Video => (MessageType::VIDEO, VIDEO),
            MediaKind::Data => (MessageType::DATA_AMF0, DATA),
        };
        self.settle_chunk_size();
        let header = MessageHeader {
            chunk_stream_id,
            timestamp,
            message_type,
            message_stream_id: stream.0,
        };
        self.outgoing
            .media(&header, &payload)
            .map_err(|error| match error {
                EncodeError::PayloadTooLong { length } => Misuse::TooLong { length },
                // There is always room, and media are no control messages.
                _ => Misuse::NotPublishing,
            })?;
        self.small_messages.earn(payload.len());
        self.after_each_call(now);
        Ok(())
    }

    /// Whether media should be sent: a publish was accepted, what was sent does not lie about, and the
    /// server acknowledges it. This is advice; media that are sent all the same take memory.
    #[must_use]
    pub fn wants_media(&self) -> bool {
        self.stream().is_some()
            && self.has_room()
            && !self.window.is_full(self.outgoing.backlog.total())
    }

    /// The message stream of the publish, once it was accepted.
    #[must_use]
    pub fn stream(&self) -> Option<StreamId> {
        match self.publish.as_ref()?.step {
            Step::Accepted { stream } => Some(StreamId(stream)),
            _ => None,
        }
    }

    /// Ends the publish, or the wish for one, behind everything that was sent. Another one may follow
    /// on the same connection.
    pub fn unpublish(&mut self, now: Instant) {
        let Some(publish) = self.publish.take() else {
            return;
        };
        self.answer_by = self
            .answer_by
            .filter(|(_, deadline)| *deadline == Deadline::Connect);
        if publish.step != Step::Waiting && self.config.flash_calls {
            self.call_with_name("FCUnpublish", &publish.name);
        }
        if let Some(stream) = publish.step.stream() {
            let transaction = self.next_transaction();
            let body = reply::encoded(|values| {
                values
                    .string("deleteStream")
                    .number(transaction)
                    .null()
                    .number(stream.into());
            });
            self.outgoing.command(CONTROL_STREAM, &body);
        }
        self.after_each_call(now);
    }

    /// Section 7.2.1.1; Enhanced RTMP v2, "Enhancing NetConnection connect Command".
    pub(super) fn connect(&mut self) {
        let transaction = self.next_transaction();
        let config = &self.config;
        let body = reply::encoded(|values| {
            values
                .string("connect")
                .number(transaction)
                .object(|properties| {
                    properties
                        .string("app", &config.app)
                        .string("type", "nonprivate")
                        .string("flashVer", &config.flash_ver)
                        .string("tcUrl", &config.tc_url);
                    if let Some(capabilities) = &config.capabilities {
                        reply::enhanced(properties, capabilities);
                    }
                });
        });
        self.outgoing.command(CONTROL_STREAM, &body);
        self.state = State::Connecting;
    }

    /// connect was answered.
    pub(super) fn begin_publish(&mut self, now: Instant) {
        self.settle_chunk_size();
        let publish_by = now.checked_add(self.config.timeouts.publish);
        let Some(publish) = &self.publish else {
            self.answer_by = None;
            return;
        };
        self.answer_by = publish_by.map(|at| (at, Deadline::Publish));
        if self.config.flash_calls {
            let name = publish.name.clone();
            self.call_with_name("releaseStream", &name);
            self.call_with_name("FCPublish", &name);
        }
        let transaction = self.next_transaction();
        let body = reply::encoded(|values| {
            values.string("createStream").number(transaction).null();
        });
        self.outgoing.command(CONTROL_STREAM, &body);
        if let Some(publish) = &mut self.publish {
            publish.step = Step::CreatingStream { transaction };
        }
    }

    /// createStream was answered (section 7.2.2.6).
    pub(super) fn ask_to_publish(&mut self, stream: u32) {
        let transaction = self.next_transaction();
        let Some(publish) = &mut self.publish else {
            return;
        };
        publish.step = Step::Asked {
            stream,
            transaction,
        };
        let body = reply::encoded(|values| {
            values
                .string("publish")
                .number(transaction)
                .null()
                .string(&publish.name)
                .string(publish.publish_type.as_str());
        });
        self.settle_chunk_size();
        self.outgoing.command(stream, &body);
    }

    fn call_with_name(&mut self, command: &str, name: &str) {
        let transaction = self.next_transaction();
        let body = reply::encoded(|values| {
            values
                .string(command)
                .number(transaction)
                .null()
                .string(name);
        });
        self.outgoing.command(CONTROL_STREAM, &body);
    }
}

/// The message stream of the connection itself (section 7.2.1.3).
pub(super) const CONTROL_STREAM: u32 = 0;

/// The chunk streams of media, those that librtmp and FFmpeg take: each kind has its own, so that their
/// headers are short.
const AUDIO: ChunkStreamId = chunk_stream(4);
const DATA: ChunkStreamId = chunk_stream(5);
const VIDEO: ChunkStreamId = chunk_stream(6);

const fn chunk_stream(id: u32) -> ChunkStreamId {
    match ChunkStreamId::new(id) {
        Some(id) => id,
        None => ChunkStreamId::COMMAND,
    }
}
