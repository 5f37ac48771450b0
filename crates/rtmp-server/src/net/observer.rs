//! What the server tells its application about connections.

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::clock;
use crate::connection::{ConnectionEnd, ConnectionHandle, ConnectionSummary, TlsInfo};
use crate::proto::{ConnectRequest, EndReason, PublishRequest, Status};
use crate::service::{AdmissionRefusal, Incoming};
#[cfg(feature = "pkcs12")]
use crate::tls::{TlsIdentity, TlsIdentityError};

/// Is told what happens to each connection, for a log or for figures.
///
/// Every method has an empty default. They are called on the server's tasks and must not block.
/// Text that came from the peer is passed as it came, within the limits of the session: whoever
/// writes it somewhere escapes it. Application and stream names are keys.
///
/// For each connection either [`refused`](Self::refused) alone, or
/// [`accepted`](Self::accepted) first and [`closed`](Self::closed) last, also when the server is
/// dropped or its task aborted. A connection whose admission is undecided then is not told of.
///
/// A panic in an observer is caught and changes nothing for anybody.
pub trait Observer: Send + Sync + 'static {
    /// A connection was admitted.
    fn accepted(&self, connection: &ConnectionHandle) {
        let _ = connection;
    }

    /// A connection was refused and closed before a handshake was spent on it.
    fn refused(&self, incoming: &Incoming, refusal: &AdmissionRefusal) {
        let _ = (incoming, refusal);
    }

    /// The TLS handshake succeeded.
    fn encrypted(&self, connection: &ConnectionHandle, tls: &TlsInfo) {
        let _ = (connection, tls);
    }

    /// The peer may connect to the application that it asked for.
    fn connect_accepted(&self, connection: &ConnectionHandle, request: &ConnectRequest) {
        let _ = (connection, request);
    }

    /// The peer may not; the connection will be closed. Of a login that takes several connections,
    /// all but the last one end so.
    fn connect_refused(
        &self,
        connection: &ConnectionHandle,
        request: &ConnectRequest,
        status: &Status,
    ) {
        let _ = (connection, request, status);
    }

    /// A publish was accepted.
    fn publish_accepted(&self, connection: &ConnectionHandle, request: &PublishRequest) {
        let _ = (connection, request);
    }

    /// A publish was refused; the connection will be closed.
    fn publish_refused(
        &self,
        connection: &ConnectionHandle,
        request: &PublishRequest,
        status: &Status,
    ) {
        let _ = (connection, request, status);
    }

    /// An accepted publish ended. Its sink has been told already. Called exactly once for each, even
    /// if the sink panics.
    fn publish_ended(
        &self,
        connection: &ConnectionHandle,
        request: &PublishRequest,
        reason: &EndReason,
    ) {
        let _ = (connection, request, reason);
    }

    /// The connection is closed.
    fn closed(&self, connection: &ConnectionHandle, summary: &ConnectionSummary) {
        let _ = (connection, summary);
    }

    /// The listener could not accept a connection; it goes on after a pause.
    fn accept_failed(&self, error: &io::Error) {
        let _ = error;
    }

    /// A changed certificate was picked up; new connections get it.
    #[cfg(feature = "pkcs12")]
    fn certificate_reloaded(&self, identity: &TlsIdentity) {
        let _ = identity;
    }

    /// A changed certificate cannot be used; new connections go on to get the one before.
    #[cfg(feature = "pkcs12")]
    fn certificate_rejected(&self, error: &TlsIdentityError) {
        let _ = error;
    }
}

/// The observer that looks away.
impl Observer for () {}

/// An observer whose panics go no further.
pub(super) struct CatchPanics<O>(pub(super) O);

impl<O: Observer> CatchPanics<O> {
    fn call(&self, call: impl FnOnce(&O)) {
        if catch_unwind(AssertUnwindSafe(|| call(&self.0))).is_err() {
            tracing::error!("the observer panicked");
        }
    }
}

impl<O: Observer> Observer for CatchPanics<O> {
    fn accepted(&self, connection: &ConnectionHandle) {
        self.call(|observer| observer.accepted(connection));
    }

    fn refused(&self, incoming: &Incoming, refusal: &AdmissionRefusal) {
        self.call(|observer| observer.refused(incoming, refusal));
    }

    fn encrypted(&self, connection: &ConnectionHandle, tls: &TlsInfo) {
        self.call(|observer| observer.encrypted(connection, tls));
    }

    fn connect_accepted(&self, connection: &ConnectionHandle, request: &ConnectRequest) {
        self.call(|observer| observer.connect_accepted(connection, request));
    }

    fn connect_refused(
        &self,
        connection: &ConnectionHandle,
        request: &ConnectRequest,
        status: &Status,
    ) {
        self.call(|observer| observer.connect_refused(connection, request, status));
    }

    fn publish_accepted(&self, connection: &ConnectionHandle, request: &PublishRequest) {
        self.call(|observer| observer.publish_accepted(connection, request));
    }

    fn publish_refused(
        &self,
        connection: &ConnectionHandle,
        request: &PublishRequest,
        status: &Status,
    ) {
        self.call(|observer| observer.publish_refused(connection, request, status));
    }

    fn publish_ended(
        &self,
        connection: &ConnectionHandle,
        request: &PublishRequest,
        reason: &EndReason,
    ) {
        self.call(|observer| observer.publish_ended(connection, request, reason));
    }

    fn closed(&self, connection: &ConnectionHandle, summary: &ConnectionSummary) {
        self.call(|observer| observer.closed(connection, summary));
    }

    fn accept_failed(&self, error: &io::Error) {
        self.call(|observer| observer.accept_failed(error));
    }

    #[cfg(feature = "pkcs12")]
    fn certificate_reloaded(&self, identity: &TlsIdentity) {
        self.call(|observer| observer.certificate_reloaded(identity));
    }

    #[cfg(feature = "pkcs12")]
    fn certificate_rejected(&self, error: &TlsIdentityError) {
        self.call(|observer| observer.certificate_rejected(error));
    }
}

/// A connection that the observer knows of. It is told the end, however that comes about.
pub(super) struct Observed<'a> {
    observer: &'a dyn Observer,
    handle: &'a ConnectionHandle,
    end: ConnectionEnd,
}

impl<'a> Observed<'a> {
    /// The connection was admitted.
    pub(super) fn accepted(observer: &'a dyn Observer, handle: &'a ConnectionHandle) -> Self {
        observer.accepted(handle);
        Self {
            observer,
            handle,
            end: ConnectionEnd::CutOff,
        }
    }

    /// The connection is closed.
    pub(super) fn closed(mut self, end: ConnectionEnd) {
        self.end = end;
    }
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        let handle = self.handle;
        let summary = ConnectionSummary {
            end: mem::replace(&mut self.end, ConnectionEnd::CutOff),
            duration: clock::now().saturating_duration_since(handle.accepted_at()),
            bytes_received: handle.bytes_received(),
            bytes_sent: handle.bytes_sent(),
        };
        tracing::debug!(connection = %handle.id(), peer = %handle.peer(), end = %summary.end, "connection closed");
        self.observer.closed(handle, &summary);
    }
}
