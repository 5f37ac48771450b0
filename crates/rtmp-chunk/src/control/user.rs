use alloc::vec::Vec;

use bytes::BufMut;

use super::{ControlError, take};
use crate::{Message, MessageHeader, MessageType, Timestamp};

/// A user control message (RTMP 1.0 sections 6.2 and 7.1.7).
///
/// ```
/// # use rtmp_chunk::{Message, Timestamp, UserControl};
/// let ping = UserControl::parse(&[0, 6, 0, 0, 3, 0xE8])?;
/// assert_eq!(ping, UserControl::PingRequest(Timestamp(1000)));
///
/// let answer = Message::from(&UserControl::PingResponse(Timestamp(1000)));
/// assert_eq!(answer.payload, [0, 7, 0, 0, 3, 0xE8]);
/// # Ok::<(), rtmp_chunk::ControlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserControl {
    /// A message stream can be used from now on.
    StreamBegin(u32),
    /// Playback of a message stream is over.
    StreamEof(u32),
    /// There is no more data on a message stream for now.
    StreamDry(u32),
    /// How much the client buffers.
    SetBufferLength {
        /// The message stream.
        stream_id: u32,
        /// The length of the buffer.
        milliseconds: u32,
    },
    /// A message stream is a recording.
    StreamIsRecorded(u32),
    /// The peer is to answer with a [`PingResponse`](Self::PingResponse) of the same time.
    PingRequest(Timestamp),
    /// The answer to a [`PingRequest`](Self::PingRequest).
    PingResponse(Timestamp),
    /// An event that the standard does not name, to be ignored.
    Unknown {
        /// The event type.
        event_type: u16,
        /// The event data.
        data: Vec<u8>,
    },
}

const STREAM_BEGIN: u16 = 0;
const STREAM_EOF: u16 = 1;
const STREAM_DRY: u16 = 2;
const SET_BUFFER_LENGTH: u16 = 3;
const STREAM_IS_RECORDED: u16 = 4;
const PING_REQUEST: u16 = 6;
const PING_RESPONSE: u16 = 7;

impl UserControl {
    /// Reads the body of a message of type [`USER_CONTROL`](crate::MessageType::USER_CONTROL).
    ///
    /// Bytes after the last field of a known event are ignored.
    ///
    /// # Errors
    /// [`ControlError::Truncated`] if there is no event type, or a known event lacks data.
    pub fn parse(body: &[u8]) -> Result<Self, ControlError> {
        let event_type = u16::from_be_bytes(take(body)?);
        let number = || take(body).map(|[_, _, a, b, c, d]| u32::from_be_bytes([a, b, c, d]));
        Ok(match event_type {
            STREAM_BEGIN => Self::StreamBegin(number()?),
            STREAM_EOF => Self::StreamEof(number()?),
            STREAM_DRY => Self::StreamDry(number()?),
            SET_BUFFER_LENGTH => {
                let [_, _, a, b, c, d, e, f, g, h] = take(body)?;
                Self::SetBufferLength {
                    stream_id: u32::from_be_bytes([a, b, c, d]),
                    milliseconds: u32::from_be_bytes([e, f, g, h]),
                }
            }
            STREAM_IS_RECORDED => Self::StreamIsRecorded(number()?),
            PING_REQUEST => Self::PingRequest(Timestamp(number()?)),
            PING_RESPONSE => Self::PingResponse(Timestamp(number()?)),
            _ => Self::Unknown {
                event_type,
                data: body.get(2..).unwrap_or_default().to_vec(),
            },
        })
    }

    /// The event type.
    #[must_use]
    pub const fn event_type(&self) -> u16 {
        match self {
            Self::StreamBegin(_) => STREAM_BEGIN,
            Self::StreamEof(_) => STREAM_EOF,
            Self::StreamDry(_) => STREAM_DRY,
            Self::SetBufferLength { .. } => SET_BUFFER_LENGTH,
            Self::StreamIsRecorded(_) => STREAM_IS_RECORDED,
            Self::PingRequest(_) => PING_REQUEST,
            Self::PingResponse(_) => PING_RESPONSE,
            Self::Unknown { event_type, .. } => *event_type,
        }
    }

    /// Appends the body of the message: the event type and its data.
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_u16(self.event_type());
        match self {
            Self::StreamBegin(stream_id)
            | Self::StreamEof(stream_id)
            | Self::StreamDry(stream_id)
            | Self::StreamIsRecorded(stream_id) => out.put_u32(*stream_id),
            Self::SetBufferLength {
                stream_id,
                milliseconds,
            } => {
                out.put_u32(*stream_id);
                out.put_u32(*milliseconds);
            }
            Self::PingRequest(time) | Self::PingResponse(time) => out.put_u32(time.0),
            Self::Unknown { data, .. } => out.put_slice(data),
        }
    }
}

/// The message that carries it.
impl From<&UserControl> for Message {
    fn from(control: &UserControl) -> Self {
        let mut body = Vec::new();
        control.encode(&mut body);
        Self {
            header: MessageHeader::control(MessageType::USER_CONTROL),
            payload: body.into(),
        }
    }
}
