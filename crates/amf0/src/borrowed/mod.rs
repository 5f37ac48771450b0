//! Values that borrow from the input.

mod array;
mod object;
mod read;
mod span_text;
mod typed_object;
mod value;

pub use array::{ArrayRef, Elements};
pub use object::{ObjectRef, Properties};
pub(crate) use read::{checked_inner_value, checked_value};
pub use typed_object::TypedObjectRef;
pub use value::ValueRef;
