//! What real senders do with the chunk stream, one test for each.

mod common;

use common::{Chunks, decode, decode_any_way, feed, id, message, messages, pattern};
use rtmp_chunk::{
    ChunkDecoder, DecodeErrorKind, DecoderLimits, ExtendedTimestamps, MessageType, Timestamp,
};

const VIDEO: MessageType = MessageType::VIDEO;
const AUDIO: MessageType = MessageType::AUDIO;

/// One message in chunks of 128 bytes; `repeats` says which type 3 chunks repeat the extended timestamp.
fn long_message(time: u32, body: &[u8], mut repeats: impl FnMut(usize) -> bool) -> Chunks {
    let mut pieces = body.chunks(128).enumerate();
    let (_, first) = pieces.next().unwrap_or_default();
    let mut chunks = Chunks::new()
        .type_0(4, 0xFF_FFFF, body.len() as u32, VIDEO, 1)
        .extended(time)
        .data(first);
    for (n, piece) in pieces {
        chunks = chunks.type_3(4);
        if repeats(n) {
            chunks = chunks.extended(time);
        }
        chunks = chunks.data(piece);
    }
    chunks
}

mod extended_timestamps {
    use super::*;

    const EPOCH_BASED: u32 = 0x9C12_5E40;
    const AFTER_FIVE_HOURS: u32 = 18_000_000;

    #[test]
    fn repeated_left_out_or_mixed_are_told_apart_chunk_by_chunk() {
        let body = pattern(128 * 7 + 5);
        for time in [0xFF_FFFF, AFTER_FIVE_HOURS, EPOCH_BASED] {
            for pattern in 0..1 << 7 {
                let chunks = long_message(time, &body, |n| pattern >> (n - 1) & 1 == 1);
                let decoded = feed(&mut ChunkDecoder::default(), [&chunks.bytes[..]]);
                assert_eq!(
                    decoded,
                    Ok(vec![message(4, time, VIDEO, 1, &body)]),
                    "{time} {pattern:#b}"
                );
            }
        }
    }

    #[test]
    fn they_are_told_apart_at_every_split() {
        let body = pattern(300);
        for repeats in [true, false] {
            let chunks = long_message(EPOCH_BASED, &body, |_| repeats);
            assert_eq!(
                messages(&chunks),
                [message(4, EPOCH_BASED, VIDEO, 1, &body)]
            );
        }
    }

    #[test]
    fn nothing_waits_for_bytes_that_may_never_come() {
        // The last chunk has one, two or three bytes of data and no timestamp, and the sender falls silent.
        for tail in 1..=3 {
            let body = pattern(128 + tail);
            let chunks = long_message(EPOCH_BASED, &body, |_| false);
            assert_eq!(
                messages(&chunks),
                [message(4, EPOCH_BASED, VIDEO, 1, &body)]
            );
        }
    }

    /// Bodies whose last chunk has `tail` bytes that begin like the timestamp.
    fn body_that_ends_like(time: u32, length: usize, tail: usize) -> Vec<u8> {
        let mut body = pattern(length);
        body[length - tail..].copy_from_slice(&time.to_be_bytes()[..tail]);
        body
    }

    #[test]
    fn data_that_begin_like_the_timestamp_are_data_if_the_peer_left_it_out_before() {
        for tail in 1..=3 {
            let body = body_that_ends_like(EPOCH_BASED, 256 + tail, tail);
            let chunks = long_message(EPOCH_BASED, &body, |_| false);
            assert_eq!(
                messages(&chunks),
                [message(4, EPOCH_BASED, VIDEO, 1, &body)]
            );
        }
    }

    #[test]
    fn data_that_begin_like_the_timestamp_follow_it_if_the_peer_repeats_it() {
        for tail in 1..=3 {
            let body = body_that_ends_like(EPOCH_BASED, 128 + tail, tail);
            let chunks = long_message(EPOCH_BASED, &body, |_| true);
            assert_eq!(
                messages(&chunks),
                [message(4, EPOCH_BASED, VIDEO, 1, &body)]
            );
        }
    }

