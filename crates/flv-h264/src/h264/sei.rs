use super::HEADER;
use super::nal_unit_type::NalUnitType;
use crate::error::ParseError;
use crate::nal::rbsp::RbspReader;
use crate::nal::sei::find_recovery_point;
use crate::nal::unit::NalUnit;

/// `recovery_point( )` (H.264 annex D.1.8): decoding may start here and is right after a while.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecoveryPoint {
    /// How many frames (in units of `frame_num`) it takes.
    pub recovery_frame_cnt: u32,
    /// Whether the pictures then are exact.
    pub exact_match: bool,
    /// Whether pictures between here and there may look broken.
    pub broken_link: bool,
}

impl RecoveryPoint {
    /// Finds the first recovery point in a NAL unit; `None` if it is no SEI or has none.
    pub fn find(unit: NalUnit<'_>) -> Option<Self> {
        if NalUnitType::of(unit) != NalUnitType::SEI {
            return None;
        }
        let mut reader = find_recovery_point(RbspReader::new(unit, HEADER))?;
        Self::read(&mut reader).ok()
    }

    fn read(reader: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            recovery_frame_cnt: reader.ue()?,
            exact_match: reader.flag()?,
            broken_link: reader.flag()?,
        })
    }
}
