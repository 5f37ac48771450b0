use alloc::sync::Arc;

use bytes::Bytes;

use crate::flv::video::codec::VideoCodec;
use crate::nal::length_prefixed::LengthSize;
use crate::nal::parameter_sets::ParameterSets;
use crate::nal::slice::SliceKind;
use crate::nal::unit::NalUnit;
use crate::nal::unit_lengths::UnitLengths;

/// What a video message amounts to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum VideoEvent {
    /// A picture.
    AccessUnit(AccessUnit),
    /// Parameter sets that are new or differ from those before, by a message without a picture.
    /// They are used from the next picture on at which decoding starts.
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
    /// but are no pictures at which decoding starts by the standard.
    IntraPictures,
    /// There are recovery points (periodic intra refresh), which are not flagged as key frames, and
    /// nothing else at which decoding could start.
    UnflaggedRecoveryPoints,
}

/// One picture with everything that belongs to it, as a byte stream (annex B of both standards).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessUnit {
    /// [`VideoCodec::Avc`] or [`VideoCodec::Hevc`]. Where it is another one than before, the unit is
    /// a sync point.
    pub codec: VideoCodec,
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
    /// Whether the picture refers to others from before the latest sync point, though it comes
    /// behind that (H.265 RASL, random access skipped leading): it is left out where decoding
    /// starts at that sync point, or begins again there after a gap, and delivered everywhere else.
    /// Where nobody could decode it, it does not come at all.
    pub rasl: bool,
    /// What prediction the picture's first slice uses.
    pub slice: SliceKind,
    /// The lowest bits of the picture order count, of its latest slice, where [`SpsSummary::reorders`] says that it counts.
    ///
    /// [`SpsSummary::reorders`]: crate::SpsSummary::reorders
    pub pic_order_cnt_lsb: Option<u32>,
    /// The NAL units, each behind a 4-byte start code. In front of every sync point stand
    /// all parameter sets; only an access unit delimiter stands before those.
    pub data: Bytes,
    /// How long each of them is.
    pub unit_lengths: UnitLengths,
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

impl AccessUnit {
    /// The NAL units, for whom start codes are of no use.
    pub fn units(&self) -> impl Iterator<Item = NalUnit<'_>> + Clone {
        self.unit_lengths.units_of(&self.data)
    }
}

/// Whether a decoder can start at a picture.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncPoint {
    /// It cannot.
    None,
    /// An IDR picture: all that follows needs nothing from before.
    Idr,
    /// A CRA picture (H.265, clean random access): pictures behind it that are [`rasl`] need what
    /// came before.
    ///
    /// [`rasl`]: AccessUnit::rasl
    Cra,
    /// A BLA picture (H.265, broken link access): the stream was spliced here.
    Bla,
    /// With a recovery point SEI message: the pictures become right soon (periodic intra refresh,
    /// open groups of pictures). In H.264 it is flagged as a key frame as well, or the stream has
    /// nothing better ([`Habit::UnflaggedRecoveryPoints`]).
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
