//! The handshake (RTMP 1.0 section 5.2), both sides, with and without digests.

use proptest::prelude::*;
use rtmp_chunk::{ClientHandshake, DigestScheme, HandshakeError, HandshakeKind, ServerHandshake};

const KINDS: [HandshakeKind; 3] = [
    HandshakeKind::Simple,
    HandshakeKind::Digest(DigestScheme::DigestFirst),
    HandshakeKind::Digest(DigestScheme::KeyFirst),
];

fn random(seed: u8) -> [u8; 1528] {
    std::array::from_fn(|i| (i as u8).wrapping_mul(seed) ^ seed)
}

fn server() -> ServerHandshake {
    ServerHandshake::new(0x0102_0304, &random(3))
}

/// Feeds all of `bytes` in `pieces`, and returns what comes back and what is left over.
fn feed<'a>(
    mut handle: impl FnMut(&mut &[u8], &mut Vec<u8>) -> Result<bool, HandshakeError>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(bool, Vec<u8>, Vec<u8>), HandshakeError> {
    let (mut done, mut output, mut left) = (false, Vec::new(), Vec::new());
    for mut piece in pieces {
        if !done {
            done = handle(&mut piece, &mut output)?;
            assert!(done || piece.is_empty());
        }
        left.extend_from_slice(piece);
    }
    Ok((done, output, left))
}

/// A whole handshake, in which every packet travels in pieces.
fn shake_hands(
    mut client: ClientHandshake,
    mut server: ServerHandshake,
    piece: usize,
) -> Result<(Vec<u8>, Vec<u8>), HandshakeError> {
    let mut to_server = Vec::new();
    client.start(&mut to_server)?;
    let (done, to_client, left) = feed(|i, o| server.handle_input(i, o), to_server.chunks(piece))?;
    assert!(!done && left.is_empty());
    let (done, c2, left) = feed(|i, o| client.handle_input(i, o), to_client.chunks(piece))?;
    assert!(done && left.is_empty());

    let c2_and_more = [&c2[..], b"more"].concat();
    let (done, nothing, left) = feed(|i, o| server.handle_input(i, o), c2_and_more.chunks(piece))?;
    assert!(done && nothing.is_empty());
    assert_eq!(left, b"more", "what follows C2 belongs to the chunk stream");
    to_server.extend(c2);
    Ok((to_server, to_client))
}

#[test]
fn section_5_2_the_packets() {
    let client = ClientHandshake::new(0x0A0B_0C0D, &random(5), HandshakeKind::Simple);
    let (to_server, to_client) = shake_hands(client, server(), 4096).unwrap();

    let c1 = [&[0x0A, 0x0B, 0x0C, 0x0D, 0, 0, 0, 0], &random(5)[..]].concat();
    let s1 = [&[1, 2, 3, 4, 0, 0, 0, 0], &random(3)[..]].concat();
    assert_eq!(
        to_server,
        [&[3], &c1[..], &s1].concat(),
        "C0, C1, and C2 which echoes S1"
    );
    assert_eq!(
        to_client,
        [&[3], &s1[..], &c1].concat(),
        "S0, S1, and S2 which echoes C1"
    );
}

#[test]
fn all_kinds_get_along_in_pieces_of_any_length() {
    for kind in KINDS {
        for with_digest in [true, false] {
            for piece in [1, 2, 3, 1535, 1536, 1537, 3073, 4000] {
                let server = if with_digest {
                    server().with_digest()
                } else {
                    server()
                };
                let client = ClientHandshake::new(0, &random(5), kind);
                shake_hands(client, server, piece)
                    .unwrap_or_else(|e| panic!("{kind:?} {with_digest} {piece}: {e}"));
            }
        }
    }
}

/// Some apps on iOS close the connection otherwise.
#[test]
fn s2_is_an_echo_of_c1() {
    let echoes = |kind, server| {
        let client = ClientHandshake::new(7, &random(9), kind);
        let (to_server, to_client) = shake_hands(client, server, 100).unwrap();
        to_client[1537..] == to_server[1..1537]
    };
    for kind in KINDS {
        assert!(echoes(kind, server()), "{kind:?}");
    }
    assert!(echoes(HandshakeKind::Simple, server().with_digest()));
    assert!(!echoes(KINDS[1], server().with_digest()));
}

#[test]
fn c2_is_never_looked_at() {
    let mut server = server();
    let c0_c1 = [&[3][..], &[1; 1536]].concat();
    assert_eq!(
        server.handle_input(&mut &c0_c1[..], &mut Vec::new()),
        Ok(false)
    );
    assert_eq!(
        server.handle_input(&mut &[0xEE; 1536][..], &mut Vec::new()),
        Ok(true)
    );
}

