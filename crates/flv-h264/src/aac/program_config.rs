use super::bits::BitReader;
use crate::error::ParseError;

/// Which channels there are, where no number of table 1.19 says it: `program_config_element()`
/// (ISO/IEC 14496-3 table 4.2), without what it says about mixing down.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProgramConfig {
    /// Channel elements in front.
    pub front: ChannelElements,
    /// Channel elements at the sides.
    pub side: ChannelElements,
    /// Channel elements in the back.
    pub back: ChannelElements,
    /// Low frequency channels.
    pub low_frequency: u8,
    /// Coupling channel elements.
    pub coupling: u8,
}

/// A row of channel elements: single ones and pairs.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChannelElements {
    /// How many there are, at most 15.
    pub count: u8,
    /// Which of them are pairs: the first one is bit 0.
    pub pairs: u16,
}

/// One single channel element.
const SINGLE: ChannelElements = ChannelElements { count: 1, pairs: 0 };
/// One pair.
const PAIR: ChannelElements = ChannelElements { count: 1, pairs: 1 };
/// A single channel element and a pair.
const SINGLE_PAIR: ChannelElements = ChannelElements {
    count: 2,
    pairs: 0b10,
};
/// A single channel element and two pairs.
const SINGLE_PAIR_PAIR: ChannelElements = ChannelElements {
    count: 3,
    pairs: 0b110,
};

impl ChannelElements {
    fn read(count: u8, bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let mut pairs = 0;
        for element in 0..count {
            pairs |= u16::from(bits.flag()?) << element;
            bits.skip(ELEMENT_TAG)?;
        }
        Ok(Self { count, pairs })
    }

    /// How many channels they have.
    pub const fn channels(self) -> u8 {
        let pairs = self.pairs.count_ones().to_be_bytes();
        self.count.saturating_add(pairs[3])
    }
}

/// The bits of an `element_tag_select`.
const ELEMENT_TAG: usize = 4;

impl ProgramConfig {
    /// `program_config_element()`; `bits` began at what it is aligned to.
    pub(super) fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        // element_instance_tag, object_type, sampling_frequency_index
        bits.skip(4 + 2 + 4)?;
        let front = bits.small(4)?;
        let side = bits.small(4)?;
        let back = bits.small(4)?;
        let low_frequency = bits.small(2)?;
        let associated_data = bits.small(3)?;
        let coupling = bits.small(4)?;
        // mono_mixdown, stereo_mixdown, matrix_mixdown_idx and pseudo_surround_enable
        for length in [4, 4, 3] {
            if bits.flag()? {
                bits.skip(length)?;
            }
        }
        let config = Self {
            front: ChannelElements::read(front, bits)?,
            side: ChannelElements::read(side, bits)?,
            back: ChannelElements::read(back, bits)?,
            low_frequency,
            coupling,
        };
        let tags = usize::from(low_frequency).saturating_add(usize::from(associated_data));
        bits.skip(tags.saturating_mul(ELEMENT_TAG))?;
        bits.skip(usize::from(coupling).saturating_mul(ELEMENT_TAG.saturating_add(1)))?;
        bits.align();
        let comment = bits.small(8)?;
        bits.skip(usize::from(comment).saturating_mul(8))?;
        Ok(config)
    }

    /// How many channels there are.
    pub const fn channels(&self) -> u8 {
        self.front
            .channels()
            .saturating_add(self.side.channels())
            .saturating_add(self.back.channels())
            .saturating_add(self.low_frequency)
    }

    /// The channel configuration 1 to 7 (table 1.19) that has the same elements in the same order,
    /// if there is one.
    pub fn channel_configuration(&self) -> Option<u8> {
        if self.coupling > 0 {
            return None;
        }
        // Whether two speakers stand beside or behind the listener is no matter of decoding.
        let surround = match (self.side.count, self.back.count) {
            (0, _) => self.back,
            (_, 0) => self.side,
            _ => return None,
        };
        const NOTHING: ChannelElements = ChannelElements { count: 0, pairs: 0 };
        Some(match (self.front, surround, self.low_frequency) {
            (SINGLE, NOTHING, 0) => 1,
            (PAIR, NOTHING, 0) => 2,
            (SINGLE_PAIR, NOTHING, 0) => 3,
            (SINGLE_PAIR, SINGLE, 0) => 4,
            (SINGLE_PAIR, PAIR, 0) => 5,
            (SINGLE_PAIR, PAIR, 1) => 6,
            (SINGLE_PAIR_PAIR, PAIR, 1) => 7,
            _ => return None,
        })
    }
}
