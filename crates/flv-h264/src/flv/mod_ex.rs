use core::fmt;

use bytes::BufMut;
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16};

use super::EncodeError;
use crate::grammar::Parsed;

/// The packet type that announces a ModEx packet, for audio and video alike.
pub(crate) const MOD_EX_PACKET_TYPE: u8 = 7;

/// A packet that modifies or extends the one it stands in front of
/// (Enhanced RTMP v2, `VideoPacketModExType` and `AudioPacketModExType`).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModEx<'a> {
    /// What the data means.
    pub kind: ModExType,
    /// 1 to 65536 bytes.
    pub data: &'a [u8],
}

/// The type of a [`ModEx`] packet, 4 bits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModExType(pub u8);

impl ModExType {
    /// Nanoseconds to add to the message's timestamp, three bytes, at most 999 999.
    pub const TIMESTAMP_OFFSET_NANO: Self = Self(0);
}

/// The ModEx packets in front of a packet, in the order of the wire.
#[derive(Copy, Clone)]
pub struct ModExPackets<'a>(Source<'a>);

#[derive(Copy, Clone)]
enum Source<'a> {
    /// Each packet as size, data, and a byte of its type and the next packet type.
    Wire(&'a [u8]),
    List(&'a [ModEx<'a>]),
}

impl<'a> ModExPackets<'a> {
    /// No packets.
    pub const NONE: Self = Self(Source::List(&[]));

    /// The packets, to be encoded.
    pub const fn new(packets: &'a [ModEx<'a>]) -> Self {
        Self(Source::List(packets))
    }

    /// Walks the packets.
    pub fn iter(&self) -> impl Iterator<Item = ModEx<'a>> + use<'a> {
        let (mut wire, list) = match self.0 {
            Source::Wire(wire) => (wire, [].as_slice()),
            Source::List(list) => ([].as_slice(), list),
        };
        core::iter::from_fn(move || {
            let (rest, (packet, _)) = mod_ex(wire).ok()?;
            wire = rest;
            Some(packet)
        })
        .chain(list.iter().copied())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        match self.0 {
            Source::Wire(wire) => wire.is_empty(),
            Source::List(list) => list.is_empty(),
        }
    }

    /// Nanoseconds to add to the message's timestamp, 0..=999 999; 0 if nothing (valid) is said.
    pub fn timestamp_offset_nanos(&self) -> u32 {
        self.iter()
            .filter(|packet| packet.kind == ModExType::TIMESTAMP_OFFSET_NANO)
            .find_map(|packet| match *packet.data {
                [high, middle, low, ..] => Some(u32::from_be_bytes([0, high, middle, low])),
                _ => None,
            })
            .filter(|&nanos| nanos < 1_000_000)
            .unwrap_or(0)
    }

    /// Writes the packets, the last one leading to `packet_type`.
    pub(crate) fn encode(&self, packet_type: u8, out: &mut impl BufMut) -> Result<(), EncodeError> {
        let mut packets = self.iter().peekable();
        while let Some(ModEx { kind, data }) = packets.next() {
            let next = match packets.peek() {
                Some(_) => MOD_EX_PACKET_TYPE,
                None => packet_type,
            };
            let size_minus_one = data.len().checked_sub(1).ok_or(EncodeError::Empty)?;
            match u8::try_from(size_minus_one) {
                Ok(size) if size < u8::MAX => out.put_u8(size),
                _ => {
                    out.put_u8(u8::MAX);
                    out.put_u16(u16::try_from(size_minus_one).map_err(|_| EncodeError::TooLong)?);
                }
            }
            out.put_slice(data);
            out.put_u8(nibbles(kind.0, next)?);
        }
        Ok(())
    }
}

impl Default for ModExPackets<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for ModExPackets<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for ModExPackets<'_> {}

impl fmt::Debug for ModExPackets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Two 4-bit fields in one byte.
pub(crate) fn nibbles(high: u8, low: u8) -> Result<u8, EncodeError> {
    if high > 0x0F || low > 0x0F {
        return Err(EncodeError::OutOfRange);
    }
    Ok(high << 4 | low)
}

/// "Process each ModEx data packet": the packets, and the packet type they lead to.
pub(crate) fn mod_ex_packets(
    input: &[u8],
    mut packet_type: u8,
) -> Parsed<'_, (ModExPackets<'_>, u8)> {
    let mut rest = input;
    while packet_type == MOD_EX_PACKET_TYPE {
        (rest, (_, packet_type)) = mod_ex(rest)?;
    }
    let length = input.len().saturating_sub(rest.len());
    let (rest, wire) = take(length)(input)?;
    Ok((rest, (ModExPackets(Source::Wire(wire)), packet_type)))
}

/// One ModEx packet and the packet type behind it.
fn mod_ex(input: &[u8]) -> Parsed<'_, (ModEx<'_>, u8)> {
    let (input, size) = mod_ex_data_size(input)?;
    let (input, data) = take(size)(input)?;
    let (input, types) = be_u8(input)?;
    let kind = ModExType(types >> 4);
    Ok((input, (ModEx { kind, data }, types & 0x0F)))
}

/// `modExDataSize`: 8 bits, or 16 bits if those do not suffice.
fn mod_ex_data_size(input: &[u8]) -> Parsed<'_, usize> {
    let (input, short) = be_u8(input)?;
    if short < u8::MAX {
        return Ok((input, usize::from(short).saturating_add(1)));
    }
    let (input, long) = be_u16(input)?;
    Ok((input, usize::from(long).saturating_add(1)))
}