#[test]
fn the_server_answers_the_digest_of_the_client() {
    for kind in &KINDS[1..] {
        let client = ClientHandshake::new(0, &random(5), *kind);
        let (_, to_client) = shake_hands(client, server().with_digest(), 4096).unwrap();
        assert_ne!(to_client[5..9], [0; 4], "S1 names a version");
    }
    let mut forged = Vec::new();
    ClientHandshake::new(0, &random(5), KINDS[1])
        .start(&mut forged)
        .unwrap();
    forged[1536] ^= 1;
    let mut answer = Vec::new();
    server()
        .with_digest()
        .handle_input(&mut &forged[..], &mut answer)
        .unwrap();
    assert_eq!(answer[5..9], [0; 4], "without a digest, S1 has zeros there");
    assert_eq!(answer[1537..], forged[1..], "and S2 is an echo");
}

#[test]
fn a_wrong_signature_in_s2() {
    let mut client = ClientHandshake::new(0, &random(5), KINDS[1]);
    let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
    client.start(&mut to_server).unwrap();
    server()
        .with_digest()
        .handle_input(&mut &to_server[..], &mut to_client)
        .unwrap();
    *to_client.last_mut().unwrap() ^= 1;
    let answered = client.handle_input(&mut &to_client[..], &mut Vec::new());
    assert_eq!(answered, Err(HandshakeError::InvalidSignature));
}

/// "A server that does not recognize the client's requested version SHOULD respond with 3" (section 5.2.2).
#[test]
fn versions() {
    for version in 0..=255_u8 {
        let mut input = &[version][..];
        let answer = server().handle_input(&mut input, &mut Vec::new());
        match version {
            6 | 8 | 9 | 21 | 22 | 32.. => {
                assert_eq!(answer, Err(HandshakeError::UnsupportedVersion(version)))
            }
            _ => assert_eq!(answer, Ok(false)),
        }
    }
    for (version, text) in [
        (6, "encrypted RTMP (RTMPE, version 6) is not supported"),
        (21, "TLS (RTMPS) where plain RTMP is spoken"),
        (22, "TLS (RTMPS) where plain RTMP is spoken"),
        (
            b'G',
            "not RTMP: the first byte is 'G', as of a text protocol",
        ),
        (0x80, "not RTMP: the first byte is 0x80, not 3"),
    ] {
        assert_eq!(
            HandshakeError::UnsupportedVersion(version).to_string(),
            text
        );
    }
}

#[test]
fn an_output_without_room() {
    let c0_c1 = [&[3][..], &[1; 1536]].concat();
    let mut small = [0; 3072];
    let answer = server().handle_input(&mut &c0_c1[..], &mut &mut small[..]);
    assert_eq!(answer, Err(HandshakeError::OutputFull { needed: 3073 }));
    let client = ClientHandshake::new(0, &random(5), HandshakeKind::Simple);
    assert_eq!(
        client.start(&mut &mut small[..1536]),
        Err(HandshakeError::OutputFull { needed: 1537 })
    );
    let mut client = client;
    let answer = client.handle_input(&mut &c0_c1[..], &mut &mut small[..1535]);
    assert_eq!(answer, Err(HandshakeError::OutputFull { needed: 1536 }));
}

#[test]
fn input_after_the_end_is_left_alone() {
    let mut server = server();
    let all = [&[3][..], &[1; 3072], b"rest"].concat();
    let mut input = &all[..];
    assert_eq!(server.handle_input(&mut input, &mut Vec::new()), Ok(true));
    assert_eq!(server.handle_input(&mut input, &mut Vec::new()), Ok(true));
    assert_eq!(input, b"rest");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..4000), first in 0..4_u8) {
        let bytes = [&[first][..], &bytes].concat();
        let _ = server().with_digest().handle_input(&mut &bytes[..], &mut Vec::new());
        for kind in KINDS {
            let _ = ClientHandshake::new(0, &random(5), kind).handle_input(&mut &bytes[..], &mut Vec::new());
        }
    }

    #[test]
    fn any_random_data_carry_a_digest(random in prop::collection::vec(any::<u8>(), 1528), epoch: u32) {
        let random: [u8; 1528] = random.try_into().unwrap();
        for kind in KINDS {
            let client = ClientHandshake::new(epoch, &random, kind);
            let server = ServerHandshake::new(epoch, &random).with_digest();
            prop_assert!(shake_hands(client, server, 5000).is_ok());
        }
    }
}
