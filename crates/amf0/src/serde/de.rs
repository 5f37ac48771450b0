//! Borrowed values as serde deserializers.

use serde_core::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde_core::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde_core::forward_to_deserialize_any;

use super::error::Error;
use super::{kind, number, value};
use crate::borrowed::{Elements, ObjectRef, Properties, ValueRef};
use crate::decoder::Decoder;

impl<'de> Deserializer<'de> for ValueRef<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Number(number) => visit_number(number, visitor),
            Self::Boolean(boolean) => visitor.visit_bool(boolean),
            Self::String(text) | Self::LongString(text) | Self::XmlDocument(text) => {
                visitor.visit_borrowed_str(text)
            }
            Self::Object(object) | Self::EcmaArray(object) => visitor.visit_map(Map::new(object)),
            Self::TypedObject(typed) => visitor.visit_map(Map::new(typed.object())),
            Self::MovieClip
            | Self::Null
            | Self::Undefined
            | Self::Unsupported
            | Self::RecordSet => visitor.visit_unit(),
            Self::Reference(index) => visitor.visit_u16(index),
            Self::StrictArray(array) => visitor.visit_seq(Sequence(array.iter())),
            Self::Date {
                milliseconds,
                time_zone: _,
            } => visitor.visit_f64(milliseconds),
            Self::NotText(bytes) | Self::AvmPlus(bytes) => visitor.visit_borrowed_bytes(bytes),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Number(number) => visitor.visit_f64(number),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_nullish() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == kind::VALUE {
            visitor.visit_enum(value::Kind(self))
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::String(name) | Self::LongString(name) => {
                let unit_variant: StrDeserializer<'_, Error> = name.into_deserializer();
                visitor.visit_enum(unit_variant)
            }
            other => match other.as_object() {
                Some(object) => visitor.visit_enum(Variant { object }),
                None => Err(de::Error::invalid_type(
                    Unexpected::Other("neither a name nor an object"),
                    &"a variant",
                )),
            },
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Numbers are all alike on the wire; Rust's integers want to be told that one is whole.
fn visit_number<'de, V: Visitor<'de>>(number: f64, visitor: V) -> Result<V::Value, Error> {
    match number::whole(number) {
        Some(whole) => match u64::try_from(whole) {
            Ok(whole) => visitor.visit_u64(whole),
            Err(_) => visitor.visit_i64(whole),
        },
        None => visitor.visit_f64(number),
    }
}

/// The elements of a strict array.
struct Sequence<'de>(Elements<'de>);

impl<'de> SeqAccess<'de> for Sequence<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.0
            .next()
            .map(|element| seed.deserialize(element))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The properties of an object.
struct Map<'de> {
    properties: Properties<'de>,
    value: Option<ValueRef<'de>>,
}

impl<'de> Map<'de> {
    const fn new(object: ObjectRef<'de>) -> Self {
        Self {
            properties: object.iter(),
            value: None,
        }
    }
}

impl<'de> MapAccess<'de> for Map<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((name, value)) = self.properties.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(BorrowedStrDeserializer::new(name))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(de::Error::custom("a value was asked for before its key")),
        }
    }
}

/// An object with one property, named after a variant.
struct Variant<'de> {
    object: ObjectRef<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = ValueRef<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, ValueRef<'de>), Error> {
        let mut properties = self.object.iter();
        match (properties.next(), properties.next()) {
            (Some((name, content)), None) => {
                let name: StrDeserializer<'_, Error> = name.into_deserializer();
                Ok((seed.deserialize(name)?, content))
            }
            _ => Err(de::Error::invalid_value(
                Unexpected::Map,
                &"an object with the variant as its only property",
            )),
        }
    }
}

impl<'de> VariantAccess<'de> for ValueRef<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }
}

/// The values of a message, as a sequence whatever is asked for.
pub(super) struct Message<'d, 'de> {
    pub(super) decoder: &'d mut Decoder<'de>,
}

impl<'de> Deserializer<'de> for Message<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Message<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        match self.decoder.decode_ref()? {
            Some(value) => seed.deserialize(value).map(Some),
            None => Ok(None),
        }
    }
}
