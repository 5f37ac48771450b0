//! Rust types to and from AMF0.
//!
//! | Rust | AMF0 |
//! |---|---|
//! | integers, floats | number; an integer beyond ±2⁵³ is refused, as it would be rounded |
//! | `bool` | boolean |
//! | `str`, `String`, `char` | string, long string when needed |
//! | `()`, `None`, unit structs | null; undefined is read as well |
//! | `Some(value)`, newtype structs | the value |
//! | structs, maps with strings as keys | object; ECMA arrays and typed objects are read as well |
//! | [`EcmaArray`] around one of these | ECMA array |
//! | sequences, tuples | strict array |
//! | unit variants | string with the variant's name |
//! | other variants | object with one property, named after the variant |
//! | [`Value`](crate::Value), [`Object`](crate::Object) | what it is, in every detail |
//!
//! The values of a command follow each other without anything around them:
//! [`Decoder::deserialize_message`] and [`Encoder::serialize_message`] take them as a tuple, or
//! as a struct whose fields are in the order of the wire.
//!
//! ```
//! use amf0::{Decoder, Encoder};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Deserialize, Serialize)]
//! struct Connect<'a> {
//!     name: &'a str,
//!     transaction: u32,
//!     #[serde(borrow)]
//!     command: CommandObject<'a>,
//! }
//!
//! #[derive(Debug, PartialEq, Deserialize, Serialize)]
//! #[serde(rename_all = "camelCase")]
//! struct CommandObject<'a> {
//!     app: &'a str,
//!     tc_url: Option<&'a str>,
//! }
//!
//! let connect = Connect {
//!     name: "connect",
//!     transaction: 1,
//!     command: CommandObject { app: "live", tc_url: Some("rtmp://localhost/live") },
//! };
//! let mut bytes = Vec::new();
//! Encoder::new(&mut bytes).serialize_message(&connect)?;
//! assert_eq!(Decoder::new(&bytes).deserialize_message::<Connect>()?, connect);
//! # Ok::<(), amf0::serde::Error>(())
//! ```

mod de;
mod error;
mod kind;
mod number;
mod ser;
mod value;

use bytes::BufMut;
use serde_core::{Deserialize, Serialize};

pub use error::Error;

use crate::decoder::Decoder;
use crate::encoder::Encoder;

impl<'a> Decoder<'a> {
    /// The next value as a `T`. `None` when no bytes are left.
    ///
    /// # Errors
    /// Bytes that are no AMF0 value, or a value that is no `T`. The decoder is behind the value
    /// in the latter case.
    pub fn deserialize<T: Deserialize<'a>>(&mut self) -> Result<Option<T>, Error> {
        match self.decode_ref()? {
            Some(value) => T::deserialize(value).map(Some),
            None => Ok(None),
        }
    }

    /// The values from here on as the fields of a `T`. What comes after the values that `T` asks
    /// for is left to be decoded.
    ///
    /// # Errors
    /// As [`Decoder::deserialize`], or fewer values than `T` has.
    pub fn deserialize_message<T: Deserialize<'a>>(&mut self) -> Result<T, Error> {
        T::deserialize(de::Message { decoder: self })
    }
}

impl<B: BufMut> Encoder<'_, B> {
    /// Writes `value`.
    ///
    /// # Errors
    /// What AMF0 cannot hold; see the [module](self). What was written until then stays in the
    /// buffer.
    pub fn serialize<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<&mut Self, Error> {
        let mut writer = self.next().inside();
        value.serialize(ser::ValueSerializer::of_value(&mut writer))?;
        Ok(self)
    }

    /// Writes the fields or elements of `message` one after the other.
    ///
    /// # Errors
    /// As [`Encoder::serialize`]; what is no tuple, struct or sequence is refused.
    pub fn serialize_message<T: Serialize + ?Sized>(
        &mut self,
        message: &T,
    ) -> Result<&mut Self, Error> {
        let mut writer = self.writer().inside();
        message.serialize(ser::ValueSerializer::of_message(&mut writer))?;
        let values = writer.count();
        self.writer().add_to_count(values);
        Ok(self)
    }
}

/// Makes an ECMA array of what would be an object: metadata is sent like that.
///
/// ```
/// use amf0::serde::EcmaArray;
/// use amf0::{Decoder, Encoder, Value};
///
/// let mut bytes = Vec::new();
/// let metadata = std::collections::BTreeMap::from([("width", 1920)]);
/// Encoder::new(&mut bytes).serialize_message(&("onMetaData", EcmaArray(metadata)))?;
/// assert!(matches!(Decoder::new(&bytes[13..]).decode(), Ok(Some(Value::EcmaArray(_)))));
/// # Ok::<(), amf0::serde::Error>(())
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct EcmaArray<T>(pub T);

impl<T: Serialize> Serialize for EcmaArray<T> {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(kind::ECMA_ARRAY, &self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for EcmaArray<T> {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}
