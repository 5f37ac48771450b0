//! What happens to connections, for the log.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtmp_server::{
    AdmissionRefusal, ConnectionHandle, ConnectionSummary, Incoming, Observer, PublishRequest,
    Status, TlsIdentity, TlsIdentityError, TlsInfo,
};

use super::certificate;
use super::hardware::Hardware;
use super::publish::asked_for;
use crate::log::{LogLevel, Subject};

/// Writes every connection and its outcome to the log, and tells of refused publishes. Accepted ones are told by their
/// cameras.
pub(super) struct ConnectionLog {
    hardware: Arc<Hardware>,
}

impl ConnectionLog {
    pub(super) fn new(hardware: Arc<Hardware>) -> Self {
        Self { hardware }
    }

    fn about(&self, level: LogLevel, connection: &ConnectionHandle, text: std::fmt::Arguments<'_>) {
        let subject = Subject::Connection(connection.peer().ip());
        self.hardware.surroundings.log.about(subject, level, text);
    }
}

impl Observer for ConnectionLog {
    fn accepted(&self, connection: &ConnectionHandle) {
        self.hardware.connections.fetch_add(1, Ordering::Relaxed);
        self.about(
            LogLevel::Info,
            connection,
            format_args!("connection from {}", connection.peer()),
        );
    }

    fn refused(&self, incoming: &Incoming, refusal: &AdmissionRefusal) {
        self.hardware.surroundings.log.about(
            Subject::Connection(incoming.peer.ip()),
            LogLevel::Warning,
            format_args!("connection from {} refused: {refusal}", incoming.peer),
        );
    }

    fn encrypted(&self, connection: &ConnectionHandle, tls: &TlsInfo) {
        self.about(
            LogLevel::Info,
            connection,
            format_args!(
                "connection from {}: {}, {}",
                connection.peer(),
                tls.version,
                tls.cipher_suite
            ),
        );
    }

    fn publish_refused(
        &self,
        connection: &ConnectionHandle,
        request: &PublishRequest,
        status: &Status,
    ) {
        let (device, path) = asked_for(&self.hardware, request);
        self.hardware
            .surroundings
            .refused(device, &path, connection.peer(), &status.description);
    }

    fn closed(&self, connection: &ConnectionHandle, summary: &ConnectionSummary) {
        self.hardware.connections.fetch_sub(1, Ordering::Relaxed);
        self.about(
            LogLevel::Info,
            connection,
            format_args!(
                "connection from {} closed after {:.1} s and {} bytes: {}",
                connection.peer(),
                summary.duration.as_secs_f64(),
                summary.bytes_received,
                summary.end
            ),
        );
    }

    fn certificate_reloaded(&self, identity: &TlsIdentity) {
        self.hardware.certificate_is(identity);
    }

    fn certificate_rejected(&self, error: &TlsIdentityError) {
        let problem = certificate::problem(error);
        self.hardware.surroundings.log.error(format_args!(
            "the certificate file has changed: {problem}; the certificate before stays in use"
        ));
        self.hardware.listener_has(Some(problem));
    }

    fn accept_failed(&self, error: &io::Error) {
        self.hardware.surroundings.log.error(format_args!(
            "cannot accept connections for a moment: {error}"
        ));
    }
}
