use alloc::vec::Vec;

use bytes::BufMut;

use super::{ControlError, take};
use crate::{ChunkSize, ChunkStreamId, Message, MessageHeader, MessageType};

/// A protocol control message (RTMP 1.0 section 5.4).
///
/// They are sent on chunk stream 2 and message stream 0, and take effect as soon as they are received.
///
/// ```
/// # use rtmp_chunk::{ChunkEncoder, ChunkSize, Message, MessageType, ProtocolControl};
/// let control = ProtocolControl::parse(MessageType::ACKNOWLEDGEMENT, &[0, 0, 1, 0])?;
/// assert_eq!(control, Some(ProtocolControl::Acknowledgement(256)));
/// assert_eq!(ProtocolControl::parse(MessageType::VIDEO, &[0, 0, 1, 0])?, None);
///
/// // The encoder's chunks have this size from here on.
/// let message = Message::from(ProtocolControl::SetChunkSize(ChunkSize::MAX));
/// let (mut encoder, mut out) = (ChunkEncoder::new(), Vec::new());
/// encoder.encode(&message.header, &message.payload, &mut out)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProtocolControl {
    /// The maximum length of the sender's chunks from the next one on (section 5.4.1).
    SetChunkSize(ChunkSize),
    /// The unfinished message on this chunk stream will not be finished (section 5.4.2).
    Abort(ChunkStreamId),
    /// The number of bytes received so far, modulo 2³² (section 5.4.3).
    Acknowledgement(u32),
    /// How many bytes the sender sends before it expects an acknowledgement (section 5.4.4).
    WindowAcknowledgementSize(u32),
    /// The peer is to limit what it sends without acknowledgement (section 5.4.5).
    SetPeerBandwidth {
        /// The window in bytes.
        window: u32,
        /// How it relates to the limit in effect.
        limit_type: LimitType,
    },
}

/// How a Set Peer Bandwidth message relates to the limit in effect (RTMP 1.0 section 5.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimitType(pub u8);

impl LimitType {
    /// The window is the limit.
    pub const HARD: Self = Self(0);
    /// The smaller of the window and the limit in effect is the limit.
    pub const SOFT: Self = Self(1);
    /// As hard if the limit in effect is hard; else nothing.
    pub const DYNAMIC: Self = Self(2);
}

impl ProtocolControl {
    /// Reads the body of a message of this type; `None` if the type is none of the five.
    ///
    /// Bytes after the last field are ignored.
    ///
    /// # Errors
    /// [`ControlError`] if the body is too short, or a value in it impossible.
    pub fn parse(message_type: MessageType, body: &[u8]) -> Result<Option<Self>, ControlError> {
        Ok(Some(match message_type {
            MessageType::SET_CHUNK_SIZE => {
                let size = u32::from_be_bytes(take(body)?);
                Self::SetChunkSize(ChunkSize::new(size).ok_or(ControlError::ZeroChunkSize)?)
            }
            MessageType::ABORT => {
                let id = u32::from_be_bytes(take(body)?);
                Self::Abort(ChunkStreamId::new(id).ok_or(ControlError::InvalidChunkStreamId(id))?)
            }
            MessageType::ACKNOWLEDGEMENT => Self::Acknowledgement(u32::from_be_bytes(take(body)?)),
            MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE => {
                Self::WindowAcknowledgementSize(u32::from_be_bytes(take(body)?))
            }
            MessageType::SET_PEER_BANDWIDTH => {
                let [a, b, c, d, limit_type] = take(body)?;
                Self::SetPeerBandwidth {
                    window: u32::from_be_bytes([a, b, c, d]),
                    limit_type: LimitType(limit_type),
                }
            }
            _ => return Ok(None),
        }))
    }

    /// The type of the message that carries it.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        match self {
            Self::SetChunkSize(_) => MessageType::SET_CHUNK_SIZE,
            Self::Abort(_) => MessageType::ABORT,
            Self::Acknowledgement(_) => MessageType::ACKNOWLEDGEMENT,
            Self::WindowAcknowledgementSize(_) => MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE,
            Self::SetPeerBandwidth { .. } => MessageType::SET_PEER_BANDWIDTH,
        }
    }

    /// Appends the body of the message, four or five bytes.
    pub fn encode(&self, out: &mut impl BufMut) {
        match *self {
            Self::SetChunkSize(size) => out.put_u32(size.get()),
            Self::Abort(id) => out.put_u32(id.get()),
            Self::Acknowledgement(bytes) | Self::WindowAcknowledgementSize(bytes) => {
                out.put_u32(bytes)
            }
            Self::SetPeerBandwidth { window, limit_type } => {
                out.put_u32(window);
                out.put_u8(limit_type.0);
            }
        }
    }
}

/// The message that carries it.
impl From<ProtocolControl> for Message {
    fn from(control: ProtocolControl) -> Self {
        let mut body = Vec::new();
        control.encode(&mut body);
        Self {
            header: MessageHeader::control(control.message_type()),
            payload: body.into(),
        }
    }
}
