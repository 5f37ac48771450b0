//! What a publisher sends, message by message.

mod recorded;
mod synthetic;

use rtmp_chunk::MessageType;

pub(crate) use self::synthetic::{AVC_CONFIGURATION, picture};

use crate::args;

/// A media message of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaMessage {
    /// When it is due, in milliseconds from the start of the session.
    pub(crate) milliseconds: u32,
    /// Audio, video or data.
    pub(crate) message_type: MessageType,
    /// Its body.
    pub(crate) payload: Vec<u8>,
}

/// A session to publish: what is sent once, and what is played over and over.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Metadata and sequence headers.
    pub(crate) headers: Vec<MediaMessage>,
    /// Begins with a key frame.
    pub(crate) body: Vec<MediaMessage>,
    /// How long the body lasts, in milliseconds.
    pub(crate) duration: u32,
}

impl Session {
    /// The session that the command line asks for.
    pub(crate) fn load(options: &args::Session) -> Result<Session, String> {
        match &options.session {
            None => Ok(synthetic::session(options.megabits)),
            Some(path) => {
                let bytes =
                    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                recorded::session(&bytes).map_err(|error| format!("{}: {error}", path.display()))
            }
        }
    }
}

/// What sessions of a driver are given for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    Picture,
    Sound,
}

impl MediaMessage {
    /// None for a sequence header, and for what is no media.
    pub(crate) fn frame(&self) -> Option<Frame> {
        match (self.message_type, self.payload.as_slice()) {
            // FLV E.4.3.1: AVC packet type 1 (NAL units).
            (MessageType::VIDEO, [_, 1, ..]) => Some(Frame::Picture),
            (MessageType::AUDIO, [_, _, ..]) if !is_sequence_header(self) => Some(Frame::Sound),
            _ => None,
        }
    }
}

/// FLV E.4.3.1: frame type 1 with an AVC packet of type 1 (NAL units).
fn is_key_frame(message: &MediaMessage) -> bool {
    message.message_type == MessageType::VIDEO
        && matches!(message.payload.as_slice(), [0x17, 1, ..])
}

/// FLV E.4.3.1 and E.4.2.1: a sequence header, of video or of sound.
fn is_sequence_header(message: &MediaMessage) -> bool {
    match message.message_type {
        MessageType::VIDEO => matches!(message.payload.as_slice(), [0x17, 0, ..]),
        MessageType::AUDIO => {
            matches!(message.payload.as_slice(), [first, 0, ..] if first >> 4 == 10)
        }
        _ => false,
    }
}
