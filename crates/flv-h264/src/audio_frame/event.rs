use bytes::Bytes;

use super::format::AudioFormat;
use super::left_out::LeftOut;

/// What an audio message amounts to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AudioEvent {
    /// The frames that follow are of another format than those before, or the first ones.
    Format(AudioFormat),
    /// Sound.
    Frame(AudioFrame),
    /// Sound was left out, for another reason than told before. Told again when there were frames
    /// in between, if it is a reason to do with the whole stream.
    LeftOut(LeftOut),
    /// The publisher does something that a person may want to know. Told once.
    Habit(AudioHabit),
}

/// What publishers do instead of what the standards say.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioHabit {
    /// AAC frames have ADTS headers, where they should be raw.
    AdtsHeaders,
    /// Several frames come in one message.
    SeveralFrames,
}

/// A piece of sound that a decoder takes at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AudioFrame {
    /// The timestamp of the message, or for further frames of a message that of the sample with
    /// which they begin: milliseconds of the encoder's clock, wrapping.
    pub timestamp_ms: u32,
    /// Nanoseconds to add to it, 0..=999 999.
    pub timestamp_nanos: u32,
    /// What a player has to know.
    pub format: AudioFormat,
    /// Samples in every channel.
    pub samples: u32,
    /// AAC: a header of ADTS, 7 bytes, and a frame. G.711 and PCM: samples.
    pub data: Bytes,
    /// The size of the buffer that `data` is in and keeps from being freed: at most 4 KiB beyond
    /// twice its length.
    pub buffer_bytes: usize,
}
