//! Connections, once it is known where they come from.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::accept::{Accepted, Acceptor};
use super::connection::at;
use super::trusted::AwaitingHeader;
use super::turn::give_way;
use super::{Observer, TrustedProxies};
use crate::layer::Limits;
use crate::proxy_protocol::{ProxyHeader, ProxyHeaderError, ProxyHeaderReader};
use crate::service::{AdmissionRefusal, Incoming};

/// How much is looked at at a time: more than most headers have.
const LOOK_BYTES: usize = 256;

/// Accepts connections, and has those of trusted proxies say where they come from.
///
/// Their own addresses count for nothing before that, so the limits per address cannot hold them
/// back. As many may wait at a time as there may be connections in all, beside those that are
/// admitted: a publisher that takes over from a silent one gets in where all places are taken, and so
/// he has to be let say who he is.
///
/// A load balancer may write its header only with the first that its client sends (that of AWS does),
/// so strangers can have them wait. When as many wait as may, those who have waited longest give way:
/// publishers say who they are at once.
pub(super) struct Arrivals {
    acceptor: Acceptor,
    trusted: Arc<TrustedProxies>,
    limits: Arc<Limits>,
    /// How long a header may take.
    patience: Duration,
    observer: Arc<dyn Observer>,
    /// Each ends with its connection, or has told of its end as far as there was anything to tell.
    waiting: JoinSet<Option<Accepted>>,
    /// The places of those that wait, the oldest first: who loses his is refused. Dropped after them,
    /// so that nobody is told of those that wait when the server ends.
    places: VecDeque<oneshot::Sender<Infallible>>,
    /// It came when as many waited as may.
    held_back: Option<Accepted>,
}

impl Arrivals {
    pub(super) fn new(
        acceptor: Acceptor,
        trusted: Arc<TrustedProxies>,
        limits: Arc<Limits>,
        patience: Duration,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            acceptor,
            trusted,
            limits,
            patience,
            observer,
            waiting: JoinSet::new(),
            places: VecDeque::new(),
            held_back: None,
        }
    }

    /// The next connection.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Accepted> {
        loop {
            match self.waiting.poll_join_next(cx) {
                Poll::Ready(Some(Ok(Some(accepted)))) => return Poll::Ready(accepted),
                Poll::Ready(Some(_)) => continue,
                Poll::Ready(None) | Poll::Pending => {}
            }
            if let Some(accepted) = self.held_back.take() {
                self.take_in(accepted);
                continue;
            }
            let accepted = ready!(self.acceptor.poll_accept(cx));
            if !self.trusted.contains(accepted.incoming.peer.ip()) {
                return Poll::Ready(accepted);
            }
            if self.waiting.len() >= self.limits.connections() {
                // Of a burst of connections many headers are there already, and nobody had the time
                // to look at them.
                self.held_back = Some(accepted);
                give_way(cx);
                return Poll::Pending;
            }
            self.take_in(accepted);
        }
    }

    /// Nobody comes any more. Those who have yet to say where they come from are cut off without a word.
    pub(super) async fn end(mut self) {
        self.waiting.shutdown().await;
    }

    /// Lets the connection say where it comes from. If there is no room, that is made.
    fn take_in(&mut self, accepted: Accepted) {
        let limit = self.limits.connections();
        self.places.retain(|place| !place.is_closed());
        let too_many = self.places.len().saturating_add(1).saturating_sub(limit);
        self.places.drain(..too_many.min(self.places.len()));
        let (place, lost) = oneshot::channel::<Infallible>();
        self.places.push_back(place);
        let deadline = accepted.incoming.at.checked_add(self.patience);
        let observer = Arc::clone(&self.observer);
        let awaiting = AwaitingHeader::of(&self.trusted);
        self.waiting.spawn(async move {
            let _awaiting = awaiting;
            let Accepted { stream, incoming } = accepted;
            let origin = tokio::select! {
                biased;
                origin = origin(&stream, &incoming, deadline) => {
                    origin.map_err(AdmissionRefusal::ProxyHeader)
                }
                _ = lost => Err(AdmissionRefusal::ProxyHeaderLimit { limit }),
            };
            match origin {
                Ok(incoming) => incoming.map(|incoming| Accepted { stream, incoming }),
                Err(refusal) => {
                    observer.refused(&incoming, &refusal);
                    None
                }
            }
        });
    }
}

/// Where the connection comes from; nowhere if the proxy only looked whether somebody is there.
async fn origin(
    stream: &TcpStream,
    from_proxy: &Incoming,
    deadline: Option<Instant>,
) -> Result<Option<Incoming>, ProxyHeaderError> {
    let header = tokio::select! {
        header = read_header(stream) => header?,
        () = at(deadline) => return Err(ProxyHeaderError::Late),
    };
    match header {
        Some(ProxyHeader::Relayed {
            source,
            destination,
        }) if source != from_proxy.peer => {
            let relayed = Incoming::relayed(source, from_proxy.peer, destination, from_proxy.at);
            Ok(Some(relayed))
        }
        // Version 1 has no word for the proxy's own connections, so some proxies (HAProxy, Envoy) write
        // the addresses that the connection has.
        Some(_) => tokio::select! {
            ended = ends(stream) => Ok((!ended).then(|| from_proxy.clone())),
            // Those who wait for what it says will not wait longer.
            () = at(deadline) => Ok(Some(from_proxy.clone())),
        },
        None => Ok(None),
    }
}

/// Whether the connection ends before anything, or anything more, comes. Proxies look every other
/// second whether somebody is there, and nobody wants to read of that.
async fn ends(stream: &TcpStream) -> bool {
    !matches!(stream.peek(&mut [0]).await, Ok(1..))
}

/// Reads the header, and nothing behind it: that stays in the socket, for TLS or for RTMP. None if
/// the connection ends before anything comes.
async fn read_header(stream: &TcpStream) -> Result<Option<ProxyHeader>, ProxyHeaderError> {
    let mut reader = ProxyHeaderReader::default();
    let mut buffer = [0; LOOK_BYTES];
    loop {
        let seen = stream.peek(&mut buffer).await.unwrap_or(0);
        if seen == 0 {
            return match reader.is_empty() {
                true => Ok(None),
                false => Err(ProxyHeaderError::Incomplete),
            };
        }
        let mut rest = &buffer[..seen];
        let header = reader.read(&mut rest)?;
        let taken = seen - rest.len();
        if take(stream, &mut buffer[..taken]).await.is_err() {
            return Err(ProxyHeaderError::Incomplete);
        }
        if header.is_some() {
            return Ok(header);
        }
    }
}

/// Takes bytes that are there.
async fn take(stream: &TcpStream, mut bytes: &mut [u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.readable().await?;
        match stream.try_read(bytes) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(taken) => bytes = &mut bytes[taken..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
