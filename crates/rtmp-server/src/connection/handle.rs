//! A handle on a running connection.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use atomic_waker::AtomicWaker;
use parking_lot::Mutex;

use crate::proto::Status;

/// The number of a connection, unique within the process.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A handle on a connection, to be kept and used anywhere: cheap to clone, harmless when the
/// connection has ended.
#[derive(Clone)]
pub struct ConnectionHandle {
    shared: Arc<Shared>,
}

struct Shared {
    id: ConnectionId,
    peer: SocketAddr,
    proxy: Option<SocketAddr>,
    accepted_at: Instant,
    /// Milliseconds from `accepted_at` to the last byte received.
    last_received: AtomicU64,
    /// Milliseconds from `accepted_at` to the end of the last hold; [`HELD`] during one.
    held_until: AtomicU64,
    bytes_received: AtomicU64,
    bytes_sent: AtomicU64,
    /// Publishes that are accepted now.
    publishes: AtomicUsize,
    /// There was one.
    published: AtomicBool,
    /// Set together with `status`; spares the lock on every poll of the connection.
    disconnecting: AtomicBool,
    /// What the peer is to be told, until the connection has taken it.
    status: Mutex<Option<Status>>,
    waker: AtomicWaker,
}

/// No connection lasts as long.
const HELD: u64 = u64::MAX;

impl ConnectionHandle {
    /// How long a publisher has to be silent before a newcomer from the same IP address takes over what
    /// it publishes.
    pub const SILENCE: Duration = Duration::from_secs(2);

    /// A handle for a connection from `peer`, accepted at `accepted_at`.
    ///
    /// The server makes one for each of its connections. Making one by hand is for drivers of a
    /// [`ServerSession`](crate::proto::ServerSession) of their own, and for tests.
    pub fn new(peer: SocketAddr, accepted_at: Instant) -> Self {
        Self::with(peer, None, accepted_at)
    }

    /// The same for a connection that comes through `proxy`.
    pub fn relayed(peer: SocketAddr, proxy: SocketAddr, accepted_at: Instant) -> Self {
        Self::with(peer, Some(proxy), accepted_at)
    }

    fn with(peer: SocketAddr, proxy: Option<SocketAddr>, accepted_at: Instant) -> Self {
        Self {
            shared: Arc::new(Shared {
                id: ConnectionId::next(),
                peer,
                proxy,
                accepted_at,
                last_received: AtomicU64::new(0),
                held_until: AtomicU64::new(0),
                bytes_received: AtomicU64::new(0),
                bytes_sent: AtomicU64::new(0),
                publishes: AtomicUsize::new(0),
                published: AtomicBool::new(false),
                disconnecting: AtomicBool::new(false),
                status: Mutex::default(),
                waker: AtomicWaker::new(),
            }),
        }
    }

    /// The number of the connection.
    pub fn id(&self) -> ConnectionId {
        self.shared.id
    }

    /// The address of the peer.
    pub fn peer(&self) -> SocketAddr {
        self.shared.peer
    }

    /// The address of the [trusted proxy](crate::net::TrustedProxies) that the peer comes through.
    pub fn proxy(&self) -> Option<SocketAddr> {
        self.shared.proxy
    }

    /// When the connection was accepted.
    pub fn accepted_at(&self) -> Instant {
        self.shared.accepted_at
    }

    /// When the last byte was received, to the millisecond; at first, when it was accepted.
    pub fn last_received(&self) -> Instant {
        let millis = self.shared.last_received.load(Ordering::Relaxed);
        self.shared.accepted_at + Duration::from_millis(millis)
    }

    /// How many bytes were received, within TLS.
    pub fn bytes_received(&self) -> u64 {
        self.shared.bytes_received.load(Ordering::Relaxed)
    }

    /// How many bytes were sent, within TLS.
    pub fn bytes_sent(&self) -> u64 {
        self.shared.bytes_sent.load(Ordering::Relaxed)
    }

