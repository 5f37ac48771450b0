//! Commands (RTMP 1.0 section 7.2), those included that no standard has and publishers send.

use std::time::Instant;

use super::ServerSession;
use crate::proto::command::Command;
use crate::proto::error::SessionError;
use crate::proto::reply::{self, Level};
use crate::proto::request::StreamId;
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
            "closeStream" => self.close_stream(now, stream, command),
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

    /// Section 7.2.1.3. Message streams that were created and not used cost nothing.
    fn create_stream(&mut self, command: &Command<'_>) {
        loop {
            self.last_stream = self.last_stream.wrapping_add(1).max(1);
            if !self.publishes.contains(StreamId(self.last_stream)) {
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

    /// It ends what is published on the message stream that it comes on. Some number that stream instead,
    /// as for deleteStream.
    fn close_stream(&mut self, now: Instant, stream: StreamId, mut command: Command<'_>) {
        // Whatever else it says does not matter.
        let argument = command.argument().and_then(|_object| command.argument());
        let numbered = argument.ok().and_then(|argument| argument.as_f64());
        let closed = self.publishes.closed(stream, numbered.and_then(stream_id));
        if let Some(stream) = closed {
            self.unpublish(now, stream);
        }
    }

    /// FCPublish of Flash Media Live Encoder. Some publish only after `onFCPublish`. It promises
    /// nothing: the decision is on the publish.
    fn fc_publish(&mut self, stream: StreamId, command: &Command<'_>) {
        self.answer_nothing(command);
        let status = Status::new(StatusCode::PUBLISH_START, "Ready to publish.");
        let answer = reply::notification("onFCPublish", Level::Status, &status);
        self.transmit.command(stream, &answer);
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
        self.transmit.command(stream, &answer);
        if let Some(stream) = self.publishes.named(&name) {
            self.unpublish(now, stream);
        }
        Ok(())
    }

    fn fc_subscribe(&mut self, stream: StreamId, command: &Command<'_>) {
        self.answer_nothing(command);
        let answer = reply::notification("onFCSubscribe", Level::Error, &nothing_to_play());
        self.transmit.command(stream, &answer);
    }

    fn refuse_play(&mut self, stream: StreamId) {
        self.on_status(stream, Level::Error, &nothing_to_play());
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

    pub(super) fn has_id_of_connect(&self, command: &Command<'_>) -> bool {
        self.connect_transaction == Some(command.transaction)
    }

    /// Answers to calls belong to the connection, whatever message stream the call came on.
    pub(super) fn answer(&mut self, body: &[u8]) {
        self.transmit.command(StreamId::CONTROL, body);
    }
}

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
