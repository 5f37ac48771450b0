use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::BufMut;

use super::{HandshakeError, PACKET, RANDOM, VERSION};

/// The server's side of the handshake (RTMP 1.0 section 5.2).
///
/// ```
/// use rtmp_chunk::ServerHandshake;
///
/// let mut handshake = ServerHandshake::new(0, &[7; 1528]);
/// let mut output = Vec::new();
/// let c0_c1 = [&[3][..], &[1; 1536]].concat();
/// assert!(!handshake.handle_input(&mut &c0_c1[..], &mut output)?);
/// assert_eq!(output.len(), 1 + 1536 + 1536);
/// assert_eq!(output[1537..], [1; 1536], "S2 echoes C1");
///
/// let c2_and_more = [&output[1..1537], b"chunks"].concat();
/// let mut input = &c2_and_more[..];
/// assert!(handshake.handle_input(&mut input, &mut output)?);
/// assert_eq!(input, b"chunks");
/// # Ok::<(), rtmp_chunk::HandshakeError>(())
/// ```
#[derive(Debug)]
pub struct ServerHandshake {
    epoch: u32,
    random: Box<[u8; RANDOM]>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// C0.
    Version,
    /// C1, as far as it has come.
    Packet(Vec<u8>),
    /// C2, of which so many bytes have not come.
    Echo(usize),
}

impl ServerHandshake {
    /// A server that sends `epoch` (milliseconds) and `random` in S1.
    #[must_use]
    pub fn new(epoch: u32, random: &[u8; RANDOM]) -> Self {
        Self {
            epoch,
            random: Box::new(*random),
            state: State::Version,
        }
    }

    /// Takes bytes of the handshake off the front of `input`, and appends what is to be sent to `output`. True when the
    /// handshake is over; what is left in `input` then belongs to the chunk stream.
    ///
    /// # Errors
    /// [`HandshakeError`] if the peer does not speak this protocol.
    pub fn handle_input(
        &mut self,
        input: &mut &[u8],
        output: &mut impl BufMut,
    ) -> Result<bool, HandshakeError> {
        loop {
            match &mut self.state {
                State::Version => {
                    let Some((version, rest)) = input.split_first() else {
                        return Ok(false);
                    };
                    if !is_answered(*version) {
                        return Err(HandshakeError::UnsupportedVersion(*version));
                    }
                    *input = rest;
                    self.state = State::Packet(Vec::new());
                }
                State::Packet(c1) => {
                    let missing = PACKET.saturating_sub(c1.len());
                    let (taken, rest) = input.split_at(missing.min(input.len()));
                    c1.extend_from_slice(taken);
                    *input = rest;
                    if c1.len() < PACKET {
                        return Ok(false);
                    }
                    let needed = PACKET.saturating_mul(2).saturating_add(1);
                    if output.remaining_mut() < needed {
                        return Err(HandshakeError::OutputFull { needed });
                    }
                    output.put_u8(VERSION);
                    output.put_u32(self.epoch);
                    output.put_u32(0);
                    output.put_slice(&self.random[..]);
                    output.put_slice(c1);
                    self.state = State::Echo(PACKET);
                }
                State::Echo(missing) => {
                    let (taken, rest) = input.split_at((*missing).min(input.len()));
                    *missing = missing.saturating_sub(taken.len());
                    *input = rest;
                    return Ok(*missing == 0);
                }
            }
        }
    }
}

/// "A server that does not recognize the client's requested version SHOULD respond with 3" (section 5.2.2), which makes
/// no sense for encrypted RTMP (6, 8, 9), a TLS record (22) and text protocols (32 and above).
fn is_answered(version: u8) -> bool {
    !matches!(version, 6 | 8 | 9 | 22 | 32..)
}
