//! Supplemental enhancement information, whose messages have the same form in both standards
//! (H.264 and H.265 section 7.3.2.3.1 or 7.3.5).

use super::rbsp::RbspReader;
use crate::error::ParseError;

/// payloadType of `recovery_point( )`, in both standards.
const RECOVERY_POINT: u32 = 6;

/// Goes to the first recovery point in the messages of an SEI unit.
pub(crate) fn find_recovery_point<'a>(mut reader: RbspReader<'a>) -> Option<RbspReader<'a>> {
    while reader.more_data() {
        let (payload_type, payload_size) = message_header(&mut reader).ok()?;
        if payload_type == RECOVERY_POINT {
            return Some(reader);
        }
        (0..payload_size).try_for_each(|_| reader.byte().ok().map(drop))?;
    }
    None
}

/// payloadType and payloadSize of `sei_message( )`.
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
