//! Audio tags (annex E.4.2, "Enhanced Audio"), as far as it takes to name the codec.

pub(crate) mod fields;
pub(crate) mod tag;
