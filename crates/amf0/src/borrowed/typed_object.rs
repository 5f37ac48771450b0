use core::fmt;

use super::ObjectRef;
use crate::reader::Reader;

/// An object of a named class (section 2.18): a checked span of the input.
#[derive(Copy, Clone)]
pub struct TypedObjectRef<'a> {
    /// `class-name *(object-property)`, the object end included.
    body: &'a [u8],
}

impl<'a> TypedObjectRef<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self { body }
    }

    /// The alias the class is registered under.
    #[must_use]
    pub fn class_name(&self) -> &'a str {
        Reader::new(self.body).utf8().unwrap_or_default()
    }

    /// The properties.
    #[must_use]
    pub fn object(&self) -> ObjectRef<'a> {
        let mut reader = Reader::new(self.body);
        let _class_name = reader.utf8_bytes();
        ObjectRef::new(reader.rest())
    }
}

impl PartialEq for TypedObjectRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.class_name() == other.class_name() && self.object() == other.object()
    }
}

impl fmt::Debug for TypedObjectRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedObject")
            .field("class_name", &self.class_name())
            .field("object", &self.object())
            .finish()
    }
}
