//! Vectors from RTMP 1.0: the examples of section 5.3.2 and the forms of section 5.3.1, read and written.

mod common;

use common::{Chunks, messages, pattern};
use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, ChunkStreamId, EncodeError, ExtendedTimestamps, Message,
    MessageType,
};

fn encode(encoder: &mut ChunkEncoder, messages: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        encoder
            .encode(&message.header, &message.payload, &mut bytes)
            .expect("it is within the limits");
    }
    bytes
}

/// Both directions: `chunks` are read as `expected`, and `expected` are written as `chunks`.
#[track_caller]
fn assert_vector(chunks: &Chunks, expected: &[Message]) {
    assert_eq!(messages(chunks), expected);
    assert_eq!(encode(&mut ChunkEncoder::new(), expected), chunks.bytes);
}

#[test]
fn section_5_3_2_1_example_1_audio_messages() {
    let bodies: Vec<Vec<u8>> = (0..4).map(|n| vec![n; 32]).collect();
    let chunks = Chunks::new()
        .type_0(3, 1000, 32, MessageType::AUDIO, 12345)
        .data(&bodies[0])
        .type_2(3, 20)
        .data(&bodies[1])
        .type_3(3)
        .data(&bodies[2])
        .type_3(3)
        .data(&bodies[3]);
    assert_eq!(
        chunks.bytes.len(),
        44 + 36 + 33 + 33,
        "the column \"Total No. of Bytes in the Chunk\""
    );

    let expected: Vec<Message> = [1000, 1020, 1040, 1060]
        .into_iter()
        .zip(&bodies)
        .map(|(time, body)| common::message(3, time, MessageType::AUDIO, 12345, body))
        .collect();
    assert_vector(&chunks, &expected);
}

#[test]
fn section_5_3_2_2_example_2_a_message_in_three_chunks() {
    let body = pattern(307);
    let chunks = Chunks::new()
        .type_0(4, 1000, 307, MessageType::VIDEO, 12346)
        .data(&body[..128])
        .type_3(4)
        .data(&body[128..256])
        .type_3(4)
        .data(&body[256..]);
    assert_eq!(
        chunks.bytes.len(),
        140 + 129 + 52,
        "the column \"Total No. of bytes in the chunk\""
    );
    assert_vector(
        &chunks,
        &[common::message(4, 1000, MessageType::VIDEO, 12346, &body)],
    );
}

#[test]
fn section_5_3_1_1_ids_take_one_two_or_three_bytes() {
    for (id, basic_header) in [
        (2, &[0x02][..]),
        (63, &[0x3F]),
        (64, &[0x00, 0]),
        (319, &[0x00, 255]),
        (320, &[0x01, 0, 1]),
        (365, &[0x01, 0x2D, 1]), // "ID 365 would be represented by a 1 in cs id, and a 16-bit 301 here"
        (65599, &[0x01, 255, 255]),
    ] {
        let chunks = Chunks::new()
            .type_0(id, 1, 1, MessageType::AUDIO, 1)
            .data(&[9])
            .type_2(id, 5)
            .data(&[8]);
        assert!(chunks.bytes.starts_with(basic_header), "{id}");
        let first = common::message(id, 1, MessageType::AUDIO, 1, &[9]);
        let second = common::message(id, 6, MessageType::AUDIO, 1, &[8]);
        assert_vector(&chunks, &[first, second]);
    }
}

#[test]
fn section_5_3_1_1_ids_64_to_319_may_take_three_bytes() {
    let body = pattern(200);
    for id in [64, 200, 319] {
        let [low, high] = (id as u16 - 64).to_le_bytes();
        let chunks = Chunks::new()
            .type_0(id, 7, 200, MessageType::VIDEO, 1)
            .data(&body[..128])
            .data(&[0xC1, low, high])
            .data(&body[128..]);
        assert_eq!(
            messages(&chunks),
            [common::message(id, 7, MessageType::VIDEO, 1, &body)]
        );
    }
}

