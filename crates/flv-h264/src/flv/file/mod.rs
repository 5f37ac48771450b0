//! FLV files (annex E of the Video File Format Specification 10.1).

pub(crate) mod header;
#[cfg(feature = "std")]
pub(crate) mod io;
pub(crate) mod reader;
pub(crate) mod tag;
pub(crate) mod writer;
