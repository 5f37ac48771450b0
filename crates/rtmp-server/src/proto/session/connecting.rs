//! From the connect command to its answer (RTMP 1.0 section 7.2.1.1).

use std::time::Instant;

use rtmp_chunk::{ChunkSize, LimitType, ProtocolControl, UserControl};

use super::ending::Linger;
use super::{Pending, ServerSession};
use crate::proto::capabilities::EnhancedCapabilities;
use crate::proto::command::Command;
use crate::proto::connect;
use crate::proto::error::SessionError;
use crate::proto::event::{CloseReason, Event};
use crate::proto::reply;
use crate::proto::request::StreamId;
use crate::proto::status::{Status, StatusCode};

/// Whom the session talks to: what publishes need of the connect command.
pub(super) struct Peer {
    pub(super) app: String,
    pub(super) tc_url: String,
    pub(super) encoder: String,
}

/// A connect that waits for its decision.
pub(super) struct PendingConnect {
    peer: Peer,
    pub(super) transaction: f64,
    object_encoding: f64,
    /// The peer declares capabilities, and so gets to know those of the server.
    is_enhanced: bool,
}

impl ServerSession {
    /// Accepts the connect that was [requested](Event::ConnectRequested). A peer that declares its own
    /// capabilities is told `capabilities`, if there are any. False if nothing waits for this answer,
    /// as the session ended since the request.
    pub fn accept_connect(&mut self, now: Instant, capabilities: &EnhancedCapabilities) -> bool {
        let Some(Pending::Connect(connect)) =
            self.pending.take_if(|it| matches!(it, Pending::Connect(_)))
        else {
            return false;
        };
        self.restart_idle(now);
        self.answer_connect(&connect, capabilities);
        self.peer = Some(Box::new(connect.peer));
        self.transmit.watch(now);
        true
    }

    /// Refuses the connect that was [requested](Event::ConnectRequested): the peer is told why, and the
    /// session ends.
    ///
    /// Programs that log in try again on another connection if the description asks for that in the
    /// words of their login.
    pub fn refuse_connect(&mut self, now: Instant, refusal: Status) {
        if matches!(self.pending, Some(Pending::Connect(_))) {
            let reason = CloseReason::ConnectRefused(refusal.clone());
            self.stop(now, reason, &refusal, Linger::Usual);
        }
    }

    /// A connect command. There is one in a session.
    pub(super) fn connect(&mut self, mut command: Command<'_>) -> Result<(), SessionError> {
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
        let request = match connect::read(&mut command, self.config.limits.name_bytes) {
            Ok(request) => request,
            Err(error) => {
                self.answer(&reply::error(command.transaction, &error.status()));
                return Err(error);
            }
        };
        self.connect_transaction = Some(command.transaction);
        self.pending = Some(Pending::Connect(Box::new(PendingConnect {
            peer: Peer {
                app: request.app.clone(),
                tc_url: request.tc_url.clone(),
                encoder: request.encoder.clone(),
            },
            transaction: command.transaction,
            object_encoding: request.object_encoding,
            is_enhanced: request.capabilities.is_some(),
        })));
        self.events.push(Event::ConnectRequested(request));
        Ok(())
    }

    /// In the order of the standard, the result last. The chunk size is among it because publishers
    /// that adopt it must know it before their first media.
    fn answer_connect(&mut self, connect: &PendingConnect, capabilities: &EnhancedCapabilities) {
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
            .user_control(&UserControl::StreamBegin(StreamId::CONTROL.0));
        let object_encoding = if connect.object_encoding == AMF3 {
            AMF3
        } else {
            AMF0
        };
        let declared = connect.is_enhanced && *capabilities != EnhancedCapabilities::none();
        let answer = reply::connect_result(
            connect.transaction,
            object_encoding,
            declared.then_some(capabilities),
        );
        self.answer(&answer);
    }
}

/// The values of `objectEncoding` (section 7.2.1.1). AMF3 is repeated, as clients that ask for it
/// expect; all it means in practice is that commands come wrapped.
const AMF0: f64 = 0.0;
const AMF3: f64 = 3.0;
