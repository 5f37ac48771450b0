//! An RTMP and RTMPS ingest server: a sans-IO session, tower-like services and layers, tokio networking.

#![forbid(unsafe_code)]

pub mod layer;
pub mod net;
pub mod proto;
pub mod publications;
pub mod service;
pub mod sink;
pub mod tls;

pub use layer::{
    AddressGroup, ConnectionLimitLayer, Limits, PerIpLimitLayer, RateLimitLayer, TraceLayer,
};
pub use net::{
    ConnectionEnd, ConnectionHandle, ConnectionId, ConnectionSummary, ListenError, Listener,
    Observer, Server, ServerBuilder, listen,
};
pub use proto::{
    CapsEx, CloseReason, ConnectInfo, Counters, Deadline, EndReason, EnhancedCapabilities, Event,
    FourCcInfo, Limit, Media, MediaKind, Misbehaviour, PublishRefusal, PublishRequest, PublishType,
    RequestId, ServerSession, SessionConfig, SessionError, SessionLimits, Status, StatusCode,
    StreamId, Timeouts,
};
pub use publications::{AlreadyPublished, Claim, Publications};
pub use rtmp_chunk::{Payload, Timestamp};
pub use service::{Admission, AdmissionRefusal, AdmitAll, Incoming, PublishCall, service_fn};
pub use sink::{Capacity, MediaReceiver, MediaSink, OverflowPolicy, media_channel};
pub use tls::{
    IdentityWarning, Refreshed, ReloadingTls, TlsIdentity, TlsIdentityError, TlsInfo, TlsVersion,
    Validity,
};
