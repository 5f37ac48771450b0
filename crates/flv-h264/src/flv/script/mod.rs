//! Script data (annex E.4.4 and E.5).

pub(crate) mod on_meta_data;
pub(crate) mod tag;
