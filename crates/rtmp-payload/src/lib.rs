#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

extern crate alloc;

use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem;
use core::ops::{Deref, DerefMut};

use bytes::{Buf, Bytes};

/// A message body with free room in front of it, like the headroom of a socket buffer.
///
/// A consumer can strip a header and put other bytes in front without moving the body:
///
/// ```
/// # use rtmp_payload::Payload;
/// let mut payload = Payload::from(*b"header:body");
/// payload.advance(7);
/// assert_eq!(payload.headroom(), 7);
/// payload.prepend(&[b"new "]);
/// assert_eq!(payload, b"new body");
/// assert_eq!(payload.headroom(), 3);
/// ```
#[derive(Clone, Default)]
pub struct Payload {
    buffer: Vec<u8>,
    /// Where the body starts; what lies before is free. Never beyond the end of the buffer.
    start: usize,
}

/// How many bytes a buffer may have beyond twice its body: the room in front of small ones is worth no copy.
const SPARE: usize = 4096;

impl Payload {
    /// A payload whose body is `buffer[start..]`; a `start` beyond the end means an empty body.
    #[must_use]
    #[inline]
    pub fn new(buffer: Vec<u8>, start: usize) -> Self {
        let start = start.min(buffer.len());
        Self { buffer, start }
    }

    /// An empty body with `headroom` bytes free in front, and room for `capacity` bytes to come.
    #[must_use]
    pub fn with_headroom(headroom: usize, capacity: usize) -> Self {
        let mut buffer = Vec::with_capacity(headroom.saturating_add(capacity));
        buffer.resize(headroom, 0);
        Self {
            buffer,
            start: headroom,
        }
    }

    /// The length of the body in bytes.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }

    /// Whether the body has no bytes.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops the first `count` bytes of the body (all of them if there are fewer), which become headroom.
    #[inline]
    pub fn advance(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
    }

    /// Appends `bytes` to the body.
    #[inline]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Drops what the body has beyond `length` bytes.
    #[inline]
    pub fn truncate(&mut self, length: usize) {
        self.buffer.truncate(self.start.saturating_add(length));
    }

    /// How many bytes [`prepend`](Self::prepend) can put in front without moving the body.
    #[must_use]
    pub fn headroom(&self) -> usize {
        self.start
    }

    /// Puts the parts in front of the body, in their order: into the headroom, or if that is too small by one copy of
    /// everything.
    #[inline]
    pub fn prepend(&mut self, parts: &[&[u8]]) {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let Some(start) = self.start.checked_sub(length) else {
            return self.move_behind(parts, length);
        };
        self.start = start;
        let mut room = &mut **self;
        for part in parts {
            if let Some((here, behind)) = mem::take(&mut room).split_at_mut_checked(part.len()) {
                here.copy_from_slice(part);
                room = behind;
            }
        }
    }

    /// Moves the body to a buffer in which it stands behind the parts, which have `length` bytes together.
    #[cold]
    fn move_behind(&mut self, parts: &[&[u8]], length: usize) {
        let mut buffer = Vec::with_capacity(length.saturating_add(self.len()));
        parts.iter().for_each(|part| buffer.extend_from_slice(part));
        buffer.extend_from_slice(self);
        *self = Self { buffer, start: 0 };
    }

    /// Moves the body to a buffer of its own size if it is in a much larger one, of 4 KiB beyond twice its length.
    #[inline]
    pub fn shrink(&mut self) {
        let length = self.len();
        if self.buffer.capacity() > length.saturating_mul(2).saturating_add(SPARE) {
            self.move_out();
        }
    }

    #[cold]
    fn move_out(&mut self) {
        *self = Self::from(self.to_vec());
    }

