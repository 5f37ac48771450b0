//! What holds for all messages and all bytes.

mod common;

use std::collections::BTreeMap;

use common::{Chunks, cut, feed, id, message};
use proptest::collection::vec;
use proptest::prelude::*;
use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, DecoderLimits, EncodeError, ExtendedTimestamps, Message,
    MessageHeader, MessageType,
};

/// Ids of all three forms; few of them, so that later messages refer to earlier ones.
fn ids() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 2..8_u32, 1 => 62..66_u32, 1 => 318..322_u32, 1 => 2..=65599_u32]
}

fn times() -> impl Strategy<Value = u32> {
    prop_oneof![
        0..100_u32,
        0xFF_FFF0..0x100_0010_u32,
        u32::MAX - 50..=u32::MAX,
        any::<u32>()
    ]
}

fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![0..10_usize, 120..140_usize, 250..260_usize, 0..5000_usize]
}

/// Any type but those that change how chunks are read.
fn message_types() -> impl Strategy<Value = MessageType> {
    prop_oneof![Just(8), Just(9), Just(0), 3..=255_u8].prop_map(MessageType)
}

fn a_message() -> impl Strategy<Value = Message> {
    (
        ids(),
        times(),
        message_types(),
        prop_oneof![Just(0), Just(1), any::<u32>()],
        lengths(),
        any::<u8>(),
    )
        .prop_map(|(id, time, message_type, stream, length, seed)| {
            let body: Vec<u8> = common::pattern(length)
                .iter()
                .map(|byte| byte ^ seed)
                .collect();
            message(id, time, message_type, stream, &body)
        })
}

fn set_chunk_size() -> impl Strategy<Value = Message> {
    prop_oneof![1..5_u32, 100..300_u32, 1..0x7FFF_FFFF_u32]
        .prop_map(|size| message(2, 0, MessageType::SET_CHUNK_SIZE, 0, &size.to_be_bytes()))
}

/// Messages of a sender, often with equal spacing, type and length, as audio has them.
fn messages() -> impl Strategy<Value = Vec<Message>> {
    let run = (a_message(), times(), 1..5_u32).prop_map(|(first, delta, count)| {
        (0..count)
            .map(|n| {
                let timestamp = first.header.timestamp.wrapping_add(delta.wrapping_mul(n));
                Message {
                    header: MessageHeader {
                        timestamp,
                        ..first.header
                    },
                    ..first.clone()
                }
            })
            .collect::<Vec<_>>()
    });
    vec(
        prop_oneof![8 => run, 1 => set_chunk_size().prop_map(|message| vec![message])],
        0..12,
    )
    .prop_map(|runs| runs.concat())
    .prop_filter("a leap from 0xFFFFFF", |messages| {
        !leap_from_0xffffff(messages)
    })
}

/// Audio or video leaps by days when the clock of its chunk stream has come to 0xFFFFFF. Nobody's does, and in a
/// chunk of type 0 it is taken for a timestamp of that value: see `the_very_value_that_announces_it_may_come_without_one`.
fn leap_from_0xffffff(messages: &[Message]) -> bool {
    let mut last = BTreeMap::new();
    messages.iter().any(|message| {
        let time = message.header.timestamp.0;
        let before = last.insert(message.header.chunk_stream_id, time);
        let is_media = matches!(message.header.message_type, MessageType(8 | 9));
        is_media
            && (0x1000_0000..0xF000_0000).contains(&time)
            && before.is_some_and(|before| (0xFF_FFFF - 60_000..=0xFF_FFFF).contains(&before))
    })
}

/// Lengths of pieces.
fn pieces() -> impl Strategy<Value = Vec<usize>> {
    vec(
        prop_oneof![1..4_usize, 1..200_usize, 1..20_000_usize],
        1..20,
    )
}

fn encode(mut encoder: ChunkEncoder, messages: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        encoder
            .encode(&message.header, &message.payload, &mut bytes)
            .expect("it is within the limits");
    }
    bytes
}