#[test]
fn section_5_3_1_1_ids_outside_the_range_cannot_be_made() {
    for id in [0, 1, 65600, u32::MAX] {
        assert_eq!(ChunkStreamId::new(id), None);
    }
    assert_eq!(ChunkStreamId::new(2), Some(ChunkStreamId::CONTROL));
    assert_eq!(ChunkStreamId::new(65599), Some(ChunkStreamId::MAX));
}

#[test]
fn section_5_3_1_2_each_type_says_only_what_is_new() {
    let chunks = Chunks::new()
        .type_0(5, 100, 2, MessageType::AUDIO, 1)
        .data(&[1, 1])
        .type_1(5, 10, 3, MessageType::AUDIO) // another length
        .data(&[2, 2, 2])
        .type_1(5, 10, 3, MessageType::VIDEO) // another type
        .data(&[3, 3, 3])
        .type_3(5) // nothing
        .data(&[4, 4, 4])
        .type_2(5, 0) // another delta
        .data(&[5, 5, 5])
        .type_3(5)
        .data(&[6, 6, 6])
        .type_0(5, 130, 3, MessageType::VIDEO, 2) // another message stream
        .data(&[7, 7, 7])
        .type_0(5, 129, 3, MessageType::VIDEO, 2) // back in time
        .data(&[8, 8, 8]);
    assert_vector(
        &chunks,
        &[
            common::message(5, 100, MessageType::AUDIO, 1, &[1, 1]),
            common::message(5, 110, MessageType::AUDIO, 1, &[2, 2, 2]),
            common::message(5, 120, MessageType::VIDEO, 1, &[3, 3, 3]),
            common::message(5, 130, MessageType::VIDEO, 1, &[4, 4, 4]),
            common::message(5, 130, MessageType::VIDEO, 1, &[5, 5, 5]),
            common::message(5, 130, MessageType::VIDEO, 1, &[6, 6, 6]),
            common::message(5, 130, MessageType::VIDEO, 2, &[7, 7, 7]),
            common::message(5, 129, MessageType::VIDEO, 2, &[8, 8, 8]),
        ],
    );
}

#[test]
fn section_5_3_1_3_extended_timestamps_from_16777215_on() {
    for (timestamp, extended) in [
        (0xFF_FFFE, false),
        (0xFF_FFFF, true),
        (0x0100_0000, true),
        (u32::MAX, true),
    ] {
        let chunks = if extended {
            Chunks::new()
                .type_0(4, 0xFF_FFFF, 1, MessageType::VIDEO, 1)
                .extended(timestamp)
        } else {
            Chunks::new().type_0(4, timestamp, 1, MessageType::VIDEO, 1)
        };
        assert_vector(
            &chunks.data(&[7]),
            &[common::message(4, timestamp, MessageType::VIDEO, 1, &[7])],
        );
    }
}

#[test]
fn section_5_3_1_3_extended_deltas() {
    let delta = 0x0123_4567;
    let chunks = Chunks::new()
        .type_0(4, 1, 1, MessageType::VIDEO, 1)
        .data(&[1])
        .type_2(4, 0xFF_FFFF)
        .extended(delta)
        .data(&[2])
        .type_1(4, 0xFF_FFFF, 2, MessageType::VIDEO)
        .extended(delta)
        .data(&[3, 3])
        .type_3(4)
        .extended(delta)
        .data(&[4, 4]);
    assert_vector(
        &chunks,
        &[
            common::message(4, 1, MessageType::VIDEO, 1, &[1]),
            common::message(4, 1 + delta, MessageType::VIDEO, 1, &[2]),
            common::message(4, 1 + delta * 2, MessageType::VIDEO, 1, &[3, 3]),
            common::message(4, 1 + delta * 3, MessageType::VIDEO, 1, &[4, 4]),
        ],
    );
}

