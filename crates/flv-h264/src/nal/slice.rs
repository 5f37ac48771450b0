//! What slices of every codec have in common.

use core::fmt;

use super::rbsp::RbspReader;
use super::unit::NalUnit;

/// What prediction a slice uses.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SliceKind {
    /// Intra only; H.264's SI counts as I.
    I,
    /// From one picture at a time; H.264's SP counts as P.
    P,
    /// From up to two.
    B,
    /// The slice header could not be read.
    Unknown,
}

/// What the type of its NAL units says of a picture.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    /// Nothing.
    Ordinary,
    /// Decoding starts here, and nothing behind it refers to what came before.
    Idr,
    /// Decoding can start here; pictures that are shown before it may refer to what came before.
    Cra,
    /// The same, of a stream that was spliced here: what came before is another one.
    Bla,
    /// Shown before the CRA or BLA picture that it follows, and refers to what came before that.
    Rasl,
}

impl PictureKind {
    /// Whether decoding can start at the picture.
    pub(crate) const fn is_start(self) -> bool {
        matches!(self, Self::Idr | Self::Cra | Self::Bla)
    }
}

/// A slice header as far as it tells which picture the slice belongs to.
pub(crate) trait Slice: Copy + fmt::Debug {
    /// What a slice header needs from its parameter sets to be read.
    type Syntax: Copy + fmt::Debug + PartialEq;

    /// What the slices of a frame have in common.
    type CommonHeader;

    /// Reads the header of a slice. `None` if it cannot be read, or does not fit the parameter sets.
    fn read<'a>(unit: NalUnit<'_>, syntax: impl Fn(u8) -> Option<&'a Self::Syntax>) -> Option<Self>
    where
        Self::Syntax: 'a;

    /// Reads the header of the first slice of a frame, if that is as short as they usually are,
    /// with what the headers of its other slices have in common with it.
    fn read_first_of_frame<'a>(
        unit: NalUnit<'_>,
        syntax: impl Fn(u8) -> Option<&'a Self::Syntax>,
    ) -> Option<(Self, Self::CommonHeader)>
    where
        Self::Syntax: 'a;

    /// Becomes the slice `unit`, if that is the next one of the same frame, with nothing else in its
    /// header but where it begins.
    fn go_on_in_frame(&mut self, unit: NalUnit<'_>, common: &Self::CommonHeader) -> Option<()>;

    /// What prediction it uses.
    fn kind(&self) -> SliceKind;

    /// Whether nothing of the picture, or field, stands before it.
    fn is_first(&self) -> bool;

    /// Whether a picture or field can begin with it.
    fn can_begin(&self) -> bool;

    /// Whether it belongs to a picture that is half of a frame.
    fn is_of_field(&self) -> bool;

    /// The lowest bits of the number by which the pictures are shown.
    fn pic_order_cnt_lsb(&self) -> u32;

    /// How this slice relates to the one before it. `has_first` tells whether one that is the
    /// [first](Self::is_first) is among those before.
    fn relation_to(&self, before: &Self, has_first: bool) -> Relation;

    /// This slice, with what it leaves to the slice before it in the same picture.
    #[must_use]
    fn following(self, _before: &Self) -> Self {
        self
    }
}

/// How a slice relates to the one before.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// They belong to the same picture, or to the same field of it.
    Continues,
    /// It begins the other field of the same frame.
    OtherField,
    /// It begins a picture.
    Begins,
}

/// The descriptors of a slice header.
pub(crate) trait HeaderBits {
    /// u(n), n from 1 to 32.
    fn u(&mut self, count: u8) -> Option<u32>;

    /// ue(v); se(v) as well, where values are only compared.
    fn ue(&mut self) -> Option<u32>;
}

/// The first 8 bytes of a slice, which nearly always have all that is looked at, and no emulation
/// prevention.
#[derive(Copy, Clone, Debug)]
pub(crate) struct FirstBits {
    /// The next bit is the highest.
    window: u64,
    left: u32,
}

impl FirstBits {
    /// Of what stands behind the header of the NAL unit.
    #[inline]
    pub(crate) fn new(payload: &[u8]) -> Option<Self> {
        let window = u64::from_be_bytes(*payload.first_chunk()?);
        let has_two_zeros = has_zero_byte(window | window << 8 | 0xFF);
        (!has_two_zeros).then_some(Self {
            window,
            left: u64::BITS,
        })
    }

    /// How many bits have not been read.
    pub(crate) const fn left(&self) -> u32 {
        self.left
    }

    /// The next bits, from 1 to 64.
    pub(crate) const fn top(&self, length: u32) -> u64 {
        self.window >> (u64::BITS.wrapping_sub(length) & 0x3F)
    }
}

impl HeaderBits for FirstBits {
    #[inline]
    fn u(&mut self, count: u8) -> Option<u32> {
        let count = u32::from(count);
        self.left = self.left.checked_sub(count)?;
        let value = self.window >> (u64::BITS.wrapping_sub(count) & 0x3F);
        self.window <<= count & 0x3F;
        Some(value as u32)
    }

    #[inline]
    fn ue(&mut self) -> Option<u32> {
        let length = self.window.leading_zeros().wrapping_mul(2).wrapping_add(1);
        self.left = self.left.checked_sub(length)?;
        let code = self.window >> (u64::BITS.wrapping_sub(length) & 0x3F);
        self.window <<= length & 0x3F;
        Some((code as u32).wrapping_sub(1))
    }
}

impl HeaderBits for RbspReader<'_> {
    fn u(&mut self, count: u8) -> Option<u32> {
        self.bits(count.into()).ok()
    }

    fn ue(&mut self) -> Option<u32> {
        RbspReader::ue(self).ok()
    }
}

const fn has_zero_byte(value: u64) -> bool {
    const ONES: u64 = u64::MAX / 0xFF;
    value.wrapping_sub(ONES) & !value & (ONES << 7) != 0
}
