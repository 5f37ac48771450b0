//! The task of one connection, from admission to close.

use std::future::{Future, pending, poll_fn};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time::sleep_until;
use tower_service::Service;

use super::conversation::Conversation;
#[cfg(feature = "tls")]
use super::encrypt::encrypt;
use super::ingest::Ingest;
use super::observer::Observed;
use super::panics;
use super::services::{AdmissionService, Services};
use super::transport::Transport;
use crate::connection::{ConnectionEnd, ConnectionHandle, TlsInfo};
use crate::proto::{ServerSession, Status};
use crate::proxy_protocol::begins_header;
use crate::service::{Admission, AdmissionRefusal, Incoming};

/// The decision on the admission of a connection.
pub(super) enum Decision {
    Made(Admission),
    Pending(<AdmissionService as Service<Incoming>>::Future),
}

/// Serves a connection until it is closed.
pub(super) async fn serve(
    stream: TcpStream,
    incoming: Incoming,
    decision: Decision,
    services: Arc<Services>,
) {
    let handle = &incoming.connection;
    let deadline = incoming.at.checked_add(services.session.timeouts.publish);
    let permits = match decision {
        Decision::Made(admission) => admission,
        Decision::Pending(decision) => {
            // Few connections wait, and no longer than they have to.
            match Box::pin(settle(decision, deadline, handle)).await {
                Ok(admission) => admission,
                Err(refusal) => return services.observer.refused(&incoming, &refusal),
            }
        }
    };
    let observed = Observed::accepted(&*services.observer, handle);
    let end = panics::catch(converse(stream, deadline, handle, &services)).await;
    observed.closed(end.unwrap_or(ConnectionEnd::Panicked));
    drop(permits);
}

/// Waits for an admission that was not decided at once.
async fn settle(
    decision: <AdmissionService as Service<Incoming>>::Future,
    deadline: Option<Instant>,
    handle: &ConnectionHandle,
) -> Result<Admission, AdmissionRefusal> {
    match uninterrupted(decision, deadline, handle).await {
        Ok(decision) => decision,
        Err(Interruption::Disconnect(status)) => {
            Err(AdmissionRefusal::Other(status.description.into()))
        }
        Err(Interruption::Deadline) => Err(AdmissionRefusal::Other(
            "the admission was not decided in time".into(),
        )),
    }
}

/// Talks with the peer: TLS if need be, then RTMP.
async fn converse(
    stream: TcpStream,
    deadline: Option<Instant>,
    handle: &ConnectionHandle,
    services: &Arc<Services>,
) -> ConnectionEnd {
    // Answers and acknowledgements are small and somebody waits for them.
    if let Err(error) = stream.set_nodelay(true) {
        return ConnectionEnd::Lost(error.kind());
    }
    if begins_with_proxy_header(&stream, deadline, handle).await {
        return ConnectionEnd::ProxyHeader;
    }
    let (transport, tls) = match transport(stream, deadline, handle, services).await {
        Ok(transport) => transport,
        Err(end) => return end,
    };
    if let Some(tls) = &tls {
        services.observer.encrypted(handle, tls);
    }
    let session = ServerSession::new(
        Arc::clone(&services.session),
        handle.accepted_at(),
        &random_bytes(),
    );
    let conversation = Conversation::new(session, tls, handle, services);
    Ingest::new(transport, conversation, handle).await
}

/// The connection as the session gets to see it, and how it is encrypted.
#[cfg(feature = "tls")]
async fn transport(
    stream: TcpStream,
    deadline: Option<Instant>,
    handle: &ConnectionHandle,
    services: &Services,
) -> Result<(Transport, Option<TlsInfo>), ConnectionEnd> {
    let Some(tls) = &services.tls else {
        return Ok((Transport::Plain(stream), None));
    };
    // The handshake is large and short-lived.
    let encrypting = Box::pin(uninterrupted(encrypt(stream, tls), deadline, handle));
    match encrypting.await {
        Ok(Ok((transport, info))) => Ok((transport, Some(info))),
        Ok(Err(failure)) => Err(ConnectionEnd::TlsHandshake(failure)),
        Err(Interruption::Disconnect(status)) => Err(ConnectionEnd::Stopped(status)),
        Err(Interruption::Deadline) => Err(ConnectionEnd::TlsHandshakeTimeout),
    }
}

