use alloc::vec::Vec;
use core::mem;

use bytes::{Buf, Bytes};

/// Bytes in a buffer with free room in front of them.
#[derive(Debug)]
pub(super) struct Body {
    buffer: Vec<u8>,
    start: usize,
}

/// How many bytes a buffer may have beyond twice its contents: the room in front of small
/// pictures is worth no copy.
const SPARE: usize = 4096;

impl Body {
    /// `buffer[start..]`; all of the buffer is taken for free if it is shorter.
    pub(super) fn new(buffer: Vec<u8>, start: usize) -> Self {
        let start = start.min(buffer.len());
        Self { buffer, start }
    }

    /// An empty body with `room` bytes free in front, and as many bytes to come.
    pub(super) fn with_room(room: usize, capacity: usize) -> Self {
        let mut buffer = Vec::with_capacity(room.saturating_add(capacity));
        buffer.resize(room, 0);
        Self {
            buffer,
            start: room,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.start..).unwrap_or_default()
    }

    /// Where appended bytes go.
    pub(super) fn tail(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Narrows to `length` bytes from `offset` on; what lies before becomes free room.
    pub(super) fn narrow(&mut self, offset: usize, length: usize) {
        self.start = self.start.saturating_add(offset).min(self.buffer.len());
        self.buffer.truncate(self.start.saturating_add(length));
    }

    /// Puts the parts in front, in their order: into the free room, or if that is too small by
    /// one copy of everything.
    pub(super) fn prepend(&mut self, parts: &[&[u8]]) {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let Some(start) = self.start.checked_sub(length) else {
            let mut buffer = Vec::with_capacity(length.saturating_add(self.bytes().len()));
            parts.iter().for_each(|part| buffer.extend_from_slice(part));
            buffer.extend_from_slice(self.bytes());
            *self = Self { buffer, start: 0 };
            return;
        };
        self.start = start;
        let mut room = self.bytes_mut();
        for part in parts {
            if let Some((here, behind)) = mem::take(&mut room).split_at_mut_checked(part.len()) {
                here.copy_from_slice(part);
                room = behind;
            }
        }
    }

    /// Moves to a buffer of its own size if it is in a much larger one: what is kept of a message
    /// is the picture, whatever else was in it.
    pub(super) fn settle(&mut self) {
        let length = self.bytes().len();
        if self.buffer.capacity() > length.saturating_mul(2).saturating_add(SPARE) {
            *self = Self {
                buffer: self.bytes().to_vec(),
                start: 0,
            };
        }
    }

    /// The bytes, and the size of the buffer that they are in.
    pub(super) fn freeze(mut self) -> (Bytes, usize) {
        self.settle();
        let capacity = self.buffer.capacity();
        let mut bytes = Bytes::from(self.buffer);
        bytes.advance(self.start);
        (bytes, capacity)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn prepending_uses_the_room_without_moving_the_body() {
        let mut body = Body::new(vec![9, 9, 9, 1, 2], 3);
        let before = body.bytes().as_ptr();
        body.prepend(&[&[7], &[8]]);
        assert_eq!(body.bytes(), [7, 8, 1, 2]);
        assert_eq!(body.bytes()[2..].as_ptr(), before);
        assert_eq!(body.freeze().0, [7, 8, 1, 2].as_slice());
    }

    #[test]
    fn prepending_more_than_the_room_copies() {
        let mut body = Body::new(vec![9, 1, 2], 1);
        body.prepend(&[&[5, 6], &[], &[7]]);
        assert_eq!(body.freeze().0, [5, 6, 7, 1, 2].as_slice());
    }

    #[test]
    fn a_start_past_the_end_is_an_empty_body() {
        assert_eq!(Body::new(vec![1], 9).freeze().0, [].as_slice());
    }
}
