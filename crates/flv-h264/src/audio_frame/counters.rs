/// What an [`AudioFrameBuilder`](super::AudioFrameBuilder) has seen and skipped so far.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioCounters {
    /// Audio messages in all.
    pub messages: u64,
    /// Frames delivered.
    pub frames: u64,
    /// Messages without a byte of sound. By the RTMP protocol they mean silence.
    pub empty_messages: u64,
    /// Messages whose header cannot be read or has no meaning.
    pub malformed_messages: u64,
    /// Messages that hold no sound: layouts of channels, ends of sequences.
    pub silent_messages: u64,
    /// Parts of messages that belong to another track than the one followed.
    pub other_track_messages: u64,
    /// Sequence headers that repeat the one before.
    pub repeated_sequence_headers: u64,
    /// Sequence headers that differ from the one before.
    pub sequence_header_changes: u64,
    /// Sequence headers that cannot be read; the last good one stays.
    pub broken_sequence_headers: u64,
    /// Messages with ADTS headers of their own.
    pub adts_messages: u64,
    /// Messages whose ADTS headers tell lengths that are not so.
    pub wrong_adts_lengths: u64,
    /// Frames behind the first one of a message.
    pub further_frames: u64,
    /// Frames left out because the message had far too many.
    pub surplus_frames: u64,
    /// Messages, or frames of messages with several, that were left out because they cannot be
    /// delivered ([`LeftOut`](super::LeftOut)).
    pub left_out: u64,
    /// Bytes at the end of PCM messages that are no whole sample.
    pub partial_sample_bytes: u64,
}