/// Bytes that look like chunks, right or wrong.
fn chunk_like_bytes() -> impl Strategy<Value = Vec<u8>> {
    let time = prop_oneof![
        Just([0, 0, 0]),
        Just([0, 0, 40]),
        Just([0xFF; 3]),
        any::<[u8; 3]>()
    ];
    let length = prop_oneof![
        Just([0, 0, 0]),
        Just([0, 0, 4]),
        Just([0, 0, 200]),
        Just([0, 1, 44])
    ];
    let message_type = prop_oneof![Just(1), Just(2), 0..24_u8];
    let data = prop_oneof![Just(0), Just(4), Just(72), Just(128), 0..300_usize];
    let chunk = (0..4_u8, 2..6_u8, time, length, message_type, data).prop_map(
        |(chunk_type, id, time, length, message_type, data)| {
            let header = [
                &[chunk_type << 6 | id][..],
                &time,
                &length,
                &[message_type],
                &[1, 0, 0, 0],
            ]
            .concat();
            let fields = [12, 8, 4, 1][usize::from(chunk_type)];
            let extended = if time == [0xFF; 3] && chunk_type < 3 {
                &[1, 0, 0, 5][..]
            } else {
                &[]
            };
            let data: Vec<u8> = (0..data).map(|n| [0, 0, 1, 0, 0, 5][n % 6]).collect();
            [&header[..fields], extended, &data].concat()
        },
    );
    vec(chunk, 0..30).prop_map(|chunks| chunks.concat())
}

