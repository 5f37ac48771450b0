//! NAL units, whatever the codec: how they are told apart and written, and what a codec has to
//! tell about its own.

pub(crate) mod annex_b;
pub(crate) mod codec;
pub(crate) mod format;
pub(crate) mod length_prefixed;
pub(crate) mod parameter_sets;
pub(crate) mod rbsp;
pub(crate) mod record;
pub(crate) mod sei;
pub(crate) mod slice;
pub(crate) mod unit;
pub(crate) mod unit_lengths;

pub use annex_b::{AnnexBUnits, START_CODE, lengths_to_start_codes, write_annex_b};
pub use format::{ChromaFormat, Cropping, FrameRate};
pub use length_prefixed::{LengthSize, NalError, NalUnits, write_length_prefixed};
pub use slice::SliceKind;
pub use unit::NalUnit;
pub use unit_lengths::UnitLengths;
