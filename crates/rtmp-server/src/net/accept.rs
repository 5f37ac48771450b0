//! Accepting connections from listeners.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::{Listener, Observer, clock};
use crate::proxy_protocol::canonical;
use crate::service::Incoming;

/// How long nothing is accepted after the operating system could not: most likely it is out of file
/// descriptors, and the connection is still there when one has become free.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection fresh from a listener.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) incoming: Incoming,
}

/// Accepts from several listeners in turn, and survives what goes wrong.
pub(super) struct Acceptor {
    listeners: Vec<Listener>,
    /// The listener that is asked first, so that none starves the others.
    first: usize,
    pause: Option<Pin<Box<Sleep>>>,
    observer: Arc<dyn Observer>,
}

impl Acceptor {
    pub(super) fn new(
        listeners: impl IntoIterator<Item = Listener>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            listeners: listeners.into_iter().collect(),
            first: 0,
            pause: None,
            observer,
        }
    }

    /// The next connection.
    pub(super) fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Accepted> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            match ready!(self.poll_listeners(cx)) {
                Ok(accepted) => return Poll::Ready(accepted),
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    self.observer.accept_failed(&error);
                    self.pause = Some(Box::pin(tokio::time::sleep(PAUSE)));
                }
            }
        }
    }

    fn poll_listeners(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let count = self.listeners.len();
        for turn in 0..count {
            let index = (self.first + turn) % count;
            if let Poll::Ready(accepted) = self.listeners[index].socket.poll_accept(cx) {
                self.first = (index + 1) % count;
                return Poll::Ready(accepted.and_then(|(stream, peer)| {
                    let local = canonical(stream.local_addr()?);
                    let incoming = Incoming::new(canonical(peer), local, clock::now());
                    Ok(Accepted { stream, incoming })
                }));
            }
        }
        Poll::Pending
    }
}

/// True if it was this connection that failed, before it was accepted; the next one may be fine.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotConnected
            | io::ErrorKind::TimedOut
            | io::ErrorKind::Interrupted
            | io::ErrorKind::InvalidInput
    )
}
