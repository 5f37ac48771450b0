use core::fmt;
use core::ops::Range;

use bytes::BufMut;

use super::unit::NalUnit;

/// How many bytes the length in front of each NAL unit has: 1 to 4.
///
/// ISO/IEC 14496-15 knows 1, 2 and 4; 3 is sent all the same.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct LengthSize(u8);

impl LengthSize {
    /// 4 bytes, what nearly everybody sends.
    pub const FOUR: Self = Self(4);

    /// `None` unless 1 to 4.
    pub const fn new(bytes: u8) -> Option<Self> {
        match bytes {
            1..=4 => Some(Self(bytes)),
            _ => None,
        }
    }

    /// `lengthSizeMinusOne`, of which the lower two bits count.
    pub(crate) const fn from_minus_one(bits: u8) -> Self {
        Self((bits & 0x03).wrapping_add(1))
    }

    /// `lengthSizeMinusOne`.
    pub(crate) const fn minus_one(self) -> u8 {
        self.0.wrapping_sub(1)
    }

    /// 1 to 4.
    pub const fn get(self) -> usize {
        self.0 as usize
    }

    /// The longest NAL unit whose length can be written.
    pub const fn max_unit(self) -> usize {
        match self.0 {
            1 => 0xFF,
            2 => 0xFFFF,
            3 => 0xFF_FFFF,
            _ => 0xFFFF_FFFF,
        }
    }
}

impl Default for LengthSize {
    fn default() -> Self {
        Self::FOUR
    }
}

/// Why NAL units could not be told apart, or written.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NalError {
    /// The length at this offset runs past the end.
    LengthPastEnd {
        /// Bytes from the start of the input to the length field.
        offset: usize,
    },
    /// The input ends inside the length field at this offset.
    TruncatedLength {
        /// Bytes from the start of the input to the length field.
        offset: usize,
    },
    /// A NAL unit is too long for the length field to be written.
    UnitTooLong {
        /// Bytes from the start of the input to the unit.
        offset: usize,
    },
}

impl fmt::Display for NalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LengthPastEnd { offset } => {
                write!(f, "NAL length at byte {offset} runs past the end")
            }
            Self::TruncatedLength { offset } => {
                write!(f, "input ends inside the NAL length at byte {offset}")
            }
            Self::UnitTooLong { offset } => {
                write!(
                    f,
                    "NAL unit at byte {offset} is too long for its length field"
                )
            }
        }
    }
}

impl core::error::Error for NalError {}

/// Walks NAL units that have a length in front (ISO/IEC 14496-15 section 5.3.4.2).
///
/// Yields every unit, empty ones too, and an error as the last item if the lengths do not tile
/// the input. Touches nothing but the lengths.
///
/// ```
/// use flv_h264::{h264::NalUnitType, nal::{LengthSize, NalUnits}};
///
/// let body = [0, 0, 0, 2, 0x09, 0xF0, 0, 0, 0, 1, 0x65];
/// let types: Result<Vec<_>, _> = NalUnits::new(&body, LengthSize::FOUR)
///     .map(|unit| unit.map(NalUnitType::of))
///     .collect();
/// assert_eq!(types?, [NalUnitType::ACCESS_UNIT_DELIMITER, NalUnitType::IDR_SLICE]);
/// # Ok::<(), flv_h264::nal::NalError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NalUnits<'a> {
    input: &'a [u8],
    length_size: LengthSize,
    position: usize,
}

impl<'a> NalUnits<'a> {
    /// Walks `input`.
    pub const fn new(input: &'a [u8], length_size: LengthSize) -> Self {
        Self {
            input,
            length_size,
            position: 0,
        }
    }

    /// Where the next length field begins.
    pub const fn offset(&self) -> usize {
        self.position
    }

    /// Where the next unit lies, without its length.
    fn next_range(&mut self) -> Option<Result<Range<usize>, NalError>> {
        let offset = self.position;
        let rest = self.input.get(offset..).filter(|rest| !rest.is_empty())?;
        self.position = self.input.len();
        let Some((length, behind)) = rest.split_at_checked(self.length_size.get()) else {
            return Some(Err(NalError::TruncatedLength { offset }));
        };
        let length = length
            .iter()
            .fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
        if length > behind.len() {
            return Some(Err(NalError::LengthPastEnd { offset }));
        }
        let start = offset.saturating_add(self.length_size.get());
        let end = start.saturating_add(length);
        self.position = end;
        Some(Ok(start..end))
    }
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = Result<NalUnit<'a>, NalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let range = match self.next_range()? {
            Ok(range) => range,
            Err(error) => return Some(Err(error)),
        };
        self.input.get(range).map(|unit| Ok(NalUnit(unit)))
    }
}

impl core::iter::FusedIterator for NalUnits<'_> {}

/// Writes NAL units with a length in front of each.
///
/// # Errors
/// A unit is longer than the length field can say; what was written before it stays.
pub fn write_length_prefixed<'a>(
    units: impl IntoIterator<Item = NalUnit<'a>>,
    length_size: LengthSize,
    out: &mut impl BufMut,
) -> Result<(), NalError> {
    let mut offset = 0_usize;
    for unit in units {
        let length = unit.bytes().len();
        if length > length_size.max_unit() {
            return Err(NalError::UnitTooLong { offset });
        }
        out.put_uint(length as u64, length_size.get());
        out.put_slice(unit.bytes());
        offset = offset.saturating_add(length);
    }
    Ok(())
}
