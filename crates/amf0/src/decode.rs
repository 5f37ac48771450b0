use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::Limits;
use crate::marker::Marker;
use crate::object::Object;
use crate::reader::{Fault, Reader};
use crate::value::{TypedObject, Value};
use crate::value_ref::{ArrayRef, ObjectRef, ValueRef};

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
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    /// The bytes that may be read: all of them, or as many as the limit allows.
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
            budget: Budget {
                depth: limits.depth.min(Limits::MAX_DEPTH),
                values: limits.values,
            },
        }
    }

    /// The next value, borrowed from the input: nothing is allocated. `None` when no bytes are
    /// left.
    ///
    /// # Errors
    /// Bytes that are no AMF0 value, or more than the limits allow. The decoder then stays in
    /// front of the value.
    pub fn decode_ref(&mut self) -> Result<Option<ValueRef<'a>>, DecodeError> {
        self.next(value::<true>)
    }

    /// The next value, owned. `None` when no bytes are left.
    ///
    /// # Errors
    /// As [`Decoder::decode_ref`].
    pub fn decode(&mut self) -> Result<Option<Value>, DecodeError> {
        self.next(owned)
    }

    /// How many bytes were read so far.
    #[must_use]
    pub fn offset(&self) -> usize {
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
        if self.remaining().is_empty() {
            return Ok(None);
        }
        let (mut reader, mut budget) = (self.reader, self.budget);
        match read(&mut reader, &mut budget) {
            Ok(value) => {
                (self.reader, self.budget) = (reader, budget);
                Ok(Some(value))
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

/// How much nesting and how many values are still allowed.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Budget {
    depth: usize,
    values: usize,
}

impl Budget {
    /// For spans that were checked before.
    pub(crate) const fn checked() -> Self {
        Self {
            depth: Limits::MAX_DEPTH,
            values: usize::MAX,
        }
    }

    #[inline]
    fn spend_value(&mut self, reader: &Reader<'_>) -> Result<(), Fault> {
        match self.values.checked_sub(1) {
            Some(left) => {
                self.values = left;
                Ok(())
            }
            None => Err(reader.fault(DecodeErrorKind::TooManyValues)),
        }
    }

    /// Runs `read` one level deeper.
    #[inline]
    fn nested<'a, T>(
        &mut self,
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'a>, &mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let depth = self.depth;
        let Some(deeper) = depth.checked_sub(1) else {
            return Err(reader.fault(DecodeErrorKind::TooDeep));
        };
        self.depth = deeper;
        let result = read(reader, self);
        self.depth = depth;
        result
    }
}

/// `value-type`, borrowed. `CHECK` is false for spans that were checked before: then what lies
/// inside objects and arrays is stepped over without looking at its text.
pub(crate) fn value<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<ValueRef<'a>, Fault> {
    budget.spend_value(reader)?;
    let before_marker = *reader;
    Ok(match Marker(reader.u8()?) {
        Marker::NUMBER => ValueRef::Number(reader.double()?),
        Marker::BOOLEAN => ValueRef::Boolean(reader.u8()? != 0),
        Marker::STRING => ValueRef::String(reader.utf8()?),
        Marker::OBJECT => ValueRef::Object(object::<CHECK>(reader, budget)?),
        Marker::MOVIE_CLIP => ValueRef::MovieClip,
        Marker::NULL => ValueRef::Null,
        Marker::UNDEFINED => ValueRef::Undefined,
        Marker::REFERENCE => ValueRef::Reference(reader.u16()?),
        Marker::ECMA_ARRAY => {
            let _count_is_a_hint = reader.u32()?;
            ValueRef::EcmaArray(object::<CHECK>(reader, budget)?)
        }
        Marker::STRICT_ARRAY => ValueRef::StrictArray(array::<CHECK>(reader, budget)?),
        Marker::DATE => ValueRef::Date {
            milliseconds: reader.double()?,
            time_zone: reader.s16()?,
        },
        Marker::LONG_STRING => ValueRef::LongString(reader.utf8_long()?),
        Marker::UNSUPPORTED => ValueRef::Unsupported,
        Marker::RECORD_SET => ValueRef::RecordSet,
        Marker::XML_DOCUMENT => ValueRef::XmlDocument(reader.utf8_long()?),
        Marker::TYPED_OBJECT => ValueRef::TypedObject {
            class_name: reader.utf8()?,
            object: object::<CHECK>(reader, budget)?,
        },
        Marker::AVM_PLUS => ValueRef::AvmPlus(reader.take_rest()),
        other => return Err(before_marker.fault(no_value(other))),
    })
}

