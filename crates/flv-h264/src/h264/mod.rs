//! The H.264 layer: types of NAL units, and as much of their syntax as a server needs.
//!
//! Section numbers are those of ITU-T H.264.

pub(crate) mod configuration;
pub(crate) mod hevc;
pub(crate) mod nal_unit_type;
pub(crate) mod parameter_set_id;
pub(crate) mod pps;
pub(crate) mod profile;
pub(crate) mod sei;
pub(crate) mod slice;
pub(crate) mod slice_header;
pub(crate) mod sps;
pub(crate) mod vui;
