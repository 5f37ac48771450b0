/// What a peer may make a [`ChunkDecoder`](crate::ChunkDecoder) hold.
///
/// ```
/// # use rtmp_chunk::DecoderLimits;
/// let limits = DecoderLimits::default().with_message_bytes(1024 * 1024).with_chunk_streams(16);
/// assert_eq!(limits.message_bytes, 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecoderLimits {
    /// The longest message in bytes. Default: 16 MiB, which is more than a message can have.
    pub message_bytes: usize,
    /// How many bytes of unfinished messages, over all chunk streams together, are held. Default: 32 MiB.
    pub buffered_bytes: usize,
    /// How many different chunk streams may be used. Default: 64.
    pub chunk_streams: usize,
    /// Audio, video, data and aggregate messages that exceed the limits are no error: nothing of them is held, and they
    /// come out without a payload. Default: false.
    pub pass_over_media: bool,
}

impl DecoderLimits {
    /// Sets the longest message in bytes.
    #[must_use]
    pub const fn with_message_bytes(mut self, bytes: usize) -> Self {
        self.message_bytes = bytes;
        self
    }

    /// Sets how many bytes of unfinished messages are held.
    #[must_use]
    pub const fn with_buffered_bytes(mut self, bytes: usize) -> Self {
        self.buffered_bytes = bytes;
        self
    }

    /// Sets how many different chunk streams may be used.
    #[must_use]
    pub const fn with_chunk_streams(mut self, count: usize) -> Self {
        self.chunk_streams = count;
        self
    }

    /// Sets what becomes of media that exceed the limits.
    #[must_use]
    pub const fn with_media_passed_over(mut self, passed_over: bool) -> Self {
        self.pass_over_media = passed_over;
        self
    }
}

impl Default for DecoderLimits {
    fn default() -> Self {
        Self {
            message_bytes: 16 * 1024 * 1024,
            buffered_bytes: 32 * 1024 * 1024,
            chunk_streams: 64,
            pass_over_media: false,
        }
    }
}