/// Steps over a `value-type` inside an object or array.
pub(crate) fn skip<const CHECK: bool>(
    reader: &mut Reader<'_>,
    budget: &mut Budget,
) -> Result<(), Fault> {
    budget.spend_value(reader)?;
    let before_marker = *reader;
    match Marker(reader.u8()?) {
        Marker::NUMBER => {
            reader.double()?;
        }
        Marker::BOOLEAN => {
            reader.u8()?;
        }
        Marker::STRING => {
            let text = reader.utf8_bytes()?;
            check::<CHECK>(reader, text)?;
        }
        Marker::OBJECT => budget.nested(reader, skip_properties::<CHECK>)?,
        Marker::REFERENCE => {
            reader.u16()?;
        }
        Marker::ECMA_ARRAY => {
            reader.u32()?;
            budget.nested(reader, skip_properties::<CHECK>)?;
        }
        Marker::STRICT_ARRAY => {
            budget.nested(reader, skip_elements::<CHECK>)?;
        }
        Marker::DATE => {
            reader.double()?;
            reader.s16()?;
        }
        Marker::LONG_STRING | Marker::XML_DOCUMENT => {
            let text = reader.utf8_long_bytes()?;
            check::<CHECK>(reader, text)?;
        }
        Marker::TYPED_OBJECT => {
            let class_name = reader.utf8_bytes()?;
            check::<CHECK>(reader, class_name)?;
            budget.nested(reader, skip_properties::<CHECK>)?;
        }
        Marker::MOVIE_CLIP
        | Marker::NULL
        | Marker::UNDEFINED
        | Marker::UNSUPPORTED
        | Marker::RECORD_SET => {}
        Marker::AVM_PLUS => return Err(before_marker.fault(DecodeErrorKind::NestedAvmPlus)),
        other => return Err(before_marker.fault(no_value(other))),
    }
    Ok(())
}

fn object<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<ObjectRef<'a>, Fault> {
    const OBJECT_END: usize = 3;
    let before = reader.rest();
    budget.nested(reader, skip_properties::<CHECK>)?;
    Ok(ObjectRef::new(reader.since(before, OBJECT_END)))
}

fn array<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<ArrayRef<'a>, Fault> {
    const ARRAY_COUNT: usize = 4;
    let before = reader.rest();
    let length = budget.nested(reader, skip_elements::<CHECK>)?;
    let body = reader.since(before, 0).get(ARRAY_COUNT..).unwrap_or(&[]);
    Ok(ArrayRef::new(body, length))
}

/// `*(object-property)` up to and with the object end.
fn skip_properties<const CHECK: bool>(
    reader: &mut Reader<'_>,
    budget: &mut Budget,
) -> Result<(), Fault> {
    loop {
        let name = reader.utf8_bytes()?;
        if name.is_empty() && reader.object_end() {
            return Ok(());
        }
        check::<CHECK>(reader, name)?;
        skip::<CHECK>(reader, budget)?;
    }
}

/// `strict-array-type = array-count *(value-type)`: returns how many there are.
fn skip_elements<const CHECK: bool>(
    reader: &mut Reader<'_>,
    budget: &mut Budget,
) -> Result<usize, Fault> {
    let count = array_count(reader)?;
    for _ in 0..count {
        skip::<CHECK>(reader, budget)?;
    }
    Ok(count)
}

