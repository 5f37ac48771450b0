use alloc::sync::Arc;
use alloc::vec::Vec;

use super::annex_b::{AnnexBUnits, START_CODE};
use super::unit::NalUnit;

/// How long the NAL units of a byte stream are whose start codes all have 4 bytes, so that nobody has
/// to look for these: a start code tells nothing of the unit behind it.
///
/// The lengths of a few units take no memory of their own; more are shared by all clones.
///
/// ```
/// use flv_h264::nal::{NalUnit, UnitLengths};
///
/// let stream = [0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68];
/// let units = UnitLengths::of(&stream);
/// assert!(units.units_of(&stream).eq([NalUnit(&[0x67, 0x42]), NalUnit(&[0x68])]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitLengths(Lengths);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Lengths {
    Few { count: u8, lengths: [u32; FEW] },
    Many(Arc<Vec<u32>>),
}

/// Delimiter, three parameter sets, SEI and a slice or two.
const FEW: usize = 7;

impl UnitLengths {
    /// Of no units.
    pub const NONE: Self = Self(Lengths::Few {
        count: 0,
        lengths: [0; FEW],
    });

    /// Those of any byte stream, whose start codes are looked for. What stands in front of the first
    /// one, a start code of 3 bytes or zeros between units are not described by them:
    /// [`units_of`](Self::units_of) then yields something else than the units.
    pub fn of(stream: &[u8]) -> Self {
        let mut lengths = Self::NONE;
        AnnexBUnits::new(stream).for_each(|unit| lengths.push(unit.bytes().len()));
        lengths
    }

    /// The lengths in bytes, without start codes.
    pub fn iter(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        self.as_slice().iter().map(|length| *length as usize)
    }

    /// The units of the byte stream that this was made of.
    pub fn units_of<'a>(&'a self, stream: &'a [u8]) -> impl Iterator<Item = NalUnit<'a>> + Clone {
        self.iter().scan(stream, |rest, length| {
            let (_start_code, behind) = rest.split_at_checked(START_CODE.len())?;
            let (unit, behind) = behind.split_at_checked(length)?;
            *rest = behind;
            Some(NalUnit(unit))
        })
    }

    fn as_slice(&self) -> &[u32] {
        match &self.0 {
            Lengths::Few { count, lengths } => {
                lengths.get(..usize::from(*count)).unwrap_or_default()
            }
            Lengths::Many(lengths) => lengths,
        }
    }

    /// One more unit.
    #[inline]
    pub(crate) fn push(&mut self, length: usize) {
        if let Lengths::Few { count, lengths } = &mut self.0
            && let Some(place) = lengths.get_mut(usize::from(*count))
        {
            *place = length as u32;
            *count = count.wrapping_add(1);
        } else {
            self.push_to_many(length as u32);
        }
    }

    #[cold]
    fn push_to_many(&mut self, length: u32) {
        match &mut self.0 {
            Lengths::Few { lengths, .. } => {
                self.0 = Lengths::Many(Arc::new([&lengths[..], &[length]].concat()));
            }
            Lengths::Many(lengths) => Arc::make_mut(lengths).push(length),
        }
    }

    /// The units of another stream behind these.
    pub(crate) fn append(&mut self, other: &Self) {
        other.iter().for_each(|length| self.push(length));
    }
}

impl Default for UnitLengths {
    fn default() -> Self {
        Self::NONE
    }
}
