//! Values that own their text.

mod conversions;
mod object;
mod read;
mod value;

pub use object::{Object, ObjectIntoIter, ObjectIter};
pub(crate) use read::value;
pub use value::{TypedObject, Value};
