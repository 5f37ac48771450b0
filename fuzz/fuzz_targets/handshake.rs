//! Whatever a peer sends in the handshake: no panic, and the same answer however it is cut. The first byte chooses the
//! side and the kind, the second the length of the pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_chunk::{ClientHandshake, DigestScheme, HandshakeError, HandshakeKind, ServerHandshake};

const RANDOM: [u8; 1528] = [0x5A; 1528];

fuzz_target!(|bytes: &[u8]| {
    let &[setup, piece, ref stream @ ..] = bytes else {
        return;
    };
    let piece = usize::from(piece) * 16 + 1;
    match setup % 5 {
        0 => check(stream, piece, || server(ServerHandshake::new(1, &RANDOM))),
        1 => check(stream, piece, || {
            server(ServerHandshake::new(1, &RANDOM).with_digest())
        }),
        2 => check(stream, piece, || client(HandshakeKind::Simple)),
        3 => check(stream, piece, || {
            client(HandshakeKind::Digest(DigestScheme::DigestFirst))
        }),
        _ => check(stream, piece, || {
            client(HandshakeKind::Digest(DigestScheme::KeyFirst))
        }),
    }
});

type HandleInput = Box<dyn FnMut(&mut &[u8], &mut Vec<u8>) -> Result<bool, HandshakeError>>;

fn server(mut handshake: ServerHandshake) -> HandleInput {
    Box::new(move |input, output| handshake.handle_input(input, output))
}

fn client(kind: HandshakeKind) -> HandleInput {
    let mut handshake = ClientHandshake::new(1, &RANDOM, kind);
    Box::new(move |input, output| handshake.handle_input(input, output))
}

fn check(stream: &[u8], piece: usize, side: impl Fn() -> HandleInput) {
    let (whole, answer, rest) = shake_hands(side(), [stream]);
    assert_eq!(
        shake_hands(side(), stream.chunks(piece)),
        (whole, answer.clone(), rest)
    );
    assert!(answer.len() <= 1 + 2 * 1536);
    if whole == Ok(true) {
        assert_eq!(
            rest,
            stream.len() - 1 - 2 * 1536,
            "what follows is left alone"
        );
    }
}

/// How it ended, what was answered, and how many bytes were left over.
fn shake_hands<'a>(
    mut handle_input: HandleInput,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Result<bool, HandshakeError>, Vec<u8>, usize) {
    let (mut ended, mut answer, mut rest) = (Ok(false), Vec::new(), 0);
    for mut piece in pieces {
        if ended == Ok(false) {
            ended = handle_input(&mut piece, &mut answer);
        }
        if ended.is_err() {
            return (ended, answer, 0);
        }
        rest += piece.len();
    }
    (ended, answer, rest)
}
