//! The control plane: who may connect and who may publish.
//!
//! All decisions are [`tower_service::Service`]s, so that limits, logging and authentication are
//! [`tower_layer::Layer`]s that can be stacked, reused and tested alone:
//!
//! | decision | request | response | error |
//! |---|---|---|---|
//! | admission of a connection, before a handshake is spent on it | [`Incoming`] | [`Admission`] | [`AdmissionRefusal`] |
//! | a connect command | [`ConnectCall`] | [`ConnectAcceptance`] | [`Status`](crate::Status) |
//! | a publish | [`PublishCall`] | a [`MediaSink`](crate::MediaSink) | [`Status`](crate::Status) |
//!
//! Media never passes through a service: an accepted publish yields a
//! [`MediaSink`](crate::MediaSink), and the connection hands it every message directly.
mod admission;
mod connect;
pub mod guide;
mod publish;

pub use admission::{Admission, AdmissionRefusal, AdmitAll, Incoming};
pub use connect::{AcceptAll, ConnectAcceptance, ConnectCall};
pub use publish::PublishCall;
#[doc(no_inline)]
pub use tower::service_fn;
