use alloc::vec::Vec;
use core::fmt;
use core::ops::{Deref, DerefMut};

use bytes::{Buf, Bytes};

/// A message body with free room in front of it, like the headroom of a socket buffer.
///
/// A consumer can strip a header and put other bytes in front without moving the body:
///
/// ```
/// # use rtmp_chunk::Payload;
/// let mut payload = Payload::from(b"header:body".to_vec());
/// payload.advance(7);
/// assert_eq!(payload.headroom(), 7);
/// payload.prepend(b"new ");
/// assert_eq!(&payload[..], b"new body");
/// assert_eq!(payload.headroom(), 3);
/// ```
#[derive(Clone, Default)]
pub struct Payload {
    buffer: Vec<u8>,
    /// Where the body starts; what lies before is free. Never beyond the end of the buffer.
    start: usize,
}

impl Payload {
    /// A payload whose body is `buffer[start..]`; a `start` beyond the end means an empty body.
    pub(crate) fn new(buffer: Vec<u8>, start: usize) -> Self {
        let start = start.min(buffer.len());
        Self { buffer, start }
    }

    /// The length of the body in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }

    /// Whether the body has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops the first `count` bytes of the body (all of them if there are fewer), which become headroom.
    pub fn advance(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
    }

    /// How many bytes [`prepend`](Self::prepend) can put in front without moving the body.
    #[must_use]
    pub fn headroom(&self) -> usize {
        self.start
    }

    /// Puts `bytes` in front of the body: in place if they fit into the headroom, else by one copy of the body.
    pub fn prepend(&mut self, bytes: &[u8]) {
        let start = self.start.checked_sub(bytes.len());
        match start.and_then(|start| {
            self.buffer
                .get_mut(start..self.start)
                .map(|room| (start, room))
        }) {
            Some((start, room)) => {
                room.copy_from_slice(bytes);
                self.start = start;
            }
            None => {
                let mut buffer = Vec::with_capacity(bytes.len().saturating_add(self.len()));
                buffer.extend_from_slice(bytes);
                buffer.extend_from_slice(self);
                *self = Self { buffer, start: 0 };
            }
        }
    }

    /// The body as shared bytes, without a copy.
    #[must_use]
    pub fn freeze(self) -> Bytes {
        let mut bytes = Bytes::from(self.buffer);
        bytes.advance(self.start);
        bytes
    }

    /// The buffer and where the body starts in it; what lies before is free room.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, usize) {
        (self.buffer, self.start)
    }
}

impl From<Vec<u8>> for Payload {
    fn from(body: Vec<u8>) -> Self {
        Self {
            buffer: body,
            start: 0,
        }
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}

impl DerefMut for Payload {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.start..).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Two payloads are equal if their bodies are; headroom does not count.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    /// Length and headroom only: bodies are long, and commands carry stream keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("len", &self.len())
            .field("headroom", &self.headroom())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn prepend_fills_the_headroom_in_place() {
        let mut payload = Payload::new(vec![0, 0, 0, 7, 8], 3);
        let body = payload.as_ptr();
        payload.prepend(&[5, 6]);
        assert_eq!(&payload[..], [5, 6, 7, 8]);
        assert_eq!(payload.headroom(), 1);
        assert_eq!(payload[2..].as_ptr(), body, "the body moved");
    }

    #[test]
    fn prepend_without_headroom_copies_once() {
        let mut payload = Payload::new(vec![0, 7, 8], 1);
        payload.prepend(&[4, 5, 6]);
        assert_eq!(&payload[..], [4, 5, 6, 7, 8]);
        assert_eq!(payload.headroom(), 0);
    }

    #[test]
    fn advance_stops_at_the_end() {
        let mut payload = Payload::from(vec![1, 2, 3]);
        payload.advance(usize::MAX);
        assert!(payload.is_empty());
        assert_eq!(payload.headroom(), 3);
    }

    #[test]
    fn freeze_and_into_parts_hide_and_show_the_headroom() {
        let payload = Payload::new(vec![9, 9, 1, 2], 2);
        assert_eq!(&payload.clone().freeze()[..], [1, 2]);
        assert_eq!(payload.into_parts(), (vec![9, 9, 1, 2], 2));
    }

    #[test]
    fn a_start_beyond_the_end_is_an_empty_body() {
        let payload = Payload::new(vec![1], 5);
        assert!(payload.is_empty());
        assert!(payload.freeze().is_empty());
    }
}
