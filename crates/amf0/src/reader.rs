//! The basic rules of AMF0 section 1.3 over a slice, named as the standard names them.

use crate::error::DecodeErrorKind;
use crate::marker::Marker;

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

    /// The bytes that were read since `before` was the rest.
    pub(crate) fn read_since(&self, before: &'a [u8]) -> &'a [u8] {
        let read = before.len().saturating_sub(self.rest.len());
        before.get(..read).unwrap_or(&[])
    }

    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }

    /// `U8`.
    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, Fault> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// `U16`.
    #[inline]
    pub(crate) fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    /// `S16`.
    #[inline]
    pub(crate) fn s16(&mut self) -> Result<i16, Fault> {
        self.array().map(i16::from_be_bytes)
    }

    /// `U32`.
    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    /// `DOUBLE`.
    #[inline]
    pub(crate) fn double(&mut self) -> Result<f64, Fault> {
        self.array().map(f64::from_be_bytes)
    }

    /// `marker = U8`.
    #[inline]
    pub(crate) fn marker(&mut self) -> Result<Marker, Fault> {
        self.u8().map(Marker)
    }

    /// `UTF-8 = U16 *(UTF8-char)`.
    #[inline]
    pub(crate) fn utf8(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.utf8_bytes()?;
        self.text(bytes)
    }

    /// `UTF-8-long = U32 *(UTF8-char)`.
    #[inline]
    pub(crate) fn utf8_long(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.utf8_long_bytes()?;
        self.text(bytes)
    }

    /// The bytes of a `UTF-8`, not looked into.
    #[inline]
    pub(crate) fn utf8_bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u16()?;
        self.slice(usize::from(length))
    }

    /// The bytes of a `UTF-8-long`, not looked into.
    #[inline]
    pub(crate) fn utf8_long_bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u32()?;
        self.slice(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The name of an `object-property`, or `None` for the `object-end-type`, which is an empty
    /// name with a marker behind it.
    #[inline]
    pub(crate) fn property_name(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        let name = self.utf8_bytes()?;
        if name.is_empty()
            && let Some((&Marker::OBJECT_END_BYTE, rest)) = self.rest.split_first()
        {
            self.rest = rest;
            return Ok(None);
        }
        Ok(Some(name))
    }

    /// `array-count`, refused at once when the bytes cannot hold that many values: each has at
    /// least its marker.
    pub(crate) fn array_count(&mut self) -> Result<usize, Fault> {
        let before = *self;
        match usize::try_from(self.u32()?) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err(before.fault(DecodeErrorKind::UnexpectedEnd)),
        }
    }

    /// Bytes that were read just now, as text.
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

    /// Checks that bytes that were read just now are text. Names and most strings are short and
    /// ASCII, which is seen quicker than the standard library validates them.
    #[inline]
    pub(crate) fn check_text(&self, bytes: &'a [u8]) -> Result<(), Fault> {
        if !is_ascii(bytes) {
            self.text(bytes)?;
        }
        Ok(())
    }

    pub(crate) const fn fault(&self, kind: DecodeErrorKind) -> Fault {
        Fault {
            kind,
            left: self.rest.len(),
        }
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
}

/// Eight bytes at a time.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words
        .iter()
        .fold(0, |seen, word| seen | u64::from_ne_bytes(*word));
    let rest = rest.iter().fold(0, |seen, byte| seen | byte);
    words & 0x8080_8080_8080_8080 == 0 && rest & 0x80 == 0
}
