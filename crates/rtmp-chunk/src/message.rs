use core::fmt;

use rtmp_payload::Payload;

use crate::{ChunkStreamId, Timestamp};

/// What a message carries (RTMP 1.0 sections 5.4, 6.2 and 7.1).
///
/// Any byte can come; those that the standard names are constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageType(pub u8);

impl MessageType {
    /// Set Chunk Size (section 5.4.1).
    pub const SET_CHUNK_SIZE: Self = Self(1);
    /// Abort Message (section 5.4.2).
    pub const ABORT: Self = Self(2);
    /// Acknowledgement (section 5.4.3).
    pub const ACKNOWLEDGEMENT: Self = Self(3);
    /// User Control Message (section 6.2).
    pub const USER_CONTROL: Self = Self(4);
    /// Window Acknowledgement Size (section 5.4.4).
    pub const WINDOW_ACKNOWLEDGEMENT_SIZE: Self = Self(5);
    /// Set Peer Bandwidth (section 5.4.5).
    pub const SET_PEER_BANDWIDTH: Self = Self(6);
    /// Audio Message (section 7.1.4).
    pub const AUDIO: Self = Self(8);
    /// Video Message (section 7.1.5).
    pub const VIDEO: Self = Self(9);
    /// Data Message in AMF3 (section 7.1.2).
    pub const DATA_AMF3: Self = Self(15);
    /// Shared Object Message in AMF3 (section 7.1.3).
    pub const SHARED_OBJECT_AMF3: Self = Self(16);
    /// Command Message in AMF3 (section 7.1.1).
    pub const COMMAND_AMF3: Self = Self(17);
    /// Data Message in AMF0 (section 7.1.2).
    pub const DATA_AMF0: Self = Self(18);
    /// Shared Object Message in AMF0 (section 7.1.3).
    pub const SHARED_OBJECT_AMF0: Self = Self(19);
    /// Command Message in AMF0 (section 7.1.1).
    pub const COMMAND_AMF0: Self = Self(20);
    /// Aggregate Message (section 7.1.6).
    pub const AGGREGATE: Self = Self(22);
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::SET_CHUNK_SIZE => "Set Chunk Size",
            Self::ABORT => "Abort",
            Self::ACKNOWLEDGEMENT => "Acknowledgement",
            Self::USER_CONTROL => "User Control",
            Self::WINDOW_ACKNOWLEDGEMENT_SIZE => "Window Acknowledgement Size",
            Self::SET_PEER_BANDWIDTH => "Set Peer Bandwidth",
            Self::AUDIO => "Audio",
            Self::VIDEO => "Video",
            Self::DATA_AMF3 => "Data (AMF3)",
            Self::SHARED_OBJECT_AMF3 => "Shared Object (AMF3)",
            Self::COMMAND_AMF3 => "Command (AMF3)",
            Self::DATA_AMF0 => "Data",
            Self::SHARED_OBJECT_AMF0 => "Shared Object",
            Self::COMMAND_AMF0 => "Command",
            Self::AGGREGATE => "Aggregate",
            Self(other) => return write!(f, "message of type {other}"),
        })
    }
}

/// Everything about a message but its payload (RTMP 1.0 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageHeader {
    /// The chunk stream that carries the message.
    pub chunk_stream_id: ChunkStreamId,
    /// When the message happened.
    pub timestamp: Timestamp,
    /// What the payload is.
    pub message_type: MessageType,
    /// The message stream that the message belongs to; 0 is the control stream.
    pub message_stream_id: u32,
}

impl MessageHeader {
    /// The header of a protocol control or user control message: chunk stream 2, message stream 0, and a time that
    /// nobody looks at (RTMP 1.0 sections 5.4 and 6.2).
    #[must_use]
    pub const fn control(message_type: MessageType) -> Self {
        Self {
            chunk_stream_id: ChunkStreamId::CONTROL,
            timestamp: Timestamp(0),
            message_type,
            message_stream_id: 0,
        }
    }
}

/// A whole message, put together from its chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Time, type and streams.
    pub header: MessageHeader,
    /// The body.
    pub payload: Payload,
}
