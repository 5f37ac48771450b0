//! The H.264 layer: NAL units, how they are framed, and as much of their syntax as a server needs.
//!
//! Section numbers are those of ITU-T H.264.

pub(crate) mod annex_b;
pub(crate) mod configuration;
pub(crate) mod hevc;
pub(crate) mod length_prefixed;
pub(crate) mod nal_unit;
pub(crate) mod parameter_set_id;
pub(crate) mod pps;
pub(crate) mod profile;
mod rbsp;
pub(crate) mod sei;
pub(crate) mod slice_header;
pub(crate) mod sps;
pub(crate) mod vui;
