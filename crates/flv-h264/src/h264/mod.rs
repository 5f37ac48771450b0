//! H.264: types of NAL units, and as much of their syntax as a server needs.
//!
//! Section numbers are those of ITU-T H.264.

pub(crate) mod codec;
mod configuration;
mod nal_unit_type;
mod parameter_set_id;
mod pps;
mod profile;
mod sei;
mod slice;
mod slice_header;
mod sps;
mod vui;

pub use configuration::{AvcDecoderConfigurationRecord, HighProfileFields};
pub use nal_unit_type::NalUnitType;
pub use pps::Pps;
pub use profile::{Level, Profile};
pub use sei::RecoveryPoint;
pub use slice_header::{SliceHeader, SliceType};
pub use sps::Sps;
pub use vui::{Timing, Vui};

/// The header of a NAL unit has one byte (section 7.3.1).
const HEADER: usize = 1;
