use super::bits::BitReader;
use super::object_type::AudioObjectType;
use super::sampling_frequency::frequency_of;
use crate::error::{ParseError, ParseErrorKind};
use crate::flv::EncodeError;

/// The header that stands in front of every AAC frame of an audio data transport stream
/// (ISO/IEC 14496-3 section 1.A.2), as far as it says something.
///
/// ```
/// use flv_h264::aac::AdtsHeader;
///
/// let header = AdtsHeader::parse(&[0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC])?;
/// assert_eq!((header.sampling_frequency(), header.channels()), (44_100, Some(2)));
/// assert_eq!((header.frame_length, header.samples()), (16, 1024));
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AdtsHeader {
    /// AAC Main, LC, SSR or LTP.
    pub object_type: AudioObjectType,
    /// 0 to 12.
    pub sampling_frequency_index: u8,
    /// 1 to 7; 0 if the frames say it themselves.
    pub channel_configuration: u8,
    /// The length of header and frame in bytes: 7 to 8191.
    pub frame_length: u16,
    /// A checksum follows the header.
    pub has_checksum: bool,
    /// Raw data blocks in the frame: 1 to 4, nearly always 1.
    pub raw_data_blocks: u8,
}

impl Default for AdtsHeader {
    /// Of nothing: AAC LC at 44 100 Hz in stereo.
    fn default() -> Self {
        Self {
            object_type: AudioObjectType::AAC_LC,
            sampling_frequency_index: 4,
            channel_configuration: 2,
            frame_length: 7,
            has_checksum: false,
            raw_data_blocks: 1,
        }
    }
}

/// The samples of a raw data block, in every channel.
const SAMPLES: u32 = 1024;

impl AdtsHeader {
    /// The length of a header without checksum, in bytes.
    pub const LENGTH: usize = 7;

    /// The longest frame that goes behind a header without checksum, in bytes.
    pub const MAX_PAYLOAD: usize = 0x1FFF - Self::LENGTH;

    /// Parses the beginning of `bytes`.
    ///
    /// # Errors
    /// It does not begin with a header, or the header contradicts itself.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let bits = &mut BitReader::new(bytes);
        // syncword
        if bits.bits(12)? != 0xFFF {
            return Err(ParseError::new(0, ParseErrorKind::WrongSignature));
        }
        // ID
        bits.skip(1)?;
        // layer
        if bits.bits(2)? != 0 {
            return Err(bits.error(ParseErrorKind::ReservedBits));
        }
        let has_checksum = !bits.flag()?;
        let object_type = AudioObjectType(bits.small(2)?.saturating_add(1));
        let sampling_frequency_index = bits.small(4)?;
        if frequency_of(sampling_frequency_index).is_none() {
            return Err(bits.error(ParseErrorKind::OutOfRange));
        }
        // private_bit
        bits.skip(1)?;
        let channel_configuration = bits.small(3)?;
        // original_copy, home, copyright_identification_bit and _start
        bits.skip(4)?;
        let [_, _, high, low] = bits.bits(13)?.to_be_bytes();
        let frame_length = u16::from_be_bytes([high, low]);
        // adts_buffer_fullness
        bits.skip(11)?;
        let header = Self {
            object_type,
            sampling_frequency_index,
            channel_configuration,
            frame_length,
            has_checksum,
            raw_data_blocks: bits.small(2)?.saturating_add(1),
        };
        match usize::from(frame_length) >= header.length() {
            true => Ok(header),
            false => Err(ParseError::new(3, ParseErrorKind::OutOfRange)),
        }
    }

    /// The header's own length with its checksum, and with the places of raw data blocks that
    /// stand in front of it if there are several.
    pub fn length(&self) -> usize {
        match self.has_checksum {
            true => usize::from(self.raw_data_blocks)
                .saturating_mul(2)
                .saturating_add(Self::LENGTH),
            false => Self::LENGTH,
        }
    }

    /// Samples of the frame in every channel.
    pub fn samples(&self) -> u32 {
        SAMPLES.saturating_mul(self.raw_data_blocks.into())
    }

    /// In Hz.
    pub fn sampling_frequency(&self) -> u32 {
        frequency_of(self.sampling_frequency_index).unwrap_or_default()
    }

    /// `None` if the frames say it themselves.
    pub const fn channels(&self) -> Option<u8> {
        match self.channel_configuration {
            0 => None,
            7 => Some(8),
            channels => Some(channels),
        }
    }

    /// The header of a frame of so many bytes, without checksum. `None` if that is too long.
    #[must_use]
    pub fn with_payload(self, length: usize) -> Option<Self> {
        let frame_length = length.checked_add(Self::LENGTH)?;
        (frame_length <= 0x1FFF).then_some(Self {
            frame_length: u16::try_from(frame_length).ok()?,
            has_checksum: false,
            ..self
        })
    }

    /// The bytes of the header, without those of its checksum: of MPEG-4, with a variable bit
    /// rate.
    ///
    /// # Errors
    /// A field does not fit its width on the wire.
    pub fn encode(&self) -> Result<[u8; Self::LENGTH], EncodeError> {
        let profile = self.object_type.0.wrapping_sub(1);
        let more_blocks = self.raw_data_blocks.wrapping_sub(1);
        if profile > 3
            || self.sampling_frequency_index > 12
            || self.channel_configuration > 7
            || self.frame_length > 0x1FFF
            || more_blocks > 3
        {
            return Err(EncodeError::OutOfRange);
        }
        Ok([
            0xFF,
            0xF0 | u8::from(!self.has_checksum),
            profile << 6 | self.sampling_frequency_index << 2 | self.channel_configuration >> 2,
            self.channel_configuration << 6 | (self.frame_length >> 11) as u8,
            (self.frame_length >> 3) as u8,
            // From here on adts_buffer_fullness, all ones.
            (self.frame_length << 5) as u8 | 0x1F,
            0xFC | more_blocks,
        ])
    }

    /// An `AudioSpecificConfig` that says the same, as MP4 files have it. `None` if the frames say
    /// themselves which channels there are.
    pub const fn audio_specific_config(&self) -> Option<[u8; 2]> {
        match self.channel_configuration {
            0 => None,
            channel_configuration => Some([
                self.object_type.0 << 3 | self.sampling_frequency_index >> 1,
                self.sampling_frequency_index << 7 | channel_configuration << 3,
            ]),
        }
    }
}

/// The frames of an audio data transport stream, one after the other, as long as they follow each
/// other without a gap.
#[derive(Copy, Clone, Debug)]
pub struct AdtsFrames<'a> {
    rest: &'a [u8],
}

/// A frame of an audio data transport stream.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct AdtsFrame<'a> {
    /// Its header.
    pub header: AdtsHeader,
    /// Header and frame.
    pub bytes: &'a [u8],
}

impl<'a> AdtsFrames<'a> {
    /// `bytes` begin with a header.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been walked over.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for AdtsFrames<'a> {
    type Item = AdtsFrame<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let header = AdtsHeader::parse(self.rest).ok()?;
        let (bytes, rest) = self.rest.split_at_checked(header.frame_length.into())?;
        self.rest = rest;
        Some(AdtsFrame { header, bytes })
    }
}

impl<'a> AdtsFrame<'a> {
    /// What stands behind the header.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header.length()..).unwrap_or_default()
    }
}
