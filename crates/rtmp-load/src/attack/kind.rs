//! The ways to misbehave.

use std::fmt;

use clap::ValueEnum;

use crate::flood::{Flood, Group};

/// A way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Connects and says nothing.
    Silent,
    /// A byte of C0 and C1 per second.
    SlowHandshake,
    /// A byte of the connect command per second.
    SlowConnect,
    /// Noise instead of a handshake.
    Noise,
    /// A handshake, then noise instead of chunks.
    NoiseChunks,
    /// 64 k chunk streams with a message of 16 MiB each, of which one byte comes.
    ManyChunkStreams,
    /// A message of 10 MB in chunks of one byte.
    TinyChunks,
    /// A connect command with ten thousand objects in each other.
    NestedAmf,
    /// A connect command with an array that claims 2³² − 1 properties.
    EcmaCount,
    /// Window acknowledgement sizes of 0, 1 and 2³² − 1.
    Windows,
    /// Publishes where somebody else does.
    HeldPath,
    /// Publishes where no camera is.
    UnknownPath,
    /// Forty connections at once from one address.
    Storm,
    /// Is gone in the middle of a command.
    MidMessage,
    /// Asks for replies and never reads one.
    Deaf,
    /// Begins TLS where RTMP is spoken.
    TlsHello,
    /// Asks for a web page.
    Http,
    /// Control messages, pings, commands and messages of nothing, without end.
    FloodControl,
    /// Long messages in chunks of one byte, without end.
    FloodChunks,
    /// Publishes, then noise.
    NoisePublish,
    /// Publishes, then 64 k chunk streams as above.
    ManyChunkStreamsPublish,
    /// Publishes, then a video message of 1 MB in chunks of one byte, over and over.
    TinyChunksPublish,
    /// Publishes, and is gone in the middle of a video message.
    MidFrame,
    /// Publishes, then a byte of a video message per second.
    SlowPublish,
    /// Publishes, then control messages, pings, commands and messages of nothing, without end.
    FloodControlPublish,
    /// Publishes, then long messages in chunks of one byte, without end.
    FloodChunksPublish,
    /// Publishes, then pictures, sequence headers and metadata, each a few bytes.
    FloodSmallPublish,
    /// Publishes, then messages of 16 MiB: parameter sets, start codes, empty units and the like.
    FloodUnitsPublish,
    /// Publishes, then metadata of 16 MiB.
    FloodMetadataPublish,
    /// Publishes, then aggregates of 16 MiB.
    FloodAggregatesPublish,
}

impl Kind {
    /// Whether it takes a path for itself.
    pub(super) fn takes_path(self) -> bool {
        matches!(
            self,
            Kind::SlowPublish
                | Kind::NoisePublish
                | Kind::ManyChunkStreamsPublish
                | Kind::TinyChunksPublish
                | Kind::MidFrame
                | Kind::FloodControlPublish
                | Kind::FloodChunksPublish
                | Kind::FloodSmallPublish
                | Kind::FloodUnitsPublish
                | Kind::FloodMetadataPublish
                | Kind::FloodAggregatesPublish
        )
    }

    /// What it floods with, one after the other.
    pub(super) fn floods(self) -> impl Iterator<Item = Flood> {
        let group = match self {
            Kind::FloodControl | Kind::FloodControlPublish => Some(Group::Control),
            Kind::FloodChunks | Kind::FloodChunksPublish => Some(Group::Chunks),
            Kind::FloodSmallPublish => Some(Group::Small),
            Kind::FloodUnitsPublish => Some(Group::Units),
            Kind::FloodMetadataPublish => Some(Group::Metadata),
            Kind::FloodAggregatesPublish => Some(Group::Aggregates),
            _ => None,
        };
        let all = Flood::value_variants().iter().copied();
        all.filter(move |flood| group == Some(flood.group()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_possible_value() {
            Some(value) => f.pad(value.get_name()),
            None => Ok(()),
        }
    }
}
