//! The messages that are more work than they look.

use std::fmt;

use clap::ValueEnum;

/// A kind of message to flood with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flood {
    /// Acknowledgements, five bytes each.
    Acknowledgements,
    /// Ping Requests, each of which is answered.
    Pings,
    /// Set Chunk Size.
    ChunkSizes,
    /// Set Peer Bandwidth, each with another window, which is answered.
    PeerBandwidths,
    /// Commands that nobody knows, each of which is answered.
    Commands,
    /// Messages of no bytes: one byte each.
    EmptyMessages,
    /// Messages of one byte: two bytes each.
    ByteMessages,
    /// A long message in chunks of one byte.
    TinyChunks,
    /// Two long messages in chunks of one byte that take turns.
    MixedTinyChunks,
    /// A long message in chunks of one byte, each with a full header.
    FullHeaders,
    /// Pictures of ten bytes.
    TinyPictures,
    /// Sequence headers of which each is another one.
    SequenceHeaders,
    /// Metadata of which each is another one.
    Metadata,
    /// 16 MiB of parameter sets.
    ParameterSets,
    /// 16 MiB of parameter sets with start codes.
    ParameterSetStream,
    /// 16 MiB of start codes.
    StartCodes,
    /// 16 MiB of start codes behind a length.
    StartCodesBehindLength,
    /// 16 MiB of NAL units without a byte.
    EmptyUnits,
    /// 16 MiB of supplemental enhancement information.
    Sei,
    /// 16 MiB of supplemental enhancement information in one unit.
    SeiMessages,
    /// 16 MiB of one piece of supplemental enhancement information that does not end.
    LongSei,
    /// 16 MiB of access unit delimiters.
    Delimiters,
    /// 16 MiB of slices.
    Slices,
    /// 16 MiB of pictures in one message.
    Pictures,
    /// Sequence headers of 16 MiB.
    LongSequenceHeaders,
    /// Metadata with an encoder of 16 MiB.
    MetadataText,
    /// The same of characters that are escaped.
    MetadataEscapes,
    /// Metadata with 16 MiB of tiny properties.
    MetadataProperties,
    /// Metadata with an array of 16 MiB.
    MetadataArray,
    /// 16 MiB of values in front of no metadata.
    DataNulls,
    /// Aggregates of empty messages.
    AggregateOfNothing,
    /// Aggregates of parameter sets.
    AggregateOfParameterSets,
    /// Aggregates of supplemental enhancement information.
    AggregateOfSei,
    /// Aggregates of pictures of ten bytes.
    AggregateOfPictures,
    /// Aggregates of metadata.
    AggregateOfMetadata,
}

/// What a flood consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Messages that carry nothing.
    Control,
    /// Chunks of one byte.
    Chunks,
    /// Small messages of media.
    Small,
    /// NAL units, 16 MiB of them in a message.
    Units,
    /// Metadata of 16 MiB.
    Metadata,
    /// Aggregates of 16 MiB.
    Aggregates,
}

impl Flood {
    /// What it floods with.
    pub(crate) fn group(self) -> Group {
        let number = self as usize;
        let last = [
            (Flood::ByteMessages, Group::Control),
            (Flood::FullHeaders, Group::Chunks),
            (Flood::Metadata, Group::Small),
            (Flood::LongSequenceHeaders, Group::Units),
            (Flood::DataNulls, Group::Metadata),
        ];
        last.into_iter()
            .find(|(last, _)| number <= *last as usize)
            .map_or(Group::Aggregates, |(_, group)| group)
    }

    /// Whether it can be sent without a publish.
    pub(crate) fn is_for_anybody(self) -> bool {
        matches!(self.group(), Group::Control | Group::Chunks)
    }

    /// Whether there are pictures among it that are delivered.
    pub(crate) fn brings_pictures(self) -> bool {
        matches!(
            self,
            Flood::TinyPictures | Flood::Pictures | Flood::AggregateOfPictures
        )
    }

    /// Whether a message is as long as can be.
    pub(crate) fn is_large(self) -> bool {
        !self.is_for_anybody() && self.group() != Group::Small
    }
}

impl fmt::Display for Flood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_possible_value() {
            Some(value) => f.pad(value.get_name()),
            None => Ok(()),
        }
    }
}
