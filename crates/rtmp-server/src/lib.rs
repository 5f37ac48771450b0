//! An RTMP and RTMPS ingest server: a sans-IO session, tower-like services and layers, tokio networking.

#![forbid(unsafe_code)]

pub mod proto;

pub use proto::{
    CapsEx, CloseReason, ConnectInfo, Counters, Deadline, EndReason, EnhancedCapabilities, Event,
    FourCcInfo, Limit, Media, MediaKind, Misbehaviour, PublishRefusal, PublishRequest, PublishType,
    RequestId, ServerSession, SessionConfig, SessionError, SessionLimits, Status, StatusCode,
    StreamId, Timeouts,
};
pub use rtmp_chunk::{Payload, Timestamp};
