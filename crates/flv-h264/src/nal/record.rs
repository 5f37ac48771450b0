//! Sequence headers: decoder configuration records as encoders really write them.

use alloc::vec::Vec;

use nom::Parser;
use nom::multi::length_data;
use nom::number::complete::be_u16;

use super::annex_b::{AnnexBUnits, find_start_code, without_trailing_zeros};
use super::length_prefixed::LengthSize;
use super::unit::NalUnit;
use crate::grammar::Parsed;

/// What a sequence header is to whoever puts pictures together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record<'a> {
    /// The size of the length in front of every NAL unit of the stream.
    pub(crate) length_size: LengthSize,
    /// Its parameter sets, in the order of decoding.
    pub(crate) sets: Vec<NalUnit<'a>>,
}

/// The units of an entry of a list. An entry is a unit; one with start codes in it, which no unit can
/// have, is several.
pub(crate) fn units_of_entry(entry: &[u8]) -> impl Iterator<Item = NalUnit<'_>> {
    let (first, behind) = match find_start_code(entry).and_then(|at| entry.split_at_checked(at)) {
        Some((unit, behind)) => (without_trailing_zeros(unit), behind),
        None => (entry, Default::default()),
    };
    core::iter::once(NalUnit(first)).chain(AnnexBUnits::new(behind))
}

/// The most units of a record. H.265 allows for more than ten million, and start codes within entries
/// make millions of H.264, too: if they are short, they take more memory than the record. There are 288
/// ids of parameter sets in H.264, 96 in H.265, and SEI is rare.
pub(crate) const MAX_UNITS: usize = 1024;

/// How far a record is searched whose lists are wrong.
const SEARCHED: usize = 4096;

/// The parameter sets of a record whose lists are wrong: whatever stands behind a length of 2
/// bytes and `is_set`, with the place of the length.
pub(crate) fn salvage(
    bytes: &[u8],
    is_set: impl Fn(NalUnit<'_>) -> bool,
) -> Vec<(usize, NalUnit<'_>)> {
    let bytes = bytes.get(..SEARCHED).unwrap_or(bytes);
    let mut sets = Vec::new();
    let mut position = 0_usize;
    while let Some(rest) = bytes.get(position..).filter(|rest| !rest.is_empty()) {
        let entry = length_data(be_u16).parse(rest) as Parsed<'_, &[u8]>;
        match entry {
            Ok((behind, entry)) if units_of_entry(entry).next().is_some_and(&is_set) => {
                sets.extend(units_of_entry(entry).map(|unit| (position, unit)));
                position = bytes.len().saturating_sub(behind.len());
            }
            _ => position = position.saturating_add(1),
        }
    }
    sets
}

/// The same of what stands behind start codes.
pub(crate) fn salvage_annex_b(
    bytes: &[u8],
    is_set: impl Fn(NalUnit<'_>) -> bool,
) -> Vec<NalUnit<'_>> {
    let bytes = bytes.get(..SEARCHED).unwrap_or(bytes);
    AnnexBUnits::new(bytes)
        .filter(|unit| is_set(*unit))
        .collect()
}
