use super::{ArrayRef, ObjectRef, TypedObjectRef};
use crate::marker::Marker;

/// A value that borrows from the bytes it was decoded from. Copying it is cheap, and no memory
/// is allocated for it: objects and arrays are spans that were checked once and are walked when
/// somebody asks.
#[derive(Copy, Clone, Debug, PartialEq)]
// The wide tag keeps the variants' fields apart from it: values move in whole words.
#[repr(u64)]
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
    TypedObject(TypedObjectRef<'a>),
    /// A string, a long string or an XML document whose bytes are not UTF-8: text in another
    /// encoding, or what lies behind its end. Only decoders that
    /// [allow it](crate::Decoder::with_any_text) give it.
    NotText(&'a [u8]),
    /// Section 3.1: all bytes after the marker, to the end of the input. They are AMF3.
    AvmPlus(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    /// The marker that stands in front of the value; that of a string for
    /// [`NotText`](Self::NotText).
    #[must_use]
    pub const fn marker(&self) -> Marker {
        match self {
            Self::Number(_) => Marker::NUMBER,
            Self::Boolean(_) => Marker::BOOLEAN,
            Self::String(_) | Self::NotText(_) => Marker::STRING,
            Self::Object(_) => Marker::OBJECT,
            Self::MovieClip => Marker::MOVIE_CLIP,
            Self::Null => Marker::NULL,
            Self::Undefined => Marker::UNDEFINED,
            Self::Reference(_) => Marker::REFERENCE,
            Self::EcmaArray(_) => Marker::ECMA_ARRAY,
            Self::StrictArray(_) => Marker::STRICT_ARRAY,
            Self::Date { .. } => Marker::DATE,
            Self::LongString(_) => Marker::LONG_STRING,
            Self::Unsupported => Marker::UNSUPPORTED,
            Self::RecordSet => Marker::RECORD_SET,
            Self::XmlDocument(_) => Marker::XML_DOCUMENT,
            Self::TypedObject(_) => Marker::TYPED_OBJECT,
            Self::AvmPlus(_) => Marker::AVM_PLUS,
        }
    }

    /// The text of a string, short or long.
    #[must_use]
    pub const fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) | Self::LongString(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of a string, short or long, text or not.
    #[must_use]
    pub const fn as_string_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::String(text) | Self::LongString(text) => Some(text.as_bytes()),
            Self::NotText(bytes) => Some(bytes),
            _ => None,
        }
    }

    scalar_accessors!();

    /// The properties of an object, a typed object or an ECMA array.
    #[must_use]
    pub fn as_object(&self) -> Option<ObjectRef<'a>> {
        match self {
            Self::Object(object) | Self::EcmaArray(object) => Some(*object),
            Self::TypedObject(typed) => Some(typed.object()),
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
}
