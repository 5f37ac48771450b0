//! Commands (RTMP 1.0 section 7.2), those included that no standard has and publishers send.

use std::time::Instant;

use rtmp_chunk::{ChunkSize, LimitType, ProtocolControl, UserControl};

use super::{CONTROL_STREAM, ServerSession};
use crate::proto::command::Command;
use crate::proto::connect;
use crate::proto::error::SessionError;
use crate::proto::event::{ConnectInfo, Event, StreamId};
use crate::proto::reply::{self, Level};
use crate::proto::status::{Status, StatusCode};
use crate::proto::text::text;

impl ServerSession {
    pub(super) fn handle_command(
        &mut self,
        now: Instant,
        stream: StreamId,
        command: Command<'_>,
    ) -> Result<(), SessionError> {
        match command.name {
            "connect" => return self.connect(command),
            "publish" => return self.publish(now, stream, command),
            "deleteStream" => return self.delete_stream(now, command),
            "closeStream" => self.unpublish(now, stream),
            "FCUnpublish" => return self.fc_unpublish(now, stream, command),
            "createStream" => self.create_stream(&command),
            "FCPublish" => self.fc_publish(stream, &command),
            "releaseStream" | "_checkbw" => self.answer_nothing(&command),
            "getStreamLength" => self.answer_number(&command, 0.0),
            "FCSubscribe" => self.fc_subscribe(stream, &command),
            "play" | "play2" => self.refuse_play(stream),
            // Answers to what the server never asked: an answer to them would never end.
            "_result" | "_error" | "onStatus" => {}
            _ => self.answer_unknown(&command),
        }
        Ok(())
    }

    /// Section 7.2.1.1.
    fn connect(&mut self, mut command: Command<'_>) -> Result<(), SessionError> {
        if self.peer.is_some() {
            let status = Status::new(
                StatusCode::CONNECT_REJECTED,
                "This connection is connected already.",
            );
            if !self.has_id_of_connect(&command) {
                self.answer(&reply::error(command.transaction, &status));
            }
            return Ok(());
        }
        let info = match connect::read(&mut command, self.config.limits.name_bytes) {
            Ok(info) => info,
            Err(error) => {
                self.answer(&reply::error(command.transaction, &error.status()));
                return Err(error);
            }
        };
        self.connect_transaction = Some(command.transaction);
        self.answer_connect(command.transaction, &info);
        self.peer = Some(Box::new(info.clone()));
        self.events.push(Event::Connected(info));
        Ok(())
    }

    /// In the order of the standard, the result last. The chunk size is among it because publishers
    /// that adopt it must know it before their first media.
    fn answer_connect(&mut self, transaction: f64, info: &ConnectInfo) {
        let window = self.config.window_ack_size;
        self.transmit
            .control(&ProtocolControl::WindowAcknowledgementSize(window));
        self.transmit.control(&ProtocolControl::SetPeerBandwidth {
            window,
            limit_type: LimitType::DYNAMIC,
        });
        if let Some(chunk_size) = ChunkSize::new(self.config.chunk_size) {
            self.transmit
                .control(&ProtocolControl::SetChunkSize(chunk_size));
        }
        self.transmit
            .user_control(&UserControl::StreamBegin(CONTROL_STREAM));
        let object_encoding = if info.object_encoding == AMF3 {
            AMF3
        } else {
            AMF0
        };
        let ours = info
            .capabilities
            .as_ref()
            .map(|_| &self.config.capabilities);
        let answer = reply::connect_result(transaction, object_encoding, ours);
        self.answer(&answer);
    }

    /// Section 7.2.1.3. Message streams that were created and not used cost nothing.
    fn create_stream(&mut self, command: &Command<'_>) {
        loop {
            self.last_stream = self.last_stream.wrapping_add(1).max(1);
            if !self.publications.contains(StreamId(self.last_stream)) {
                break;
            }
        }
        // Whatever id the call has: without the answer nobody can go on.
        self.answer(&reply::number_result(
            command.transaction,
            f64::from(self.last_stream),
        ));
    }

