use bytes::BufMut;
use nom::bytes::complete::take;
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u32};

use crate::error::ParseError;
use crate::flv::EncodeError;
use crate::grammar::{self, Parsed};

/// Which channel is which speaker: the body of [`AudioPacketType::MULTICHANNEL_CONFIG`]
/// (Enhanced RTMP v2, "Enhanced Audio"), for codecs that do not say it themselves.
///
/// [`AudioPacketType::MULTICHANNEL_CONFIG`]: crate::flv::audio::AudioPacketType::MULTICHANNEL_CONFIG
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct MultichannelConfig<'a> {
    /// `channelCount`.
    pub channel_count: u8,
    /// Where they are.
    pub order: AudioChannelOrder<'a>,
}

/// `AudioChannelOrder`, with what it leads to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioChannelOrder<'a> {
    /// Only the number of channels is known.
    Unspecified,
    /// In the order of `AudioChannelMask`, which says what there is.
    Native {
        /// `audioChannelFlags`.
        flags: u32,
    },
    /// `audioChannelMapping`: an `AudioChannel` for each.
    Custom(&'a [u8]),
    /// A value without a meaning, and what stands behind the number of channels.
    Unknown(u8, &'a [u8]),
}

const UNSPECIFIED: u8 = 0;
const NATIVE: u8 = 1;
const CUSTOM: u8 = 2;

impl<'a> MultichannelConfig<'a> {
    /// Parses the body of the packet.
    ///
    /// # Errors
    /// It ends early.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        grammar::run(multichannel_config, bytes)
    }

    /// Writes the body of the packet.
    ///
    /// # Errors
    /// The mapping is not of as many channels as there are.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), EncodeError> {
        let order = match self.order {
            AudioChannelOrder::Unspecified => UNSPECIFIED,
            AudioChannelOrder::Native { .. } => NATIVE,
            AudioChannelOrder::Custom(_) => CUSTOM,
            AudioChannelOrder::Unknown(order, _) => order,
        };
        out.put_slice(&[order, self.channel_count]);
        match self.order {
            AudioChannelOrder::Unspecified => {}
            AudioChannelOrder::Native { flags } => out.put_u32(flags),
            AudioChannelOrder::Custom(mapping) => {
                if mapping.len() != usize::from(self.channel_count) {
                    return Err(EncodeError::OutOfRange);
                }
                out.put_slice(mapping);
            }
            AudioChannelOrder::Unknown(_, rest) => out.put_slice(rest),
        }
        Ok(())
    }
}

fn multichannel_config(input: &[u8]) -> Parsed<'_, MultichannelConfig<'_>> {
    let (input, order) = be_u8(input)?;
    let (input, channel_count) = be_u8(input)?;
    let (input, order) = match order {
        UNSPECIFIED => (input, AudioChannelOrder::Unspecified),
        NATIVE => {
            let (input, flags) = be_u32(input)?;
            (input, AudioChannelOrder::Native { flags })
        }
        CUSTOM => {
            let (input, mapping) = take(channel_count)(input)?;
            (input, AudioChannelOrder::Custom(mapping))
        }
        order => {
            let (input, rest) = rest(input)?;
            (input, AudioChannelOrder::Unknown(order, rest))
        }
    };
    let config = MultichannelConfig {
        channel_count,
        order,
    };
    Ok((input, config))
}
