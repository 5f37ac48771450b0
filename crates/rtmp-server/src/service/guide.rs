//! A guide: writing a service or a layer of your own.
//!
//! # What decides
//! Three decisions are yours, and each is a [`tower_service::Service`]:
//!
//! - **Admission** ([`Incoming`] → [`Admission`]), before a byte is exchanged. It knows addresses,
//!   and no more. Refusing here is what costs least.
//! - **Connect** ([`ConnectCall`] → [`ConnectAcceptance`]), when the peer has named the application.
//!   It knows the queries in that and in the URL, the address and how the connection is encrypted. What
//!   it refuses is told in the words of the [`Status`], and the connection is closed:
//!   logins in several legs, of which each is a connection of its own, put their challenges there.
//!   Who the peer has shown to be is handed on with its publishes ([`ConnectAcceptance::user`]). By
//!   default everybody is accepted ([`AcceptAll`]).
//! - **Publish** ([`PublishCall`] → a [`MediaSink`]), when the peer has said what it wants.
//!   It knows the application and the stream's name, the encoder, the address and how the
//!   connection is encrypted. What it refuses is told to the peer's user in the words of the
//!   [`Status`]: OBS and FFmpeg show them.
//!
//! The innermost service can be a closure ([`service_fn`]). What many servers need the same way is
//! put around it as a [`tower_layer::Layer`]: a layer turns a service into another one that asks
//! first, and then lets the inner service go on.
//!
//! # Rules
//! - A decision may take time: it is a future. Until it is there, nothing is read from that
//!   connection, and the time counts against the limit of
//!   [`Timeouts::publish`](crate::proto::Timeouts::publish).
//! - It must not block its thread; others share it.
//! - A connect and a publish are decided by a clone of the service, so put what all decisions share
//!   into an `Arc`.
//! - A panic ends the connection it concerns, and nothing else.
//! - Names of applications and streams are keys, and passwords travel in them. `Debug` of a request
//!   hides them; so should your log.
//!
//! # An example: stream keys
//! Publishers add `?key=…` to the stream's name or to the application's, as many encoders let their
//! users do. The layer looks at it, and nobody behind it has to know.
//!
//! ```
//! # #[cfg(not(feature = "auth"))] fn main() {}
//! # #[cfg(feature = "auth")] fn main() {
//! use std::future::Future;
//! use std::pin::Pin;
//! use std::task::{Context, Poll};
//! use std::time::SystemTime;
//!
//! use rtmp_server::auth::{PresentedKey, StreamKeys};
//! use rtmp_server::{MediaSink, PublishCall, Status};
//! use tower_layer::Layer;
//! use tower_service::Service;
//!
//! #[derive(Clone)]
//! struct KeyLayer {
//!     keys: StreamKeys,
//! }
//!
//! impl<S> Layer<S> for KeyLayer {
//!     type Service = KeyCheck<S>;
//!
//!     fn layer(&self, inner: S) -> KeyCheck<S> {
//!         KeyCheck { inner, keys: self.keys.clone() }
//!     }
//! }
//!
//! #[derive(Clone)]
//! struct KeyCheck<S> {
//!     inner: S,
//!     keys: StreamKeys,
//! }
//!
//! impl<S> Service<PublishCall> for KeyCheck<S>
//! where
//!     S: Service<PublishCall, Response = Box<dyn MediaSink>, Error = Status>,
//!     S::Future: Send + 'static,
//! {
//!     type Response = Box<dyn MediaSink>;
//!     type Error = Status;
//!     type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;
//!
//!     fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
//!         self.inner.poll_ready(cx)
//!     }
//!
//!     fn call(&mut self, call: PublishCall) -> Self::Future {
//!         let is_right = call.request.addresses().any(|address| {
//!             let presented = PresentedKey::read(&address, &call.request.tc_url);
//!             self.keys.accept(&presented, &address.path, SystemTime::now())
//!         });
//!         if !is_right {
//!             let refusal = Status::rejected("The stream key is missing or wrong.");
//!             return Box::pin(async { Err(refusal) });
//!         }
//!         Box::pin(self.inner.call(call))
//!     }
//! }
//!
//! // A layer is tested without a server: time, connection and request are made by hand.
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use std::time::Instant;
//! use rtmp_server::{Capacity, ConnectionHandle, OverflowPolicy, PublishRequest};
//! use rtmp_server::{media_channel, service_fn};
//!
//! let accept_all = service_fn(|_: PublishCall| async {
//!     let (sink, _receiver) = media_channel(Capacity::messages(1), OverflowPolicy::DropNewest);
//!     Ok::<Box<dyn MediaSink>, Status>(Box::new(sink))
//! });
//! let mut service = KeyLayer { keys: StreamKeys::parse("k3y") }.layer(accept_all);
//!
//! let now = Instant::now();
//! let call = |name| {
//!     let connection = ConnectionHandle::new("192.0.2.1:50000".parse().unwrap(), now);
//!     PublishCall::new(PublishRequest::new("live", name), connection, now)
//! };
//! assert!(service.call(call("camera?key=k3y")).await.is_ok());
//! assert!(service.call(call("camera?key=guess")).await.is_err());
//! assert!(service.call(call("camera")).await.is_err());
//! # });
//! # }
//! ```
//!
//! # Logins
//! Users with passwords log in when they connect: put a `LoginLayer` of the feature `auth` around your
//! connect service, with a source of users of your own. [`auth`](crate::auth) says what happens.
//!
//! The `logins` example runs such a stack behind real sockets.
//!
//! # Layers around admission
//! They look the same with [`Incoming`], [`Admission`] and [`AdmissionRefusal`]. A layer that
//! counts gives its permit to the admission with [`Admission::hold`]: it is dropped when the
//! connection has ended, however that comes about. [`LimitLayer`](crate::layer::LimitLayer) is such a layer
//! (around publishes, too), and [`ServerBuilder::limits`](crate::ServerBuilder::limits) puts it around your
//! admission service, so that yours is asked only for connections that are within them.

#[cfg(doc)]
use super::{
    AcceptAll, Admission, AdmissionRefusal, ConnectAcceptance, ConnectCall, Incoming, PublishCall,
    service_fn,
};
#[cfg(doc)]
use crate::{MediaSink, Status};