/// The same where nothing is encrypted.
#[cfg(not(feature = "tls"))]
async fn transport(
    stream: TcpStream,
    _: Option<Instant>,
    _: &ConnectionHandle,
    _: &Services,
) -> Result<(Transport, Option<TlsInfo>), ConnectionEnd> {
    Ok((Transport::Plain(stream), None))
}

/// Whether the peer begins with a PROXY protocol header. What is seen stays in the socket; whatever
/// else happens meanwhile is for those who read it.
///
/// A header is never in pieces as short as its beginning, and nothing else that is understood here
/// begins like it, so the first look decides.
async fn begins_with_proxy_header(
    stream: &TcpStream,
    deadline: Option<Instant>,
    handle: &ConnectionHandle,
) -> bool {
    let mut first = [0; 16];
    tokio::select! {
        biased;
        () = poll_fn(|cx| handle.poll_disconnecting(cx)) => false,
        seen = stream.peek(&mut first) => match seen {
            Ok(seen @ 1..) => begins_header(&first[..seen]),
            _ => false,
        },
        () = at(deadline) => false,
    }
}

/// The random part of C1 or S1 (RTMP 1.0 section 5.2.3). It tells connections apart and protects
/// nothing: if the system has none, zeros do as well.
pub(super) fn random_bytes() -> [u8; 1528] {
    let mut bytes = [0; 1528];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::debug!(%error, "no random bytes for the handshake");
    }
    bytes
}

/// Why something was not waited for.
enum Interruption {
    Disconnect(Status),
    Deadline,
}

/// Waits for `future`, but not past the deadline, and not when the connection is told to end.
async fn uninterrupted<F: Future>(
    future: F,
    deadline: Option<Instant>,
    handle: &ConnectionHandle,
) -> Result<F::Output, Interruption> {
    let disconnect = poll_fn(|cx| handle.poll_disconnect(cx));
    tokio::select! {
        biased;
        status = disconnect => Err(Interruption::Disconnect(status)),
        output = future => Ok(output),
        () = at(deadline) => Err(Interruption::Deadline),
    }
}

/// Ready when the time has come; a limit that was lifted never comes.
pub(super) async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::clock;
    use crate::net::services::{ConnectService, PublishService};
    use crate::service::{AcceptAll, PublishCall};
    use crate::sink::MediaSink;

    /// The size of the future that a function with these arguments returns.
    fn size_of_future<A, B, C, D, F>(_: impl FnOnce(A, B, C, D) -> F) -> usize {
        size_of::<F>()
    }

    /// A thousand connections at rest are a thousand of these, and little else.
    #[test]
    fn a_connection_at_rest_is_small() {
        let task = size_of_future(serve);
        assert!(task <= 512, "the task has {task} bytes");
        let ingest = size_of::<Ingest<'_>>();
        assert!(ingest <= 1536, "session and socket have {ingest} bytes");
    }

    /// An answer is not held back by the kernel until the one before is acknowledged.
    #[tokio::test]
    async fn what_is_sent_leaves_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, peer) = listener.accept().unwrap();
        let same_socket = socket.try_clone().unwrap();
        assert!(!same_socket.nodelay().unwrap());
        drop(client);

        socket.set_nonblocking(true).unwrap();
        let incoming = Incoming::new(peer, socket.local_addr().unwrap(), clock::now());
        let nobody = tower::service_fn(|_: PublishCall| async {
            Err::<Box<dyn MediaSink>, _>(Status::bad_name("Nobody."))
        });
        let services = Services {
            session: Arc::default(),
            #[cfg(feature = "tls")]
            tls: None,
            observer: Arc::new(()),
            connect: ConnectService::new(AcceptAll::default()),
            publish: PublishService::new(nobody),
        };
        let stream = TcpStream::from_std(socket).unwrap();
        let admitted = Decision::Made(Admission::new());
        serve(stream, incoming, admitted, Arc::new(services)).await;
        assert!(same_socket.nodelay().unwrap());
    }
}
