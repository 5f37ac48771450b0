#![doc = include_str!("../README.md")]
//!
//! # The standard
//!
//! *Action Message Format – AMF 0*, Adobe Systems 2006:
//!
//! | Section | | Here |
//! |---|---|---|
//! | 1.3.1 | strings and UTF-8 | checked; offsets of defects in [`DecodeError`] |
//! | 2.1 | types overview | [`Marker`] |
//! | 2.2 | number | [`Value::Number`] |
//! | 2.3 | boolean | [`Value::Boolean`] |
//! | 2.4 | string | [`Value::String`] |
//! | 2.5 | object | [`Value::Object`], [`Object`], [`ObjectRef`] |
//! | 2.6 | movie clip (reserved) | [`Value::MovieClip`] |
//! | 2.7 | null | [`Value::Null`] |
//! | 2.8 | undefined | [`Value::Undefined`] |
//! | 2.9 | reference | [`Value::Reference`]; not followed |
//! | 2.10 | ECMA array | [`Value::EcmaArray`] |
//! | 2.11 | object end | read and written with the object; alone an error |
//! | 2.12 | strict array | [`Value::StrictArray`], [`ArrayRef`] |
//! | 2.13 | date | [`Value::Date`] |
//! | 2.14 | long string | [`Value::LongString`] |
//! | 2.15 | unsupported | [`Value::Unsupported`] |
//! | 2.16 | record set (reserved) | [`Value::RecordSet`] |
//! | 2.17 | XML document | [`Value::XmlDocument`] |
//! | 2.18 | typed object | [`Value::TypedObject`] |
//! | 3.1 | AVM+ type marker | [`Value::AvmPlus`]; the AMF3 behind it is not looked into |
//! | 4 | packets of NetConnection over HTTP | not part of this crate |
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

extern crate alloc;

#[macro_use]
mod scalars;

mod borrowed;
mod budget;
mod decoder;
mod encoder;
mod error;
mod limits;
mod marker;
mod owned;
mod reader;
#[cfg(feature = "serde")]
pub mod serde;
mod writer;

pub use borrowed::{ArrayRef, Elements, ObjectRef, Properties, TypedObjectRef, ValueRef};
pub use decoder::{Decoder, DecoderIntoIter, PropertyReader};
pub use encoder::{Encoder, ObjectEncoder};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use limits::Limits;
pub use marker::Marker;
pub use owned::{Object, ObjectIntoIter, ObjectIter, TypedObject, Value};
