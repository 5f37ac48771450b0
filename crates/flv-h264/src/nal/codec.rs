use core::fmt;

use super::format::SpsSummary;
use super::record::Record;
use super::slice::{PictureKind, Slice};
use super::unit::NalUnit;
use crate::flv::video::codec::VideoCodec;

/// What a NAL unit is to whoever puts pictures together.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// An access unit delimiter, which stands in front of everything.
    Delimiter,
    /// A parameter set.
    ParameterSet,
    /// What belongs to the slices behind it: SEI and the like.
    Prefix,
    /// A slice of a primary picture.
    Slice,
    /// What belongs to the slices in front of it.
    Suffix,
    /// Filler data that stays where it is.
    Filler,
    /// What no decoder of one layer needs: left out.
    Ignored,
    /// The end of a sequence or of the stream.
    End,
    /// Nothing that the codec's standard knows.
    Unknown,
}

/// The kinds of parameter sets, in the order of decoding.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetKind {
    Vps,
    Sps,
    SpsExtension,
    Pps,
}

/// The codecs that consist of NAL units and are taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NalCodec {
    H264,
    H265,
}

impl NalCodec {
    /// `None` for others.
    pub(crate) const fn of(codec: VideoCodec) -> Option<Self> {
        match codec {
            VideoCodec::Avc => Some(Self::H264),
            VideoCodec::Hevc => Some(Self::H265),
            _ => None,
        }
    }
}

/// What could be read of a parameter set.
pub(crate) trait ParameterSet: Copy + fmt::Debug + PartialEq {
    fn read(unit: NalUnit<'_>) -> Option<Self>;
}

/// Has what has a `parse` of its own be read with that.
macro_rules! parameter_sets {
    ($($set:ty),*) => {
        $(impl $crate::nal::codec::ParameterSet for $set {
            fn read(unit: $crate::nal::unit::NalUnit<'_>) -> Option<Self> {
                Self::parse(unit).ok()
            }
        })*
    };
}
pub(crate) use parameter_sets;

/// What the slice headers of a codec need from its parameter sets to be read.
pub(crate) type SyntaxOf<C> = <<C as Codec>::Slice as Slice>::Syntax;

/// What the slices of a frame of a codec have in common.
pub(crate) type CommonOf<C> = <<C as Codec>::Slice as Slice>::CommonHeader;

/// What framing and assembly have to know of a codec's NAL units.
pub(crate) trait Codec: fmt::Debug + Sized + 'static {
    /// Its name.
    const CODEC: VideoCodec;

    /// How many bytes the header of a NAL unit has.
    const HEADER: usize;

    /// Whether a recovery point counts only where the message is flagged as a key frame.
    const FLAGS_RECOVERY_POINTS: bool;

    /// What is read of a parameter set for all layers, of a sequence and of a picture parameter set.
    type Vps: ParameterSet;
    type Sps: ParameterSet;
    type Pps: ParameterSet;

    /// A slice header as far as it tells which picture the slice belongs to.
    type Slice: Slice;

    /// What a unit that is not empty is.
    fn kind(unit: NalUnit<'_>) -> UnitKind;

    /// What a slice says of its picture: one look, no parameter sets.
    fn picture_kind(slice: NalUnit<'_>) -> PictureKind;

    /// Whether a slice says that it is the first of its picture: one look, no parameter sets. In both codecs the first bit
    /// behind the header is 1 then: `first_mb_in_slice`, which is 0 in Exp-Golomb code, `first_slice_segment_in_pic_flag`.
    fn is_first_slice(slice: NalUnit<'_>) -> bool {
        let behind_header = slice.bytes().get(Self::HEADER);
        behind_header.is_some_and(|byte| byte & 0x80 != 0)
    }

    /// Whether a unit has an SEI message that says that decoding may start here.
    fn has_recovery_point(unit: NalUnit<'_>) -> bool;

    /// Whether units that stand where parameter sets are expected are those of another codec.
    fn are_of_another_codec<'a>(units: impl Iterator<Item = NalUnit<'a>>) -> Option<NalCodec>;

    /// A sequence header that follows the standard to the letter.
    fn read_strict_record(bytes: &[u8]) -> Option<Record<'_>>;

    /// A sequence header as encoders write it.
    fn read_record(bytes: &[u8]) -> Option<Record<'_>>;

    /// The kind of a parameter set; `None` for all other units.
    fn set_kind(unit: NalUnit<'_>) -> Option<SetKind>;

    /// The id of a parameter set, if that can be read.
    fn set_id(unit: NalUnit<'_>) -> Option<u8>;

    /// How slices are read that use a picture parameter set, and its id; `None` if `sps` lacks what
    /// it refers to.
    fn slice_syntax(pps: &Self::Pps, sps: &[Option<Self::Sps>]) -> Option<(u8, SyntaxOf<Self>)>;

    /// What a sequence parameter set tells of the pictures.
    fn summary(sps: &Self::Sps, vps: &[Option<Self::Vps>]) -> SpsSummary;
}
