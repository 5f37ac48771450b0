//! AMF0 (Action Message Format 0): lossless values, borrowed and owned, with limits. no_std.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod decode;
mod encode;
mod error;
mod limits;
mod marker;
mod object;
mod reader;
mod value;
mod value_ref;

pub use decode::Decoder;
pub use encode::{Encoder, ObjectEncoder};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use limits::Limits;
pub use marker::Marker;
pub use object::Object;
pub use value::{TypedObject, Value};
pub use value_ref::{ArrayRef, Elements, ObjectRef, Properties, ValueRef};
