//! Chunking (RTMP 1.0 section 5.3): messages cut into chunks, and put together again.

mod decoder;
mod encoder;
mod header;
mod limits;
mod stream_table;

pub use decoder::{ChunkDecoder, DecodeError, DecodeErrorKind};
pub use encoder::{ChunkEncoder, EncodeError};
pub use limits::DecoderLimits;

/// Whether type 3 chunks repeat the extended timestamp of the chunk before them (RTMP 1.0 section 5.3.1.3).
///
/// The standard says that they do; several senders leave it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExtendedTimestamps {
    /// Type 3 chunks repeat it, as the standard says.
    #[default]
    Always,
    /// Only chunks of type 0, 1 and 2 have it.
    Never,
}