    #[test]
    fn short_data_right_at_the_beginning_follow_the_repeated_timestamp() {
        for tail in 1..=3 {
            let body = pattern(128 + tail);
            let chunks = long_message(EPOCH_BASED, &body, |_| true);
            assert_eq!(
                messages(&chunks),
                [message(4, EPOCH_BASED, VIDEO, 1, &body)]
            );
        }
    }

    /// Nothing is known of the peer, and its first type 3 chunk has less than four bytes of data that look like a
    /// timestamp. The next chunk tells that they were none, even if its own header looks like the rest of it.
    #[test]
    fn the_next_chunk_tells_that_short_data_were_no_timestamp() {
        // In the last two, the rest of the timestamp looks like a basic header of chunk stream 4: type 0, type 3.
        for time in [EPOCH_BASED, AFTER_FIVE_HOURS, 0x0104_0203, 0x01C4_01C4] {
            for tail in 1..=3 {
                let body = body_that_ends_like(time, 128 + tail, tail);
                let chunks = long_message(time, &body, |_| false)
                    .type_0(4, 9, 1, AUDIO, 1)
                    .data(&[7]);
                let expected = [
                    message(4, time, VIDEO, 1, &body),
                    message(4, 9, AUDIO, 1, &[7]),
                ];
                assert_eq!(messages(&chunks), expected, "{time:#x} {tail}");
            }
        }
    }

    #[test]
    fn empty_messages_that_look_like_the_rest_of_a_timestamp() {
        // Three type 3 chunks without data and without timestamp: each is a message, and looks like 0xC4C4C4C4.
        let time = 0xC4C4_C4C4;
        let chunks = Chunks::new()
            .type_0(4, 0xFF_FFFF, 0, VIDEO, 1)
            .extended(time);
        let chunks = chunks
            .type_3(4)
            .type_3(4)
            .type_3(4)
            .type_0(5, 1, 1, AUDIO, 1)
            .data(&[7]);
        let empty = message(4, time, VIDEO, 1, &[]);
        let expected = [
            empty.clone(),
            empty.clone(),
            empty.clone(),
            empty,
            message(5, 1, AUDIO, 1, &[7]),
        ];
        assert_eq!(messages(&chunks), expected);
    }

    #[test]
    fn a_type_3_chunk_that_starts_a_message_may_leave_it_out_too() {
        let delta = 0x0100_0000;
        for repeats in [true, false] {
            let mut chunks = Chunks::new()
                .type_0(4, 0, 5, VIDEO, 1)
                .data(&[1; 5])
                .type_2(4, 0xFF_FFFF)
                .extended(delta)
                .data(&[2; 5])
                .type_3(4);
            if repeats {
                chunks = chunks.extended(delta);
            }
            let chunks = chunks.data(&[3; 5]);
            assert_eq!(
                messages(&chunks),
                [
                    message(4, 0, VIDEO, 1, &[1; 5]),
                    message(4, delta, VIDEO, 1, &[2; 5]),
                    message(4, delta * 2, VIDEO, 1, &[3; 5]),
                ]
            );
        }
    }

    #[test]
    fn what_the_peer_does_can_be_told() {
        // Data that look like a timestamp through and through.
        let mut body = pattern(300);
        body[128..132].copy_from_slice(&EPOCH_BASED.to_be_bytes());
        for (mode, repeats) in [
            (ExtendedTimestamps::Always, true),
            (ExtendedTimestamps::Never, false),
        ] {
            let chunks = long_message(EPOCH_BASED, &body, |_| repeats);
            let decoder = || ChunkDecoder::default().with_extended_timestamps(mode);
            let decoded = decode_any_way(decoder, &chunks.bytes);
            assert_eq!(decoded, Ok(vec![message(4, EPOCH_BASED, VIDEO, 1, &body)]));
        }
    }

