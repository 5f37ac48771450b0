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
