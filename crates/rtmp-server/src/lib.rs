//! An RTMP and RTMPS ingest server: a sans-IO session, tower-like services and layers, tokio networking.

#![forbid(unsafe_code)]

#[cfg(feature = "net")]
pub mod layer;
#[cfg(feature = "net")]
pub mod net;
pub mod proto;
#[cfg(feature = "net")]
pub mod publications;
#[cfg(feature = "net")]
pub mod service;
#[cfg(feature = "net")]
pub mod sink;
#[cfg(feature = "net")]
pub mod tls;

#[cfg(feature = "net")]
pub use layer::{
    AddressGroup, ConnectionLimitLayer, Limits, PerIpLimitLayer, RateLimitLayer, TraceLayer,
};
#[cfg(feature = "net")]
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
#[cfg(feature = "net")]
pub use publications::{AlreadyPublished, Claim, Publications};
pub use rtmp_chunk::{Payload, Timestamp};
#[cfg(feature = "net")]
pub use service::{Admission, AdmissionRefusal, AdmitAll, Incoming, PublishCall, service_fn};
#[cfg(feature = "net")]
pub use sink::{Capacity, MediaReceiver, MediaSink, OverflowPolicy, media_channel};
#[cfg(feature = "net")]
pub use tls::{
    IdentityWarning, Refreshed, ReloadingTls, TlsIdentity, TlsIdentityError, TlsInfo, TlsVersion,
    Validity,
};
