//! The chunk stream: two seconds of 1080p with audio into messages, in pieces as a socket gives them.

use std::hint::black_box;

use codec_bench::recording::{chunk_stream, messages};
use rtmp_chunk::ChunkDecoder;

use crate::Case;

const PIECE: usize = 64 * 1024;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("chunks/128", 128),
        case("chunks/4096", 4096),
        case("chunks/65536", 65536),
    ]
}

fn case(name: &'static str, chunk_size: u32) -> Case {
    let messages = messages(1);
    let stream = chunk_stream(&messages, chunk_size);
    Case::new(name, "message", messages.len(), move || {
        decode(&stream, chunk_size).unwrap_or(0)
    })
}

fn decode(stream: &[u8], chunk_size: u32) -> Option<usize> {
    let mut decoder = ChunkDecoder::default();
    let set_chunk_size = [
        &[2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0][..],
        &chunk_size.to_be_bytes(),
    ];
    decoder.decode(&mut &set_chunk_size.concat()[..]).ok()??;

    let mut messages = 0;
    for mut piece in black_box(stream).chunks(PIECE) {
        while let Some(message) = decoder.decode(&mut piece).ok()? {
            black_box(message);
            messages += 1;
        }
    }
    Some(messages)
}
