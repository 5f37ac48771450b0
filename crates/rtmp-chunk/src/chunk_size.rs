/// The maximum length of a chunk's data in bytes, 1 to 16777215 (RTMP 1.0 section 5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChunkSize(u32);

impl ChunkSize {
    /// What both sides start with: 128 bytes.
    pub const DEFAULT: Self = Self(128);
    /// The largest size that makes a difference: no message is longer.
    pub const MAX: Self = Self(0xFF_FFFF);

    /// The chunk size of `bytes`; `None` for 0. Sizes above [`MAX`](Self::MAX) mean the same as `MAX` and become it.
    #[must_use]
    pub const fn new(bytes: u32) -> Option<Self> {
        match bytes {
            0 => None,
            1..=0xFF_FFFF => Some(Self(bytes)),
            _ => Some(Self::MAX),
        }
    }

    /// The size in bytes.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for ChunkSize {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<ChunkSize> for u32 {
    fn from(size: ChunkSize) -> Self {
        size.0
    }
}
