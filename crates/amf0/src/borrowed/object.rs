use super::ValueRef;
use super::read::{known_value, skip_known_value};
use super::span_text::SpanText;
use crate::reader::Reader;

/// The properties of an object, a typed object or an ECMA array: a checked span of the input.
#[derive(Copy, Clone)]
pub struct ObjectRef<'a> {
    /// `*(object-property)`, the object end included.
    body: &'a [u8],
}

impl<'a> ObjectRef<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self { body }
    }

    /// No property at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !matches!(Reader::new(self.body).property_name(), Ok(Some(_)))
    }

    /// The properties in the order of the wire. A name that came twice is there twice. Looks over
    /// the whole object first, for whether it is text: linear in its bytes, even if only the first
    /// property is wanted. A property whose name is no text is passed over.
    #[must_use]
    pub const fn iter(&self) -> Properties<'a> {
        Properties {
            reader: Reader::new(self.body),
            text: SpanText::of(self.body),
        }
    }

    /// The value of the property `key`. Of several with one name the last wins, as if they had
    /// been assigned one after the other. Walks over the object: linear in its bytes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<ValueRef<'a>> {
        let mut reader = Reader::new(self.body);
        let mut found = None;
        while let Ok(Some(name)) = reader.property_name() {
            if name == key.as_bytes() {
                found = Some(reader);
            }
            skip_known_value(&mut reader)?;
        }
        known_value(&mut found?, SpanText::UNKNOWN)
    }
}

impl PartialEq for ObjectRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl core::fmt::Debug for ObjectRef<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for ObjectRef<'a> {
    type Item = (&'a str, ValueRef<'a>);
    type IntoIter = Properties<'a>;

    fn into_iter(self) -> Properties<'a> {
        self.iter()
    }
}

/// The properties of an [`ObjectRef`], one after the other.
#[derive(Clone, Debug)]
pub struct Properties<'a> {
    reader: Reader<'a>,
    text: SpanText<'a>,
}

impl<'a> Iterator for Properties<'a> {
    type Item = (&'a str, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let name = self.reader.property_name().ok()??;
            let Ok(name) = self.text.just_read(&self.reader, name) else {
                skip_known_value(&mut self.reader)?;
                continue;
            };
            let value = known_value(&mut self.reader, self.text)?;
            return Some((name, value));
        }
    }
}

impl core::iter::FusedIterator for Properties<'_> {}
