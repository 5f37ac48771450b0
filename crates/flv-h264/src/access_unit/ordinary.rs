use crate::nal::annex_b::START_CODE;
use crate::nal::codec::{Codec, UnitKind};
use crate::nal::slice::Slice;
use crate::nal::unit::NalUnit;
use crate::nal::unit_lengths::UnitLengths;

use super::known_sets::KnownSets;
use super::sighting::Sighting;

/// What nearly all messages are: one whole frame, whose units stand behind lengths of 4 bytes, in
/// order, with no parameter sets among them. What is otherwise is none, and dealt with by the
/// rules; what is, would go the same way by them. Recovery points may count `unflagged`.
pub(super) fn see<C: Codec>(
    body: &[u8],
    sets: &KnownSets<C>,
    unflagged: bool,
) -> Option<Sighting<C>> {
    let mut rest = body;
    let (picture, (mut slice, common)) = loop {
        let (unit, behind) = split(rest)?;
        match C::kind(unit) {
            UnitKind::Slice => {
                rest = behind;
                break (C::picture_kind(unit), sets.read_first_slice(unit)?);
            }
            UnitKind::Prefix => {
                if (unflagged || !C::FLAGS_RECOVERY_POINTS) && C::has_recovery_point(unit) {
                    return None;
                }
            }
            // First of all, unless parameter sets have to go behind it.
            UnitKind::Delimiter
                if rest.len() == body.len() && unit.behind(C::HEADER).len() == 1 => {}
            _ => return None,
        }
        rest = behind;
    };
    while !rest.is_empty() {
        let (unit, behind) = split(rest)?;
        match C::kind(unit) {
            UnitKind::Slice => slice.go_on_in_frame(unit, &common)?,
            UnitKind::Suffix | UnitKind::Filler => {}
            _ => return None,
        }
        rest = behind;
    }
    // All slices are of a kind.
    Some(Sighting::of_frame(slice, picture))
}

/// Whether the first unit is a delimiter.
pub(super) fn begins_with_delimiter<C: Codec>(body: &[u8]) -> bool {
    split(body).is_some_and(|(unit, _)| C::kind(unit) == UnitKind::Delimiter)
}

/// Overwrites the lengths of the units that were seen with start codes, and adds them to `lengths`.
pub(super) fn write_start_codes(mut rest: &mut [u8], lengths: &mut UnitLengths) {
    while let Some((length, behind)) = rest.split_first_chunk_mut() {
        let unit = u32::from_be_bytes(*length) as usize;
        *length = START_CODE;
        lengths.push(unit);
        rest = behind.get_mut(unit..).unwrap_or_default();
    }
}

/// The next unit, and what stands behind it.
fn split(bytes: &[u8]) -> Option<(NalUnit<'_>, &[u8])> {
    let (length, behind) = bytes.split_first_chunk()?;
    let (unit, behind) = behind.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((NalUnit(unit), behind))
}
