use core::fmt;

use crate::aac::adts::AdtsHeader;
use crate::flv::audio::codec::AudioCodec;
use crate::flv::audio::tag::LegacyAudio;

/// How the samples of a frame are coded.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum AudioEncoding {
    /// AAC behind an ADTS header.
    Aac,
    /// G.711 A-law, 8 bits a sample.
    ALaw,
    /// G.711 mu-law, 8 bits a sample.
    MuLaw,
    /// Linear PCM, 16 bits a sample, signed, little endian; channels interleaved.
    Pcm,
}

/// What a player has to know of a frame.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AudioFormat {
    /// How samples are coded.
    pub encoding: AudioEncoding,
    /// In Hz, never 0. Of HE-AAC, that of its AAC LC core, as the ADTS header has it.
    pub sample_rate: u32,
    /// Never 0. Of HE-AAC v2, those of its core.
    pub channels: u8,
}

impl AudioFormat {
    /// The format that a header tells, unless it leaves the channels to the frame.
    pub(super) fn of_adts(header: &AdtsHeader) -> Option<Self> {
        Some(Self {
            encoding: AudioEncoding::Aac,
            sample_rate: header.sampling_frequency(),
            channels: header.channels()?,
        })
    }

    /// G.711 in FLV is 8000 Hz mono: the tag's bits cannot say so, and encoders set any.
    pub(super) const fn g711(encoding: AudioEncoding) -> Self {
        Self {
            encoding,
            sample_rate: 8000,
            channels: 1,
        }
    }

    /// What a tag says of linear PCM. `declared` is onMetaData's rate in Hz.
    pub(super) fn pcm(tag: &LegacyAudio<'_>, declared: Option<u32>) -> Self {
        let told = 44_100_u32 >> 3_u8.saturating_sub(tag.rate);
        // FFmpeg writes 8 and 16 kHz with the bits of 5.5 kHz; nobody else has a way to say them
        // either.
        let meant = match (tag.rate, declared) {
            (0, Some(rate @ (8000 | 16_000))) | (3, Some(rate @ (32_000 | 48_000))) => rate,
            _ => told,
        };
        Self {
            encoding: AudioEncoding::Pcm,
            sample_rate: meant,
            channels: if tag.stereo { 2 } else { 1 },
        }
    }

    /// The bytes of a sample of every channel; `None` for AAC.
    pub(super) fn sample_bytes(&self) -> Option<usize> {
        match self.encoding {
            AudioEncoding::Aac => None,
            AudioEncoding::ALaw | AudioEncoding::MuLaw => Some(self.channels.into()),
            AudioEncoding::Pcm => Some(usize::from(self.channels).saturating_mul(2)),
        }
    }
}

impl From<AudioEncoding> for AudioCodec {
    fn from(encoding: AudioEncoding) -> Self {
        match encoding {
            AudioEncoding::Aac => Self::Aac,
            AudioEncoding::ALaw => Self::G711ALaw,
            AudioEncoding::MuLaw => Self::G711MuLaw,
            AudioEncoding::Pcm => Self::Pcm,
        }
    }
}

/// "AAC, 44100 Hz, stereo".
impl fmt::Display for AudioFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codec = AudioCodec::from(self.encoding);
        write!(f, "{codec}, {} Hz, ", self.sample_rate)?;
        match self.channels {
            1 => f.write_str("mono"),
            2 => f.write_str("stereo"),
            channels => write!(f, "{channels} channels"),
        }
    }
}
