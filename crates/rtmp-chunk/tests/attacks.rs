//! What attackers send. Memory is measured in `memory.rs`.

mod common;

use common::{Chunks, decode, decode_any_way, feed, id, message, messages, pattern};
use rtmp_chunk::{ChunkDecoder, ControlError, DecodeErrorKind, DecoderLimits, MessageType};

const VIDEO: MessageType = MessageType::VIDEO;

/// CVE-2016-10191 (FFmpeg): the buffer had the first length, the data that were copied the second.
#[test]
fn the_message_length_changes_between_the_chunks_of_one_message() {
    let begun = Chunks::new()
        .type_0(4, 1000, 300, VIDEO, 1)
        .data(&pattern(128));
    for changed in [
        begun.clone().type_0(4, 1000, 301, VIDEO, 1),
        begun.clone().type_0(4, 1000, 0xFF_FFFF, VIDEO, 1),
        begun.clone().type_0(4, 1000, 0, VIDEO, 1),
        begun.clone().type_0(4, 1040, 300, VIDEO, 1),
        begun.clone().type_0(4, 1000, 300, MessageType::AUDIO, 1),
        begun.clone().type_0(4, 1000, 300, VIDEO, 2),
        begun.clone().type_1(4, 0, 129, VIDEO),
        begun.clone().type_1(4, 0, 128, VIDEO),
        begun.clone().type_1(4, 0, 300, MessageType::AUDIO),
    ] {
        let error = decode(&changed.clone().data(&pattern(128))).unwrap_err();
        assert_eq!(
            error.kind,
            DecodeErrorKind::HeaderChanged {
                chunk_stream_id: id(4)
            }
        );
        assert_eq!(
            error.offset,
            changed.bytes.len() as u64,
            "right after the header"
        );
    }
}

/// nginx-rtmp 2f2db81: the rest of a chunk was computed with the new size.
#[test]
fn the_chunk_size_shrinks_and_grows_in_the_middle_of_a_message_at_every_offset() {
    let body = pattern(400);
    for first in (1..400).step_by(7) {
        for second in [1_u32, 2, 3, 127, 128, 129, 400, 0xFF_FFFF] {
            let mut chunks = Chunks::new()
                .set_chunk_size(first)
                .type_0(4, 0, 400, VIDEO, 1);
            let (begun, rest) = body.split_at(first as usize);
            chunks = chunks.data(begun);
            chunks = if first < 4 {
                chunks
                    .type_0(2, 0, 4, MessageType::SET_CHUNK_SIZE, 0)
                    .in_pieces(2, &second.to_be_bytes(), first)
            } else {
                chunks.set_chunk_size(second)
            };
            chunks = chunks.type_3(4).in_pieces(4, rest, second);
            let decoded = feed(&mut ChunkDecoder::default(), chunks.bytes.chunks(61)).unwrap();
            assert_eq!(
                decoded.last(),
                Some(&message(4, 0, VIDEO, 1, &body)),
                "{first} {second}"
            );
        }
    }
}

#[test]
fn more_chunk_streams_than_allowed() {
    let mut chunks = Chunks::new();
    for id in 3..=66 {
        chunks = chunks.type_0(id, 0, 1, VIDEO, 1).data(&[1]);
    }
    assert_eq!(messages(&chunks).len(), 64);
    let error = decode(&chunks.type_0(67, 0, 1, VIDEO, 1).data(&[1])).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::TooManyChunkStreams);
    assert!(error.kind.is_limit());
}

/// Red5#456: 64 k chunk streams, each with a message of 16 MiB that never comes.
#[test]
fn unfinished_messages_share_one_budget() {
    let limits = DecoderLimits::default()
        .with_buffered_bytes(1000)
        .with_chunk_streams(70_000);
    let mut chunks = Chunks::new();
    for id in 3..10 {
        chunks = chunks
            .type_0(id, 0, 0xFF_FFFF, VIDEO, 1)
            .data(&pattern(128));
    }
    let decoder = || ChunkDecoder::new(limits);
    assert_eq!(decode_any_way(decoder, &chunks.bytes), Ok(vec![]));
    let header = chunks.type_0(65599, 0, 0xFF_FFFF, VIDEO, 1);
    let error = decode_any_way(decoder, &header.bytes).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::BufferFull);
    assert!(error.kind.is_limit());
    assert_eq!(error.offset, header.bytes.len() as u64);
}