#[test]
fn section_5_3_1_3_type_3_chunks_repeat_the_extended_timestamp() {
    let body = pattern(300);
    let time = 0x0102_0304;
    let chunks = Chunks::new()
        .type_0(4, 0xFF_FFFF, 300, MessageType::VIDEO, 1)
        .extended(time)
        .data(&body[..128])
        .type_3(4)
        .extended(time)
        .data(&body[128..256])
        .type_3(4)
        .extended(time)
        .data(&body[256..]);
    assert_vector(
        &chunks,
        &[common::message(4, time, MessageType::VIDEO, 1, &body)],
    );
}

#[test]
fn the_encoder_can_leave_the_extended_timestamp_out_of_type_3_chunks() {
    let body = pattern(300);
    let time = 0x0102_0304;
    let chunks = Chunks::new()
        .type_0(4, 0xFF_FFFF, 300, MessageType::VIDEO, 1)
        .extended(time)
        .data(&body[..128])
        .type_3(4)
        .data(&body[128..256])
        .type_3(4)
        .data(&body[256..]);
    let mut encoder = ChunkEncoder::new().with_extended_timestamps(ExtendedTimestamps::Never);
    let message = common::message(4, time, MessageType::VIDEO, 1, &body);
    assert_eq!(
        encode(&mut encoder, std::slice::from_ref(&message)),
        chunks.bytes
    );
    assert_eq!(messages(&chunks), [message]);
}

#[test]
fn section_4_times_wrap_after_49_days() {
    let chunks = Chunks::new()
        .type_0(4, 0xFF_FFFF, 1, MessageType::VIDEO, 1)
        .extended(u32::MAX - 9)
        .data(&[1])
        .type_2(4, 40)
        .data(&[2])
        .type_3(4)
        .data(&[3]);
    assert_vector(
        &chunks,
        &[
            common::message(4, u32::MAX - 9, MessageType::VIDEO, 1, &[1]),
            common::message(4, 30, MessageType::VIDEO, 1, &[2]),
            common::message(4, 70, MessageType::VIDEO, 1, &[3]),
        ],
    );
}

#[test]
fn section_5_4_1_set_chunk_size_applies_to_the_next_chunk() {
    let body = pattern(200);
    let chunks = Chunks::new()
        .set_chunk_size(150)
        .type_0(4, 0, 200, MessageType::VIDEO, 1)
        .data(&body[..150]);
    let chunks = chunks.type_3(4).data(&body[150..]);
    assert_vector(
        &chunks,
        &[
            common::message(2, 0, MessageType::SET_CHUNK_SIZE, 0, &[0, 0, 0, 150]),
            common::message(4, 0, MessageType::VIDEO, 1, &body),
        ],
    );
}

#[test]
fn section_5_4_2_abort_drops_the_unfinished_message() {
    let body = pattern(200);
    let chunks = Chunks::new()
        .type_0(4, 1000, 200, MessageType::VIDEO, 1)
        .data(&body[..128])
        .control(MessageType::ABORT, &[0, 0, 0, 4])
        .type_1(4, 40, 3, MessageType::VIDEO)
        .data(&[1, 2, 3]);
    assert_eq!(
        messages(&chunks),
        [
            common::message(2, 0, MessageType::ABORT, 0, &[0, 0, 0, 4]),
            common::message(4, 1040, MessageType::VIDEO, 1, &[1, 2, 3]),
        ]
    );
}

#[test]
fn empty_messages_are_messages() {
    let chunks = Chunks::new()
        .type_0(4, 0, 0, MessageType::VIDEO, 1)
        .type_2(4, 40)
        .type_3(4)
        .type_1(4, 40, 1, MessageType::VIDEO)
        .data(&[1]);
    assert_vector(
        &chunks,
        &[
            common::message(4, 0, MessageType::VIDEO, 1, &[]),
            common::message(4, 40, MessageType::VIDEO, 1, &[]),
            common::message(4, 80, MessageType::VIDEO, 1, &[]),
            common::message(4, 120, MessageType::VIDEO, 1, &[1]),
        ],
    );
}

