use alloc::sync::Arc;

use bytes::Bytes;

use super::parameter_sets::ParameterSets;
use crate::h264::slice_header::SliceKind;

/// What a video message amounts to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum VideoEvent {
    /// A picture.
    AccessUnit(AccessUnit),
    /// Parameter sets that are new or differ from those before, by a message without a picture.
    /// They are used from the next IDR picture on.
    ParameterSets(Arc<ParameterSets>),
    /// The encoder said that the sequence ends.
    EndOfSequence,
}

/// One picture with everything that belongs to it, as a byte stream (H.264 annex B).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessUnit {
    /// The message's timestamp: decoding time on the encoder's clock in milliseconds, wrapping.
    pub timestamp_ms: u32,
    /// Nanoseconds to add to it, 0..=999 999 (Enhanced RTMP).
    pub timestamp_nanos: u32,
    /// Presentation time minus decoding time in milliseconds.
    pub composition_offset_ms: i32,
    /// Whether decoding can start here.
    pub sync: SyncPoint,
    /// What prediction the picture's first slice uses.
    pub slice: SliceKind,
    /// The NAL units, each behind a 4-byte start code. In front of every sync point stand all
    /// sequence and picture parameter sets; only an access unit delimiter stands before those.
    pub data: Bytes,
    /// The parameter sets that came with this picture, if they are new or differ from those
    /// before.
    pub new_parameter_sets: Option<Arc<ParameterSets>>,
}

/// Whether a decoder can start at a picture.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncPoint {
    /// It cannot.
    None,
    /// An IDR picture: all that follows needs nothing from before.
    Idr,
    /// Flagged as a key frame, with a recovery point SEI message: the pictures become right soon
    /// (periodic intra refresh, open groups of pictures).
    RecoveryPoint,
}

impl SyncPoint {
    /// Whether decoding can start here, at once or soon.
    pub const fn is_sync(self) -> bool {
        !matches!(self, Self::None)
    }
}
