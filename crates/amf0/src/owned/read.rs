//! The grammar of AMF0 section 2, into values that own their text, in one pass.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Object, TypedObject, Value};
use crate::budget::Budget;
use crate::error::DecodeErrorKind;
use crate::marker::Marker;
use crate::reader::{Fault, Reader};

/// A value between others of a message.
pub(crate) fn value(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<Value, Fault> {
    let mut behind_marker = *reader;
    if let Ok(Marker::AVM_PLUS) = behind_marker.marker() {
        budget.spend_value(reader)?;
        reader.take_rest();
        return Ok(Value::AvmPlus(behind_marker.rest().to_owned()));
    }
    let mut value = Value::Null;
    inner_value(reader, budget, |decoded| value = decoded)?;
    Ok(value)
}

/// `value-type`. The value goes to `keep` rather than to the caller: it is then built where it
/// stays, which spares moving it three times.
#[inline(always)]
fn inner_value(
    reader: &mut Reader<'_>,
    budget: &mut Budget,
    keep: impl FnOnce(Value),
) -> Result<(), Fault> {
    budget.spend_value(reader)?;
    let at_marker = *reader;
    match reader.marker()? {
        Marker::NUMBER => keep(Value::Number(reader.double()?)),
        Marker::BOOLEAN => keep(Value::Boolean(reader.u8()? != 0)),
        Marker::STRING => keep(Value::String(reader.utf8()?.to_owned())),
        Marker::OBJECT => keep(Value::Object(budget.nested(reader, properties)?)),
        Marker::MOVIE_CLIP => keep(Value::MovieClip),
        Marker::NULL => keep(Value::Null),
        Marker::UNDEFINED => keep(Value::Undefined),
        Marker::REFERENCE => keep(Value::Reference(reader.u16()?)),
        Marker::ECMA_ARRAY => {
            let _count_is_a_hint = reader.u32()?;
            keep(Value::EcmaArray(budget.nested(reader, properties)?));
        }
        Marker::STRICT_ARRAY => keep(Value::StrictArray(budget.nested(reader, elements)?)),
        Marker::DATE => keep(Value::Date {
            milliseconds: reader.double()?,
            time_zone: reader.s16()?,
        }),
        Marker::LONG_STRING => keep(Value::LongString(reader.utf8_long()?.to_owned())),
        Marker::UNSUPPORTED => keep(Value::Unsupported),
        Marker::RECORD_SET => keep(Value::RecordSet),
        Marker::XML_DOCUMENT => keep(Value::XmlDocument(reader.utf8_long()?.to_owned())),
        Marker::TYPED_OBJECT => keep(Value::TypedObject(Box::new(TypedObject {
            class_name: reader.utf8()?.to_owned(),
            object: budget.nested(reader, properties)?,
        }))),
        other => return Err(at_marker.fault(DecodeErrorKind::not_inside(other))),
    }
    Ok(())
}

/// `*(object-property)` up to and with the object end.
fn properties(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<Object, Fault> {
    let mut object = Object::new();
    while let Some(name) = reader.property_name()? {
        let name = reader.text(name)?;
        inner_value(reader, budget, |value| object.push(name, value))?;
    }
    Ok(object)
}

/// `strict-array-type = array-count *(value-type)`.
fn elements(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<Vec<Value>, Fault> {
    /// Arrays in arrays may each claim all of the remaining bytes: no claim gets much in advance.
    const RESERVED: usize = 64;
    let count = reader.array_count()?;
    let mut elements = Vec::with_capacity(count.min(RESERVED));
    for _ in 0..count {
        inner_value(reader, budget, |value| elements.push(value))?;
    }
    Ok(elements)
}
