use crate::decode::{self, Budget};
use crate::reader::Reader;
use crate::value::Value;

/// A value that borrows from the bytes it was decoded from. Copying it is cheap, and no memory
/// is allocated for it: objects and arrays are spans that were checked once and are walked when
/// somebody asks.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// Section 2.2.
    Number(f64),
    /// Section 2.3.
    Boolean(bool),
    /// Section 2.4: up to 65 535 bytes.
    String(&'a str),
    /// Section 2.5: an anonymous object.
    Object(ObjectRef<'a>),
    /// Section 2.6: reserved, a marker without a body.
    MovieClip,
    /// Section 2.7.
    Null,
    /// Section 2.8.
    Undefined,
    /// Section 2.9: an index into the complex values that came before. It is not followed.
    Reference(u16),
    /// Section 2.10: named values, ended by a marker. The count in front is a hint and not kept.
    EcmaArray(ObjectRef<'a>),
    /// Section 2.12.
    StrictArray(ArrayRef<'a>),
    /// Section 2.13.
    Date {
        /// Milliseconds since 1970-01-01 00:00 UTC.
        milliseconds: f64,
        /// Reserved; should be 0.
        time_zone: i16,
    },
    /// Section 2.14: a string with a 32-bit length, whatever its length.
    LongString(&'a str),
    /// Section 2.15.
    Unsupported,
    /// Section 2.16: reserved, a marker without a body.
    RecordSet,
    /// Section 2.17.
    XmlDocument(&'a str),
    /// Section 2.18: an object of a named class.
    TypedObject {
        /// The alias the class is registered under.
        class_name: &'a str,
        /// Its properties.
        object: ObjectRef<'a>,
    },
    /// Section 3.1: all bytes after the marker, to the end of the input. They are AMF3.
    AvmPlus(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    /// The text of a string, short or long.
    #[must_use]
    pub const fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) | Self::LongString(text) => Some(text),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// Null or undefined.
    #[must_use]
    pub const fn is_nullish(&self) -> bool {
        matches!(self, Self::Null | Self::Undefined)
    }

    /// The properties of an object, a typed object or an ECMA array.
    #[must_use]
    pub const fn as_object(&self) -> Option<ObjectRef<'a>> {
        match self {
            Self::Object(object) | Self::EcmaArray(object) | Self::TypedObject { object, .. } => {
                Some(*object)
            }
            _ => None,
        }
    }

    /// The elements of a strict array.
    #[must_use]
    pub const fn as_array(&self) -> Option<ArrayRef<'a>> {
        match self {
            Self::StrictArray(array) => Some(*array),
            _ => None,
        }
    }

    /// The property `key` of an object, a typed object or an ECMA array; see [`ObjectRef::get`].
    #[must_use]
    pub fn get(&self, key: &str) -> Option<ValueRef<'a>> {
        self.as_object()?.get(key)
    }

    /// A copy that owns its text.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::from(*self)
    }
}

/// The properties of an object, a typed object or an ECMA array: a checked span of the input.
#[derive(Copy, Clone)]
pub struct ObjectRef<'a> {
    /// `*(object-property)` without the object end.
    body: &'a [u8],
}

impl<'a> ObjectRef<'a> {
    pub(crate) const fn new(body: &'a [u8]) -> Self {
        Self { body }
    }

    /// No property at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The properties in the order of the wire. A name that came twice is there twice.
    #[must_use]
    pub const fn iter(&self) -> Properties<'a> {
        Properties {
            reader: Reader::new(self.body),
        }
    }

    /// The value of the property `key`. Of several with one name the last wins, as if they had
    /// been assigned one after the other. Walks over the object: linear in its bytes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<ValueRef<'a>> {
        let mut reader = Reader::new(self.body);
        let mut found = None;
        while let Ok(name) = reader.utf8_bytes() {
            if name == key.as_bytes() {
                found = Some(reader);
            }
            if decode::skip::<false>(&mut reader, &mut Budget::checked()).is_err() {
                break;
            }
        }
        decode::value::<false>(&mut found?, &mut Budget::checked()).ok()
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
}

impl<'a> Iterator for Properties<'a> {
    type Item = (&'a str, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.reader.utf8().ok()?;
        let value = decode::value::<false>(&mut self.reader, &mut Budget::checked()).ok()?;
        Some((name, value))
    }
}

impl core::iter::FusedIterator for Properties<'_> {}

/// The elements of a strict array: a checked span of the input.
#[derive(Copy, Clone)]
pub struct ArrayRef<'a> {
    /// `*(value-type)`.
    body: &'a [u8],
    length: usize,
}

impl<'a> ArrayRef<'a> {
    pub(crate) const fn new(body: &'a [u8], length: usize) -> Self {
        Self { body, length }
    }

    /// How many elements there are. They were counted: it is not what the sender claimed.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// No element at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The elements in order.
    #[must_use]
    pub const fn iter(&self) -> Elements<'a> {
        Elements {
            reader: Reader::new(self.body),
            left: self.length,
        }
    }
}

impl PartialEq for ArrayRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl core::fmt::Debug for ArrayRef<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for ArrayRef<'a> {
    type Item = ValueRef<'a>;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Elements<'a> {
        self.iter()
    }
}

/// The elements of an [`ArrayRef`], one after the other.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = ValueRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = decode::value::<false>(&mut self.reader, &mut Budget::checked()).ok()?;
        self.left = self.left.saturating_sub(1);
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Elements<'_> {}
impl core::iter::FusedIterator for Elements<'_> {}