#[test]
fn chunk_streams_are_interleaved_independently() {
    let (video, audio) = (pattern(300), pattern(150));
    let chunks = Chunks::new()
        .type_0(6, 1000, 300, MessageType::VIDEO, 1)
        .data(&video[..128])
        .type_0(400, 990, 150, MessageType::AUDIO, 2)
        .data(&audio[..128])
        .type_3(6)
        .data(&video[128..256])
        .type_3(400)
        .data(&audio[128..])
        .type_3(6)
        .data(&video[256..]);
    assert_eq!(
        messages(&chunks),
        [
            common::message(400, 990, MessageType::AUDIO, 2, &audio),
            common::message(6, 1000, MessageType::VIDEO, 1, &video),
        ]
    );
}

#[test]
fn the_encoder_can_write_nothing_but_full_headers() {
    let chunks = Chunks::new()
        .type_0(3, 0, 3, MessageType::COMMAND_AMF0, 0)
        .data(&[2, 0, 0])
        .type_0(3, 0, 3, MessageType::COMMAND_AMF0, 0)
        .data(&[2, 0, 0]);
    let message = common::message(3, 0, MessageType::COMMAND_AMF0, 0, &[2, 0, 0]);
    let mut encoder = ChunkEncoder::new().with_full_headers();
    let encoded = encode(&mut encoder, &[message.clone(), message.clone()]);
    assert_eq!(encoded, chunks.bytes);
    assert_eq!(messages(&chunks), [message.clone(), message]);
}

/// The delta of a type 3 chunk after type 0 is the timestamp by the standard and 0 in practice: at 0 both agree.
#[test]
fn the_encoder_uses_type_3_after_type_0_only_at_time_0() {
    let at_0 = Chunks::new()
        .type_0(4, 0, 1, MessageType::AUDIO, 1)
        .data(&[1])
        .type_3(4)
        .data(&[2]);
    let messages = |time| [1, 2].map(|n| common::message(4, time, MessageType::AUDIO, 1, &[n]));
    assert_vector(&at_0, &messages(0));
    let at_7 = Chunks::new()
        .type_0(4, 7, 1, MessageType::AUDIO, 1)
        .data(&[1])
        .type_2(4, 0)
        .data(&[2]);
    assert_vector(&at_7, &messages(7));
}

#[test]
fn a_payload_has_16777215_bytes_at_most() {
    let header = common::message(4, 0, MessageType::VIDEO, 1, &[]).header;
    let mut bytes = Vec::new();
    let body = vec![0; 0x100_0000];
    let error = ChunkEncoder::new()
        .encode(&header, &body, &mut bytes)
        .unwrap_err();
    assert_eq!(error, EncodeError::PayloadTooLong { length: 0x100_0000 });
    assert!(bytes.is_empty());
    assert_eq!(
        ChunkEncoder::new().encode(&header, &body[1..], &mut bytes),
        Ok(())
    );
}

#[test]
fn chunk_sizes_of_the_encoder_are_clamped() {
    let mut encoder = ChunkEncoder::new();
    for (size, clamped) in [
        (0, 1),
        (1, 1),
        (0xFF_FFFF, 0xFF_FFFF),
        (u32::MAX, 0xFF_FFFF),
    ] {
        encoder.set_chunk_size(size);
        assert_eq!(encoder.chunk_size(), clamped);
    }
}

#[test]
fn messages_keep_the_mark_of_their_first_byte() {
    // Two messages of 200 bytes, whose chunks of 128 take turns.
    let header = |id: u8| [&[id, 0, 0, 0, 0, 0, 200, 9, 1, 0, 0, 0][..], &[1; 128]].concat();
    let rest = |id: u8| [&[0xC0 | id][..], &[1; 72]].concat();
    let mut decoder = ChunkDecoder::default();
    let mut marks = Vec::new();
    for (mark, bytes) in [(7, header(4)), (8, header(5)), (9, rest(5)), (10, rest(4))] {
        decoder.set_mark(mark);
        if decoder.decode(&mut &bytes[..]).unwrap().is_some() {
            marks.push(decoder.message_mark());
        }
    }
    assert_eq!(marks, [8, 7]);
}
