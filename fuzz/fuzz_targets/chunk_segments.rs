//! However the bytes of a chunk stream are cut into pieces, the messages are the same. The first eight bytes are the
//! lengths of the pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_chunk::{ChunkDecoder, DecodeError, DecoderLimits, Message, MessageType};

fuzz_target!(|bytes: &[u8]| {
    let Some((pieces, stream)) = bytes.split_first_chunk::<8>() else {
        return;
    };
    let limits = if pieces[0] & 2 == 0 {
        DecoderLimits::default()
    } else {
        DecoderLimits::default()
            .with_message_bytes(300)
            .with_buffered_bytes(600)
            .with_chunk_streams(3)
    };
    let decoder = || ChunkDecoder::new(limits).with_headroom(MessageType::VIDEO, 16);
    let mut whole = decoder();
    let mut single = decoder();
    let mut mixed = decoder();

    let expected = decode(&mut whole, [stream]);
    assert_eq!(decode(&mut single, stream.chunks(1)), expected);
    assert_eq!(decode(&mut mixed, cut(stream, pieces)), expected);
    if expected.is_ok() {
        for decoder in [single, mixed] {
            assert_eq!(decoder.buffered_bytes(), whole.buffered_bytes());
            assert_eq!(decoder.chunk_size(), whole.chunk_size());
        }
    }
});

fn decode<'a>(
    decoder: &mut ChunkDecoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Message>, DecodeError> {
    let mut messages = Vec::new();
    for mut piece in pieces {
        while let Some(message) = decoder.decode(&mut piece)? {
            messages.push(message);
        }
        assert!(piece.is_empty());
    }
    Ok(messages)
}

fn cut<'a>(mut stream: &'a [u8], lengths: &[u8; 8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (piece, rest) = stream.split_at(usize::from(*length).clamp(1, stream.len()));
        pieces.push(piece);
        stream = rest;
    }
    pieces
}
