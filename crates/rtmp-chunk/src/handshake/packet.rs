use alloc::vec::Vec;

use bytes::BufMut;

use super::HandshakeError;

/// The version of the protocol, sent as C0 and S0 (section 5.2.2).
pub(super) const VERSION: u8 = 3;

/// The length of C1, C2, S1 and S2 (sections 5.2.3 and 5.2.4).
pub(super) const PACKET_LENGTH: usize = 1536;

/// The length of C0, C1 and C2 together, and of S0, S1 and S2 (section 5.2).
pub const HANDSHAKE_LENGTH: usize = 1 + 2 * PACKET_LENGTH;

/// The length of the random data in C1 and S1.
pub(super) const RANDOM_LENGTH: usize = 1528;

/// C1, C2, S1 or S2.
pub(super) type Packet = [u8; PACKET_LENGTH];

/// C1 or S1: time, four bytes that are zero or a version, random data (section 5.2.3).
pub(super) fn first_packet(epoch: u32, version: [u8; 4], random: &[u8; RANDOM_LENGTH]) -> Packet {
    let mut packet = [0; PACKET_LENGTH];
    let mut rest = &mut packet[..];
    rest.put_u32(epoch);
    rest.put_slice(&version);
    rest.put_slice(random);
    packet
}

/// A packet that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct IncomingPacket(Vec<u8>);

impl IncomingPacket {
    /// Takes what is missing off the front of `input`, and returns the packet when it is complete.
    fn fill(&mut self, input: &mut &[u8]) -> Option<&Packet> {
        let missing = PACKET_LENGTH.saturating_sub(self.0.len());
        let (taken, rest) = input.split_at(missing.min(input.len()));
        self.0.extend_from_slice(taken);
        *input = rest;
        self.0.first_chunk()
    }
}

/// What the two sides do differently with the packets of the peer.
pub(super) trait Side {
    /// C1 or S1 came: appends what answers it.
    ///
    /// # Errors
    /// [`HandshakeError::OutputFull`].
    fn answer(&mut self, first: &Packet, output: &mut impl BufMut) -> Result<(), HandshakeError>;

    /// C2 or S2 came.
    ///
    /// # Errors
    /// It is not what the other packet asked for.
    fn check(&self, second: &Packet) -> Result<(), HandshakeError>;
}

/// How far the peer has got with what it sends: a version, then two packets, the same for both sides.
#[derive(Debug, Default)]
pub(super) enum Progress {
    /// Waiting for C0 or S0.
    #[default]
    Version,
    /// Waiting for the rest of C1 or S1.
    First(IncomingPacket),
    /// Waiting for the rest of C2 or S2.
    Second(IncomingPacket),
    Done,
}

impl Progress {
    /// Takes bytes of the handshake off the front of `input`, and appends what is to be sent to `output`. True when the
    /// handshake is over.
    pub(super) fn handle_input(
        &mut self,
        side: &mut impl Side,
        input: &mut &[u8],
        output: &mut impl BufMut,
    ) -> Result<bool, HandshakeError> {
        loop {
            *self = match self {
                Self::Version => {
                    if !take_version(input)? {
                        return Ok(false);
                    }
                    Self::First(IncomingPacket::default())
                }
                Self::First(packet) => {
                    let Some(packet) = packet.fill(input) else {
                        return Ok(false);
                    };
                    side.answer(packet, output)?;
                    Self::Second(IncomingPacket::default())
                }
                Self::Second(packet) => {
                    let Some(packet) = packet.fill(input) else {
                        return Ok(false);
                    };
                    side.check(packet)?;
                    Self::Done
                }
                Self::Done => return Ok(true),
            };
        }
    }
}

/// Takes C0 or S0 off the front of `input`; false if it has not come.
///
/// "A server that does not recognize the client's requested version SHOULD respond with 3" (section 5.2.2). That makes
/// no sense for encrypted RTMP (6, 8, 9), a TLS record (21 and 22) and text protocols (32 and above).
fn take_version(input: &mut &[u8]) -> Result<bool, HandshakeError> {
    let Some((version, rest)) = input.split_first() else {
        return Ok(false);
    };
    if let 6 | 8 | 9 | 21 | 22 | 32.. = *version {
        return Err(HandshakeError::UnsupportedVersion(*version));
    }
    *input = rest;
    Ok(true)
}

pub(super) fn require_room(output: &impl BufMut, needed: usize) -> Result<(), HandshakeError> {
    if output.remaining_mut() < needed {
        Err(HandshakeError::OutputFull { needed })
    } else {
        Ok(())
    }
}
