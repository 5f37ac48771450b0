use super::bits::BitReader;
use crate::error::{ParseError, ParseErrorKind};

/// ISO/IEC 14496-3 table 1.18, by index.
const FREQUENCIES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000,
    7350,
];

/// The index behind which the frequency itself stands.
const ESCAPE: u8 = 15;

/// The standard frequency of an index; `None` for indices that have none.
pub(super) fn frequency_of(index: u8) -> Option<u32> {
    FREQUENCIES.get(usize::from(index)).copied()
}

/// The index of a standard frequency that may be told instead of `frequency`: itself, or one that
/// is so near that nobody hears it. NTSC's pull-down makes 47 952 Hz of 48 000, a thousandth less.
pub(super) fn index_of(frequency: u32) -> Option<u8> {
    let position = FREQUENCIES
        .iter()
        .position(|standard| standard.abs_diff(frequency) <= standard / 500)?;
    u8::try_from(position).ok()
}

/// An index of 4 bits, and the frequency it means in Hz, which may stand behind it in 24 bits.
pub(super) fn read(bits: &mut BitReader<'_>) -> Result<u32, ParseError> {
    let index = bits.small(4)?;
    let frequency = match index {
        ESCAPE => bits.bits(24)?,
        _ => frequency_of(index).unwrap_or_default(),
    };
    match frequency {
        0 => Err(bits.error(ParseErrorKind::OutOfRange)),
        frequency => Ok(frequency),
    }
}
