#![doc = include_str!("../README.md")]
//!
//! # The standard
//!
//! *Adobe's Real Time Messaging Protocol* 1.0, Adobe Systems 2012:
//!
//! | Section | | Here |
//! |---|---|---|
//! | 4 | byte order, time format | [`Timestamp`], which wraps |
//! | 5.1 | message format | [`Message`], [`MessageHeader`] |
//! | 5.2 | handshake | [`ServerHandshake`], [`ClientHandshake`] |
//! | 5.3 | chunking | [`ChunkDecoder`], [`ChunkEncoder`] |
//! | 5.3.1.1 | chunk basic header | [`ChunkStreamId`], all three forms |
//! | 5.3.1.2 | chunk message header | types 0 to 3 |
//! | 5.3.1.3 | extended timestamp | [`ExtendedTimestamps`] |
//! | 5.4 | protocol control messages | [`ProtocolControl`], [`ChunkSize`], [`LimitType`]; Set Chunk Size and Abort are applied |
//! | 6.1 | RTMP message format | sub-messages of an aggregate |
//! | 6.2, 7.1.7 | user control messages | [`UserControl`] |
//! | 7.1 | types of messages | [`MessageType`]; the bodies of commands, data, audio and video are not looked into |
//! | 7.1.6 | aggregate message | [`AggregateMessages`] |
//! | 7.2 | commands | not part of this crate |
//!
//! The handshake with digests ([`DigestScheme`]) is in no standard: it is done as Flash Player, Flash Media Server and
//! FFmpeg do it.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod aggregate;
mod chunk;
mod chunk_size;
mod chunk_stream_id;
#[cfg(feature = "tokio-util")]
mod codec;
mod control;
mod handshake;
mod message;
mod timestamp;

pub use aggregate::{AggregateError, AggregateErrorKind, AggregateMessages, AggregatePosition};
pub use chunk::{
    ChunkDecoder, ChunkEncoder, DecodeError, DecodeErrorKind, DecoderLimits, EncodeError,
    ExtendedTimestamps,
};
pub use chunk_size::ChunkSize;
pub use chunk_stream_id::ChunkStreamId;
#[cfg(feature = "tokio-util")]
pub use codec::{ChunkCodec, CodecError};
pub use control::{ControlError, LimitType, ProtocolControl, UserControl};
pub use handshake::{
    ClientHandshake, DigestScheme, HANDSHAKE_LENGTH, HandshakeError, HandshakeKind, ServerHandshake,
};
pub use message::{Message, MessageHeader, MessageType};
pub use rtmp_payload::Payload;
pub use timestamp::Timestamp;
