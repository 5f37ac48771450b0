//! H.265: types of NAL units, and as much of their syntax as a server needs.
//!
//! Section numbers are those of ITU-T H.265.

pub(crate) mod codec;
mod configuration;
mod nal_unit_type;
mod pps;
mod profile;
mod sei;
mod slice;
mod slice_header;
mod sps;
mod vps;
mod vui;

pub use configuration::{HevcDecoderConfigurationRecord, NalUnitArray};
pub use nal_unit_type::NalUnitType;
pub use pps::Pps;
pub use profile::{Level, Profile};
pub use sei::RecoveryPoint;
pub use slice_header::SliceHeader;
pub use sps::Sps;
pub use vps::Vps;
pub use vui::{Timing, Vui};

/// The header of a NAL unit has two bytes (section 7.3.1.2).
const HEADER: usize = 2;
