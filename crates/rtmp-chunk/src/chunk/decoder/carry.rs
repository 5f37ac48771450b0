use super::super::header::MAX_LENGTH;

/// Bytes that have been taken from the input but not understood yet: a chunk header that came in pieces, or bytes that
/// began like an extended timestamp and turned out to be none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carry {
    bytes: [u8; MAX_LENGTH],
    length: u8,
}

impl Carry {
    pub(super) const EMPTY: Self = Self {
        bytes: [0; MAX_LENGTH],
        length: 0,
    };

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    /// Adds bytes at the end. There is room for a whole chunk header, and never more is carried.
    pub(super) fn push(&mut self, more: &[u8]) {
        let room = self.bytes.iter_mut().skip(usize::from(self.length));
        for (place, byte) in room.zip(more) {
            *place = *byte;
            self.length = self.length.saturating_add(1);
        }
    }

    pub(super) fn drop_front(&mut self, count: usize) {
        let rest = *self;
        *self = Self::EMPTY;
        self.push(rest.as_slice().get(count..).unwrap_or_default());
    }
}