#[test]
fn a_message_alone_can_exceed_the_budget() {
    let decoder = || {
        let limits = DecoderLimits::default().with_buffered_bytes(500);
        ChunkDecoder::new(limits).with_headroom(VIDEO, 100)
    };
    let body = pattern(1000);
    let begun = Chunks::new()
        .type_0(4, 0, 1000, VIDEO, 1)
        .in_pieces(4, &body[..384], 128);
    let mut whole = decoder();
    assert_eq!(feed(&mut whole, [&begun.bytes[..]]), Ok(vec![]));
    assert_eq!(whole.buffered_bytes(), 100 + 384, "with its headroom");

    let too_much = begun.type_3(4);
    let error = decode_any_way(decoder, &too_much.clone().data(&body[384..512]).bytes).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::BufferFull);
    assert_eq!(error.offset, too_much.bytes.len() as u64);

    let first_chunk = Chunks::new()
        .set_chunk_size(4096)
        .type_0(4, 0, 401, VIDEO, 1);
    let error = decode_any_way(decoder, &first_chunk.bytes).unwrap_err();
    assert_eq!(
        error.kind,
        DecodeErrorKind::BufferFull,
        "the headroom counts before it is allocated"
    );
}

/// The error is found when the data are known to be no timestamp, of which two bytes have been taken by then.
#[test]
fn an_offset_does_not_count_bytes_that_were_only_looked_at() {
    let header = Chunks::new()
        .type_0(4, 0xFF_FFFF, 300, VIDEO, 1)
        .extended(0x0102_0304)
        .data(&pattern(128))
        .type_3(4);
    let decoder = || ChunkDecoder::new(DecoderLimits::default().with_buffered_bytes(200));
    let error = decode_any_way(decoder, &header.clone().data(&[1, 2, 9]).bytes).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::BufferFull);
    assert_eq!(error.offset, header.bytes.len() as u64);
}

#[test]
fn the_budget_is_free_again_after_a_message_an_abort_or_an_empty_message() {
    let limits = DecoderLimits::default().with_buffered_bytes(300);
    let mut decoder = ChunkDecoder::new(limits).with_headroom(VIDEO, 100);
    for _ in 0..3 {
        let body = pattern(200);
        let chunks = Chunks::new()
            .type_0(4, 0, 200, VIDEO, 1)
            .data(&body[..128])
            .control(MessageType::ABORT, &[0, 0, 0, 4])
            .type_0(4, 0, 200, VIDEO, 1)
            .data(&body[..128])
            .type_3(4)
            .data(&body[128..])
            .type_1(4, 0, 0, VIDEO);
        assert_eq!(feed(&mut decoder, [&chunks.bytes[..]]).unwrap().len(), 3);
        assert_eq!(decoder.buffered_bytes(), 0);
    }
}

#[test]
fn messages_beyond_the_limit_are_refused_by_their_header() {
    let decoder = || ChunkDecoder::new(DecoderLimits::default().with_message_bytes(1000));
    let allowed = Chunks::new().type_0(4, 0, 1000, VIDEO, 1);
    assert_eq!(decode_any_way(decoder, &allowed.bytes), Ok(vec![]));
    let refused = Chunks::new().type_0(4, 0, 1001, VIDEO, 1);
    let error = decode_any_way(decoder, &refused.bytes).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::MessageTooLong { length: 1001 });
    assert!(error.kind.is_limit());
}

#[test]
fn limits_can_be_changed_and_hold_for_the_messages_to_come() {
    let tight = DecoderLimits::default()
        .with_message_bytes(200)
        .with_buffered_bytes(300);
    let body = pattern(200);
    let message_of_200 = Chunks::new().type_0(4, 0, 200, VIDEO, 1).data(&body[..128]);
    let mut decoder = ChunkDecoder::new(DecoderLimits::default());
    feed(&mut decoder, [&message_of_200.bytes[..]]).unwrap();
    decoder.set_limits(tight.with_message_bytes(100));
    let rest = Chunks::new().type_3(4).data(&body[128..]);
    let messages = feed(&mut decoder, [&rest.bytes[..]]);
    assert_eq!(
        messages,
        Ok(vec![message(4, 0, VIDEO, 1, &body)]),
        "it had begun"
    );
    let error = feed(&mut decoder, [&message_of_200.bytes[..]]).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::MessageTooLong { length: 200 });

    let mut decoder = ChunkDecoder::new(tight.with_buffered_bytes(100));
    decoder.set_limits(tight);
    assert_eq!(feed(&mut decoder, [&message_of_200.bytes[..]]), Ok(vec![]));
}