/// Limits that are reached.
fn tight_limits() -> DecoderLimits {
    DecoderLimits::default()
        .with_message_bytes(280)
        .with_buffered_bytes(600)
        .with_chunk_streams(3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_decoded_is_what_was_encoded(messages in messages(), pieces in pieces()) {
        let bytes = encode(ChunkEncoder::new(), &messages);
        let whole = feed(&mut ChunkDecoder::default(), [&bytes[..]]);
        prop_assert_eq!(whole.as_ref(), Ok(&messages));
        prop_assert_eq!(feed(&mut ChunkDecoder::default(), cut(&bytes, &pieces)), Ok(messages));
    }

    #[test]
    fn pieces_share_the_payload_and_are_the_same_bytes(messages in messages()) {
        let (mut encoder, mut bytes) = (ChunkEncoder::new(), Vec::new());
        for message in &messages {
            let mut shared = 0;
            let encoded = encoder.encode_in_pieces(&message.header, &message.payload, |header, data| {
                assert!(data.is_empty() || message.payload.as_ptr_range().contains(&data.as_ptr()));
                shared += data.len();
                bytes.extend_from_slice(header);
                bytes.extend_from_slice(data);
            });
            prop_assert_eq!(encoded, Ok(()));
            prop_assert_eq!(shared, message.payload.len());
        }
        prop_assert_eq!(bytes, encode(ChunkEncoder::new(), &messages));
    }

    #[test]
    fn both_ways_to_treat_extended_timestamps_are_inverses(messages in messages(), pieces in pieces()) {
        for mode in [ExtendedTimestamps::Always, ExtendedTimestamps::Never] {
            let bytes = encode(ChunkEncoder::new().with_extended_timestamps(mode), &messages);
            let mut decoder = ChunkDecoder::default().with_extended_timestamps(mode);
            let decoded = feed(&mut decoder, cut(&bytes, &pieces));
            prop_assert_eq!(decoded.as_ref(), Ok(&messages));
        }
    }

    #[test]
    fn interleaved_chunks_make_the_same_messages(
        streams in prop::collection::btree_map(ids(), vec(a_message(), 1..4), 1..6),
        order in vec(any::<prop::sample::Index>(), 1..50),
        pieces in pieces(),
    ) {
        // Each stream is encoded on its own and cut into its chunks, which are then dealt out in any order.
        let mut expected = Vec::new();
        let mut chunks = Vec::new();
        for (stream, mut messages) in streams {
            for message in &mut messages {
                message.header.chunk_stream_id = id(stream);
            }
            prop_assume!(!leap_from_0xffffff(&messages));
            chunks.push(chunks_of(&messages));
            expected.push(messages);
        }
        let mut bytes = Vec::new();
        for index in order.iter().cycle() {
            if chunks.is_empty() {
                break;
            }
            let stream = index.index(chunks.len());
            match chunks[stream].next() {
                Some(chunk) => bytes.extend(chunk),
                None => drop(chunks.remove(stream)),
            }
        }

        let decoded = feed(&mut ChunkDecoder::default(), cut(&bytes, &pieces)).unwrap();
        for messages in expected {
            let id = messages[0].header.chunk_stream_id;
            let of_stream: Vec<_> = decoded.iter().filter(|message| message.header.chunk_stream_id == id).collect();
            prop_assert_eq!(of_stream, messages.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_bytes_make_the_same_in_any_pieces(bytes in chunk_like_bytes(), pieces in pieces()) {
        for limits in [DecoderLimits::default(), tight_limits()] {
            let decoder = || ChunkDecoder::new(limits).with_headroom(MessageType::VIDEO, 40);
            let (mut whole, mut single, mut mixed) = (decoder(), decoder(), decoder());
            let messages = feed(&mut whole, [&bytes[..]]);
            prop_assert_eq!(&feed(&mut single, bytes.chunks(1)), &messages);
            prop_assert_eq!(&feed(&mut mixed, cut(&bytes, &pieces)), &messages);
            if messages.is_ok() {
                prop_assert_eq!(single.buffered_bytes(), whole.buffered_bytes());
                prop_assert_eq!(mixed.buffered_bytes(), whole.buffered_bytes());
            }
        }
    }

    #[test]
    fn what_any_bytes_decode_to_survives_encoding(bytes in chunk_like_bytes()) {
        let mut decoder = ChunkDecoder::default();
        let mut input = &bytes[..];
        let mut messages = Vec::new();
        while let Ok(Some(message)) = decoder.decode(&mut input) {
            messages.push(message);
        }
        let encoded = encode(ChunkEncoder::new(), &messages);
        prop_assert_eq!(feed(&mut ChunkDecoder::default(), [&encoded[..]]), Ok(messages));
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..2000)) {
        let whole = feed(&mut ChunkDecoder::default(), [&bytes[..]]);
        prop_assert_eq!(feed(&mut ChunkDecoder::default(), bytes.chunks(1)), whole);
    }

    #[test]
    fn the_encoder_asks_for_what_it_writes(messages in messages()) {
        let mut encoder = ChunkEncoder::new();
        for message in &messages {
            let mut no_room: &mut [u8] = &mut [];
            let refused = encoder.encode(&message.header, &message.payload, &mut no_room);
            let mut bytes = Vec::new();
            encoder.encode(&message.header, &message.payload, &mut bytes).unwrap();
            prop_assert_eq!(refused, Err(EncodeError::OutputFull { needed: bytes.len() }));
        }
    }

    #[test]
    fn the_encoder_writes_all_or_nothing(messages in messages(), room in 0..10_000_usize) {
        let whole = encode(ChunkEncoder::new(), &messages);
        let mut buffer = vec![0; room];
        let mut rest = &mut buffer[..];
        let mut encoder = ChunkEncoder::new();
        for message in &messages {
            let before = rest.len();
            if let Err(error) = encoder.encode(&message.header, &message.payload, &mut rest) {
                let EncodeError::OutputFull { needed } = error else { panic!("{error}") };
                prop_assert!(needed > before && rest.len() == before);
                break;
            }
        }
        let written = room - rest.len();
        prop_assert_eq!(&buffer[..written], &whole[..written]);
    }
}

/// The chunks of messages on one chunk stream, 128 bytes of data each, written by hand with type 0, 1 and 3.
fn chunks_of(messages: &[Message]) -> std::vec::IntoIter<Vec<u8>> {
    let mut chunks = Vec::new();
    let mut previous: Option<MessageHeader> = None;
    for Message { header, payload } in messages {
        let (id, length) = (header.chunk_stream_id.get(), payload.len() as u32);
        let delta = previous.map(|previous| header.timestamp.0.wrapping_sub(previous.timestamp.0));
        let same_stream =
            previous.is_some_and(|previous| previous.message_stream_id == header.message_stream_id);
        let time = delta.filter(|_| same_stream).unwrap_or(header.timestamp.0);
        let short = time.min(0xFF_FFFF);
        let first = if same_stream {
            Chunks::new().type_1(id, short, length, header.message_type)
        } else {
            Chunks::new().type_0(
                id,
                short,
                length,
                header.message_type,
                header.message_stream_id,
            )
        };
        let with_timestamp = |chunk: Chunks| {
            if short == 0xFF_FFFF {
                chunk.extended(time)
            } else {
                chunk
            }
        };
        let mut pieces = payload.chunks(128);
        chunks.push(
            with_timestamp(first)
                .data(pieces.next().unwrap_or_default())
                .bytes,
        );
        chunks
            .extend(pieces.map(|piece| with_timestamp(Chunks::new().type_3(id)).data(piece).bytes));
        previous = Some(*header);
    }
    chunks.into_iter()
}
