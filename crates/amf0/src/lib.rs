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

pub use borrowed::{ArrayRef, Elements, ObjectRef, Properties, ValueRef};
pub use decoder::{Decoder, PropertyReader};
pub use encoder::{Encoder, ObjectEncoder};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use limits::Limits;
pub use marker::Marker;
pub use owned::{IntoProperties, Object, TypedObject, Value};
