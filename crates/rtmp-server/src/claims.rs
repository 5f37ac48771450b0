//! One publisher per key.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use crate::connection::{ConnectionHandle, ConnectionId};
use crate::proto::Status;

/// Who publishes under which key: one publisher per key.
///
/// A second publisher is refused, with one exception: when nothing was received from the holder for
/// [`ConnectionHandle::SILENCE`] or longer, and the newcomer has the same IP address, the newcomer
/// takes over and the holder is disconnected. A camera that lost its link may so come back at once,
/// long before the idle limit finds out that its old connection is dead. While nothing is read from
/// the holder, because the application is not ready for more, it does not count as silent, even if
/// its link is lost.
///
/// Cheap to clone; clones share the table. Time comes in with each call.
///
/// ```
/// use std::time::{Duration, Instant};
/// use rtmp_server::{Claims, ConnectionHandle};
///
/// let claims = Claims::new();
/// let start = Instant::now();
/// let first = ConnectionHandle::new("192.0.2.1:50000".parse().unwrap(), start);
/// let again = ConnectionHandle::new("192.0.2.1:50001".parse().unwrap(), start);
///
/// let old = claims.claim("/stream1", &first, start).unwrap();
/// assert!(claims.claim("/stream1", &again, start).is_err());
///
/// // Two seconds without a byte: the newcomer from the same address takes over.
/// let new = claims.claim("/stream1", &again, start + Duration::from_secs(2)).unwrap();
/// assert!(first.is_disconnecting());
/// drop(old); // releases nothing any more
/// assert_eq!(claims.holder("/stream1").unwrap().id(), again.id());
///
/// drop(new); // a claim releases its key when it is dropped
/// assert!(claims.holder("/stream1").is_none());
/// ```
pub struct Claims<K> {
    table: Arc<Mutex<HashMap<K, ConnectionHandle>>>,
}

impl<K: Eq + Hash + Clone> Claims<K> {
    /// An empty table.
    pub fn new() -> Self {
        Self {
            table: Arc::default(),
        }
    }

    /// Claims `key` for `connection` at `now`. The key is held until the claim is dropped or taken
    /// over.
    pub fn claim(
        &self,
        key: K,
        connection: &ConnectionHandle,
        now: Instant,
    ) -> Result<Claim<K>, AlreadyClaimed> {
        let replaced = {
            let mut table = self.table.lock();
            if let Some(holder) = table.get(&key)
                && !holder.may_be_replaced_by(connection, now)
            {
                return Err(AlreadyClaimed {
                    holder: holder.clone(),
                });
            }
            table.insert(key.clone(), connection.clone())
        };
        if let Some(holder) = &replaced {
            holder.disconnect(Status::bad_name(format!(
                "Another publisher from {} has taken over this stream",
                connection.peer().ip()
            )));
        }
        Ok(Claim {
            key,
            connection: connection.id(),
            replaced,
            table: Arc::clone(&self.table),
        })
    }

    /// Who holds `key`.
    pub fn holder<Q>(&self, key: &Q) -> Option<ConnectionHandle>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.table.lock().get(key).cloned()
    }

    /// How many keys are held.
    pub fn len(&self) -> usize {
        self.table.lock().len()
    }

    /// True when no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Eq + Hash + Clone> Default for Claims<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Clone for Claims<K> {
    fn clone(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
        }
    }
}

impl<K> fmt::Debug for Claims<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("held", &self.table.lock().len())
            .finish()
    }
}

/// A key that is held. Dropping it releases the key, unless another publisher has taken over.
#[must_use = "a claim that is dropped releases its key at once"]
pub struct Claim<K: Eq + Hash> {
    key: K,
    connection: ConnectionId,
    replaced: Option<ConnectionHandle>,
    table: Arc<Mutex<HashMap<K, ConnectionHandle>>>,
}

impl<K: Eq + Hash> Claim<K> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The connection that held the key before and has been disconnected for this claim. The end of
    /// its publish is yet to come.
    pub fn replaced(&self) -> Option<&ConnectionHandle> {
        self.replaced.as_ref()
    }
}

impl<K: Eq + Hash> Drop for Claim<K> {
    fn drop(&mut self) {
        let mut table = self.table.lock();
        if table
            .get(&self.key)
            .is_some_and(|holder| holder.id() == self.connection)
        {
            table.remove(&self.key);
        }
    }
}

impl<K: Eq + Hash + fmt::Debug> fmt::Debug for Claim<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// The key is held by another publisher.
#[derive(Clone, Debug)]
pub struct AlreadyClaimed {
    holder: ConnectionHandle,
}

impl AlreadyClaimed {
    /// Who holds the key.
    pub fn holder(&self) -> &ConnectionHandle {
        &self.holder
    }
}

impl fmt::Display for AlreadyClaimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("This stream is already being published to")
    }
}

impl std::error::Error for AlreadyClaimed {}

impl From<AlreadyClaimed> for Status {
    fn from(error: AlreadyClaimed) -> Self {
        Self::bad_name(error.to_string())
    }
}