    #[test]
    fn a_peer_that_is_told_to_repeat_it_may_repeat_another_one() {
        let body = pattern(200);
        let chunks = Chunks::new()
            .type_0(4, 0xFF_FFFF, 200, VIDEO, 1)
            .extended(EPOCH_BASED)
            .data(&body[..128])
            .type_3(4)
            .extended(40)
            .data(&body[128..]);
        let always =
            || ChunkDecoder::default().with_extended_timestamps(ExtendedTimestamps::Always);
        let decoded = decode_any_way(always, &chunks.bytes);
        assert_eq!(decoded, Ok(vec![message(4, EPOCH_BASED, VIDEO, 1, &body)]));
    }

    const LAST: u32 = 0xFF_FFFF;

    /// RootEncoder, HaishinKit and Moblin extend what is greater than 0xFFFFFF. Once in 4 h 39 m 37 s one of their
    /// messages may have just that timestamp.
    #[test]
    fn the_very_value_that_announces_it_may_come_without_one() {
        let picture = [&[0x27, 1, 0, 0, 0][..], &pattern(300)].concat();
        let enhanced = [b"\x91hvc1", &pattern(300)[..]].concat();
        for (message_type, body) in [
            (VIDEO, &picture[..]),
            (VIDEO, &enhanced),
            (VIDEO, &[0x17, 2, 0, 0, 0]),
            (AUDIO, &[0xAF, 1, 0x21, 0x10]),
            (AUDIO, &[0x72, 0xD5, 0xD5]),
            (AUDIO, &[0x2F]),
        ] {
            for before in [LAST - 60_000, LAST - 33, LAST] {
                let length = body.len() as u32;
                let chunks = Chunks::new()
                    .type_0(4, before.min(LAST - 1), 1, message_type, 1)
                    .data(&[7])
                    .type_0(4, LAST, length, message_type, 1)
                    .in_pieces(4, body, 128)
                    .type_0(4, LAST, length, message_type, 1)
                    .extended(LAST + 33)
                    .in_pieces(4, body, 128)
                    .type_0(5, 9, 1, AUDIO, 1)
                    .data(&[7]);
                assert_eq!(
                    messages(&chunks),
                    [
                        message(4, before.min(LAST - 1), message_type, 1, &[7]),
                        message(4, LAST, message_type, 1, body),
                        message(4, LAST + 33, message_type, 1, body),
                        message(5, 9, AUDIO, 1, &[7]),
                    ]
                );
            }
        }
    }

    #[test]
    fn what_announces_it_is_believed_wherever_it_may_be_true() {
        let body = pattern(5);
        for (before, time, message_type) in [
            // The clock of the stream is elsewhere, or there was none.
            (None, EPOCH_BASED, VIDEO),
            (Some(0), EPOCH_BASED, VIDEO),
            (Some(LAST - 60_001), EPOCH_BASED, VIDEO),
            (Some(LAST + 1), EPOCH_BASED, VIDEO),
            // It comes next, or some hours later.
            (Some(LAST - 33), LAST, VIDEO),
            (Some(LAST - 33), LAST + 33, AUDIO),
            (Some(LAST - 33), 0x0FFF_FFFF, VIDEO),
            // Data may begin with any byte.
            (Some(LAST - 33), EPOCH_BASED, MessageType::DATA_AMF0),
        ] {
            let mut chunks = Chunks::new();
            let mut expected = Vec::new();
            if let Some(before) = before {
                chunks = chunks.type_0(4, before.min(LAST), 1, VIDEO, 1);
                if before >= LAST {
                    chunks = chunks.extended(before);
                }
                chunks = chunks.data(&[7]);
                expected.push(message(4, before, VIDEO, 1, &[7]));
            }
            let chunks = chunks
                .type_0(4, LAST, 5, message_type, 1)
                .extended(time)
                .data(&body);
            expected.push(message(4, time, message_type, 1, &body));
            assert_eq!(messages(&chunks), expected, "{before:?} {time:#x}");
        }
    }

