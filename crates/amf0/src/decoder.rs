use core::iter::FusedIterator;

use crate::borrowed::{self, ValueRef};
use crate::budget::Budget;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::Limits;
use crate::marker::Marker;
use crate::owned::{self, Value};
use crate::reader::{Fault, Reader};

/// Reads AMF0 values one after the other from the bytes of a whole message.
///
/// ```
/// use amf0::{Decoder, ValueRef};
///
/// let bytes = b"\x02\x00\x04play\x00\x40\x08\x00\x00\x00\x00\x00\x00";
/// let mut decoder = Decoder::new(bytes);
/// assert_eq!(decoder.decode_ref()?, Some(ValueRef::String("play")));
/// assert_eq!(decoder.decode_ref()?, Some(ValueRef::Number(3.0)));
/// assert_eq!(decoder.decode_ref()?, None);
/// # Ok::<(), amf0::DecodeError>(())
/// ```
///
/// A value that cannot be decoded leaves the decoder in front of it: decoding again gives the
/// same error again. Iterated over, it ends with the first error:
///
/// ```
/// use amf0::{DecodeError, Decoder, Value};
///
/// let bytes = b"\x02\x00\x04play\x05";
/// let values: Vec<Value> = Decoder::new(bytes)
///     .into_iter()
///     .map(|value| value.map(Value::from))
///     .collect::<Result<_, DecodeError>>()?;
/// assert_eq!(values, [Value::from("play"), Value::Null]);
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    /// How many of the bytes may be read.
    allowed: usize,
    reader: Reader<'a>,
    budget: Budget,
}

impl<'a> Decoder<'a> {
    /// A decoder with the default [`Limits`].
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::with_limits(bytes, Limits::default())
    }

    /// A decoder that accepts no more than `limits` say.
    #[must_use]
    pub fn with_limits(bytes: &'a [u8], limits: Limits) -> Self {
        let allowed = bytes.get(..limits.bytes).unwrap_or(bytes);
        Self {
            bytes,
            allowed: allowed.len(),
            reader: Reader::new(allowed),
            budget: Budget::new(limits),
        }
    }

    /// Takes strings that are not UTF-8, too: [`decode_ref`](Self::decode_ref) gives them as
    /// [`ValueRef::NotText`], and passes over properties with such names. For messages of which
    /// something else matters: programs write paths and names of theirs in the encoding of the
    /// machine, and text from buffers that they did not clear. [`decode`](Self::decode) goes on to
    /// refuse them.
    ///
    /// ```
    /// use amf0::{Decoder, ValueRef};
    ///
    /// // An object with a name in GBK.
    /// let bytes = b"\x03\0\x07pageUrl\x02\0\x04\xD6\xD0\xCE\xC4\0\x03app\x02\0\x04live\0\0\x09";
    /// assert!(Decoder::new(bytes).decode_ref().is_err());
    /// let object = Decoder::new(bytes).with_any_text().decode_ref()?.unwrap();
    /// assert_eq!(object.get("app"), Some(ValueRef::String("live")));
    /// assert_eq!(object.get("pageUrl"), Some(ValueRef::NotText(b"\xD6\xD0\xCE\xC4")));
    /// # Ok::<(), amf0::DecodeError>(())
    /// ```
    #[must_use]
    pub fn with_any_text(mut self) -> Self {
        self.budget = self.budget.with_any_text();
        self
    }

    /// The next value, borrowed from the input: nothing is allocated. `None` when no bytes are
    /// left.
    ///
    /// # Errors
    /// Bytes that are no AMF0 value, or more than the limits allow.
    pub fn decode_ref(&mut self) -> Result<Option<ValueRef<'a>>, DecodeError> {
        self.next(borrowed::checked_value)
    }

    /// The next value, owned. `None` when no bytes are left.
    ///
    /// # Errors
    /// As [`Decoder::decode_ref`].
    pub fn decode(&mut self) -> Result<Option<Value>, DecodeError> {
        self.next(owned::value)
    }

    /// Enters the next value if it has properties (an object, a typed object or an ECMA array),
    /// to read them one by one. Where [`Decoder::decode_ref`] takes a whole object or nothing,
    /// this gives what comes before a defect: metadata of devices that never end their array, or
    /// that break off in its middle.
    ///
    /// `None` if the next value is anything else; the decoder is then where it was.
    ///
    /// ```
    /// // An array of "a million" entries with one, and without its end.
    /// let bytes = b"\x08\x00\x0F\x42\x40\x00\x05width\x00\x40\x9E\0\0\0\0\0\0";
    /// let mut decoder = amf0::Decoder::new(bytes);
    /// let read: Vec<_> = decoder.properties().unwrap().map_while(Result::ok).collect();
    /// assert_eq!(read, [("width", amf0::ValueRef::Number(1920.0))]);
    /// ```
    pub fn properties(&mut self) -> Option<PropertyReader<'_, 'a>> {
        let (mut reader, mut budget) = (self.reader, self.budget);
        budget.spend_value(&reader).ok()?;
        match reader.marker().ok()? {
            Marker::OBJECT => {}
            Marker::ECMA_ARRAY => {
                let _count_is_a_hint = reader.u32().ok()?;
            }
            Marker::TYPED_OBJECT => {
                let _class_name = reader.utf8().ok()?;
            }
            _ => return None,
        }
        (self.reader, self.budget) = (reader, budget);
        Some(PropertyReader {
            decoder: self,
            done: false,
        })
    }

    /// How many bytes were read so far.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.allowed.saturating_sub(self.reader.rest().len())
    }

    /// The bytes that were not read yet.
    #[must_use]
    pub fn remaining(&self) -> &'a [u8] {
        self.bytes.get(self.offset()..).unwrap_or(&[])
    }

    #[inline]
    fn next<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>, &mut Budget) -> Result<T, Fault>,
    ) -> Result<Option<T>, DecodeError> {
        if self.offset() == self.bytes.len() {
            return Ok(None);
        }
        self.read(read).map(Some)
    }

    /// Moves on if, and only if, `read` succeeds.
    #[inline]
    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>, &mut Budget) -> Result<T, Fault>,
    ) -> Result<T, DecodeError> {
        let (mut reader, mut budget) = (self.reader, self.budget);
        match read(&mut reader, &mut budget) {
            Ok(value) => {
                (self.reader, self.budget) = (reader, budget);
                Ok(value)
            }
            Err(fault) => Err(self.error(fault)),
        }
    }

    #[cold]
    fn error(&self, fault: Fault) -> DecodeError {
        let cut_by_limit = self.allowed < self.bytes.len();
        DecodeError {
            offset: self.allowed.saturating_sub(fault.left),
            kind: match fault.kind {
                DecodeErrorKind::UnexpectedEnd if cut_by_limit => DecodeErrorKind::TooManyBytes,
                kind => kind,
            },
        }
    }
}

