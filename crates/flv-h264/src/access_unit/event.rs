use alloc::sync::Arc;

use bytes::Bytes;

use super::parameter_sets::ParameterSets;
use crate::h264::slice_header::SliceKind;
use crate::nal::length_prefixed::LengthSize;

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
    /// The publisher does something that a person may want to know. Told once.
    Habit(Habit),
}

/// What publishers do instead of what the standards say.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Habit {
    /// NAL lengths are not of the size that the configuration record declares.
    OtherLengthSize {
        /// What the record says.
        declared: LengthSize,
        /// What the pictures have.
        found: LengthSize,
    },
    /// Start codes stand where lengths belong.
    StartCodes,
    /// Start codes stand behind lengths.
    StartCodesBehindLengths,
    /// A picture comes in several messages. From now on each is delivered when the next one
    /// begins.
    SplitPictures,
    /// Several pictures come in one message.
    SeveralPictures,
    /// Groups of pictures begin with pictures that are flagged as key frames and are intra coded,
    /// but are no IDR pictures and have no recovery point.
    IntraPictures,
}

/// One picture with everything that belongs to it, as a byte stream (H.264 annex B).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessUnit {
    /// The timestamp of the message in which the picture begins: decoding time on the encoder's
    /// clock in milliseconds, wrapping. Further pictures of a message follow as far apart as those
    /// of the message before were.
    pub timestamp_ms: u32,
    /// Nanoseconds to add to it, 0..=999 999 (Enhanced RTMP).
    pub timestamp_nanos: u32,
    /// Presentation time minus decoding time in milliseconds: 0 where all pictures claim the same,
    /// or what cannot be.
    pub composition_offset_ms: i32,
    /// Whether decoding can start here.
    pub sync: SyncPoint,
    /// What prediction the picture's first slice uses.
    pub slice: SliceKind,
    /// `pic_order_cnt_lsb` of its latest slice, where [`SpsSummary::reorders`] says that it counts.
    ///
    /// [`SpsSummary::reorders`]: crate::SpsSummary::reorders
    pub pic_order_cnt_lsb: Option<u32>,
    /// The NAL units, each behind a 4-byte start code. In front of every sync point stand all
    /// sequence and picture parameter sets; only an access unit delimiter stands before those.
    pub data: Bytes,
    /// The size of the buffer that `data` is in and keeps from being freed: at most 4 KiB beyond
    /// twice its length.
    pub buffer_bytes: usize,
    /// The parameter sets that came with this picture, if they are new or differ from those
    /// before.
    pub new_parameter_sets: Option<Arc<ParameterSets>>,
    /// Whether the picture was held back until something else showed that it is complete: then it
    /// came with a message before the last one.
    pub held: bool,
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
    /// Flagged as a key frame, and intra coded, in a stream that has nothing better
    /// ([`Habit::IntraPictures`]).
    IntraPicture,
}

impl SyncPoint {
    /// Whether decoding can start here, at once or soon.
    pub const fn is_sync(self) -> bool {
        !matches!(self, Self::None)
    }
}