    #[test]
    fn a_later_header_without_one_ends_it() {
        let body = pattern(130);
        let chunks = long_message(AFTER_FIVE_HOURS, &body, |_| true)
            .type_1(4, 40, 130, VIDEO)
            .data(&body[..128])
            .type_3(4)
            .data(&body[128..]);
        let later = message(4, AFTER_FIVE_HOURS + 40, VIDEO, 1, &body);
        assert_eq!(
            messages(&chunks),
            [message(4, AFTER_FIVE_HOURS, VIDEO, 1, &body), later]
        );
    }
}

/// Flash Media Live Encoder (0xC4), GStreamer's rtmp2sink.
mod type_3_that_starts_a_message {
    use super::*;

    #[test]
    fn repeats_the_delta() {
        let chunks = Chunks::new()
            .type_0(4, 1000, 1, VIDEO, 1)
            .data(&[1])
            .type_1(4, 40, 200, VIDEO)
            .data(&pattern(128))
            .type_3(4) // goes on: the delta is added once per message, not per chunk
            .data(&pattern(200)[128..])
            .type_3(4) // starts
            .data(&pattern(128))
            .type_3(4)
            .data(&pattern(200)[128..]);
        let times: Vec<u32> = messages(&chunks)
            .iter()
            .map(|message| message.header.timestamp.0)
            .collect();
        assert_eq!(times, [1000, 1040, 1080]);
    }

    #[test]
    fn after_type_0_no_time_has_passed() {
        let chunks = Chunks::new()
            .type_0(4, 1000, 1, VIDEO, 1)
            .data(&[1])
            .type_3(4)
            .data(&[2])
            .type_3(4)
            .data(&[3]);
        let times: Vec<u32> = messages(&chunks)
            .iter()
            .map(|message| message.header.timestamp.0)
            .collect();
        assert_eq!(times, [1000, 1000, 1000]);
    }
}

/// librtmp's ping (0x42), DJI Osmo Action.
#[test]
fn a_chunk_stream_may_begin_with_type_1() {
    let ping = Chunks::new()
        .type_1(2, 30, 6, MessageType::USER_CONTROL)
        .data(&[0, 7, 0, 0, 0, 1]);
    assert_eq!(ping.bytes[0], 0x42);
    assert_eq!(
        messages(&ping),
        [message(
            2,
            30,
            MessageType::USER_CONTROL,
            0,
            &[0, 7, 0, 0, 0, 1]
        )]
    );
}

#[test]
fn a_chunk_stream_cannot_begin_with_type_2_or_3() {
    for (chunk_type, chunks, text) in [
        (
            2,
            Chunks::new().type_2(77, 0),
            "chunk stream 77 begins with a chunk of type 2, which refers to an earlier message",
        ),
        (
            3,
            Chunks::new().type_3(77),
            "chunk stream 77 begins with a chunk of type 3, which refers to an earlier message",
        ),
    ] {
        let error = decode(&chunks).unwrap_err();
        assert_eq!(
            error.kind,
            DecodeErrorKind::NoEarlierMessage {
                chunk_stream_id: id(77),
                chunk_type
            }
        );
        assert_eq!(error.kind.to_string(), text);
        assert_eq!(error.offset, chunks.bytes.len() as u64);
    }
}

#[test]
fn ids_of_two_and_three_bytes_interleaved() {
    let ids = [2, 3, 63, 64, 65, 319, 320, 321, 4096, 65598, 65599];
    let body = pattern(300);
    let mut chunks = Chunks::new();
    for id in ids {
        chunks = chunks.type_0(id, id, 300, VIDEO, 1).data(&body[..128]);
    }
    for id in ids.into_iter().rev() {
        chunks = chunks.type_3(id).data(&body[128..256]);
    }
    for id in ids {
        chunks = chunks.type_3(id).data(&body[256..]);
    }
    let decoded = messages(&chunks);
    assert_eq!(decoded, ids.map(|id| message(id, id, VIDEO, 1, &body)));
}

