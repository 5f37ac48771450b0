use core::fmt;

use super::adts::AdtsHeader;
use super::bits::BitReader;
use super::object_type::AudioObjectType;
use super::program_config::ProgramConfig;
use super::sampling_frequency;
use crate::error::ParseError;

/// What a decoder has to know (ISO/IEC 14496-3 section 1.6.2.1): the sequence header of AAC.
///
/// ```
/// use flv_h264::aac::{AudioObjectType, AudioSpecificConfig};
///
/// // HE-AAC, told in a way that decoders without spectral band replication understand as well.
/// let config = AudioSpecificConfig::parse(&[0x13, 0x10, 0x56, 0xE5, 0x98])?;
/// assert_eq!(config.object_type, AudioObjectType::AAC_LC);
/// assert_eq!((config.sampling_frequency, config.channels()), (24_000, Some(2)));
/// assert_eq!(config.replication.map(|sbr| sbr.sampling_frequency), Some(48_000));
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AudioSpecificConfig {
    /// The object type; with spectral band replication, that of the core.
    pub object_type: AudioObjectType,
    /// In Hz, never 0; with spectral band replication, that of the core.
    pub sampling_frequency: u32,
    /// Table 1.19; 0 if `program_config` tells instead.
    pub channel_configuration: u8,
    /// The channels, where `channel_configuration` is 0.
    pub program_config: Option<ProgramConfig>,
    /// `frameLengthFlag`: frames have 960 samples instead of 1024.
    pub short_frames: bool,
    /// Spectral band replication, where it is told: it may be in the stream all the same.
    pub replication: Option<BandReplication>,
}

/// HE-AAC: what a decoder makes of the core, if it can.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BandReplication {
    /// The sampling frequency of the output, in Hz.
    pub sampling_frequency: u32,
    /// Two channels are made of one: HE-AAC v2.
    pub parametric_stereo: bool,
}

/// Why AAC has no place in ADTS.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotInAdts {
    /// ADTS has numbers for AAC Main, LC, SSR and LTP alone.
    ObjectType(AudioObjectType),
    /// ADTS has numbers for thirteen sampling frequencies, and this is none of them.
    SamplingFrequency(u32),
    /// ADTS has numbers for seven arrangements of channels, and this is none of them.
    Channels,
    /// Frames in ADTS have 1024 samples, not 960.
    ShortFrames,
}

/// What `syncExtensionType` says in front of an extension that older decoders pass over.
const SYNC_SBR: u32 = 0x2B7;
/// The same, of parametric stereo.
const SYNC_PS: u32 = 0x548;

