//! Just enough ASN.1 to read a PKCS#12 file (ITU-T X.690).
//!
//! Files come in DER, but also in BER with indefinite lengths and octet strings in pieces, as older
//! Java, Mozilla and macOS write them.

use std::borrow::Cow;

/// How deep pieces and indefinite lengths may nest.
const DEPTH: usize = 16;

/// The bytes are not the ASN.1 that was expected.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::tls) struct Malformed;

/// Identifier octets, as far as PKCS#12 needs them.
pub(in crate::tls) mod tag {
    pub(in crate::tls) const INTEGER: u8 = 0x02;
    pub(in crate::tls) const OCTET_STRING: u8 = 0x04;
    pub(in crate::tls) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(in crate::tls) const UTC_TIME: u8 = 0x17;
    pub(in crate::tls) const GENERALIZED_TIME: u8 = 0x18;
    pub(in crate::tls) const SEQUENCE: u8 = 0x30;
    /// Context-specific tag 0, primitive: an implicitly tagged octet string.
    pub(in crate::tls) const CONTEXT_0_PRIMITIVE: u8 = 0x80;
    /// Context-specific tag 0, constructed: an explicit tag.
    pub(in crate::tls) const CONTEXT_0: u8 = 0xA0;
    /// The bit that tells pieces from a primitive.
    pub(in crate::tls) const CONSTRUCTED: u8 = 0x20;
}

/// One element: identifier, length and content.
#[derive(Copy, Clone, Debug)]
pub(in crate::tls) struct Element<'a> {
    pub(in crate::tls) tag: u8,
    pub(in crate::tls) content: &'a [u8],
    /// The whole of it, as it lies in the input.
    pub(in crate::tls) whole: &'a [u8],
}

/// Reads elements one after the other.
#[derive(Copy, Clone, Debug)]
pub(in crate::tls) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(in crate::tls) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(in crate::tls) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is.
    pub(in crate::tls) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        self.element(0)
    }

    /// The content of the next element, which has to have this tag.
    pub(in crate::tls) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        let element = self.any()?;
        if element.tag == tag {
            Ok(element.content)
        } else {
            Err(Malformed)
        }
    }

    /// A reader of the content of the next element, which has to have this tag.
    pub(in crate::tls) fn enter(&mut self, tag: u8) -> Result<Reader<'a>, Malformed> {
        self.expect(tag).map(Reader::new)
    }

    /// The next element if it has this tag.
    pub(in crate::tls) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.rest.first() == Some(&tag) {
            self.expect(tag).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The octets of the next element, an octet string that may come in pieces. `primitive` is its
    /// tag in one piece.
    pub(in crate::tls) fn octets(&mut self, primitive: u8) -> Result<Cow<'a, [u8]>, Malformed> {
        let element = self.any()?;
        if element.tag == primitive {
            Ok(Cow::Borrowed(element.content))
        } else if element.tag == primitive | tag::CONSTRUCTED {
            let mut octets = Vec::new();
            join_pieces(element.content, 0, &mut octets)?;
            Ok(Cow::Owned(octets))
        } else {
            Err(Malformed)
        }
    }

    /// A small number that is not negative.
    pub(in crate::tls) fn unsigned(&mut self) -> Result<u32, Malformed> {
        let content = self.expect(tag::INTEGER)?;
        if content.first().is_none_or(|first| first & 0x80 != 0) {
            return Err(Malformed);
        }
        content
            .iter()
            .try_fold(0u32, |value, byte| {
                Some(value.checked_mul(256)?.saturating_add(u32::from(*byte)))
            })
            .ok_or(Malformed)
    }

    fn element(&mut self, depth: usize) -> Result<Element<'a>, Malformed> {
        let start = self.rest;
        let tag = self.byte()?;
        if tag & 0x1F == 0x1F {
            return Err(Malformed);
        }
        let content = match self.length()? {
            Some(length) => self.take(length)?,
            None if tag & tag::CONSTRUCTED != 0 => self.until_end_of_contents(depth)?,
            None => return Err(Malformed),
        };
        let whole = start
            .get(..start.len().saturating_sub(self.rest.len()))
            .ok_or(Malformed)?;
        Ok(Element {
            tag,
            content,
            whole,
        })
    }

    /// X.690 section 8.1.3; `None` is the indefinite form.
    fn length(&mut self) -> Result<Option<usize>, Malformed> {
        match self.byte()? {
            short @ 0..=0x7F => Ok(Some(usize::from(short))),
            0x80 => Ok(None),
            long @ 0x81..=0x84 => {
                let octets = self.take(usize::from(long & 0x7F))?;
                Ok(Some(octets.iter().fold(0, |length, octet| {
                    (length << 8) | usize::from(*octet)
                })))
            }
            _ => Err(Malformed),
        }
    }

    /// X.690 section 8.1.5: everything up to two zero octets where an element would start.
    fn until_end_of_contents(&mut self, depth: usize) -> Result<&'a [u8], Malformed> {
        if depth == DEPTH {
            return Err(Malformed);
        }
        let start = self.rest;
        loop {
            if let Some(rest) = self.rest.strip_prefix(&[0, 0]) {
                let length = start.len().saturating_sub(self.rest.len());
                self.rest = rest;
                return start.get(..length).ok_or(Malformed);
            }
            self.element(depth.saturating_add(1))?;
        }
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// X.690 section 8.7.3: an octet string in pieces.
fn join_pieces(content: &[u8], depth: usize, octets: &mut Vec<u8>) -> Result<(), Malformed> {
    if depth == DEPTH {
        return Err(Malformed);
    }
    let mut pieces = Reader::new(content);
    while !pieces.is_empty() {
        let piece = pieces.any()?;
        match piece.tag {
            tag::OCTET_STRING => octets.extend_from_slice(piece.content),
            constructed if constructed == tag::OCTET_STRING | tag::CONSTRUCTED => {
                join_pieces(piece.content, depth.saturating_add(1), octets)?;
            }
            _ => return Err(Malformed),
        }
    }
    Ok(())
}
