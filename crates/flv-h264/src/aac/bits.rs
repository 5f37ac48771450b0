use crate::error::{ParseError, ParseErrorKind};

/// Reads bits, the most significant first (ISO/IEC 14496-3 section 4.1).
#[derive(Clone, Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// In bits.
    position: usize,
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Something is wrong at the current byte.
    pub(super) const fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError::new(self.position / 8, kind)
    }

    /// `bits_to_decode()`.
    pub(super) const fn left(&self) -> usize {
        self.bytes
            .len()
            .saturating_mul(8)
            .saturating_sub(self.position)
    }

    pub(super) fn flag(&mut self) -> Result<bool, ParseError> {
        let Some(byte) = self.bytes.get(self.position / 8) else {
            return Err(self.error(ParseErrorKind::Truncated));
        };
        let bit = byte << (self.position % 8) & 0x80;
        self.position = self.position.saturating_add(1);
        Ok(bit != 0)
    }

    /// The next `count` bits, at most 32.
    pub(super) fn bits(&mut self, count: u32) -> Result<u32, ParseError> {
        (0..count).try_fold(0, |value, _| Ok(value << 1 | u32::from(self.flag()?)))
    }

    /// The next `count` bits, at most 8.
    pub(super) fn small(&mut self, count: u32) -> Result<u8, ParseError> {
        let [.., low] = self.bits(count)?.to_be_bytes();
        Ok(low)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), ParseError> {
        if self.left() < count {
            self.position = self.bytes.len().saturating_mul(8);
            return Err(self.error(ParseErrorKind::Truncated));
        }
        self.position = self.position.saturating_add(count);
        Ok(())
    }

    /// `byte_alignment()`.
    pub(super) fn align(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }
}
