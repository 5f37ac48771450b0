use bytes::BufMut;
use memchr::memmem;

use super::length_prefixed::{LengthSize, NalError, NalUnits};
use super::unit::NalUnit;

/// `zero_byte` and `start_code_prefix_one_3bytes` (H.264 annex B.1).
pub const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// Walks the NAL units of a byte stream (H.264 annex B).
///
/// Start codes of 3 and 4 bytes, bytes of zero before and behind units, and anything in front of
/// the first start code (which is skipped) are taken. Every byte is looked at.
///
/// ```
/// use flv_h264::nal::{AnnexBUnits, NalUnit};
///
/// let stream = [0, 0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68, 0xCE];
/// let units: Vec<_> = AnnexBUnits::new(&stream).collect();
/// assert_eq!(units, [NalUnit(&[0x67, 0x42]), NalUnit(&[0x68, 0xCE])]);
/// ```
#[derive(Clone, Debug)]
pub struct AnnexBUnits<'a> {
    /// What stands behind the start code of the next unit; `None` at the end.
    rest: Option<&'a [u8]>,
}

impl<'a> AnnexBUnits<'a> {
    /// Walks `input`.
    pub fn new(input: &'a [u8]) -> Self {
        Self {
            rest: split_at_start_code(input).map(|(_, behind)| behind),
        }
    }
}

impl<'a> Iterator for AnnexBUnits<'a> {
    type Item = NalUnit<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let (unit, behind) = match split_at_start_code(rest) {
            Some((unit, behind)) => (unit, Some(behind)),
            None => (rest, None),
        };
        self.rest = behind;
        Some(NalUnit(without_trailing_zeros(unit)))
    }
}

impl core::iter::FusedIterator for AnnexBUnits<'_> {}

/// Whether the bytes begin like a byte stream: with a start code, zeros in front of it or not.
pub(crate) fn starts_with_start_code(input: &[u8]) -> bool {
    let zeros = input.iter().take_while(|byte| **byte == 0).count();
    zeros >= 2 && input.get(zeros) == Some(&1)
}

/// What stands before and behind the first `00 00 01`.
fn split_at_start_code(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = find_start_code(input)?;
    Some((input.get(..at)?, input.get(at.saturating_add(3)..)?))
}

/// Where the first `00 00 01` is.
pub(crate) fn find_start_code(input: &[u8]) -> Option<usize> {
    let near = input.get(..NEAR).unwrap_or(input);
    find_nearby(near).or_else(|| {
        let at = memmem::find(input.get(FAR..)?, &[0, 0, 1])?;
        Some(FAR.saturating_add(at))
    })
}

/// Most units that are not slices are hardly longer, and to look at so many bytes one by one takes
/// no longer than to get ready for looking at many at a time.
const NEAR: usize = 32;
/// A start code may lie across.
const FAR: usize = NEAR - 2;

fn find_nearby(input: &[u8]) -> Option<usize> {
    let mut position = 0_usize;
    loop {
        // The third byte tells how far away the next start code is at least: a 0 may begin or
        // continue one, anything else excludes one that begins here or at the next two bytes.
        match input.get(position..)? {
            [0, 0, 1, ..] => return Some(position),
            [_, _, 0, ..] => position = position.saturating_add(1),
            [_, _, _, ..] => position = position.saturating_add(3),
            _ => return None,
        }
    }
}

/// A NAL unit never ends in zero: such bytes are `trailing_zero_8bits` or the next `zero_byte`.
pub(crate) fn without_trailing_zeros(unit: &[u8]) -> &[u8] {
    let length = unit
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last.saturating_add(1));
    unit.get(..length).unwrap_or(unit)
}

/// Overwrites the lengths in front of NAL units with start codes: same bytes, nothing moves.
///
/// # Errors
/// The lengths do not tile the buffer, which is then unchanged.
///
/// ```
/// let mut body = [0, 0, 0, 1, 0x09, 0, 0, 0, 1, 0x65];
/// flv_h264::nal::lengths_to_start_codes(&mut body)?;
/// assert_eq!(body, [0, 0, 0, 1, 0x09, 0, 0, 0, 1, 0x65]);
/// # Ok::<(), flv_h264::nal::NalError>(())
/// ```
pub fn lengths_to_start_codes(body: &mut [u8]) -> Result<(), NalError> {
    NalUnits::new(body, LengthSize::FOUR).try_for_each(|unit| unit.map(drop))?;
    let mut rest = body;
    while let Some((length, behind)) = rest.split_first_chunk_mut() {
        let unit = u32::from_be_bytes(*length) as usize;
        *length = START_CODE;
        rest = behind.get_mut(unit..).unwrap_or_default();
    }
    Ok(())
}

/// Writes NAL units with a 4-byte start code in front of each.
pub fn write_annex_b<'a>(units: impl IntoIterator<Item = NalUnit<'a>>, out: &mut impl BufMut) {
    for unit in units {
        out.put_slice(&START_CODE);
        out.put_slice(unit.bytes());
    }
}
