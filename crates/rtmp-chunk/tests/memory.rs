//! Memory follows the bytes received, never what headers declare.

mod common;

use allocation_counter::{AllocationInfo, measure};
use common::{Chunks, feed, message, pattern};
use proptest::collection::vec;
use proptest::prelude::*;
use rtmp_chunk::{ChunkDecoder, DecodeErrorKind, DecoderLimits, Message, MessageType};

const VIDEO: MessageType = MessageType::VIDEO;

/// What decoding `pieces` allocates, and the decoder, which holds what is unfinished.
fn decode_measured<'a>(
    mut decoder: ChunkDecoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (AllocationInfo, ChunkDecoder) {
    let mut pieces = pieces.into_iter();
    let info = measure(|| {
        for mut piece in &mut pieces {
            while let Ok(Some(message)) = decoder.decode(&mut piece) {
                drop(message);
            }
        }
    });
    (info, decoder)
}

fn many_streams() -> ChunkDecoder {
    ChunkDecoder::new(DecoderLimits::default().with_chunk_streams(usize::MAX))
}

/// As much state as each chunk stream has, with the room that a growing table keeps free.
const PER_STREAM: u64 = 4 * 64;

/// Red5#456: 64 k chunk streams × 16 MiB declared × 1 byte.
#[test]
fn a_message_of_16_mib_declared_on_every_chunk_stream() {
    let mut bytes = Chunks::new().set_chunk_size(1);
    for id in 3..=65599 {
        bytes = bytes.type_0(id, 0, 0xFF_FFFF, VIDEO, 1).data(&[7]);
    }
    let fed = bytes.bytes.len() as u64;
    for piece in [1, 1000, 65536, bytes.bytes.len()] {
        let (info, decoder) = decode_measured(many_streams(), bytes.bytes.chunks(piece));
        assert!(
            decoder.buffered_bytes() >= 65597,
            "all of them are under way"
        );
        let streams = 65597 * PER_STREAM;
        assert!(
            info.bytes_max < 4 * fed + streams,
            "{} bytes at once for {fed} in pieces of {piece}",
            info.bytes_max
        );
    }

    // By default, there are 64 of them at most.
    let (info, mut decoder) = decode_measured(ChunkDecoder::default(), [&bytes.bytes[..]]);
    assert_eq!(
        decoder.decode(&mut &[][..]).unwrap_err().kind,
        DecodeErrorKind::TooManyChunkStreams
    );
    assert!(info.bytes_max < 64 * PER_STREAM + 4 * fed);
}

#[test]
fn a_peer_that_has_sent_a_large_message_is_not_trusted_with_more_of_them() {
    let large = pattern(1 << 20);
    let mut bytes = Chunks::new()
        .set_chunk_size(1 << 24)
        .type_0(3, 0, 1 << 20, VIDEO, 1)
        .data(&large)
        .set_chunk_size(1);
    for id in 4..=60 {
        bytes = bytes.type_0(id, 0, 0xFF_FFFF, VIDEO, 1).data(&[7]);
    }
    let (info, decoder) = decode_measured(ChunkDecoder::default(), bytes.bytes.chunks(4096));
    assert_eq!(decoder.buffered_bytes(), 57);
    assert!(info.bytes_max < 3 << 20, "{}", info.bytes_max);
    assert!(info.bytes_current < 2 << 20, "{}", info.bytes_current);
}

#[test]
fn trust_ends_at_one_mebibyte() {
    let large = pattern(4 << 20);
    let header = Chunks::new()
        .set_chunk_size(1 << 24)
        .type_0(3, 0, 4 << 20, VIDEO, 1);
    let bytes = header
        .data(&large)
        .type_0(4, 0, 0xFF_FFFF, VIDEO, 1)
        .data(&[7]);
    let (info, _) = decode_measured(ChunkDecoder::default(), bytes.bytes.chunks(4096));
    assert!(
        info.bytes_current <= (1 << 20) + 1000,
        "{} for one byte",
        info.bytes_current
    );
}

