//! Aggregate messages (RTMP 1.0 section 7.1.6).

mod common;

use proptest::prelude::*;
use rtmp_chunk::{
    AggregateError, AggregateErrorKind, AggregateMessages, AggregatePosition, Message, MessageType,
    Timestamp,
};

/// A sub-message with the header of an FLV tag and a back pointer that is off by `lie`.
fn sub_message(message_type: u8, timestamp: u32, stream_id: u8, body: &[u8], lie: u32) -> Vec<u8> {
    let [_, l2, l1, l0] = (body.len() as u32).to_be_bytes();
    let [t3, t2, t1, t0] = timestamp.to_be_bytes();
    let header = [message_type, l2, l1, l0, t2, t1, t0, t3, 0, 0, stream_id];
    let back_pointer = (header.len() as u32 + body.len() as u32).wrapping_add(lie);
    [&header[..], body, &back_pointer.to_be_bytes()].concat()
}

fn aggregate(timestamp: u32, sub_messages: &[Vec<u8>]) -> Message {
    common::message(
        6,
        timestamp,
        MessageType::AGGREGATE,
        1,
        &sub_messages.concat(),
    )
}

fn split(aggregate: &Message) -> Result<Vec<Message>, AggregateError> {
    AggregateMessages::new(aggregate).collect()
}

#[test]
fn times_are_shifted_and_the_stream_id_of_the_aggregate_counts() {
    let aggregate = aggregate(
        90_000,
        &[
            sub_message(8, 70_000, 5, &[1], 0),
            sub_message(9, 70_020, 6, &[2, 2], 0),
            sub_message(18, 69_990, 7, &[], 0),
        ],
    );
    assert_eq!(
        split(&aggregate),
        Ok(vec![
            common::message(6, 90_000, MessageType::AUDIO, 1, &[1]),
            common::message(6, 90_020, MessageType::VIDEO, 1, &[2, 2]),
            common::message(6, 89_990, MessageType::DATA_AMF0, 1, &[]),
        ])
    );
}

#[test]
fn times_of_32_bits_that_wrap() {
    let aggregate = aggregate(
        u32::MAX,
        &[
            sub_message(8, u32::MAX, 0, &[1], 0),
            sub_message(8, 20, 0, &[2], 0),
        ],
    );
    let times: Vec<Timestamp> = split(&aggregate)
        .unwrap()
        .iter()
        .map(|message| message.header.timestamp)
        .collect();
    assert_eq!(times, [Timestamp(u32::MAX), Timestamp(20)]);
}

#[test]
fn headroom() {
    let aggregate = aggregate(0, &[sub_message(9, 0, 0, &[7; 5], 0)]);
    let message = AggregateMessages::new(&aggregate)
        .with_headroom(64)
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(message.payload.headroom(), 64);
    assert_eq!(message.payload[..], [7; 5]);
}

#[test]
fn nothing_is_in_an_empty_aggregate() {
    assert_eq!(split(&aggregate(0, &[])), Ok(vec![]));
}

#[test]
fn lying_back_pointers() {
    for lie in [1, u32::MAX, 0x8000_0000, 11_u32.wrapping_neg()] {
        let aggregate = aggregate(
            0,
            &[
                sub_message(8, 0, 0, &[1], 0),
                sub_message(8, 0, 0, &[1, 2], lie),
            ],
        );
        let mut messages = AggregateMessages::new(&aggregate);
        assert!(messages.next().unwrap().is_ok());
        let kind = AggregateErrorKind::BackPointer(13_u32.wrapping_add(lie));
        assert_eq!(messages.next(), Some(Err(AggregateError::new(16, kind))));
        assert_eq!(messages.next(), None, "after an error there are no more");
    }
}