#[test]
fn one_byte_ids_after_hundreds_of_longer_ones() {
    let mut chunks = Chunks::new();
    let ids: Vec<u32> = (100..400).chain([2, 3, 63]).collect();
    for id in &ids {
        chunks = chunks.type_0(*id, 1000 + id, 1, VIDEO, 1).data(&[1]);
    }
    for id in &ids {
        chunks = chunks.type_2(*id, 1).data(&[2]);
    }
    let limits = DecoderLimits::default().with_chunk_streams(ids.len());
    let decoded = feed(&mut ChunkDecoder::new(limits), [&chunks.bytes[..]]).unwrap();
    let (first, second) = decoded.split_at(ids.len());
    for ((first, second), id) in first.iter().zip(second).zip(ids) {
        assert_eq!(*first, message(id, 1000 + id, VIDEO, 1, &[1]));
        assert_eq!(*second, message(id, 1001 + id, VIDEO, 1, &[2]));
    }
}

#[test]
fn control_messages_on_other_chunk_streams() {
    let body = pattern(300);
    for id in 3..=6 {
        let chunks = Chunks::new()
            .type_0(7, 0, 300, VIDEO, 1)
            .data(&body[..128])
            .type_0(id, 0, 4, MessageType::SET_CHUNK_SIZE, 1)
            .data(&[0, 0, 1, 0])
            .type_3(7)
            .data(&body[128..])
            .type_0(7, 5, 300, VIDEO, 1)
            .data(&body[..256])
            .type_0(id, 0, 4, MessageType::ABORT, 0)
            .data(&[0, 0, 0, 7])
            .type_3(7)
            .data(&body[..256])
            .type_3(7)
            .data(&body[256..]);
        let types: Vec<u8> = messages(&chunks)
            .iter()
            .map(|message| message.header.message_type.0)
            .collect();
        assert_eq!(types, [1, 9, 2, 9], "on chunk stream {id}");
    }
}

#[test]
fn enormous_chunk_sizes_are_clamped() {
    for size in [0x100_0000, 134_217_728, 0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
        let mut decoder = ChunkDecoder::default();
        feed(
            &mut decoder,
            [&Chunks::new().set_chunk_size(size).bytes[..]],
        )
        .unwrap();
        assert_eq!(decoder.chunk_size(), 0xFF_FFFF);
        let body = pattern(100_000);
        let chunks = Chunks::new().type_0(4, 0, 100_000, VIDEO, 1).data(&body);
        assert_eq!(
            feed(&mut decoder, [&chunks.bytes[..]]),
            Ok(vec![message(4, 0, VIDEO, 1, &body)])
        );
    }
}

/// OBS sends it before connect, others after publish, some while a message is under way.
#[test]
fn set_chunk_size_in_the_middle_of_a_message() {
    let body = pattern(1000);
    let chunks = Chunks::new()
        .type_0(4, 0, 1000, VIDEO, 1)
        .data(&body[..128])
        .set_chunk_size(500)
        .type_3(4)
        .data(&body[128..628])
        .set_chunk_size(1)
        .type_3(4)
        .data(&body[628..629])
        .type_0(2, 0, 4, MessageType::SET_CHUNK_SIZE, 0)
        .in_pieces(2, &4096_u32.to_be_bytes(), 1)
        .type_3(4)
        .data(&body[629..]);
    assert_eq!(
        messages(&chunks).last(),
        Some(&message(4, 0, VIDEO, 1, &body))
    );
}

#[test]
fn a_key_frame_of_several_mebibytes() {
    let body = pattern(5 << 20);
    let header = Chunks::new()
        .set_chunk_size(4096)
        .type_0(4, 0, body.len() as u32, VIDEO, 1);
    let chunks = header.in_pieces(4, &body, 4096);
    let decoded = feed(&mut ChunkDecoder::default(), chunks.bytes.chunks(65536)).unwrap();
    assert_eq!(decoded[1], message(4, 0, VIDEO, 1, &body));
}