    /// The size of the buffer that the body is in.
    #[must_use]
    #[inline]
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// The body as shared bytes, without a copy.
    #[must_use]
    #[inline]
    pub fn freeze(self) -> Bytes {
        let mut bytes = Bytes::from(self.buffer);
        bytes.advance(self.start);
        bytes
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

impl<const N: usize> From<[u8; N]> for Payload {
    fn from(body: [u8; N]) -> Self {
        Vec::from(body).into()
    }
}

/// A copy of the bytes.
impl From<&[u8]> for Payload {
    fn from(body: &[u8]) -> Self {
        body.to_vec().into()
    }
}

/// Without a copy if nobody else shares the bytes.
impl From<Bytes> for Payload {
    fn from(body: Bytes) -> Self {
        Vec::from(body).into()
    }
}

/// Without a copy.
impl From<Payload> for Bytes {
    fn from(payload: Payload) -> Self {
        payload.freeze()
    }
}

/// The body alone: it is moved to the front if there is headroom.
impl From<Payload> for Vec<u8> {
    fn from(payload: Payload) -> Self {
        let Payload { mut buffer, start } = payload;
        buffer.drain(..start);
        buffer
    }
}

/// Appends to the body.
impl<'a> Extend<&'a [u8]> for Payload {
    fn extend<T: IntoIterator<Item = &'a [u8]>>(&mut self, parts: T) {
        for part in parts {
            self.extend_from_slice(part);
        }
    }
}

/// Appends to the body.
impl Extend<u8> for Payload {
    fn extend<T: IntoIterator<Item = u8>>(&mut self, bytes: T) {
        self.buffer.extend(bytes);
    }
}

impl FromIterator<u8> for Payload {
    fn from_iter<T: IntoIterator<Item = u8>>(bytes: T) -> Self {
        Vec::from_iter(bytes).into()
    }
}

impl Deref for Payload {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}

impl DerefMut for Payload {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.start..).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for Payload {
    fn as_mut(&mut self) -> &mut [u8] {
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

impl Hash for Payload {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialEq<[u8]> for Payload {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl PartialEq<&[u8]> for Payload {
    fn eq(&self, other: &&[u8]) -> bool {
        **self == **other
    }
}

impl<const N: usize> PartialEq<[u8; N]> for Payload {
    fn eq(&self, other: &[u8; N]) -> bool {
        **self == *other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for Payload {
    fn eq(&self, other: &&[u8; N]) -> bool {
        **self == **other
    }
}

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
    fn prepending_fills_the_headroom_in_place() {
        let mut payload = Payload::new(vec![0, 0, 0, 7, 8], 3);
        let body = payload.as_ptr();
        payload.prepend(&[&[5], &[6]]);
        assert_eq!(&payload[..], [5, 6, 7, 8]);
        assert_eq!(payload.headroom(), 1);
        assert_eq!(payload[2..].as_ptr(), body, "the body moved");
    }

    #[test]
    fn prepending_more_than_the_headroom_copies_once() {
        let mut payload = Payload::new(vec![0, 7, 8], 1);
        payload.prepend(&[&[4, 5], &[], &[6]]);
        assert_eq!(&payload[..], [4, 5, 6, 7, 8]);
        assert_eq!(payload.headroom(), 0);
    }

    #[test]
    fn to_what_people_have_and_back() {
        let mut payload = Payload::new(vec![0, 0, 1, 2], 2);
        assert_eq!(payload, [1, 2]);
        assert_eq!(payload, b"\x01\x02");
        payload.extend_from_slice(&[3]);
        payload.extend([4, 5]);
        payload.extend([&[6][..], &[7, 8]]);
        let body: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(payload, body[..]);
        assert_eq!(payload, &body[..]);
        let same: [Payload; 4] = [
            body.into(),
            body[..].into(),
            body.into_iter().collect(),
            Bytes::copy_from_slice(&body).into(),
        ];
        assert!(same.iter().all(|same| *same == payload));
        assert_eq!(Bytes::from(payload.clone()), body[..]);
        assert_eq!(Vec::from(payload), body);
    }

    #[test]
    fn bytes_that_nobody_shares_are_not_copied() {
        let bytes = Bytes::from(vec![1, 2, 3]);
        let body = bytes.as_ptr();
        assert_eq!(Payload::from(bytes).as_ptr(), body);
    }

    #[test]
    fn advance_stops_at_the_end() {
        let mut payload = Payload::from(vec![1, 2, 3]);
        payload.advance(usize::MAX);
        assert!(payload.is_empty());
        assert_eq!(payload.headroom(), 3);
    }

    #[test]
    fn truncate_counts_from_the_start_of_the_body() {
        let mut payload = Payload::new(vec![9, 9, 1, 2, 3], 2);
        payload.truncate(9);
        assert_eq!(&payload[..], [1, 2, 3]);
        payload.truncate(1);
        assert_eq!(&payload[..], [1]);
    }

    #[test]
    fn what_is_appended_stands_behind_the_body() {
        let mut payload = Payload::with_headroom(2, 3);
        payload.extend([&[1, 2][..], &[3]]);
        assert_eq!(&payload[..], [1, 2, 3]);
        assert_eq!(payload.headroom(), 2);
    }

    #[test]
    fn a_body_leaves_a_buffer_that_is_much_too_large() {
        let mut small = Payload::new(vec![1; 5000], 4000);
        small.shrink();
        assert_eq!(small.headroom(), 4000);
        let mut large = Payload::new(vec![1; 10_000], 9000);
        large.shrink();
        assert_eq!((large.headroom(), large.len()), (0, 1000));
        assert!(large.capacity() < 2000);
    }

    #[test]
    fn freezing_hides_the_headroom() {
        assert_eq!(
            Payload::new(vec![9, 9, 1, 2], 2).freeze(),
            [1, 2].as_slice()
        );
    }

    #[test]
    fn a_start_beyond_the_end_is_an_empty_body() {
        let payload = Payload::new(vec![1], 5);
        assert!(payload.is_empty());
        assert!(payload.freeze().is_empty());
    }
}
