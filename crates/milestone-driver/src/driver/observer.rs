//! What happens to connections, for the log.

use std::io;
use std::sync::Arc;

use rtmp_server::connection::{ConnectionEnd, ConnectionSummary};
use rtmp_server::proto::CloseReason;
use rtmp_server::service::AdmissionRefusal;
use rtmp_server::tls::TlsIdentityError;
use rtmp_server::{
    ConnectionHandle, Incoming, Observer, PublishRequest, Status, TlsIdentity, TlsInfo,
};

use super::certificate;
use super::listener_state::ListenerState;
use super::publish::Decision;
use crate::log::{LogLevel, Subject};
use crate::publish_point::Shared;

/// Writes every connection and its outcome to the log, and a refused publish to the events as well. Of accepted ones
/// their cameras tell.
pub(super) struct ConnectionLog {
    pub(super) shared: Arc<Shared>,
    pub(super) decision: Decision,
    pub(super) listener: Arc<ListenerState>,
}

impl ConnectionLog {
    fn about(&self, level: LogLevel, connection: &ConnectionHandle, text: std::fmt::Arguments<'_>) {
        let subject = Subject::Connection(connection.peer().ip());
        self.shared.log.about(subject, level, text);
    }
}

/// Where the peer is, and through which proxy it comes.
fn origin(connection: &ConnectionHandle) -> String {
    let peer = connection.peer();
    match connection.proxy() {
        Some(proxy) => format!("{peer} through {}", proxy.ip()),
        None => peer.to_string(),
    }
}

impl Observer for ConnectionLog {
    fn accepted(&self, connection: &ConnectionHandle) {
        self.listener.connection_opened();
        self.about(
            LogLevel::Info,
            connection,
            format_args!("connection from {}", origin(connection)),
        );
    }

    fn refused(&self, incoming: &Incoming, refusal: &AdmissionRefusal) {
        let advice = match refusal {
            AdmissionRefusal::ProxyHeader(_) => {
                "; PROXY Protocol From has its address, so it has to send one, version 1 or 2"
            }
            _ => "",
        };
        self.shared.log.about(
            Subject::Connection(incoming.peer.ip()),
            LogLevel::Warning,
            format_args!(
                "connection from {} refused: {refusal}{advice}",
                origin(&incoming.connection)
            ),
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
        let (device, path) = self.decision.asked_for(request);
        self.shared
            .refused(device, &path, connection.peer(), &status.description);
    }

    fn closed(&self, connection: &ConnectionHandle, summary: &ConnectionSummary) {
        self.listener.connection_closed();
        let (level, end) = match &summary.end {
            // The words are those of the login, for programs.
            ConnectionEnd::Session(CloseReason::ConnectRefused(_)) => {
                (LogLevel::Info, "it has to log in".to_owned())
            }
            // Refused, as those are that lack a header.
            end @ ConnectionEnd::ProxyHeader => (
                LogLevel::Warning,
                format!("{end}; load balancers belong into PROXY Protocol From"),
            ),
            end => (LogLevel::Info, end.to_string()),
        };
        self.about(
            level,
            connection,
            format_args!(
                "connection from {} closed after {:.1} s and {} bytes: {end}",
                connection.peer(),
                summary.duration.as_secs_f64(),
                summary.bytes_received
            ),
        );
    }

    fn certificate_reloaded(&self, identity: &TlsIdentity) {
        certificate::log_in_use(&self.shared.log, identity);
        self.listener.set_problem(None);
    }

    fn certificate_rejected(&self, error: &TlsIdentityError) {
        let problem = certificate::problem(error);
        self.shared.log.error(format_args!(
            "the certificate file has changed: {problem}; the certificate before stays in use"
        ));
        self.listener.set_problem(Some(problem));
    }

    fn accept_failed(&self, error: &io::Error) {
        self.shared.log.error(format_args!(
            "cannot accept connections for a moment: {error}"
        ));
    }
}