/// Red5#475.
#[test]
fn a_long_message_in_chunks_of_one_byte() {
    let body = pattern(1 << 20);
    let chunks = Chunks::new()
        .set_chunk_size(1)
        .type_0(4, 0, 1 << 20, VIDEO, 1)
        .in_pieces(4, &body, 1);
    let decoded = feed(&mut ChunkDecoder::default(), chunks.bytes.chunks(4096)).unwrap();
    assert_eq!(decoded.last(), Some(&message(4, 0, VIDEO, 1, &body)));
}

#[test]
fn a_chunk_size_of_0_is_an_error() {
    let error = decode(&Chunks::new().set_chunk_size(0)).unwrap_err();
    assert_eq!(
        error.kind,
        DecodeErrorKind::Control(ControlError::ZeroChunkSize)
    );
    assert_eq!(
        error.to_string(),
        "a chunk size of 0 (at byte 16 of the chunk stream)"
    );
}

#[test]
fn set_chunk_size_and_abort_with_bodies_of_any_length() {
    for message_type in [MessageType::SET_CHUNK_SIZE, MessageType::ABORT] {
        for length in 0..20 {
            let body = &[[0, 0, 1, 0].as_slice(), &[0xFF; 16]].concat()[..length];
            let decoded = decode(&Chunks::new().control(message_type, body));
            if length < 4 {
                let kind = DecodeErrorKind::Control(ControlError::Truncated {
                    needed: 4,
                    actual: length,
                });
                assert_eq!(decoded.unwrap_err().kind, kind);
            } else {
                assert_eq!(decoded, Ok(vec![message(2, 0, message_type, 0, body)]));
            }
        }
    }
}

#[test]
fn an_abort_of_its_own_chunk_stream_aborts_nothing() {
    let chunks = Chunks::new()
        .control(MessageType::ABORT, &[0, 0, 0, 2])
        .type_0(4, 0, 1, VIDEO, 1)
        .data(&[7]);
    let abort = message(2, 0, MessageType::ABORT, 0, &[0, 0, 0, 2]);
    assert_eq!(messages(&chunks), [abort, message(4, 0, VIDEO, 1, &[7])]);
}

#[test]
fn an_abort_of_what_is_no_chunk_stream() {
    for id in [0, 1, 65600, u32::MAX] {
        let error =
            decode(&Chunks::new().control(MessageType::ABORT, &id.to_be_bytes())).unwrap_err();
        assert_eq!(
            error.kind,
            DecodeErrorKind::Control(ControlError::InvalidChunkStreamId(id))
        );
    }
}

#[test]
fn after_an_error_there_are_no_more_messages() {
    let mut decoder = ChunkDecoder::default();
    let error = feed(&mut decoder, [&Chunks::new().type_3(9).bytes[..]]).unwrap_err();
    let good = Chunks::new().type_0(4, 0, 1, VIDEO, 1).data(&[1]);
    let mut input = &good.bytes[..];
    assert_eq!(decoder.decode(&mut input), Err(error));
    assert_eq!(input.len(), good.bytes.len(), "nothing is taken");

    let mut decoder = ChunkDecoder::new(DecoderLimits::default().with_buffered_bytes(128));
    let begun = Chunks::new().type_0(4, 0, 300, VIDEO, 1).data(&pattern(50));
    assert_eq!(feed(&mut decoder, [&begun.bytes[..]]), Ok(vec![]));
    let rest = Chunks::new().data(&pattern(78)).type_3(4);
    assert!(feed(&mut decoder, [&rest.bytes[..]]).is_err());
}

#[test]
fn the_end_of_the_connection_at_every_byte() {
    let body = pattern(300);
    let chunks = Chunks::new()
        .type_0(4, 0xFF_FFFF, 300, VIDEO, 1)
        .extended(0x0123_4567)
        .data(&body[..128])
        .type_3(4)
        .extended(0x0123_4567)
        .data(&body[128..256])
        .type_3(4)
        .data(&body[256..]);
    for end in 0..chunks.bytes.len() {
        let mut decoder = ChunkDecoder::default();
        assert_eq!(feed(&mut decoder, [&chunks.bytes[..end]]), Ok(vec![]));
        assert!(decoder.buffered_bytes() <= end);
    }
}
