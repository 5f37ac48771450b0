use core::fmt;

use crate::marker::Marker;

/// Bytes that are not AMF0, or more of it than the [`Limits`](crate::Limits) allow.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// Where in the decoder's input the trouble lies, in bytes from its beginning.
    pub offset: usize,
    /// What is wrong there.
    pub kind: DecodeErrorKind,
}

impl DecodeError {
    /// What `kind` says, at byte `offset`.
    #[must_use]
    pub const fn new(offset: usize, kind: DecodeErrorKind) -> Self {
        Self { offset, kind }
    }
}

/// What is wrong with the bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input ends in the middle of a value.
    UnexpectedEnd,
    /// No value starts with this byte (AMF0 section 2.1).
    UnknownMarker(u8),
    /// An object end marker where a value has to be (AMF0 section 2.11).
    UnexpectedObjectEnd,
    /// A string that is not UTF-8 (AMF0 section 1.3.1).
    InvalidUtf8,
    /// An AMF3 value inside an AMF0 object or array: only an AMF3 decoder could tell where it
    /// ends (AMF0 section 3.1).
    NestedAvmPlus,
    /// More objects within objects than [`Limits::depth`](crate::Limits::depth).
    TooDeep,
    /// More values than [`Limits::values`](crate::Limits::values).
    TooManyValues,
    /// More bytes than [`Limits::bytes`](crate::Limits::bytes).
    TooManyBytes,
}

impl DecodeErrorKind {
    /// What is wrong with a marker that no value inside an object or array starts with.
    pub(crate) const fn not_inside(marker: Marker) -> Self {
        match marker {
            Marker::OBJECT_END => Self::UnexpectedObjectEnd,
            Marker::AVM_PLUS => Self::NestedAvmPlus,
            Marker(byte) => Self::UnknownMarker(byte),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd => f.write_str("the input ends in the middle of an AMF0 value"),
            Self::UnknownMarker(marker) => write!(f, "unknown AMF0 type marker 0x{marker:02X}"),
            Self::UnexpectedObjectEnd => f.write_str("AMF0 object end marker without an object"),
            Self::InvalidUtf8 => f.write_str("AMF0 string is not UTF-8"),
            Self::NestedAvmPlus => f.write_str("AMF3 value inside an AMF0 object or array"),
            Self::TooDeep => f.write_str("AMF0 objects nested too deep"),
            Self::TooManyValues => f.write_str("too many AMF0 values"),
            Self::TooManyBytes => f.write_str("too many bytes of AMF0"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// A value that AMF0 cannot hold, or a buffer that cannot hold the value.
///
/// What was written before the error stays in the buffer.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A property or class name of more than 65 535 bytes (AMF0 section 1.3.1).
    NameTooLong,
    /// A string or XML document of more than 4 294 967 295 bytes (AMF0 section 1.3.1).
    StringTooLong,
    /// An array of more than 4 294 967 295 entries (AMF0 sections 2.10 and 2.12).
    ArrayTooLong,
    /// More objects within objects than [`Limits::MAX_DEPTH`](crate::Limits::MAX_DEPTH).
    TooDeep,
    /// An AMF3 value inside an AMF0 object or array: a decoder could not tell where it ends.
    NestedAvmPlus,
    /// The buffer has no room left. Growing buffers never say so.
    BufferFull,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameTooLong => "AMF0 property or class name longer than 65535 bytes",
            Self::StringTooLong => "AMF0 string longer than 4294967295 bytes",
            Self::ArrayTooLong => "AMF0 array longer than 4294967295 entries",
            Self::TooDeep => "AMF0 objects nested too deep",
            Self::NestedAvmPlus => "AMF3 value inside an AMF0 object or array",
            Self::BufferFull => "no room left in the buffer",
        })
    }
}

impl core::error::Error for EncodeError {}
