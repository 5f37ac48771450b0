//! What publishers put in front of units, and behind the last one.

use std::mem::discriminant;

use crate::publish::{Coded, Framing, Publish};

/// Lengths of any size in which they fit, whatever the record says. Not where units are empty, or something comes without
/// a slice: a few bytes of SEI can be read in several ways.
pub(crate) fn lengths_of_another_size(publish: &mut Publish, detail: u32) {
    let has_lengths = |coded: &Coded| {
        matches!(coded.framing, Framing::Lengths(_))
            && coded.has_slice()
            && !coded.units.iter().any(Vec::is_empty)
    };
    if !publish.coded().all(has_lengths) {
        return;
    }
    let longest = publish.coded().flat_map(|coded| &coded.units).map(Vec::len);
    let longest = longest.max().unwrap_or(0) as u64;
    let fits: Vec<usize> = (1..=4).filter(|size| longest >> (8 * size) == 0).collect();
    let size = fits[detail as usize % fits.len()];
    publish
        .coded_mut()
        .for_each(|coded| coded.framing = Framing::Lengths(size));
    let declared = 1 + (detail >> 8) as u8 % 4;
    publish
        .records_mut()
        .for_each(|record| record.length_size = declared);
}

/// Start codes of 3 or 4 bytes instead of lengths.
pub(crate) fn start_codes(publish: &mut Publish, detail: u32) {
    publish.coded_mut().for_each(|coded| {
        coded.framing = Framing::StartCodes(1 + detail as usize % 3);
        coded.units.retain(|unit| !unit.is_empty());
    });
}

/// One length in front of all units, or of every few, and start codes in between: if at all, from the beginning.
pub(crate) fn start_codes_behind_one_length(publish: &mut Publish, detail: u32) {
    if !publish.has_several_units_at_first() {
        return;
    }
    let every = match detail % 4 {
        0 => usize::MAX,
        every => 1 + every as usize,
    };
    publish
        .records_mut()
        .for_each(|record| record.length_size = 4);
    publish.coded_mut().for_each(|coded| {
        coded.framing = Framing::Glued(every);
        coded.units.retain(|unit| !unit.is_empty());
    });
}

/// Each message as it likes: lengths, start codes, or both. Bytes behind the last unit would leave it open which of them
/// one is whose length looks like a start code.
pub(crate) fn of_every_kind(publish: &mut Publish, detail: u32) {
    publish
        .records_mut()
        .for_each(|record| record.length_size = 4);
    for (index, coded) in publish.coded_mut().enumerate() {
        let number = (index as u32 ^ detail).wrapping_mul(0x9E37_79B1) >> 16;
        coded.units.retain(|unit| !unit.is_empty());
        coded.surplus.clear();
        coded.framing = match number % 3 {
            0 => Framing::StartCodes(1 + number as usize / 4 % 3),
            _ => Framing::Lengths(4),
        };
    }
    if publish.has_several_units_at_first() {
        publish
            .coded_mut()
            .filter(|coded| coded.units.len() > 1)
            .step_by(3)
            .for_each(|coded| coded.framing = Framing::Glued(usize::MAX));
    }
}

/// A few bytes behind the last unit, where messages are all of a kind.
pub(crate) fn surplus_bytes(publish: &mut Publish, detail: u32) {
    let kind = |coded: &Coded| discriminant(&coded.framing);
    let first = publish.coded().next().map(kind);
    if publish.coded().any(|coded| Some(kind(coded)) != first) {
        return;
    }
    let surplus = vec![0; 1 + detail as usize % 3];
    publish.coded_mut().for_each(|coded| {
        let room = match coded.framing {
            // Less than a length.
            Framing::Lengths(size) => size - 1,
            _ => surplus.len(),
        };
        coded.surplus = surplus[..room.min(surplus.len())].to_vec();
    });
}
