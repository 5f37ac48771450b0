//! The handshake with digests. No standard describes it; Flash Player, Flash Media Server and all that followed them do
//! it alike: C1 and S1 hide an HMAC-SHA-256 of themselves among their random data, C2 and S2 end with one that proves
//! that the other side's digest has been read.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::packet::{PACKET_LENGTH, Packet};

pub(super) type Digest = [u8; DIGEST_LENGTH];

const DIGEST_LENGTH: usize = 32;

/// Where the signature of C2 and S2 starts.
const SIGNATURE_OFFSET: usize = PACKET_LENGTH - DIGEST_LENGTH;

/// Where C1 and S1 hide their digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestScheme {
    /// In the first half, bytes 12 to 771; a Diffie-Hellman key would be in the second half.
    DigestFirst,
    /// In the second half, bytes 776 to 1535.
    KeyFirst,
}

impl DigestScheme {
    const ALL: [Self; 2] = [Self::DigestFirst, Self::KeyFirst];

    /// Four bytes, whose sum tells how far behind them the digest starts, modulo the room there is for it.
    fn offset_field(self) -> usize {
        match self {
            Self::DigestFirst => 8,
            Self::KeyFirst => 772,
        }
    }

    /// Where the digest of a packet starts; at most 1504, so that it fits.
    fn digest_offset(self, packet: &Packet) -> usize {
        let field = packet.iter().skip(self.offset_field()).take(4);
        let sum: usize = field.copied().map(usize::from).sum();
        self.offset_field()
            .saturating_add(4)
            .saturating_add(sum % 728)
    }
}

/// The key of one of the two sides: its first part, which is text, for C1 and S1, all of it for C2 and S2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    text: &'static [u8],
    whole: &'static [u8],
}

impl Key {
    pub(super) const CLIENT: Self = Self {
        text: b"Genuine Adobe Flash Player 001",
        whole: b"Genuine Adobe Flash Player 001\
            \xF0\xEE\xC2\x4A\x80\x68\xBE\xE8\x2E\x00\xD0\xD1\x02\x9E\x7E\x57\
            \x6E\xEC\x5D\x2D\x29\x80\x6F\xAB\x93\xB8\xE6\x36\xCF\xEB\x31\xAE",
    };
    pub(super) const SERVER: Self = Self {
        text: b"Genuine Adobe Flash Media Server 001",
        whole: b"Genuine Adobe Flash Media Server 001\
            \xF0\xEE\xC2\x4A\x80\x68\xBE\xE8\x2E\x00\xD0\xD1\x02\x9E\x7E\x57\
            \x6E\xEC\x5D\x2D\x29\x80\x6F\xAB\x93\xB8\xE6\x36\xCF\xEB\x31\xAE",
    };
}

/// The digest in a C1 or S1 that the owner of `key` sent, and where it was; `None` if there is none.
pub(super) fn find_digest(packet: &Packet, key: Key) -> Option<(DigestScheme, Digest)> {
    DigestScheme::ALL.into_iter().find_map(|scheme| {
        let (before, rest) = packet.split_at(scheme.digest_offset(packet));
        let (digest, behind) = rest.split_first_chunk()?;
        (hmac(key.text, &[before, behind]) == *digest).then_some((scheme, *digest))
    })
}

/// Hides the digest in a C1 or S1, and returns it.
pub(super) fn imprint(packet: &mut Packet, scheme: DigestScheme, key: Key) -> Digest {
    let offset = scheme.digest_offset(packet);
    let (before, rest) = packet.split_at_mut(offset);
    let (place, behind) = rest.split_at_mut(DIGEST_LENGTH);
    let digest = hmac(key.text, &[before, behind]);
    place.copy_from_slice(&digest);
    digest
}

/// Ends a C2 or S2 with the signature that answers the other side's digest.
pub(super) fn sign(packet: &mut Packet, answered: &Digest, key: Key) {
    let (body, signature) = packet.split_at_mut(SIGNATURE_OFFSET);
    signature.copy_from_slice(&signature_of(body, answered, key));
}

/// Whether a C2 or S2 ends with the signature that answers `answered`.
pub(super) fn is_signed(packet: &Packet, answered: &Digest, key: Key) -> bool {
    let (body, signature) = packet.split_at(SIGNATURE_OFFSET);
    signature == signature_of(body, answered, key)
}

fn signature_of(body: &[u8], answered: &Digest, key: Key) -> Digest {
    hmac(&hmac(key.whole, &[answered]), &[body])
}

#[expect(clippy::expect_used, reason = "an HMAC takes a key of any length")]
fn hmac(key: &[u8], parts: &[&[u8]]) -> Digest {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C0, C1 and C2 of FFmpeg, which checked S1 and S2 of `ServerHandshake::new(0, &[0x5A; 1528]).with_digest()`
    /// before it sent C2.
    const FFMPEG: &[u8; 1 + 2 * PACKET_LENGTH] =
        include_bytes!("../../tests/data/ffmpeg-digest-handshake.rtmp");

    fn packet(at: usize) -> Packet {
        *FFMPEG[at..].first_chunk().unwrap()
    }

    #[test]
    fn the_digest_in_c1_of_ffmpeg() {
        let c1 = packet(1);
        let (scheme, digest) = find_digest(&c1, Key::CLIENT).unwrap();
        assert_eq!(scheme, DigestScheme::DigestFirst);

        let mut again = c1;
        let offset = scheme.digest_offset(&c1);
        again[offset..offset + DIGEST_LENGTH].fill(0);
        assert_eq!(find_digest(&again, Key::CLIENT), None);
        assert_eq!(imprint(&mut again, scheme, Key::CLIENT), digest);
        assert_eq!(again, c1);
    }

    #[test]
    fn the_digest_in_c1_of_librtmp() {
        let librtmp = include_bytes!("../../tests/data/librtmp-digest-c1.rtmp");
        let (scheme, _) = find_digest(librtmp[1..].first_chunk().unwrap(), Key::CLIENT).unwrap();
        assert_eq!(scheme, DigestScheme::KeyFirst);
    }

    #[test]
    fn the_signature_in_c2_of_ffmpeg() {
        let mut s1 = super::super::packet::first_packet(
            0,
            super::super::server::SERVER_VERSION,
            &[0x5A; 1528],
        );
        let s1_digest = imprint(&mut s1, DigestScheme::DigestFirst, Key::SERVER);
        assert!(is_signed(
            &packet(1 + PACKET_LENGTH),
            &s1_digest,
            Key::CLIENT
        ));
        assert!(!is_signed(
            &packet(1 + PACKET_LENGTH),
            &s1_digest,
            Key::SERVER
        ));
    }

    #[test]
    fn the_offset_is_a_sum_modulo_728() {
        for (byte, offset) in [(0, 0), (181, 724), (182, 0), (255, 292)] {
            let packet = [byte; PACKET_LENGTH];
            assert_eq!(
                DigestScheme::DigestFirst.digest_offset(&packet),
                12 + offset
            );
            assert_eq!(DigestScheme::KeyFirst.digest_offset(&packet), 776 + offset);
        }
    }

    #[test]
    fn a_digest_fits_wherever_the_packet_says_it_is() {
        for byte in [0, 1, 0x7F, 0xB5, 0xB6, 0xFF] {
            for scheme in DigestScheme::ALL {
                let mut packet = [byte; PACKET_LENGTH];
                let digest = imprint(&mut packet, scheme, Key::SERVER);
                assert_eq!(find_digest(&packet, Key::SERVER), Some((scheme, digest)));
            }
        }
    }
}
