use core::fmt;

use crate::{ChunkStreamId, ControlError};

/// Why a peer's bytes are no chunk stream, or exceed a limit. The connection cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// How many bytes of the chunk stream had been read when it was found.
    pub offset: u64,
}

/// What is wrong with a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The first chunk of a chunk stream has type 2 or 3, which refer to a message before it.
    NoEarlierMessage {
        /// The chunk stream.
        chunk_stream_id: ChunkStreamId,
        /// The chunk type, 2 or 3.
        chunk_type: u8,
    },
    /// A chunk in the middle of a message has the header of another message.
    HeaderChanged {
        /// The chunk stream.
        chunk_stream_id: ChunkStreamId,
    },
    /// A message is longer than [`DecoderLimits::message_bytes`](crate::DecoderLimits::message_bytes).
    MessageTooLong {
        /// Its length in bytes.
        length: u32,
    },
    /// The unfinished messages hold more than
    /// [`DecoderLimits::buffered_bytes`](crate::DecoderLimits::buffered_bytes).
    BufferFull,
    /// There are more chunk streams than [`DecoderLimits::chunk_streams`](crate::DecoderLimits::chunk_streams).
    TooManyChunkStreams,
    /// A Set Chunk Size or Abort message makes no sense.
    Control(ControlError),
}

impl DecodeErrorKind {
    /// Whether the peer did nothing wrong but hit one of the [`DecoderLimits`](crate::DecoderLimits).
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::MessageTooLong { .. } | Self::BufferFull | Self::TooManyChunkStreams
        )
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEarlierMessage {
                chunk_stream_id,
                chunk_type,
            } => write!(
                f,
                "chunk stream {chunk_stream_id} begins with a chunk of type {chunk_type}, which refers to an earlier message"
            ),
            Self::HeaderChanged { chunk_stream_id } => {
                write!(
                    f,
                    "another message begins on chunk stream {chunk_stream_id} before the last one is complete"
                )
            }
            Self::MessageTooLong { length } => write!(f, "a message of {length} bytes is too long"),
            Self::BufferFull => f.write_str("too many bytes of unfinished messages"),
            Self::TooManyChunkStreams => f.write_str("too many chunk streams"),
            Self::Control(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (at byte {} of the chunk stream)",
            self.kind, self.offset
        )
    }
}

impl core::error::Error for DecodeError {}
