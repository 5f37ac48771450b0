//! Values that own their text.

mod object;
mod read;
mod value;

pub use object::{IntoProperties, Object};
pub(crate) use read::value;
pub use value::{TypedObject, Value};
