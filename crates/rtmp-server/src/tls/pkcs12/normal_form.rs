//! BER into DER, as far as PKCS#12 files need it (ITU-T X.690).
//!
//! The structures are read by crates that know DER alone. Older Java, Mozilla and macOS write
//! indefinite lengths and octet strings in pieces.

use der::{Encode, Length};

use super::Error;

/// How deep elements may nest. Bags in bags with an encrypted key inside come to 24.
const DEPTH: usize = 32;

const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// Context-specific tag 0 in one piece: an octet string with an implicit tag.
const CONTEXT_0_PRIMITIVE: u8 = 0x80;
/// Context-specific tag 0: an explicit tag, or an octet string in pieces with an implicit one.
const CONTEXT_0: u8 = 0xA0;
/// The bit of elements that consist of elements.
const CONSTRUCTED: u8 = 0x20;

/// The first element of `bytes` with definite lengths, none longer than it has to be, and octet
/// strings in one piece. What follows the element is left out.
pub(super) fn normal_form(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut input = Input { rest: bytes };
    input.element(0)?.encode()
}

/// One element in its normal form.
struct Element {
    tag: u8,
    content: Vec<u8>,
}

struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn element(&mut self, depth: usize) -> Result<Element, Error> {
        let tag = self.byte()?;
        if tag & 0x1F == 0x1F || depth == DEPTH {
            return Err(Error::Malformed);
        }
        let is_constructed = tag & CONSTRUCTED != 0;
        match self.length()? {
            Some(length) => {
                let content = self.take(length)?;
                if is_constructed {
                    let mut parts = Input { rest: content };
                    Element::of_parts(tag, parts.elements_to_the_end(depth)?)
                } else {
                    let content = content.to_vec();
                    Ok(Element { tag, content })
                }
            }
            None if is_constructed => {
                Element::of_parts(tag, self.elements_to_end_of_contents(depth)?)
            }
            None => Err(Error::Malformed),
        }
    }

    fn elements_to_the_end(&mut self, depth: usize) -> Result<Vec<Element>, Error> {
        let mut elements = Vec::new();
        while !self.rest.is_empty() {
            elements.push(self.element(depth.saturating_add(1))?);
        }
        Ok(elements)
    }

    /// Section 8.1.5: everything up to two zero octets where an element would start.
    fn elements_to_end_of_contents(&mut self, depth: usize) -> Result<Vec<Element>, Error> {
        let mut elements = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(&[0, 0]) {
                self.rest = rest;
                return Ok(elements);
            }
            elements.push(self.element(depth.saturating_add(1))?);
        }
    }

    /// Section 8.1.3; `None` is the indefinite form.
    fn length(&mut self) -> Result<Option<usize>, Error> {
        match self.byte()? {
            short @ 0..=0x7F => Ok(Some(usize::from(short))),
            0x80 => Ok(None),
            long @ 0x81..=0x84 => {
                let octets = self.take(usize::from(long & 0x7F))?;
                Ok(Some(octets.iter().fold(0, |length, octet| {
                    (length << 8) | usize::from(*octet)
                })))
            }
            _ => Err(Error::Malformed),
        }
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let (first, rest) = self.rest.split_first().ok_or(Error::Malformed)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&[u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Error::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl Element {
    fn of_parts(tag: u8, mut parts: Vec<Self>) -> Result<Self, Error> {
        if tag == OCTET_STRING | CONSTRUCTED {
            return Self::joined(OCTET_STRING, parts);
        }
        if tag == SEQUENCE {
            join_encrypted_content(&mut parts)?;
        }
        let mut content = Vec::new();
        for part in &parts {
            content.extend(part.encode()?);
        }
        Ok(Self { tag, content })
    }

    /// Section 8.7.3: an octet string in pieces.
    fn joined(tag: u8, pieces: Vec<Self>) -> Result<Self, Error> {
        if pieces.iter().any(|piece| piece.tag != OCTET_STRING) {
            return Err(Error::Malformed);
        }
        let content = pieces.into_iter().flat_map(|piece| piece.content).collect();
        Ok(Self { tag, content })
    }

    fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut encoded = vec![self.tag];
        Length::try_from(self.content.len())?.encode_to_vec(&mut encoded)?;
        encoded.extend_from_slice(&self.content);
        Ok(encoded)
    }
}

/// `EncryptedContentInfo` (RFC 5652, section 6.1) has the one octet string with an implicit tag. In
/// pieces it looks like an explicit tag, but no other sequence has one in its place.
fn join_encrypted_content(parts: &mut [Element]) -> Result<(), Error> {
    if let [
        Element {
            tag: OBJECT_IDENTIFIER,
            ..
        },
        Element { tag: SEQUENCE, .. },
        content @ Element { tag: CONTEXT_0, .. },
    ] = parts
    {
        let pieces = Input {
            rest: &content.content,
        }
        .elements_to_the_end(0)?;
        *content = Element::joined(CONTEXT_0_PRIMITIVE, pieces)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_become_definite_and_short_and_pieces_are_joined() {
        for (ber, der) in [
            (&b"\x30\x80\x05\x00\x00\x00"[..], &b"\x30\x02\x05\x00"[..]),
            (b"\x30\x83\x00\x00\x02\x05\x00", b"\x30\x02\x05\x00"),
            (b"\x24\x80\x04\x01a\x04\x01b\x00\x00", b"\x04\x02ab"),
            (b"\x24\x06\x04\x01a\x04\x01b", b"\x04\x02ab"),
            (b"\x24\x80\x24\x03\x04\x01a\x00\x00", b"\x04\x01a"),
            (b"\x04\x01a and more", b"\x04\x01a"),
        ] {
            assert_eq!(normal_form(ber).as_deref(), Ok(der), "{ber:02X?}");
        }
    }

    #[test]
    fn an_implicit_tag_is_told_from_an_explicit_one_by_its_place() {
        let explicit = b"\x30\x08\x06\x01\x2A\xA0\x03\x04\x01a";
        assert_eq!(normal_form(explicit).as_deref(), Ok(&explicit[..]));
        let implicit = b"\x30\x80\x06\x01\x2A\x30\x00\xA0\x80\x04\x01a\x04\x01b\x00\x00\x00\x00";
        let joined = b"\x30\x09\x06\x01\x2A\x30\x00\x80\x02ab";
        assert_eq!(normal_form(implicit).as_deref(), Ok(&joined[..]));
    }

    #[test]
    fn nesting_is_bounded() {
        for level in [&b"\x30\x80"[..], b"\x24\x80", b"\xA0\x80"] {
            let nested = level.repeat(1 << 20);
            assert_eq!(normal_form(&nested), Err(Error::Malformed));
        }
    }
}
