use alloc::boxed::Box;

use bytes::BufMut;

use super::HandshakeError;
use super::digest::{self, Key};
use super::packet::{
    PACKET_LENGTH, Packet, Progress, RANDOM_LENGTH, Side, VERSION, first_packet, require_room,
};

/// The version of Flash Media Server that S1 names when it has a digest.
pub(super) const SERVER_VERSION: [u8; 4] = [4, 5, 0, 1];

/// The server's side of the handshake (RTMP 1.0 section 5.2).
///
/// S2 is an exact echo of C1, which some clients demand; C2 is not looked at. A connection that is cut short leaves
/// nothing behind but the object.
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
    server: Server,
    progress: Progress,
}

#[derive(Debug)]
struct Server {
    epoch: u32,
    random: Box<[u8; RANDOM_LENGTH]>,
    answers_digest: bool,
}

impl ServerHandshake {
    /// A server that sends `epoch` (milliseconds) and `random` in S1, and does the handshake of the standard.
    #[must_use]
    pub fn new(epoch: u32, random: &[u8; RANDOM_LENGTH]) -> Self {
        Self {
            server: Server {
                epoch,
                random: Box::new(*random),
                answers_digest: false,
            },
            progress: Progress::default(),
        }
    }

    /// Also does the handshake with digests, if the client's C1 has one.
    ///
    /// Publishers that offer it (FFmpeg does) are content with the handshake of the standard; Flash Player was not.
    #[must_use]
    pub fn with_digest(mut self) -> Self {
        self.server.answers_digest = true;
        self
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
        self.progress.handle_input(&mut self.server, input, output)
    }
}

impl Side for Server {
    fn answer(&mut self, c1: &Packet, output: &mut impl BufMut) -> Result<(), HandshakeError> {
        require_room(output, 1 + PACKET_LENGTH * 2)?;
        let (s1, s2) = self.first_and_second(c1);
        output.put_u8(VERSION);
        output.put_slice(&s1);
        output.put_slice(&s2);
        Ok(())
    }

    /// Programs send all kinds of things as C2.
    fn check(&self, _c2: &Packet) -> Result<(), HandshakeError> {
        Ok(())
    }
}

impl Server {
    /// S1 and S2.
    fn first_and_second(&self, c1: &Packet) -> (Packet, Packet) {
        let offered = if self.answers_digest {
            digest::find_digest(c1, Key::CLIENT)
        } else {
            None
        };
        let Some((scheme, client_digest)) = offered else {
            return (first_packet(self.epoch, [0; 4], &self.random), *c1);
        };
        let mut s1 = first_packet(self.epoch, SERVER_VERSION, &self.random);
        digest::imprint(&mut s1, scheme, Key::SERVER);
        let mut s2 = s1;
        digest::sign(&mut s2, &client_digest, Key::SERVER);
        (s1, s2)
    }
}