impl AudioSpecificConfig {
    /// Parses a sequence header. What stands behind the configuration is not looked at: encoders
    /// pad it.
    ///
    /// # Errors
    /// It ends early, or tells no sampling frequency.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let bits = &mut BitReader::new(bytes);
        let mut object_type = object_type(bits)?;
        let sampling_frequency = sampling_frequency::read(bits)?;
        let channel_configuration = bits.small(4)?;
        let is_replicated = matches!(object_type, AudioObjectType::SBR | AudioObjectType::PS);
        let mut replication = None;
        if is_replicated {
            replication = Some(BandReplication {
                sampling_frequency: sampling_frequency::read(bits)?,
                parametric_stereo: object_type == AudioObjectType::PS,
            });
            object_type = self::object_type(bits)?;
            if object_type == AudioObjectType::ER_BSAC {
                // extensionChannelConfiguration
                bits.skip(4)?;
            }
        }
        let mut config = Self {
            object_type,
            sampling_frequency,
            channel_configuration,
            program_config: None,
            short_frames: false,
            replication,
        };
        if object_type.is_general_audio() {
            config.general_audio(bits)?;
            if !is_replicated {
                // Whoever breaks off in the extension has told everything else.
                config.replication = config.extension(bits).unwrap_or_default();
            }
        }
        Ok(config)
    }

    /// `GASpecificConfig` (table 4.1).
    fn general_audio(&mut self, bits: &mut BitReader<'_>) -> Result<(), ParseError> {
        self.short_frames = bits.flag()?;
        // dependsOnCoreCoder, coreCoderDelay
        if bits.flag()? {
            bits.skip(14)?;
        }
        let extension = bits.flag()?;
        if self.channel_configuration == 0 {
            self.program_config = Some(ProgramConfig::read(bits)?);
        }
        if matches!(
            self.object_type,
            AudioObjectType::AAC_SCALABLE | AudioObjectType::ER_AAC_SCALABLE
        ) {
            // layerNr
            bits.skip(3)?;
        }
        if extension {
            bits.skip(match self.object_type.0 {
                // numOfSubFrame, layer_length
                22 => 5 + 11,
                // aacSectionDataResilienceFlag and two more
                17 | 19 | 20 | 23 => 3,
                _ => 0,
            })?;
            // extensionFlag3
            bits.skip(1)?;
        }
        Ok(())
    }

    /// Spectral band replication as older decoders pass over it (section 1.6.5, "backward
    /// compatible explicit signaling").
    fn extension(&self, bits: &mut BitReader<'_>) -> Result<Option<BandReplication>, ParseError> {
        if self.object_type.is_error_resilient() && bits.bits(2)? >= 2 {
            // Error protection, which has a configuration of its own.
            return Ok(None);
        }
        if bits.left() < 16 || bits.bits(11)? != SYNC_SBR {
            return Ok(None);
        }
        let is_replicated = match object_type(bits)? {
            AudioObjectType::SBR | AudioObjectType::ER_BSAC => bits.flag()?,
            _ => false,
        };
        if !is_replicated {
            return Ok(None);
        }
        let sampling_frequency = sampling_frequency::read(bits)?;
        let parametric_stereo = bits.left() >= 12 && bits.bits(11)? == SYNC_PS && bits.flag()?;
        Ok(Some(BandReplication {
            sampling_frequency,
            parametric_stereo,
        }))
    }

    /// How many channels there are (table 1.19); with parametric stereo, those of the core. `None`
    /// if the configuration is a reserved one.
    pub fn channels(&self) -> Option<u8> {
        match self.channel_configuration {
            0 => self.program_config.map(|config| config.channels()),
            channels @ 1..=6 => Some(channels),
            7 | 12 | 14 => Some(8),
            11 => Some(7),
            13 => Some(24),
            _ => None,
        }
    }

    /// The ADTS header of a frame of `length` bytes: of HE-AAC, its core's, as decoders find the
    /// rest for themselves. What ADTS has no number for is told by the number that means the same,
    /// where there is one.
    ///
    /// # Errors
    /// ADTS cannot say this.
    pub fn adts_header(&self) -> Result<AdtsHeader, NotInAdts> {
        if !(1..=4).contains(&self.object_type.0) {
            return Err(NotInAdts::ObjectType(self.object_type));
        }
        if self.short_frames {
            return Err(NotInAdts::ShortFrames);
        }
        let channel_configuration = match self.channel_configuration {
            0 => self
                .program_config
                .and_then(|config| config.channel_configuration()),
            configuration @ 1..=7 => Some(configuration),
            _ => None,
        };
        Ok(AdtsHeader {
            object_type: self.object_type,
            sampling_frequency_index: sampling_frequency::index_of(self.sampling_frequency)
                .ok_or(NotInAdts::SamplingFrequency(self.sampling_frequency))?,
            channel_configuration: channel_configuration.ok_or(NotInAdts::Channels)?,
            ..AdtsHeader::default()
        })
    }
}

/// "AAC LC", "HE-AAC", "HE-AAC v2", or another object type's name.
impl fmt::Display for AudioSpecificConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.object_type, self.replication) {
            (AudioObjectType::AAC_LC, Some(replication)) => {
                f.write_str(if replication.parametric_stereo {
                    "HE-AAC v2"
                } else {
                    "HE-AAC"
                })
            }
            (object_type, _) => fmt::Display::fmt(&object_type, f),
        }
    }
}

impl fmt::Display for NotInAdts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ObjectType(object_type) => write!(f, "{object_type} has no place in ADTS"),
            Self::SamplingFrequency(frequency) => {
                write!(f, "AAC of {frequency} Hz has no place in ADTS")
            }
            Self::Channels => f.write_str("AAC with these channels has no place in ADTS"),
            Self::ShortFrames => f.write_str("AAC with frames of 960 samples has no place in ADTS"),
        }
    }
}

impl core::error::Error for NotInAdts {}

/// `GetAudioObjectType()`.
fn object_type(bits: &mut BitReader<'_>) -> Result<AudioObjectType, ParseError> {
    const ESCAPE: u8 = 31;
    let object_type = match bits.small(5)? {
        ESCAPE => bits.small(6)?.saturating_add(32),
        object_type => object_type,
    };
    Ok(AudioObjectType(object_type))
}
