//! The codec for tokio-util.
#![cfg(feature = "tokio-util")]

mod common;

use bytes::{BufMut, BytesMut};
use common::{Chunks, message, messages, pattern};
use rtmp_chunk::{ChunkCodec, CodecError, ControlError, DecodeErrorKind, EncodeError, MessageType};
use tokio_util::codec::{Decoder, Encoder};

#[test]
fn messages_that_come_in_pieces() {
    let body = pattern(300);
    let chunks = Chunks::new()
        .type_0(4, 0, 300, MessageType::VIDEO, 1)
        .in_pieces(4, &body, 128)
        .type_0(4, 40, 2, MessageType::VIDEO, 1)
        .data(&[1, 2]);
    let mut codec = ChunkCodec::default();
    let mut source = BytesMut::new();
    let mut decoded = Vec::new();
    for piece in chunks.bytes.chunks(100) {
        source.put_slice(piece);
        while let Some(message) = codec.decode(&mut source).unwrap() {
            decoded.push(message);
        }
        assert!(source.is_empty(), "the decoder keeps what is incomplete");
    }
    assert_eq!(decoded, messages(&chunks));

    let mut destination = BytesMut::new();
    codec.encode(&decoded[0], &mut destination).unwrap();
    codec.encode(decoded[1].clone(), &mut destination).unwrap();
    assert_eq!(
        messages(&Chunks {
            bytes: destination.to_vec()
        }),
        decoded
    );
}

#[test]
fn what_is_wrong_is_told() {
    let mut codec = ChunkCodec::default();
    let mut source = BytesMut::from(&[0xC5][..]);
    let Err(CodecError::Decode(error)) = codec.decode(&mut source) else {
        panic!("a stream that begins with type 3")
    };
    assert!(matches!(
        error.kind,
        DecodeErrorKind::NoEarlierMessage { .. }
    ));

    let abort = message(2, 0, MessageType::ABORT, 0, &[]);
    let Err(CodecError::Encode(error)) = codec.encode(abort, &mut source) else {
        panic!("an abort without an id")
    };
    assert_eq!(
        error,
        EncodeError::Control(ControlError::Truncated {
            needed: 4,
            actual: 0
        })
    );
    assert!(source.is_empty());
}
