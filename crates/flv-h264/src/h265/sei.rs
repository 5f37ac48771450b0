use super::HEADER;
use super::nal_unit_type::NalUnitType;
use crate::error::ParseError;
use crate::nal::rbsp::RbspReader;
use crate::nal::sei::find_recovery_point;
use crate::nal::unit::NalUnit;

/// `recovery_point( )` (H.265 annex D.2.8): decoding may start here and is right after a while.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecoveryPoint {
    /// By how much the picture order count is larger where the pictures are right.
    pub recovery_poc_cnt: i32,
    /// Whether the pictures then are exact.
    pub exact_match: bool,
    /// Whether pictures between here and there may look broken.
    pub broken_link: bool,
}

impl RecoveryPoint {
    /// Finds the first recovery point in a NAL unit; `None` if it is no prefix SEI or has none.
    pub fn find(unit: NalUnit<'_>) -> Option<Self> {
        if NalUnitType::of(unit) != NalUnitType::PREFIX_SEI {
            return None;
        }
        let mut reader = find_recovery_point(RbspReader::new(unit, HEADER))?;
        Self::read(&mut reader).ok()
    }

    fn read(reader: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            recovery_poc_cnt: reader.se()?,
            exact_match: reader.flag()?,
            broken_link: reader.flag()?,
        })
    }
}
