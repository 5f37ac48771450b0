use crate::h264::nal_unit_type::{H264, NalUnitType};
use crate::h264::slice::{CommonHeader, Slice};
use crate::nal::annex_b::START_CODE;
use crate::nal::codec::{Codec, UnitKind};
use crate::nal::unit::NalUnit;

use super::known_sets::KnownSets;
use super::sighting::Sighting;

/// What nearly all messages are: one whole frame, whose units stand behind lengths of 4 bytes, in
/// order, with no parameter sets among them. What is otherwise is none, and dealt with by the
/// rules; what is, would go the same way by them.
pub(super) fn see(body: &[u8], sets: &KnownSets) -> Option<Sighting> {
    let (mut seen, mut rest, mut first_unit): (Option<Frame>, _, _) = (None, body, true);
    while !rest.is_empty() {
        let (unit, behind) = split(rest)?;
        match (H264::kind(unit), &mut seen) {
            (UnitKind::Slice, None) => {
                let (slice, common) = sets.read_first_slice(unit)?;
                let idr = unit.unit_type() == NalUnitType::IDR_SLICE;
                seen = Some(Frame { idr, slice, common });
            }
            (UnitKind::Slice, Some(frame)) => {
                frame.slice = frame.slice.next_of_frame(unit, &frame.common)?;
            }
            (UnitKind::Prefix, None) | (UnitKind::Filler, Some(_)) => {}
            // First of all, unless parameter sets have to go behind it.
            (UnitKind::Delimiter, None) if first_unit && unit.bytes().len() == 2 => {}
            _ => return None,
        }
        first_unit = false;
        rest = behind;
    }
    let Frame { idr, slice, .. } = seen?;
    Some(Sighting::of_frame(slice, idr))
}

struct Frame {
    idr: bool,
    /// The latest one; they are all of a kind.
    slice: Slice,
    common: CommonHeader,
}

/// Whether the first unit is a delimiter.
pub(super) fn begins_with_delimiter(body: &[u8]) -> bool {
    split(body).is_some_and(|(unit, _)| H264::kind(unit) == UnitKind::Delimiter)
}

/// Overwrites the lengths of the units that were seen with start codes.
pub(super) fn write_start_codes(mut rest: &mut [u8]) {
    while let Some((length, behind)) = rest.split_first_chunk_mut() {
        let unit = u32::from_be_bytes(*length) as usize;
        *length = START_CODE;
        rest = behind.get_mut(unit..).unwrap_or_default();
    }
}

/// The next unit, and what stands behind it.
fn split(bytes: &[u8]) -> Option<(NalUnit<'_>, &[u8])> {
    let (length, behind) = bytes.split_first_chunk()?;
    let (unit, behind) = behind.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((NalUnit(unit), behind))
}
