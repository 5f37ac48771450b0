//! The ways to misbehave.

use std::fmt;

use clap::ValueEnum;

use super::{Flood, Group};

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
    NeverReads,
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
    /// Publishes, then sequence headers and metadata of a few bytes and long messages in chunks of one byte.
    FloodSmallPublish,
    /// Publishes, then messages of 16 MiB: parameter sets, start codes, empty units, metadata, aggregates and the like.
    FloodLargePublish,
}

impl Kind {
    /// Whether it takes a path for itself.
    pub(crate) fn takes_path(self) -> bool {
        matches!(
            self,
            Kind::SlowPublish
                | Kind::NoisePublish
                | Kind::ManyChunkStreamsPublish
                | Kind::TinyChunksPublish
                | Kind::MidFrame
                | Kind::FloodSmallPublish
                | Kind::FloodLargePublish
        )
    }

    /// What it floods with, one after the other. Pictures are left out: frames of a hostile publisher are
    /// not told from those of another.
    pub(crate) fn floods(self) -> impl Iterator<Item = Flood> {
        let groups: &[Group] = match self {
            Kind::FloodControl => &[Group::Control],
            Kind::FloodChunks => &[Group::Chunks],
            Kind::FloodSmallPublish => &[Group::Small, Group::Chunks],
            Kind::FloodLargePublish => &[Group::Units, Group::Metadata, Group::Aggregates],
            _ => &[],
        };
        groups.iter().flat_map(|group| {
            let all = Flood::value_variants().iter().copied();
            all.filter(move |flood| flood.group() == *group && !flood.brings_pictures())
        })
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