    /// Section 7.2.2.3: it is not answered.
    fn delete_stream(
        &mut self,
        now: Instant,
        mut command: Command<'_>,
    ) -> Result<(), SessionError> {
        let _command_object = command.argument()?;
        if let Some(stream) = command.argument()?.as_f64().and_then(stream_id) {
            self.unpublish(now, stream);
        }
        Ok(())
    }

    /// FCPublish of Flash Media Live Encoder. Some publish only after `onFCPublish`. It promises
    /// nothing: the decision is on the publish.
    fn fc_publish(&mut self, stream: StreamId, command: &Command<'_>) {
        self.answer_nothing(command);
        let status = Status::new(StatusCode::PUBLISH_START, "Ready to publish.");
        let answer = reply::notification("onFCPublish", Level::Status, &status);
        self.transmit.command(stream.0, &answer);
    }

    /// FCUnpublish of Flash Media Live Encoder names the stream instead of numbering it.
    fn fc_unpublish(
        &mut self,
        now: Instant,
        stream: StreamId,
        mut command: Command<'_>,
    ) -> Result<(), SessionError> {
        let _command_object = command.argument()?;
        let name = text(command.argument()?.as_string_bytes().unwrap_or_default());
        self.answer_nothing(&command);
        let status = Status::new(StatusCode::UNPUBLISH_SUCCESS, "Stopped publishing.");
        let answer = reply::notification("onFCUnpublish", Level::Status, &status);
        self.transmit.command(stream.0, &answer);
        if let Some(stream) = self.publications.named(&name) {
            self.unpublish(now, stream);
        }
        Ok(())
    }

    fn fc_subscribe(&mut self, stream: StreamId, command: &Command<'_>) {
        self.answer_nothing(command);
        let answer = reply::notification("onFCSubscribe", Level::Error, &nothing_to_play());
        self.transmit.command(stream.0, &answer);
    }

    fn refuse_play(&mut self, stream: StreamId) {
        self.on_status(stream.0, Level::Error, &nothing_to_play());
    }

    fn answer_unknown(&mut self, command: &Command<'_>) {
        if self.expects_answer(command) {
            let name: String = command.name.chars().take(LONGEST_NAME_SHOWN).collect();
            let status = Status::new(
                StatusCode::CALL_FAILED,
                format!("This server has no command {name:?}."),
            );
            self.answer(&reply::error(command.transaction, &status));
        }
    }

    fn answer_nothing(&mut self, command: &Command<'_>) {
        if self.expects_answer(command) {
            self.answer(&reply::empty_result(command.transaction));
        }
    }

    fn answer_number(&mut self, command: &Command<'_>, number: f64) {
        if self.expects_answer(command) {
            self.answer(&reply::number_result(command.transaction, number));
        }
    }

    /// Some programs have one transaction id for connect and for calls that they do not care about:
    /// they take the answer to such a call, or its error, for another one to connect.
    fn expects_answer(&self, command: &Command<'_>) -> bool {
        command.expects_answer() && !self.has_id_of_connect(command)
    }

    fn has_id_of_connect(&self, command: &Command<'_>) -> bool {
        self.connect_transaction == Some(command.transaction)
    }

    /// Answers to calls belong to the connection, whatever message stream the call came on.
    fn answer(&mut self, body: &[u8]) {
        self.transmit.command(CONTROL_STREAM, body);
    }
}

/// The values of `objectEncoding` (section 7.2.1.1). AMF3 is repeated, as clients that ask for it
/// expect; all it means in practice is that commands come wrapped.
const AMF0: f64 = 0.0;
const AMF3: f64 = 3.0;

/// Of the name of an unknown command as many characters are repeated.
const LONGEST_NAME_SHOWN: usize = 64;

fn nothing_to_play() -> Status {
    Status::new(
        StatusCode::PLAY_FAILED,
        "This server takes streams in; it does not play them.",
    )
}

/// Message stream ids travel as floating-point numbers.
fn stream_id(number: f64) -> Option<StreamId> {
    let in_range = (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range"
    )]
    in_range.then_some(StreamId(number as u32))
}
