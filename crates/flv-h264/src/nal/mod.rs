//! NAL units, whatever the codec: how they are told apart and written.

pub(crate) mod annex_b;
pub(crate) mod codec;
pub(crate) mod length_prefixed;
pub(crate) mod rbsp;
pub(crate) mod unit;