#[test]
fn unknown_message_types_are_handed_on() {
    let chunks = Chunks::new()
        .type_0(4, 0, 1, MessageType(0), 1)
        .data(&[1])
        .type_1(4, 0, 1, MessageType(255))
        .data(&[2]);
    let types: Vec<MessageType> = messages(&chunks)
        .iter()
        .map(|message| message.header.message_type)
        .collect();
    assert_eq!(types, [MessageType(0), MessageType(255)]);
}

/// Section 5.3.1.2.4 only says that chunks after the first SHOULD have type 3.
#[test]
fn a_message_may_go_on_with_headers_that_repeat_its_own() {
    let body = pattern(300);
    let chunks = Chunks::new()
        .type_0(4, 1000, 1, VIDEO, 1)
        .data(&[1])
        .type_1(4, 40, 300, VIDEO)
        .data(&body[..128])
        .type_1(4, 40, 300, VIDEO)
        .data(&body[128..256])
        .type_2(4, 40)
        .data(&body[256..])
        .type_0(4, 2000, 300, VIDEO, 1)
        .data(&body[..128])
        .type_0(4, 2000, 300, VIDEO, 1)
        .data(&body[128..256])
        .type_3(4)
        .data(&body[256..]);
    assert_eq!(
        messages(&chunks),
        [
            message(4, 1000, VIDEO, 1, &[1]),
            message(4, 1040, VIDEO, 1, &body),
            message(4, 2000, VIDEO, 1, &body),
        ]
    );
}

#[test]
fn abort_leaves_the_clock_and_the_other_streams_alone() {
    let body = pattern(200);
    let chunks = Chunks::new()
        .type_0(4, 1000, 200, VIDEO, 1)
        .data(&body[..128])
        .type_0(5, 990, 200, AUDIO, 1)
        .data(&body[..128])
        .control(MessageType::ABORT, &[0, 0, 0, 4])
        .control(MessageType::ABORT, &[0, 0, 0, 4]) // nothing is left to abort
        .control(MessageType::ABORT, &[0, 0, 0, 99]) // never used
        .type_3(5)
        .data(&body[128..])
        .type_2(4, 20)
        .data(&body[..128])
        .type_3(4)
        .data(&body[128..]);
    let media: Vec<_> = messages(&chunks)
        .into_iter()
        .filter(|message| message.header.message_type != MessageType::ABORT)
        .collect();
    assert_eq!(
        media,
        [
            message(5, 990, AUDIO, 1, &body),
            message(4, 1020, VIDEO, 1, &body)
        ]
    );
}

#[test]
fn times_go_back_only_with_type_0() {
    let chunks = Chunks::new()
        .type_0(4, 5000, 1, VIDEO, 1)
        .data(&[1])
        .type_0(4, 100, 1, VIDEO, 1)
        .data(&[2]);
    let times: Vec<Timestamp> = messages(&chunks)
        .iter()
        .map(|message| message.header.timestamp)
        .collect();
    assert_eq!(times, [Timestamp(5000), Timestamp(100)]);
    assert_eq!(times[1].since(times[0]), -4900);
}

#[test]
fn headroom_lies_in_front_of_one_type_only() {
    let decoder = || {
        ChunkDecoder::default()
            .with_headroom(VIDEO, 256)
            .with_headroom(VIDEO, 64)
    };
    let body = pattern(300);
    let chunks = Chunks::new()
        .set_chunk_size(512)
        .type_0(4, 0, 300, VIDEO, 1)
        .data(&body);
    let chunks = chunks
        .type_1(4, 0, 300, AUDIO)
        .data(&body)
        .type_1(4, 0, 0, VIDEO);
    let decoded = decode_any_way(decoder, &chunks.bytes).unwrap();
    assert_eq!(
        decoded
            .iter()
            .map(|message| message.payload.headroom())
            .collect::<Vec<_>>(),
        [0, 64, 0, 0]
    );
    assert_eq!(decoded[1].payload[..], body);
}

/// A publisher says that it stops, and the rest of its media comes all the same.
mod media_that_exceed_the_limits {
    use super::*;

