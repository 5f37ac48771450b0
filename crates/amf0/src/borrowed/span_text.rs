use crate::reader::{Fault, Reader};

/// A span as text, if it is text from its beginning to its end.
///
/// Objects without numbers and long strings are: markers are ASCII characters as well, and so are
/// both bytes of a length below 128. One string of 128 bytes or more is enough, as a rule, for
/// every string of the object to be validated alone. Otherwise strings are parts of one text,
/// which is validated once. That is much quicker than to validate every string alone, as the
/// standard library is slow at short ones.
#[derive(Copy, Clone, Debug)]
pub(super) struct SpanText<'a>(Option<&'a str>);

impl<'a> SpanText<'a> {
    /// Every string is validated alone.
    pub(super) const UNKNOWN: Self = Self(None);

    /// Gives up at the first byte that is not text, which in most numbers is their second one.
    pub(super) const fn of(span: &'a [u8]) -> Self {
        match core::str::from_utf8(span) {
            Ok(text) => Self(Some(text)),
            Err(_) => Self::UNKNOWN,
        }
    }

    /// `bytes`, which `reader` has just read from the span, as text.
    #[inline]
    pub(super) fn just_read(self, reader: &Reader<'a>, bytes: &'a [u8]) -> Result<&'a str, Fault> {
        let part = self.0.and_then(|span| {
            let end = span.len().saturating_sub(reader.rest().len());
            span.get(end.saturating_sub(bytes.len())..end)
        });
        match part {
            Some(text) => Ok(text),
            None => reader.text(bytes),
        }
    }
}
