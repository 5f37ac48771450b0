//! [`Value`] and [`Object`] within other types: natural for any format, and lossless with this
//! crate's own serializer and deserializer.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_core::de::value::{SeqDeserializer, U8Deserializer};
use serde_core::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde_core::ser::{SerializeMap as _, SerializeTupleStruct as _, Serializer};
use serde_core::{Deserialize, Serialize};

use super::error::Error;
use super::{kind, number};
use crate::borrowed::ValueRef;
use crate::marker::Marker;
use crate::owned::{Object, TypedObject, Value};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Self::String(text) => serializer.serialize_str(text),
            Self::Object(object) => object.serialize(serializer),
            Self::MovieClip => serializer.serialize_unit_struct(kind::MOVIE_CLIP),
            Self::Null => serializer.serialize_unit(),
            Self::Undefined => serializer.serialize_unit_struct(kind::UNDEFINED),
            Self::Reference(index) => serializer.serialize_newtype_struct(kind::REFERENCE, index),
            Self::EcmaArray(object) => {
                serializer.serialize_newtype_struct(kind::ECMA_ARRAY, object)
            }
            Self::StrictArray(elements) => elements.serialize(serializer),
            Self::Date {
                milliseconds,
                time_zone,
            } => {
                let mut date = serializer.serialize_tuple_struct(kind::DATE, 2)?;
                date.serialize_field(milliseconds)?;
                date.serialize_field(time_zone)?;
                date.end()
            }
            Self::LongString(text) => serializer.serialize_newtype_struct(kind::LONG_STRING, text),
            Self::Unsupported => serializer.serialize_unit_struct(kind::UNSUPPORTED),
            Self::RecordSet => serializer.serialize_unit_struct(kind::RECORD_SET),
            Self::XmlDocument(text) => {
                serializer.serialize_newtype_struct(kind::XML_DOCUMENT, text)
            }
            Self::TypedObject(typed) => {
                let mut parts = serializer.serialize_tuple_struct(kind::TYPED_OBJECT, 2)?;
                parts.serialize_field(&typed.class_name)?;
                parts.serialize_field(&typed.object)?;
                parts.end()
            }
            Self::AvmPlus(amf3) => {
                serializer.serialize_newtype_struct(kind::AVM_PLUS, &Bytes(amf3))
            }
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(kind::VALUE, ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

/// Takes a value from this crate's deserializer by its kind, and from any other by its nature.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that AMF0 can hold")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, kind: A) -> Result<Value, A::Error> {
        let (marker, content) = kind.variant::<u8>()?;
        Ok(match Marker(marker) {
            Marker::NUMBER => Value::Number(content.newtype_variant()?),
            Marker::BOOLEAN => Value::Boolean(content.newtype_variant()?),
            Marker::STRING => Value::String(content.newtype_variant()?),
            Marker::OBJECT => Value::Object(content.newtype_variant()?),
            Marker::MOVIE_CLIP => Value::MovieClip,
            Marker::UNDEFINED => Value::Undefined,
            Marker::REFERENCE => Value::Reference(content.newtype_variant()?),
            Marker::ECMA_ARRAY => Value::EcmaArray(content.newtype_variant()?),
            Marker::STRICT_ARRAY => Value::StrictArray(content.newtype_variant()?),
            Marker::DATE => {
                let (milliseconds, time_zone) = content.newtype_variant()?;
                Value::Date {
                    milliseconds,
                    time_zone,
                }
            }
            Marker::LONG_STRING => Value::LongString(content.newtype_variant()?),
            Marker::UNSUPPORTED => Value::Unsupported,
            Marker::RECORD_SET => Value::RecordSet,
            Marker::XML_DOCUMENT => Value::XmlDocument(content.newtype_variant()?),
            Marker::TYPED_OBJECT => {
                let (class_name, object) = content.newtype_variant()?;
                Value::TypedObject(Box::new(TypedObject { class_name, object }))
            }
            Marker::AVM_PLUS => {
                Value::AvmPlus(content.newtype_variant::<Bytes<'_>>()?.0.to_owned())
            }
            _ => Value::Null,
        })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, other: D) -> Result<Value, D::Error> {
        other.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, boolean: bool) -> Result<Value, E> {
        Ok(Value::Boolean(boolean))
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Value, E> {
        number::exact(integer.into())
            .map(Value::Number)
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(integer), &self))
    }

    fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Value, E> {
        number::exact(integer.into())
            .map(Value::Number)
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(integer), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, some: D) -> Result<Value, D::Error> {
        Value::deserialize(some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element()? {
            array.push(element);
        }
        Ok(Value::StrictArray(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, properties: A) -> Result<Value, A::Error> {
        ObjectVisitor.visit_map(properties).map(Value::Object)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("named values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut properties: A) -> Result<Object, A::Error> {
        let mut object = Object::new();
        while let Some((name, value)) = properties.next_entry::<String, Value>()? {
            object.push(name, value);
        }
        Ok(object)
    }
}

/// What [`ValueVisitor`] gets from this crate's deserializer: an enum whose variants are the
/// markers.
pub(super) struct Kind<'de>(pub(super) ValueRef<'de>);

impl<'de> EnumAccess<'de> for Kind<'de> {
    type Error = Error;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), Error> {
        let marker: U8Deserializer<Error> = self.0.marker().0.into_deserializer();
        Ok((seed.deserialize(marker)?, Content(self.0)))
    }
}

/// What comes behind the marker.
pub(super) struct Content<'de>(ValueRef<'de>);

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        match self.0 {
            ValueRef::Date {
                milliseconds,
                time_zone,
            } => seed.deserialize(pair(
                ValueRef::Number(milliseconds),
                ValueRef::Number(time_zone.into()),
            )),
            ValueRef::TypedObject(typed) => seed.deserialize(pair(
                ValueRef::String(typed.class_name()),
                ValueRef::Object(typed.object()),
            )),
            value => seed.deserialize(value),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }
}

fn pair<'de>(first: ValueRef<'de>, second: ValueRef<'de>) -> impl Deserializer<'de, Error = Error> {
    SeqDeserializer::new([first, second].into_iter())
}

impl<'de> IntoDeserializer<'de, Error> for ValueRef<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
