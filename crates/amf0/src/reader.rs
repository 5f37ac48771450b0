//! The basic rules of AMF0 section 1.3 over a slice, named as the standard names them.

use crate::error::DecodeErrorKind;

/// What is wrong, and how many bytes were left when it was met: the decoder turns that into an
/// offset.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: DecodeErrorKind,
    pub(crate) left: usize,
}

/// The bytes that are still to be read.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn fault(&self, kind: DecodeErrorKind) -> Fault {
        Fault {
            kind,
            left: self.rest.len(),
        }
    }

    /// The bytes that were read since `before`, without the last `tail` of them.
    pub(crate) fn since(&self, before: &'a [u8], tail: usize) -> &'a [u8] {
        let read = before
            .len()
            .saturating_sub(self.rest.len())
            .saturating_sub(tail);
        before.get(..read).unwrap_or(&[])
    }

    /// Takes whatever is left.
    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        match self.rest.split_first_chunk::<N>() {
            Some((chunk, rest)) => {
                self.rest = rest;
                Ok(*chunk)
            }
            None => Err(self.fault(DecodeErrorKind::UnexpectedEnd)),
        }
    }

    #[inline]
    fn slice(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        match self.rest.split_at_checked(length) {
            Some((slice, rest)) => {
                self.rest = rest;
                Ok(slice)
            }
            None => Err(self.fault(DecodeErrorKind::UnexpectedEnd)),
        }
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, Fault> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    #[inline]
    pub(crate) fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    #[inline]
    pub(crate) fn s16(&mut self) -> Result<i16, Fault> {
        self.array().map(i16::from_be_bytes)
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    #[inline]
    pub(crate) fn double(&mut self) -> Result<f64, Fault> {
        self.array().map(f64::from_be_bytes)
    }

    /// `UTF-8 = U16 *(UTF8-char)`, not looked into.
    #[inline]
    pub(crate) fn utf8_bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u16()?;
        self.slice(usize::from(length))
    }

    /// `UTF-8-long = U32 *(UTF8-char)`, not looked into.
    #[inline]
    pub(crate) fn utf8_long_bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u32()?;
        self.slice(usize::try_from(length).unwrap_or(usize::MAX))
    }

    #[inline]
    pub(crate) fn utf8(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.utf8_bytes()?;
        self.text(bytes)
    }

    #[inline]
    pub(crate) fn utf8_long(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.utf8_long_bytes()?;
        self.text(bytes)
    }

    /// Checks bytes that were read just now.
    #[inline]
    pub(crate) fn text(&self, bytes: &'a [u8]) -> Result<&'a str, Fault> {
        core::str::from_utf8(bytes).map_err(|error| {
            let bad = bytes.len().saturating_sub(error.valid_up_to());
            Fault {
                kind: DecodeErrorKind::InvalidUtf8,
                left: self.rest.len().saturating_add(bad),
            }
        })
    }

    /// `object-end-type = UTF-8-empty object-end-marker`: takes the marker if it is the next
    /// byte after an empty name.
    #[inline]
    pub(crate) fn object_end(&mut self) -> bool {
        match self.rest.split_first() {
            Some((&byte, rest)) if byte == crate::Marker::OBJECT_END.0 => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}
