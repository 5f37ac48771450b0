#![cfg_attr(feature = "net", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "net"),
    doc = "An RTMP ingest server: the sans-IO sessions alone, see [`proto`]."
)]
//!
//! # The standards
//!
//! *Adobe's Real Time Messaging Protocol* 1.0 (2012) and *Enhanced RTMP* v2:
//!
//! | Section | | Here |
//! |---|---|---|
//! | 5.2 | handshake | the plain one; S2 echoes C1 ([`rtmp_chunk::ServerHandshake`]) |
//! | 5.3 | chunking | [`rtmp_chunk::ChunkDecoder`]; everything is sent with full headers |
//! | 5.4.1, 5.4.2 | Set Chunk Size, Abort | applied; [`SessionConfig::chunk_size`] is announced |
//! | 5.4.3, 5.4.4 | Acknowledgement and its window | sent at half the window, and by the clock; the total modulo 2³² |
//! | 5.4.5 | Set Peer Bandwidth | sent; answered with a window |
//! | 6.2, 7.1.7 | user control | Stream Begin is sent, pings go both ways, the rest is ignored |
//! | 7.1.1 | command messages | AMF0, and AMF0 in AMF3 wrappers |
//! | 7.1.2, 7.1.4, 7.1.5 | data, audio, video | [`Media`] |
//! | 7.1.3 | shared objects | ignored |
//! | 7.1.6 | aggregate | taken apart |
//! | 7.2.1.1 | connect | [`ConnectRequest`], [`Status`] |
//! | 7.2.1.2 | call | `_error`, except for what Flash Media Live Encoder calls |
//! | 7.2.1.3 | createStream | answered; not needed for publishing |
//! | 7.2.2.3 | deleteStream, and closeStream, FCUnpublish | [`EndReason::Unpublished`] |
//! | 7.2.2.6 | publish | [`PublishRequest`], [`Status`] |
//! | 7.2.2.1 to 7.2.2.8 | play and the like | refused: nothing is played here |
//! | v2, "Enhancing NetConnection connect Command" | capabilities | [`EnhancedCapabilities`](proto::EnhancedCapabilities) |
//! | v2, "Reconnect Request" | | not used |
//!
//! `ClientSession` (feature `client`) is the publisher's side of the same, `net::Client` that on tokio.
//!
//! At the root stands what most programs name; the modules have the rest.
//!
//! Where they are not followed to the letter, [`docs/deviations.md`](https://github.com/rtmp-push-driver/rtmp-push-driver/blob/main/docs/deviations.md) says why.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(any(feature = "auth", feature = "net"))]
mod address_group;
#[cfg(any(feature = "auth", all(feature = "governor", feature = "net")))]
mod address_quotas;
#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "net")]
pub mod claims;
#[cfg(feature = "net")]
pub mod connection;
#[cfg(feature = "net")]
pub mod layer;
#[cfg(feature = "net")]
pub mod net;
pub mod proto;
#[cfg(feature = "proxy-protocol")]
pub mod proxy_protocol;
#[cfg(feature = "net")]
pub mod service;
#[cfg(feature = "net")]
pub mod sink;
#[cfg(feature = "tls")]
pub mod tls;

#[cfg(any(feature = "auth", feature = "net"))]
pub use address_group::AddressGroup;
#[cfg(feature = "net")]
pub use claims::{Claim, Claims};
#[cfg(feature = "net")]
pub use connection::{ConnectionHandle, TlsInfo};
#[cfg(feature = "net")]
pub use layer::Limits;
#[cfg(feature = "net")]
pub use net::{Listener, Observer, Server, ServerBuilder, listen};
#[cfg(feature = "client")]
pub use proto::client::{ClientConfig, ClientEvent, ClientSession};
pub use proto::{
    ConnectRequest, EndReason, Event, Media, MediaKind, PublishRequest, ServerSession,
    SessionConfig, Status, StatusCode, StreamAddress,
};
pub use rtmp_chunk::{Payload, Timestamp};
#[cfg(feature = "net")]
pub use service::{ConnectCall, Incoming, PublishCall, service_fn};
#[cfg(feature = "net")]
pub use sink::{Capacity, ChannelSink, MediaReceiver, MediaSink, OverflowPolicy, media_channel};
#[cfg(feature = "tls")]
pub use tls::TlsConfig;
#[cfg(feature = "pkcs12")]
pub use tls::{ReloadingTls, TlsIdentity};
