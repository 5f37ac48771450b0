use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Object;
use crate::borrowed::{ObjectRef, ValueRef};

/// A value that owns its text. Decoding and encoding keep everything the wire said, but for the
/// count in front of an ECMA array and for the exact byte of a boolean that is true.
#[derive(Clone, Debug, PartialEq)]
// The wide tag keeps the variants' fields apart from it: values move in whole words.
#[repr(u64)]
pub enum Value {
    /// Section 2.2.
    Number(f64),
    /// Section 2.3.
    Boolean(bool),
    /// Section 2.4. Written as a long string when it has more than 65 535 bytes.
    String(String),
    /// Section 2.5: an anonymous object.
    Object(Object),
    /// Section 2.6: reserved, a marker without a body.
    MovieClip,
    /// Section 2.7.
    Null,
    /// Section 2.8.
    Undefined,
    /// Section 2.9: an index into the complex values that came before. It is not followed.
    Reference(u16),
    /// Section 2.10.
    EcmaArray(Object),
    /// Section 2.12.
    StrictArray(Vec<Value>),
    /// Section 2.13.
    Date {
        /// Milliseconds since 1970-01-01 00:00 UTC.
        milliseconds: f64,
        /// Reserved; should be 0.
        time_zone: i16,
    },
    /// Section 2.14: written with a 32-bit length, whatever its length.
    LongString(String),
    /// Section 2.15.
    Unsupported,
    /// Section 2.16: reserved, a marker without a body.
    RecordSet,
    /// Section 2.17.
    XmlDocument(String),
    /// Section 2.18: an object of a named class.
    TypedObject(Box<TypedObject>),
    /// Section 3.1: AMF3 to the end of the message. Not allowed inside objects and arrays.
    AvmPlus(Vec<u8>),
}

/// An object of a named class (section 2.18).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypedObject {
    /// The alias the class is registered under.
    pub class_name: String,
    /// Its properties.
    pub object: Object,
}

impl Value {
    /// The text of a string, short or long.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::LongString(text) => Some(text),
            _ => None,
        }
    }

    scalar_accessors!();

    /// The properties of an object, a typed object or an ECMA array.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) | Self::EcmaArray(object) => Some(object),
            Self::TypedObject(typed) => Some(&typed.object),
            _ => None,
        }
    }

    /// The elements of a strict array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::StrictArray(elements) => Some(elements),
            _ => None,
        }
    }

    /// The property `key` of an object, a typed object or an ECMA array; see [`Object::get`].
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Vec<Value>> for Value {
    fn from(elements: Vec<Value>) -> Self {
        Self::StrictArray(elements)
    }
}

impl ValueRef<'_> {
    /// A copy that owns its text. What is no text becomes a string with U+FFFD in its place.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::from(*self)
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Number(number) => Self::Number(number),
            ValueRef::Boolean(boolean) => Self::Boolean(boolean),
            ValueRef::String(text) => Self::String(text.to_owned()),
            ValueRef::Object(object) => Self::Object(object.into()),
            ValueRef::MovieClip => Self::MovieClip,
            ValueRef::Null => Self::Null,
            ValueRef::Undefined => Self::Undefined,
            ValueRef::Reference(index) => Self::Reference(index),
            ValueRef::EcmaArray(object) => Self::EcmaArray(object.into()),
            ValueRef::StrictArray(array) => {
                Self::StrictArray(array.iter().map(Self::from).collect())
            }
            ValueRef::Date {
                milliseconds,
                time_zone,
            } => Self::Date {
                milliseconds,
                time_zone,
            },
            ValueRef::LongString(text) => Self::LongString(text.to_owned()),
            ValueRef::Unsupported => Self::Unsupported,
            ValueRef::RecordSet => Self::RecordSet,
            ValueRef::XmlDocument(text) => Self::XmlDocument(text.to_owned()),
            ValueRef::TypedObject(typed) => Self::TypedObject(Box::new(TypedObject {
                class_name: typed.class_name().to_owned(),
                object: typed.object().into(),
            })),
            ValueRef::NotText(bytes) => Self::String(String::from_utf8_lossy(bytes).into_owned()),
            ValueRef::AvmPlus(amf3) => Self::AvmPlus(amf3.to_owned()),
        }
    }
}

impl From<ObjectRef<'_>> for Object {
    fn from(object: ObjectRef<'_>) -> Self {
        object.iter().collect()
    }
}