/// `array-count`, refused at once when the bytes cannot hold that many values: each has at least
/// its marker.
fn array_count(reader: &mut Reader<'_>) -> Result<usize, Fault> {
    let before = *reader;
    match usize::try_from(reader.u32()?) {
        Ok(count) if count <= reader.rest().len() => Ok(count),
        _ => Err(before.fault(DecodeErrorKind::UnexpectedEnd)),
    }
}

#[inline]
fn check<'a, const CHECK: bool>(reader: &Reader<'a>, text: &'a [u8]) -> Result<(), Fault> {
    if CHECK {
        reader.text(text)?;
    }
    Ok(())
}

const fn no_value(marker: Marker) -> DecodeErrorKind {
    match marker {
        Marker::OBJECT_END => DecodeErrorKind::UnexpectedObjectEnd,
        Marker(byte) => DecodeErrorKind::UnknownMarker(byte),
    }
}

/// `value-type`, owned, in one pass.
fn owned(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<Value, Fault> {
    let mut after_marker = *reader;
    Ok(match after_marker.u8().map(Marker) {
        Ok(Marker::AVM_PLUS) => {
            budget.spend_value(reader)?;
            reader.take_rest();
            Value::AvmPlus(after_marker.rest().to_owned())
        }
        _ => owned_inside(reader, budget)?,
    })
}

/// `value-type` inside an object or array, owned.
fn owned_inside(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<Value, Fault> {
    budget.spend_value(reader)?;
    let before_marker = *reader;
    Ok(match Marker(reader.u8()?) {
        Marker::NUMBER => Value::Number(reader.double()?),
        Marker::BOOLEAN => Value::Boolean(reader.u8()? != 0),
        Marker::STRING => Value::String(reader.utf8()?.to_owned()),
        Marker::OBJECT => Value::Object(budget.nested(reader, owned_properties)?),
        Marker::MOVIE_CLIP => Value::MovieClip,
        Marker::NULL => Value::Null,
        Marker::UNDEFINED => Value::Undefined,
        Marker::REFERENCE => Value::Reference(reader.u16()?),
        Marker::ECMA_ARRAY => {
            let _count_is_a_hint = reader.u32()?;
            Value::EcmaArray(budget.nested(reader, owned_properties)?)
        }
        Marker::STRICT_ARRAY => Value::StrictArray(budget.nested(reader, owned_elements)?),
        Marker::DATE => Value::Date {
            milliseconds: reader.double()?,
            time_zone: reader.s16()?,
        },
        Marker::LONG_STRING => Value::LongString(reader.utf8_long()?.to_owned()),
        Marker::UNSUPPORTED => Value::Unsupported,
        Marker::RECORD_SET => Value::RecordSet,
        Marker::XML_DOCUMENT => Value::XmlDocument(reader.utf8_long()?.to_owned()),
        Marker::TYPED_OBJECT => Value::TypedObject(Box::new(TypedObject {
            class_name: reader.utf8()?.to_owned(),
            object: budget.nested(reader, owned_properties)?,
        })),
        Marker::AVM_PLUS => return Err(before_marker.fault(DecodeErrorKind::NestedAvmPlus)),
        other => return Err(before_marker.fault(no_value(other))),
    })
}

fn owned_properties(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<Object, Fault> {
    let mut object = Object::new();
    loop {
        let name = reader.utf8_bytes()?;
        if name.is_empty() && reader.object_end() {
            return Ok(object);
        }
        let name = reader.text(name)?.to_owned();
        object.push(name, owned_inside(reader, budget)?);
    }
}

fn owned_elements(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<Vec<Value>, Fault> {
    let count = array_count(reader)?;
    let mut elements = Vec::with_capacity(count.min(budget.values));
    for _ in 0..count {
        elements.push(owned_inside(reader, budget)?);
    }
    Ok(elements)
}
