//! What becomes a value.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Object, TypedObject, Value};
use crate::borrowed::{ArrayRef, ObjectRef, TypedObjectRef, ValueRef};

/// Numbers that an AMF0 number, which is an `f64`, holds exactly.
macro_rules! exact_numbers {
    ($($number:ty),*) => {
        $(impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Number(number.into())
            }
        })*
    };
}

exact_numbers!(f64, f32, i32, u32, i16, u16, i8, u8);

/// Null (section 2.7).
impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Null
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

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        Self::String(text.into_owned())
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<TypedObject> for Value {
    fn from(typed: TypedObject) -> Self {
        Self::TypedObject(Box::new(typed))
    }
}

/// A strict array (section 2.12).
impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(elements: Vec<V>) -> Self {
        elements.into_iter().collect()
    }
}

/// A strict array (section 2.12).
impl<V: Into<Value>, const N: usize> From<[V; N]> for Value {
    fn from(elements: [V; N]) -> Self {
        elements.into_iter().collect()
    }
}

/// What there is, or null.
impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A strict array (section 2.12).
impl<V: Into<Value>> FromIterator<V> for Value {
    fn from_iter<I: IntoIterator<Item = V>>(elements: I) -> Self {
        Self::StrictArray(elements.into_iter().map(Into::into).collect())
    }
}

/// An object (section 2.5).
impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(properties: I) -> Self {
        Self::Object(properties.into_iter().collect())
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
            ValueRef::StrictArray(array) => array.into(),
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
            ValueRef::TypedObject(typed) => Self::from(TypedObject::from(typed)),
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

impl From<TypedObjectRef<'_>> for TypedObject {
    fn from(typed: TypedObjectRef<'_>) -> Self {
        Self {
            class_name: typed.class_name().to_owned(),
            object: typed.object().into(),
        }
    }
}

impl From<ArrayRef<'_>> for Value {
    fn from(array: ArrayRef<'_>) -> Self {
        array.iter().collect()
    }
}
