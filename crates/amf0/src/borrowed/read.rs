//! The grammar of AMF0 section 2 over a slice.
//!
//! Bytes are walked twice at most: once, with `CHECK`, to find out whether they are a value and
//! where it ends, and again, without it, when somebody looks into an object or array. Then only
//! what is looked at is turned into text; the rest is stepped over.

use super::span_text::SpanText;
use super::{ArrayRef, ObjectRef, TypedObjectRef, ValueRef};
use crate::budget::Budget;
use crate::error::DecodeErrorKind;
use crate::marker::Marker;
use crate::reader::{Fault, Reader};

/// A value between others of a message.
pub(crate) fn checked_value<'a>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<ValueRef<'a>, Fault> {
    let mut behind_marker = *reader;
    match behind_marker.marker() {
        Ok(Marker::AVM_PLUS) => {
            budget.spend_value(reader)?;
            reader.take_rest();
            Ok(ValueRef::AvmPlus(behind_marker.rest()))
        }
        _ => inner_value::<true>(reader, budget, SpanText::UNKNOWN),
    }
}

/// A value inside an object or array.
pub(crate) fn checked_inner_value<'a>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<ValueRef<'a>, Fault> {
    inner_value::<true>(reader, budget, SpanText::UNKNOWN)
}

/// A value of a span that was checked before, and of which `text` is known.
pub(super) fn known_value<'a>(reader: &mut Reader<'a>, text: SpanText<'a>) -> Option<ValueRef<'a>> {
    inner_value::<false>(reader, &mut Budget::checked(), text).ok()
}

/// Steps over a value of a span that was checked before.
pub(super) fn skip_known_value(reader: &mut Reader<'_>) -> Option<()> {
    skip_value::<false>(reader, &mut Budget::checked()).ok()
}

/// `value-type`.
#[inline]
fn inner_value<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
    text: SpanText<'a>,
) -> Result<ValueRef<'a>, Fault> {
    budget.spend_value(reader)?;
    let at_marker = *reader;
    Ok(match reader.marker()? {
        Marker::NUMBER => ValueRef::Number(reader.double()?),
        Marker::BOOLEAN => ValueRef::Boolean(reader.u8()? != 0),
        Marker::STRING => {
            let bytes = reader.utf8_bytes()?;
            string(reader, budget, text, bytes, ValueRef::String)?
        }
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
        Marker::LONG_STRING => {
            let bytes = reader.utf8_long_bytes()?;
            string(reader, budget, text, bytes, ValueRef::LongString)?
        }
        Marker::UNSUPPORTED => ValueRef::Unsupported,
        Marker::RECORD_SET => ValueRef::RecordSet,
        Marker::XML_DOCUMENT => {
            let bytes = reader.utf8_long_bytes()?;
            string(reader, budget, text, bytes, ValueRef::XmlDocument)?
        }
        Marker::TYPED_OBJECT => ValueRef::TypedObject(typed_object::<CHECK>(reader, budget)?),
        other => return Err(at_marker.fault(DecodeErrorKind::not_inside(other))),
    })
}

/// A `value-type` that nobody looks at.
fn skip_value<const CHECK: bool>(
    reader: &mut Reader<'_>,
    budget: &mut Budget,
) -> Result<(), Fault> {
    budget.spend_value(reader)?;
    let at_marker = *reader;
    match reader.marker()? {
        Marker::NUMBER => {
            reader.double()?;
        }
        Marker::BOOLEAN => {
            reader.u8()?;
        }
        Marker::STRING => skip_utf8::<CHECK>(reader, budget)?,
        Marker::OBJECT => budget.nested(reader, skip_properties::<CHECK>)?,
        Marker::MOVIE_CLIP
        | Marker::NULL
        | Marker::UNDEFINED
        | Marker::UNSUPPORTED
        | Marker::RECORD_SET => {}
        Marker::REFERENCE => {
            reader.u16()?;
        }
        Marker::ECMA_ARRAY => {
            reader.u32()?;
            budget.nested(reader, skip_properties::<CHECK>)?;
        }
        Marker::STRICT_ARRAY => budget.nested(reader, skip_elements::<CHECK>)?,
        Marker::DATE => {
            reader.double()?;
            reader.s16()?;
        }
        Marker::LONG_STRING | Marker::XML_DOCUMENT => skip_utf8_long::<CHECK>(reader, budget)?,
        Marker::TYPED_OBJECT => {
            skip_utf8::<CHECK>(reader, budget)?;
            budget.nested(reader, skip_properties::<CHECK>)?;
        }
        other => return Err(at_marker.fault(DecodeErrorKind::not_inside(other))),
    }
    Ok(())
}

fn object<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<ObjectRef<'a>, Fault> {
    let before = reader.rest();
    budget.nested(reader, skip_properties::<CHECK>)?;
    Ok(ObjectRef::new(reader.read_since(before)))
}

fn typed_object<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<TypedObjectRef<'a>, Fault> {
    let before = reader.rest();
    skip_utf8::<CHECK>(reader, budget)?;
    budget.nested(reader, skip_properties::<CHECK>)?;
    Ok(TypedObjectRef::new(reader.read_since(before)))
}

fn array<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<ArrayRef<'a>, Fault> {
    let before = reader.rest();
    budget.nested(reader, skip_elements::<CHECK>)?;
    Ok(ArrayRef::new(reader.read_since(before)))
}

/// `*(object-property)` up to and with the object end.
fn skip_properties<const CHECK: bool>(
    reader: &mut Reader<'_>,
    budget: &mut Budget,
) -> Result<(), Fault> {
    while let Some(name) = reader.property_name()? {
        if CHECK && !budget.any_text() {
            reader.check_text(name)?;
        }
        skip_value::<CHECK>(reader, budget)?;
    }
    Ok(())
}

/// `strict-array-type = array-count *(value-type)`.
fn skip_elements<const CHECK: bool>(
    reader: &mut Reader<'_>,
    budget: &mut Budget,
) -> Result<(), Fault> {
    for _ in 0..reader.array_count()? {
        skip_value::<CHECK>(reader, budget)?;
    }
    Ok(())
}

/// `bytes`, which were read just now, as a string of some kind.
#[inline]
fn string<'a>(
    reader: &Reader<'a>,
    budget: &Budget,
    text: SpanText<'a>,
    bytes: &'a [u8],
    kind: impl FnOnce(&'a str) -> ValueRef<'a>,
) -> Result<ValueRef<'a>, Fault> {
    match text.just_read(reader, bytes) {
        Ok(text) => Ok(kind(text)),
        Err(_) if budget.any_text() => Ok(ValueRef::NotText(bytes)),
        Err(fault) => Err(fault),
    }
}

#[inline]
fn skip_utf8<const CHECK: bool>(reader: &mut Reader<'_>, budget: &Budget) -> Result<(), Fault> {
    let text = reader.utf8_bytes()?;
    if CHECK && !budget.any_text() {
        reader.check_text(text)?;
    }
    Ok(())
}

fn skip_utf8_long<const CHECK: bool>(
    reader: &mut Reader<'_>,
    budget: &Budget,
) -> Result<(), Fault> {
    let text = reader.utf8_long_bytes()?;
    if CHECK && !budget.any_text() {
        reader.check_text(text)?;
    }
    Ok(())
}
