//! The RTMP chunk stream, both directions: handshake, chunks, protocol control messages.
//!
//! Nothing in here touches a socket, a clock or a random generator: bytes go in, messages come out, and the other way
//! round.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod aggregate;
mod chunk;
#[cfg(feature = "tokio-util")]
mod codec;
mod control;
mod handshake;
mod message;
mod payload;
mod timestamp;

pub use aggregate::{AggregateError, AggregateErrorKind, AggregateMessages, AggregatePosition};
pub use chunk::{
    ChunkDecoder, ChunkEncoder, ChunkSize, ChunkStreamId, DecodeError, DecodeErrorKind,
    DecoderLimits, EncodeError, ExtendedTimestamps,
};
#[cfg(feature = "tokio-util")]
pub use codec::{ChunkCodec, CodecError};
pub use control::{ControlError, LimitType, ProtocolControl, UserControl};
pub use handshake::{
    ClientHandshake, DigestScheme, HandshakeError, HandshakeKind, ServerHandshake,
};
pub use message::{Message, MessageHeader, MessageType};
pub use payload::Payload;
pub use timestamp::Timestamp;