    fn decoder() -> ChunkDecoder {
        ChunkDecoder::new(
            DecoderLimits::default()
                .with_message_bytes(200)
                .with_buffered_bytes(400)
                .with_media_passed_over(true),
        )
    }

    #[test]
    fn are_passed_over_and_what_follows_is_read() {
        let body = pattern(1000);
        for message_type in [8, 9, 15, 18, 22].map(MessageType) {
            let chunks = Chunks::new()
                .type_0(4, 40, 1000, message_type, 1)
                .in_pieces(4, &body, 128)
                .type_3(4)
                .in_pieces(4, &body, 128)
                .type_1(4, 7, 3, message_type)
                .data(&[1, 2, 3]);
            let nothing = message(4, 40, message_type, 1, &[]);
            assert_eq!(
                decode_any_way(decoder, &chunks.bytes),
                Ok(vec![
                    nothing.clone(),
                    nothing,
                    message(4, 47, message_type, 1, &[1, 2, 3])
                ])
            );
        }
    }

    #[test]
    fn are_passed_over_where_others_are_in_between() {
        let body = pattern(1000);
        let mut pieces = body.chunks(128);
        let mut chunks = Chunks::new()
            .type_0(4, 40, 1000, VIDEO, 1)
            .data(pieces.next().unwrap_or_default());
        for piece in pieces {
            chunks = chunks
                .type_0(3, 0, 2, MessageType::COMMAND_AMF0, 0)
                .data(&[5, 6])
                .type_3(4)
                .data(piece);
        }
        let decoded = decode_any_way(decoder, &chunks.bytes).unwrap();
        assert_eq!(decoded.len(), 8);
        assert_eq!(decoded.last(), Some(&message(4, 40, VIDEO, 1, &[])));
    }

    #[test]
    fn give_back_what_is_held_of_them_when_limits_shrink() {
        let body = pattern(1000);
        let begun = Chunks::new()
            .set_chunk_size(600)
            .type_0(4, 40, 1000, VIDEO, 1)
            .data(&body[..600]);
        let rest = Chunks::new()
            .type_0(3, 0, 100, MessageType::COMMAND_AMF0, 0)
            .data(&body[..100])
            .type_3(4)
            .data(&body[600..])
            .type_0(4, 80, 4, VIDEO, 1)
            .data(&[9; 4]);
        for cut in 0..rest.bytes.len() {
            let mut decoder = ChunkDecoder::default();
            feed(&mut decoder, [&begun.bytes[..]]).unwrap();
            assert!(decoder.buffered_bytes() >= 600);
            decoder.set_limits(
                DecoderLimits::default()
                    .with_message_bytes(200)
                    .with_buffered_bytes(400)
                    .with_media_passed_over(true),
            );
            assert_eq!(decoder.buffered_bytes(), 0);
            let (front, back) = rest.bytes.split_at(cut);
            assert_eq!(
                feed(&mut decoder, [front, back]),
                Ok(vec![
                    message(3, 0, MessageType::COMMAND_AMF0, 0, &body[..100]),
                    message(4, 40, VIDEO, 1, &[]),
                    message(4, 80, VIDEO, 1, &[9; 4]),
                ])
            );
        }
    }

    #[test]
    fn are_an_error_if_they_are_none_or_nobody_asked_for_it() {
        let body = pattern(1000);
        let chunks = |message_type| {
            Chunks::new()
                .type_0(4, 0, 1000, message_type, 1)
                .in_pieces(4, &body, 128)
        };
        let command = chunks(MessageType::COMMAND_AMF0);
        let asked = decode_any_way(decoder, &command.bytes).unwrap_err();
        let strict = || ChunkDecoder::new(DecoderLimits::default().with_message_bytes(200));
        let not_asked = decode_any_way(strict, &chunks(VIDEO).bytes).unwrap_err();
        for error in [asked, not_asked] {
            assert_eq!(error.kind, DecodeErrorKind::MessageTooLong { length: 1000 });
        }
    }
}
