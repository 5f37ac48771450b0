use core::fmt;

/// Why a protocol control or user control message makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ControlError {
    /// The body ends before its last field.
    Truncated {
        /// How many bytes the body must have.
        needed: usize,
        /// How many it has.
        actual: usize,
    },
    /// A chunk size of 0.
    ZeroChunkSize,
    /// An Abort for an id that no chunk stream can have.
    InvalidChunkStreamId(u32),
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, actual } => {
                write!(
                    f,
                    "a control message of {actual} bytes where {needed} are needed"
                )
            }
            Self::ZeroChunkSize => f.write_str("a chunk size of 0"),
            Self::InvalidChunkStreamId(id) => write!(f, "{id} is no chunk stream id"),
        }
    }
}

impl core::error::Error for ControlError {}

/// The first `N` bytes of a body. What follows them is ignored, so that a later version can add fields.
pub(super) fn take<const N: usize>(body: &[u8]) -> Result<[u8; N], ControlError> {
    body.first_chunk().copied().ok_or(ControlError::Truncated {
        needed: N,
        actual: body.len(),
    })
}
