use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Object;

/// A value that owns its text. Decoding and encoding keep everything the wire said, but for the
/// count in front of an ECMA array and for the exact byte of a boolean that is true.
///
/// Numbers, text, [`Object`]s and collections become values by `into` and `collect`, `None` and
/// `()` become null:
///
/// ```
/// use amf0::Value;
///
/// let list: Value = ["av01", "hvc1"].into_iter().collect();
/// assert_eq!(list.as_array().map(<[Value]>::len), Some(2));
/// let object: Value = [("app", "live"), ("type", "nonprivate")].into_iter().collect();
/// assert_eq!(object.get("app").and_then(Value::as_str), Some("live"));
/// assert_eq!(Value::from(None::<f64>), Value::Null);
/// assert_eq!(Value::from(25), Value::Number(25.0));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
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
    #[default]
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
