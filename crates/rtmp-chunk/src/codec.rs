use core::fmt;
use std::io;

use bytes::{Buf, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::{ChunkDecoder, ChunkEncoder, DecodeError, EncodeError, Message};

/// Both directions of a chunk stream as a codec for [`tokio_util::codec::Framed`], after the handshake.
///
/// ```
/// # use bytes::BytesMut;
/// # use rtmp_chunk::{ChunkCodec, Message, MessageHeader, MessageType};
/// # use tokio_util::codec::{Decoder, Encoder};
/// let mut codec = ChunkCodec::default();
/// let message = Message {
///     header: MessageHeader::control(MessageType::ACKNOWLEDGEMENT),
///     payload: vec![0, 0, 1, 0].into(),
/// };
/// let mut bytes = BytesMut::new();
/// codec.encode(message.clone(), &mut bytes)?;
/// assert_eq!(codec.decode(&mut bytes)?, Some(message));
/// # Ok::<(), rtmp_chunk::CodecError>(())
/// ```
#[derive(Debug, Default)]
pub struct ChunkCodec {
    /// Reads what the peer sends.
    pub decoder: ChunkDecoder,
    /// Writes what is sent to the peer.
    pub encoder: ChunkEncoder,
}

impl Decoder for ChunkCodec {
    type Item = Message;
    type Error = CodecError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Message>, CodecError> {
        let mut rest = &source[..];
        let decoded = self.decoder.decode(&mut rest);
        let taken = source.len().saturating_sub(rest.len());
        source.advance(taken);
        decoded.map_err(CodecError::Decode)
    }
}

impl Encoder<Message> for ChunkCodec {
    type Error = CodecError;

    fn encode(&mut self, message: Message, destination: &mut BytesMut) -> Result<(), CodecError> {
        self.encode(&message, destination)
    }
}

impl Encoder<&Message> for ChunkCodec {
    type Error = CodecError;

    fn encode(&mut self, message: &Message, destination: &mut BytesMut) -> Result<(), CodecError> {
        self.encoder
            .encode(&message.header, &message.payload, destination)
            .map_err(CodecError::Encode)
    }
}

/// Why a [`ChunkCodec`] failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CodecError {
    /// The transport failed.
    Io(io::Error),
    /// The peer's bytes could not be read.
    Decode(DecodeError),
    /// A message could not be written.
    Encode(EncodeError),
}

impl From<io::Error> for CodecError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Decode(_) | Self::Encode(_) => None,
        }
    }
}