    /// Notes that `bytes` were received at `now`.
    pub fn record_received(&self, now: Instant, bytes: usize) {
        self.shared
            .bytes_received
            .fetch_add(bytes as u64, Ordering::Relaxed);
        let millis = self.millis_at(now);
        self.shared.last_received.store(millis, Ordering::Relaxed);
    }

    /// Notes that from `now` on nothing is read from the peer, because the application is not ready
    /// for more, or that reading goes on. Meanwhile the peer does not count as silent.
    pub fn record_held(&self, now: Instant, held: bool) {
        let until = if held { HELD } else { self.millis_at(now) };
        self.shared.held_until.store(until, Ordering::Relaxed);
    }

    /// Notes that a publish was accepted.
    pub fn record_publish(&self) {
        self.shared.publishes.fetch_add(1, Ordering::Relaxed);
        self.shared.published.store(true, Ordering::Release);
    }

    /// Notes that a publish that was [accepted](Self::record_publish) has ended.
    pub fn record_publish_end(&self) {
        self.shared.publishes.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether something is published now.
    pub fn is_publishing(&self) -> bool {
        self.shared.publishes.load(Ordering::Relaxed) > 0
    }

    /// Whether a publish was ever accepted.
    pub fn has_published(&self) -> bool {
        self.shared.published.load(Ordering::Acquire)
    }

    /// Whether a newcomer takes over at `now` what this connection publishes: when it comes from the
    /// same IP address, and nothing was received here for [`SILENCE`](Self::SILENCE). A connection never
    /// takes over from itself.
    pub(crate) fn may_be_replaced_by(&self, newcomer: &Self, now: Instant) -> bool {
        self != newcomer
            && self.peer().ip() == newcomer.peer().ip()
            && self.silence(now) >= Self::SILENCE
    }

    /// For how long the peer has been silent at `now`: nothing was received, though it was read.
    fn silence(&self, now: Instant) -> Duration {
        let last_received = self.shared.last_received.load(Ordering::Relaxed);
        let held_until = self.shared.held_until.load(Ordering::Relaxed);
        Duration::from_millis(
            self.millis_at(now)
                .saturating_sub(last_received.max(held_until)),
        )
    }

    fn millis_at(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.shared.accepted_at);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that `bytes` were sent.
    pub fn record_sent(&self, bytes: usize) {
        self.shared
            .bytes_sent
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Ends the connection from outside: whatever it publishes ends with `status`, which the peer
    /// is told; then the connection is closed. Only the first call counts.
    pub fn disconnect(&self, status: Status) {
        {
            let mut pending = self.shared.status.lock();
            if self.shared.disconnecting.load(Ordering::Relaxed) {
                return;
            }
            *pending = Some(status);
            self.shared.disconnecting.store(true, Ordering::Release);
        }
        self.shared.waker.wake();
    }

    /// True as soon as [`disconnect`](Self::disconnect) has been called.
    pub fn is_disconnecting(&self) -> bool {
        self.shared.disconnecting.load(Ordering::Acquire)
    }

    /// Ready as soon as [`disconnect`](Self::disconnect) has been called. Whoever asks next whether it
    /// has gets the status.
    pub(crate) fn poll_disconnecting(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.waker.register(cx.waker());
        match self.is_disconnecting() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    /// Ready with the status of [`disconnect`](Self::disconnect), once; before, the task that asks is
    /// woken by it. One task at a time may ask, as the server's own does for each of its connections:
    /// of several that ask, one may miss the call.
    pub fn poll_disconnect(&self, cx: &mut Context<'_>) -> Poll<Status> {
        self.shared.waker.register(cx.waker());
        if !self.is_disconnecting() {
            return Poll::Pending;
        }
        match self.shared.status.lock().take() {
            Some(status) => Poll::Ready(status),
            None => Poll::Pending,
        }
    }
}

/// Handles on the same connection are equal.
impl PartialEq for ConnectionHandle {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for ConnectionHandle {}

impl fmt::Debug for ConnectionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionHandle")
            .field("id", &self.shared.id)
            .field("peer", &self.shared.peer)
            .finish_non_exhaustive()
    }
}
