use super::nal_unit_type::NalUnitType;
use crate::error::ParseError;
use crate::nal::rbsp::RbspReader;
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

/// payloadType of `recovery_point( )`.
const RECOVERY_POINT: u32 = 6;

impl RecoveryPoint {
    /// Finds the first recovery point in a NAL unit; `None` if it is no SEI or has none.
    pub fn find(unit: NalUnit<'_>) -> Option<Self> {
        if unit.unit_type() != NalUnitType::SEI {
            return None;
        }
        let mut reader = RbspReader::new(unit.payload());
        while reader.more_data() {
            let (payload_type, payload_size) = message_header(&mut reader).ok()?;
            if payload_type == RECOVERY_POINT {
                return Self::read(&mut reader).ok();
            }
            (0..payload_size).try_for_each(|_| reader.byte().ok().map(drop))?;
        }
        None
    }

    fn read(reader: &mut RbspReader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            recovery_frame_cnt: reader.ue()?,
            exact_match: reader.flag()?,
            broken_link: reader.flag()?,
        })
    }
}

/// payloadType and payloadSize of `sei_message( )` (section 7.3.2.3.1).
fn message_header(reader: &mut RbspReader<'_>) -> Result<(u32, u32), ParseError> {
    Ok((ff_coded(reader)?, ff_coded(reader)?))
}

/// A sum of bytes up to and including the first that is not 255.
fn ff_coded(reader: &mut RbspReader<'_>) -> Result<u32, ParseError> {
    let mut sum = 0_u32;
    loop {
        let byte = reader.byte()?;
        sum = sum.saturating_add(u32::from(byte));
        if byte != u8::MAX {
            return Ok(sum);
        }
    }
}