#[test]
fn aggregates_in_aggregates_and_control_messages() {
    let inner = sub_message(8, 0, 0, &[1], 0);
    let error = split(&aggregate(0, &[sub_message(22, 0, 0, &inner, 0)])).unwrap_err();
    assert_eq!(error, AggregateError::new(0, AggregateErrorKind::Nested));
    for message_type in 1..=6 {
        let error = split(&aggregate(
            0,
            &[sub_message(message_type, 0, 0, &[0, 0, 0, 1], 0)],
        ))
        .unwrap_err();
        assert_eq!(
            error.kind,
            AggregateErrorKind::ControlMessage(MessageType(message_type))
        );
    }
}

#[test]
fn an_aggregate_that_is_cut_short_at_every_byte() {
    let whole = [
        sub_message(8, 0, 0, &[1], 0),
        sub_message(9, 0, 0, &[1, 2, 3], 0),
    ];
    let first = whole[0].len();
    let bytes = whole.concat();
    for end in 0..bytes.len() {
        let cut = common::message(6, 0, MessageType::AGGREGATE, 1, &bytes[..end]);
        if end == 0 || end == first {
            assert_eq!(split(&cut).unwrap().len(), usize::from(end == first));
        } else {
            let offset = if end < first { 0 } else { first };
            assert_eq!(
                split(&cut),
                Err(AggregateError::new(offset, AggregateErrorKind::Truncated))
            );
        }
    }
}

#[test]
fn a_length_of_16_mib_in_a_few_bytes() {
    let mut lying = sub_message(8, 0, 0, &[1], 0);
    lying[1..4].copy_from_slice(&[0xFF; 3]);
    assert_eq!(
        split(&aggregate(0, &[lying])).unwrap_err().kind,
        AggregateErrorKind::Truncated
    );
}

#[test]
fn an_aggregate_can_be_checked_without_taking_it_apart() {
    let good = aggregate(
        0,
        &[
            sub_message(8, 0, 0, &[1], 0),
            sub_message(9, 0, 0, &[2, 2], 0),
        ],
    );
    assert_eq!(AggregateMessages::new(&good).check(), Ok(()));
    let mut messages = AggregateMessages::new(&good);
    while messages.next().is_some() {
        assert_eq!(messages.check(), Ok(()));
    }

    let bad = aggregate(
        0,
        &[
            sub_message(8, 0, 0, &[1], 0),
            sub_message(9, 0, 0, &[2, 2], 1),
        ],
    );
    assert_eq!(AggregateMessages::new(&bad).check(), split(&bad).map(drop));
    assert!(AggregateMessages::new(&bad).check().is_err());
}

proptest! {
    #[test]
    fn sub_messages_come_out_as_they_were_put_in(
        timestamp: u32,
        sub_messages in prop::collection::vec(
            (prop_oneof![7..=21_u8, 23..=255_u8], any::<u32>(), prop::collection::vec(any::<u8>(), 0..50)),
            0..10,
        ),
        headroom in 0..40_usize,
    ) {
        let bytes: Vec<Vec<u8>> =
            sub_messages.iter().map(|(t, time, body)| sub_message(*t, *time, 9, body, 0)).collect();
        let aggregate = aggregate(timestamp, &bytes);
        let offset = sub_messages.first().map_or(0, |(_, first, _)| timestamp.wrapping_sub(*first));
        let expected: Vec<Message> = sub_messages
            .iter()
            .map(|(t, time, body)| common::message(6, time.wrapping_add(offset), MessageType(*t), 1, body))
            .collect();

        let messages = split(&aggregate);
        prop_assert_eq!(messages.as_ref(), Ok(&expected));
        // One at a time, each by an iterator of its own.
        let mut position = AggregatePosition::default();
        for message in &expected {
            let mut messages = AggregateMessages::resume(&aggregate, position).with_headroom(headroom);
            let resumed = messages.next().unwrap().unwrap();
            prop_assert_eq!((resumed.payload.headroom(), &resumed), (headroom, message));
            position = messages.position();
        }
        prop_assert_eq!(AggregateMessages::resume(&aggregate, position).next(), None);
    }

    #[test]
    fn random_bodies_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let aggregate = common::message(6, 0, MessageType::AGGREGATE, 1, &body);
        prop_assert_eq!(AggregateMessages::new(&aggregate).check(), split(&aggregate).map(drop));
    }
}
