use core::fmt;

/// The id of a chunk stream, 2 to 65599 (RTMP 1.0 section 5.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChunkStreamId(u32);

impl ChunkStreamId {
    /// The lowest id; protocol control messages are sent on it.
    pub const CONTROL: Self = Self(2);
    /// Where most senders put commands.
    pub const COMMAND: Self = Self(3);
    /// Where FFmpeg and what was made after it put sound.
    pub const AUDIO: Self = Self(4);
    /// Where FFmpeg and what was made after it put pictures.
    pub const VIDEO: Self = Self(6);
    /// The highest id that a chunk basic header can hold.
    pub const MAX: Self = Self(65599);

    /// The chunk stream `id`, or `None` outside 2..=65599.
    #[must_use]
    pub const fn new(id: u32) -> Option<Self> {
        if id >= Self::CONTROL.0 && id <= Self::MAX.0 {
            Some(Self(id))
        } else {
            None
        }
    }

    /// The id as a number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl From<ChunkStreamId> for u32 {
    fn from(id: ChunkStreamId) -> Self {
        id.0
    }
}

impl fmt::Display for ChunkStreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