impl<'a> IntoIterator for Decoder<'a> {
    type Item = Result<ValueRef<'a>, DecodeError>;
    type IntoIter = DecoderIntoIter<'a>;

    fn into_iter(self) -> DecoderIntoIter<'a> {
        DecoderIntoIter {
            decoder: Some(self),
        }
    }
}

/// The values that a [`Decoder`] has left, up to the first that cannot be decoded, and its error.
#[derive(Clone, Debug)]
pub struct DecoderIntoIter<'a> {
    /// None after an error.
    decoder: Option<Decoder<'a>>,
}

impl<'a> Iterator for DecoderIntoIter<'a> {
    type Item = Result<ValueRef<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.decoder.as_mut()?.decode_ref().transpose();
        if let Some(Err(_)) = value {
            self.decoder = None;
        }
        value
    }
}

impl FusedIterator for DecoderIntoIter<'_> {}

/// The properties of an object, each checked when its turn comes: see [`Decoder::properties`].
///
/// Ends after the object's end or the first error. The decoder then stands behind the last
/// property that was given, or behind the object if it was read to its end.
#[derive(Debug)]
pub struct PropertyReader<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    done: bool,
}

impl<'a> Iterator for PropertyReader<'_, 'a> {
    type Item = Result<(&'a str, ValueRef<'a>), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let property = self.decoder.read(|reader, budget| {
            budget.nested(reader, |reader, budget| {
                while let Some(name) = reader.property_name()? {
                    let name = match reader.text(name) {
                        Err(fault) if !budget.any_text() => return Err(fault),
                        name => name,
                    };
                    let value = borrowed::checked_inner_value(reader, budget)?;
                    if let Ok(name) = name {
                        return Ok(Some((name, value)));
                    }
                }
                Ok(None)
            })
        });
        self.done = !matches!(property, Ok(Some(_)));
        property.transpose()
    }
}

impl FusedIterator for PropertyReader<'_, '_> {}