#[test]
fn a_message_that_is_all_in_the_input_is_allocated_once_and_exactly() {
    for (chunk_size, length) in [
        (128, 100),
        (128, 10_000),
        (4096, 100_000),
        (65536, 1_000_000),
    ] {
        let body = pattern(length);
        let chunks = Chunks::new()
            .set_chunk_size(chunk_size)
            .type_0(4, 0, 1, VIDEO, 1)
            .data(&[1])
            .type_1(4, 40, length as u32, VIDEO)
            .in_pieces(4, &body, chunk_size);
        let mut decoder = ChunkDecoder::default().with_headroom(VIDEO, 256);
        let mut input = &chunks.bytes[..];
        decoder.decode(&mut input).unwrap();
        decoder.decode(&mut input).unwrap();
        let mut decoded = None;
        let info = measure(|| decoded = decoder.decode(&mut input).unwrap());
        assert_eq!(
            (info.count_total, info.bytes_total),
            (1, 256 + length as u64),
            "{chunk_size} {length}"
        );
        assert_eq!(decoded, Some(message(4, 40, VIDEO, 1, &body)));
    }
}

#[test]
fn the_second_message_of_a_length_is_allocated_once_in_whatever_pieces_it_comes() {
    let body = pattern(100_000);
    let chunks = Chunks::new()
        .type_0(4, 0, 100_000, VIDEO, 1)
        .in_pieces(4, &body, 128);
    let mut decoder = ChunkDecoder::default();
    let again = Chunks::new().type_3(4).in_pieces(4, &body, 128);
    feed(&mut decoder, chunks.bytes.chunks(1000)).unwrap();
    let info = measure(|| {
        for mut piece in again.bytes.chunks(1000) {
            decoder.decode(&mut piece).unwrap();
        }
    });
    assert_eq!((info.count_total, info.bytes_total), (1, 100_000));
}

#[test]
fn a_growing_message_is_reallocated_a_few_times() {
    let body = pattern(1 << 20);
    let chunks = Chunks::new()
        .type_0(4, 0, 1 << 20, VIDEO, 1)
        .in_pieces(4, &body, 128);
    let (info, _) = decode_measured(ChunkDecoder::default(), chunks.bytes.chunks(1));
    assert!(info.count_total < 30, "{}", info.count_total);
    assert!(info.bytes_total < 3 << 20, "{}", info.bytes_total);
}

#[test]
fn an_idle_connection_costs_a_few_hundred_bytes() {
    // What a publisher uses before it publishes: chunk streams 2 and 3.
    let chunks = Chunks::new()
        .set_chunk_size(4096)
        .type_0(3, 0, 3, MessageType::COMMAND_AMF0, 0)
        .data(&[2, 0, 0]);
    let (info, decoder) = decode_measured(ChunkDecoder::default(), [&chunks.bytes[..]]);
    let size = size_of_val(&decoder) as u64 + info.bytes_current.unsigned_abs();
    assert!(size <= 640, "{size} bytes");
}

fn an_attack() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![Just(0xFF_FFFF_u32), Just(1_000_000), 0..2000_u32];
    let chunk =
        (2..5000_u32, length, 0..200_usize, 0..4_u8).prop_map(|(id, length, data, chunk_type)| {
            let chunks = match chunk_type {
                0 | 1 => Chunks::new().type_0(id, 0, length, VIDEO, 1),
                2 => Chunks::new().type_1(id, 0, length, VIDEO),
                _ => Chunks::new().type_3(id),
            };
            chunks
                .data(&vec![0; data.min(length as usize).min(128)])
                .bytes
        });
    vec(chunk, 1..200).prop_map(|chunks| chunks.concat())
}

proptest! {
    #[test]
    fn allocation_is_bounded_by_the_bytes_fed(bytes in an_attack(), piece in prop_oneof![1..10_usize, 1..5000_usize]) {
        let (info, _) = decode_measured(many_streams(), bytes.chunks(piece));
        // A header of eight bytes can begin a chunk stream.
        let streams = (bytes.len() as u64 / 8 + 4) * PER_STREAM;
        prop_assert!(info.bytes_max <= 3 * bytes.len() as u64 + streams);
        prop_assert!(info.bytes_total <= 8 * bytes.len() as u64 + 2 * streams);
    }
}

/// The counter counts.
#[test]
fn a_message_that_is_kept_is_counted() {
    let body = pattern(1000);
    let chunks = Chunks::new()
        .set_chunk_size(1000)
        .type_0(4, 0, 1000, VIDEO, 1)
        .data(&body);
    let mut messages: Vec<Message> = Vec::with_capacity(2);
    let info = measure(|| {
        let mut decoder = ChunkDecoder::default();
        let mut input = &chunks.bytes[..];
        while let Some(message) = decoder.decode(&mut input).unwrap() {
            messages.push(message);
        }
    });
    assert_eq!(info.bytes_current, 1000 + 4);
}
