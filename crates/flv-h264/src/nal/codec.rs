use super::unit::NalUnit;

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
    /// Filler data.
    Filler,
    /// The end of a sequence or of the stream.
    End,
    /// Nothing that the codec's standard knows.
    Unknown,
}

/// What framing and assembly have to know of a codec's NAL units.
pub(crate) trait Codec {
    /// What a unit that is not empty is.
    fn kind(unit: NalUnit<'_>) -> UnitKind;

    /// Whether a slice says that it is the first of its picture: one look, no parameter sets.
    fn is_first_slice(slice: NalUnit<'_>) -> bool;
}
