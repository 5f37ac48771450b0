use alloc::boxed::Box;

use bytes::BufMut;

use super::digest::{self, Digest, Key};
use super::packet::{
    PACKET_LENGTH, Packet, Progress, RANDOM_LENGTH, Side, VERSION, first_packet, require_room,
};
use super::{DigestScheme, HandshakeError};

/// The version of Flash Player that C1 names when it has a digest.
const CLIENT_VERSION: [u8; 4] = [9, 0, 124, 2];

/// Which handshake a client offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandshakeKind {
    /// The one of the standard.
    #[default]
    Simple,
    /// The one with digests. A server that does not know it answers as if it were the simple one, which is accepted.
    Digest(DigestScheme),
}

/// The client's side of the handshake (RTMP 1.0 section 5.2).
///
/// ```
/// use rtmp_chunk::{ClientHandshake, HandshakeKind, ServerHandshake};
///
/// let mut client = ClientHandshake::new(0, &[1; 1528], HandshakeKind::Simple);
/// let mut server = ServerHandshake::new(0, &[2; 1528]);
/// let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
/// client.start(&mut to_server)?;
/// assert!(!server.handle_input(&mut &to_server[..], &mut to_client)?);
/// to_server.clear();
/// assert!(client.handle_input(&mut &to_client[..], &mut to_server)?);
/// assert!(server.handle_input(&mut &to_server[..], &mut to_client)?);
/// # Ok::<(), rtmp_chunk::HandshakeError>(())
/// ```
#[derive(Debug)]
pub struct ClientHandshake {
    client: Client,
    progress: Progress,
}

#[derive(Debug)]
struct Client {
    c1: Box<Packet>,
    digest: Option<Digest>,
    /// S1 had a digest, too.
    server_signs: bool,
}

impl ClientHandshake {
    /// A client that sends `epoch` (milliseconds) and `random` in C1.
    #[must_use]
    pub fn new(epoch: u32, random: &[u8; RANDOM_LENGTH], kind: HandshakeKind) -> Self {
        let (c1, digest) = match kind {
            HandshakeKind::Simple => (first_packet(epoch, [0; 4], random), None),
            HandshakeKind::Digest(scheme) => {
                let mut c1 = first_packet(epoch, CLIENT_VERSION, random);
                let digest = digest::imprint(&mut c1, scheme, Key::CLIENT);
                (c1, Some(digest))
            }
        };
        Self {
            client: Client {
                c1: Box::new(c1),
                digest,
                server_signs: false,
            },
            progress: Progress::default(),
        }
    }

    /// Appends C0 and C1 to `output`, once, before anything else.
    ///
    /// # Errors
    /// [`HandshakeError::OutputFull`] if `output` has no room for 1537 bytes.
    pub fn start(&self, output: &mut impl BufMut) -> Result<(), HandshakeError> {
        require_room(output, 1 + PACKET_LENGTH)?;
        output.put_u8(VERSION);
        output.put_slice(&self.client.c1[..]);
        Ok(())
    }

    /// Takes bytes of the handshake off the front of `input`, and appends what is to be sent to `output`. True when the
    /// handshake is over; what is left in `input` then belongs to the chunk stream.
    ///
    /// # Errors
    /// [`HandshakeError`] if the server does not speak this protocol, or its signature is wrong.
    pub fn handle_input(
        &mut self,
        input: &mut &[u8],
        output: &mut impl BufMut,
    ) -> Result<bool, HandshakeError> {
        self.progress.handle_input(&mut self.client, input, output)
    }
}

impl Side for Client {
    fn answer(&mut self, s1: &Packet, output: &mut impl BufMut) -> Result<(), HandshakeError> {
        require_room(output, PACKET_LENGTH)?;
        let mut c2 = *s1;
        let server_digest = self
            .digest
            .and_then(|_| digest::find_digest(s1, Key::SERVER));
        if let Some((_, server_digest)) = &server_digest {
            digest::sign(&mut c2, server_digest, Key::CLIENT);
        }
        self.server_signs = server_digest.is_some();
        output.put_slice(&c2);
        Ok(())
    }

    fn check(&self, s2: &Packet) -> Result<(), HandshakeError> {
        if let Some(digest) = self.digest.filter(|_| self.server_signs)
            && !digest::is_signed(s2, &digest, Key::SERVER)
        {
            return Err(HandshakeError::InvalidSignature);
        }
        Ok(())
    }
}
