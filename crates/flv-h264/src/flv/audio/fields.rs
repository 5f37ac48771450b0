//! The numbered fields of audio tags, all open: values without a name survive.

use crate::flv::mod_ex::MOD_EX_PACKET_TYPE;

/// SoundFormat, 4 bits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct SoundFormat(pub u8);

impl SoundFormat {
    /// Linear PCM in the byte order of the platform that made it.
    pub const PCM_PLATFORM_ENDIAN: Self = Self(0);
    /// ADPCM.
    pub const ADPCM: Self = Self(1);
    /// MP3.
    pub const MP3: Self = Self(2);
    /// Linear PCM, little endian.
    pub const PCM_LITTLE_ENDIAN: Self = Self(3);
    /// Nellymoser 16 kHz mono.
    pub const NELLYMOSER_16_KHZ: Self = Self(4);
    /// Nellymoser 8 kHz mono.
    pub const NELLYMOSER_8_KHZ: Self = Self(5);
    /// Nellymoser.
    pub const NELLYMOSER: Self = Self(6);
    /// G.711 A-law.
    pub const G711_A_LAW: Self = Self(7);
    /// G.711 mu-law.
    pub const G711_MU_LAW: Self = Self(8);
    /// An enhanced header, with an [`AudioPacketType`] in the other 4 bits.
    pub const EX_HEADER: Self = Self(9);
    /// AAC.
    pub const AAC: Self = Self(10);
    /// Speex.
    pub const SPEEX: Self = Self(11);
    /// MP3 8 kHz.
    pub const MP3_8_KHZ: Self = Self(14);
    /// Device-specific sound.
    pub const DEVICE_SPECIFIC: Self = Self(15);
}

/// AACPacketType.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AacPacketType(pub u8);

impl AacPacketType {
    /// AudioSpecificConfig.
    pub const SEQUENCE_HEADER: Self = Self(0);
    /// Raw AAC.
    pub const RAW: Self = Self(1);
}

/// AudioPacketType, 4 bits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AudioPacketType(pub u8);

impl AudioPacketType {
    /// A header of the codec.
    pub const SEQUENCE_START: Self = Self(0);
    /// Audio.
    pub const CODED_FRAMES: Self = Self(1);
    /// End of sequence.
    pub const SEQUENCE_END: Self = Self(2);
    /// Which channel is which speaker.
    pub const MULTICHANNEL_CONFIG: Self = Self(4);
    /// Several tracks.
    pub const MULTITRACK: Self = Self(5);
    /// A modifier in front of the packet.
    pub const MOD_EX: Self = Self(MOD_EX_PACKET_TYPE);
}
