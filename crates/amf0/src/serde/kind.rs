//! The kinds of AMF0 values that serde's data model does not know, as names of structs.
//!
//! Another format takes such a struct for what is inside it. This crate's own serializer knows
//! the names and writes what they say.

use crate::marker::Marker;

pub(super) const VALUE: &str = "$amf0::Value";
pub(super) const MOVIE_CLIP: &str = "$amf0::MovieClip";
pub(super) const UNDEFINED: &str = "$amf0::Undefined";
pub(super) const REFERENCE: &str = "$amf0::Reference";
pub(super) const ECMA_ARRAY: &str = "$amf0::EcmaArray";
pub(super) const DATE: &str = "$amf0::Date";
pub(super) const LONG_STRING: &str = "$amf0::LongString";
pub(super) const UNSUPPORTED: &str = "$amf0::Unsupported";
pub(super) const RECORD_SET: &str = "$amf0::RecordSet";
pub(super) const XML_DOCUMENT: &str = "$amf0::XmlDocument";
pub(super) const TYPED_OBJECT: &str = "$amf0::TypedObject";
pub(super) const AVM_PLUS: &str = "$amf0::AvmPlus";

/// The marker of the kind that a struct's name stands for, if it stands for one.
pub(super) fn marker(struct_name: &str) -> Option<Marker> {
    Some(match struct_name {
        MOVIE_CLIP => Marker::MOVIE_CLIP,
        UNDEFINED => Marker::UNDEFINED,
        REFERENCE => Marker::REFERENCE,
        ECMA_ARRAY => Marker::ECMA_ARRAY,
        DATE => Marker::DATE,
        LONG_STRING => Marker::LONG_STRING,
        UNSUPPORTED => Marker::UNSUPPORTED,
        RECORD_SET => Marker::RECORD_SET,
        XML_DOCUMENT => Marker::XML_DOCUMENT,
        TYPED_OBJECT => Marker::TYPED_OBJECT,
        AVM_PLUS => Marker::AVM_PLUS,
        _ => return None,
    })
}
