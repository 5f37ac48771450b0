use core::fmt;

use super::fields::SoundFormat;
use crate::flv::four_cc::FourCc;

/// An audio codec, however the message named it.
///
/// ```
/// use flv_h264::{AudioCodec, flv::{FourCc, audio::SoundFormat}};
///
/// assert_eq!(AudioCodec::from(SoundFormat::AAC), AudioCodec::from(FourCc::MP4A));
/// assert_eq!(AudioCodec::Aac.to_string(), "AAC");
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioCodec {
    /// Linear PCM.
    Pcm,
    /// ADPCM.
    Adpcm,
    /// MP3.
    Mp3,
    /// Nellymoser.
    Nellymoser,
    /// G.711 A-law.
    G711ALaw,
    /// G.711 mu-law.
    G711MuLaw,
    /// AAC.
    Aac,
    /// Speex.
    Speex,
    /// AC-3.
    Ac3,
    /// Enhanced AC-3.
    Eac3,
    /// Opus.
    Opus,
    /// FLAC.
    Flac,
    /// A sound format without a public meaning.
    UnknownId(u8),
    /// A FourCC this crate has no name for.
    UnknownFourCc(FourCc),
}

impl From<SoundFormat> for AudioCodec {
    fn from(format: SoundFormat) -> Self {
        match format {
            SoundFormat::PCM_PLATFORM_ENDIAN | SoundFormat::PCM_LITTLE_ENDIAN => Self::Pcm,
            SoundFormat::ADPCM => Self::Adpcm,
            SoundFormat::MP3 | SoundFormat::MP3_8_KHZ => Self::Mp3,
            SoundFormat::NELLYMOSER_16_KHZ
            | SoundFormat::NELLYMOSER_8_KHZ
            | SoundFormat::NELLYMOSER => Self::Nellymoser,
            SoundFormat::G711_A_LAW => Self::G711ALaw,
            SoundFormat::G711_MU_LAW => Self::G711MuLaw,
            SoundFormat::AAC => Self::Aac,
            SoundFormat::SPEEX => Self::Speex,
            SoundFormat(id) => Self::UnknownId(id),
        }
    }
}

impl From<FourCc> for AudioCodec {
    fn from(four_cc: FourCc) -> Self {
        match four_cc {
            FourCc::MP4A => Self::Aac,
            FourCc::MP3 => Self::Mp3,
            FourCc::AC_3 => Self::Ac3,
            FourCc::EC_3 => Self::Eac3,
            FourCc::OPUS => Self::Opus,
            FourCc::FLAC => Self::Flac,
            unknown => Self::UnknownFourCc(unknown),
        }
    }
}

/// The name a person knows the codec by.
impl fmt::Display for AudioCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcm => "PCM",
            Self::Adpcm => "ADPCM",
            Self::Mp3 => "MP3",
            Self::Nellymoser => "Nellymoser",
            Self::G711ALaw => "G.711 A-law",
            Self::G711MuLaw => "G.711 mu-law",
            Self::Aac => "AAC",
            Self::Speex => "Speex",
            Self::Ac3 => "AC-3",
            Self::Eac3 => "E-AC-3",
            Self::Opus => "Opus",
            Self::Flac => "FLAC",
            Self::UnknownId(id) => return write!(f, "unknown sound format {id}"),
            Self::UnknownFourCc(code) => return write!(f, "unknown codec \"{code}\""),
        })
    }
}
