//! What can be wrong with bytes, and where.

use core::fmt;

/// Bytes that do not follow their grammar.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParseError {
    /// Bytes from the start of the parsed input to where it went wrong.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ParseErrorKind,
}

/// The ways in which a tag, a record or a NAL unit can be wrong.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The input ends in the middle of a field.
    Truncated,
    /// Bytes are left over behind the last field.
    TrailingBytes,
    /// A version that is not defined.
    UnsupportedVersion,
    /// Reserved bits do not have the value the standard demands.
    ReservedBits,
    /// The NAL length field would have 3 bytes, which ISO/IEC 14496-15 forbids.
    ForbiddenLengthSize,
    /// A NAL unit of another type than the place demands.
    WrongNalUnitType,
    /// A multitrack message inside a multitrack message.
    NestedMultitrack,
    /// A value outside the range the standard allows.
    OutOfRange,
    /// The cropping rectangle leaves nothing of the picture.
    EmptyCroppedPicture,
    /// A script tag does not begin with a string.
    NoName,
    /// Not the signature this file format begins with.
    WrongSignature,
}

impl ParseError {
    pub(crate) const fn new(offset: usize, kind: ParseErrorKind) -> Self {
        Self { offset, kind }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "input ends in the middle of a field",
            Self::TrailingBytes => "bytes left over behind the last field",
            Self::UnsupportedVersion => "undefined version",
            Self::ReservedBits => "wrong reserved bits",
            Self::ForbiddenLengthSize => "NAL length size 3",
            Self::WrongNalUnitType => "wrong NAL unit type",
            Self::NestedMultitrack => "multitrack inside multitrack",
            Self::OutOfRange => "value out of range",
            Self::EmptyCroppedPicture => "cropping leaves no picture",
            Self::NoName => "no name at the beginning",
            Self::WrongSignature => "wrong signature",
        })
    }
}

impl core::error::Error for ParseError {}
