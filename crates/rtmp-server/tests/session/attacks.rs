//! Attacks, each with its bound: memory as the allocator counts it, work as allocations, messages
//! and answers.

use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use amf0::Value;
use proptest::prelude::*;
use rtmp_chunk::{ChunkSize, MessageType, ProtocolControl, Timestamp, UserControl};
use rtmp_server::proto::{Limit, Misbehaviour, SessionError};
use rtmp_server::{Event, SessionConfig, Status, StatusCode};

use crate::common::chunks::{type_0, type_1, type_3};
use crate::common::{Answer, Handshake, Scene, Wire, command_body};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const VIDEO: u8 = 9;

/// What `bytes` make a session hold and do, and how it ends. They come in pieces as a socket gives
/// them, as long as the session wants them.
fn cost_of(scene: &mut Scene, bytes: &[u8]) -> (AllocationInfo, Result<(), SessionError>) {
    let mut outcome = Ok(());
    let cost = measure(|| {
        let mut pieces = bytes.chunks(16 << 10);
        while outcome.is_ok() && scene.session.wants_input() {
            let Some(piece) = pieces.next() else { break };
            outcome = scene.send(piece);
        }
    });
    (cost, outcome)
}

fn set_chunk_size(scene: &mut Scene, bytes: u32) {
    let size = ProtocolControl::SetChunkSize(ChunkSize::new(bytes).expect("a chunk size"));
    scene
        .say(|client| client.control(size))
        .expect("a control message is taken");
}

#[track_caller]
fn assert_chunk_stream_limit(outcome: &Result<(), SessionError>) {
    assert!(
        matches!(
            outcome,
            Err(SessionError::LimitExceeded(Limit::ChunkStream(_)))
        ),
        "{outcome:?}"
    );
}

fn aggregate_of(bodies: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut aggregate = Vec::new();
    for body in bodies {
        aggregate.extend([VIDEO, 0, 0, body.len() as u8, 0, 0, 0, 0, 0, 0, 0]);
        aggregate.extend_from_slice(&body);
        aggregate.extend((11 + body.len() as u32).to_be_bytes());
    }
    aggregate
}

#[test]
fn a_message_whose_length_changes_between_its_chunks() {
    for new_length in [0, 1, 127, 299, 301, 0xFF_FFFF] {
        for header in [
            type_0(6, 0, new_length, VIDEO, 1),
            type_1(6, 0, new_length, VIDEO),
        ] {
            let mut scene = Scene::publishing();
            let start = [type_0(6, 0, 300, VIDEO, 1), vec![1; 128]].concat();
            scene.send_ok(&start);
            let (cost, outcome) = cost_of(&mut scene, &[header, vec![2; 128]].concat());
            assert!(
                matches!(
                    outcome,
                    Err(SessionError::PeerMisbehaved(Misbehaviour::ChunkStream(_)))
                ),
                "{outcome:?}"
            );
            assert!(cost.bytes_max < 4 * KIB, "{cost:?}");
            assert!(scene.session.has_ended());
        }
    }
}

#[test]
fn a_chunk_size_that_changes_in_mid_message_at_every_offset() {
    let body: Vec<u8> = (0..600_u32).map(|index| index as u8).collect();
    for offset in 1..600 {
        for new_size in [1, 50, 128, 1000] {
            let mut scene = Scene::publishing();
            let first = ProtocolControl::SetChunkSize(ChunkSize::new(offset).unwrap());
            let mut bytes = scene.client.control(first);
            bytes.extend(type_0(6, 7, 600, VIDEO, 1));
            let (front, mut rest) = body.split_at(offset as usize);
            bytes.extend_from_slice(front);
            bytes.extend(type_0(2, 0, 4, 1, 0));
            if offset < 4 {
                // The message itself comes in chunks of the old size.
                let size = u32::to_be_bytes(new_size);
                bytes.extend(
                    size.chunks(offset as usize)
                        .collect::<Vec<_>>()
                        .join(&type_3(2)[..]),
                );
            } else {
                bytes.extend(u32::to_be_bytes(new_size));
            }
            while !rest.is_empty() {
                bytes.extend(type_3(6));
                let (chunk, after) = rest.split_at(rest.len().min(new_size as usize));
                bytes.extend_from_slice(chunk);
                rest = after;
            }
            scene.send_ok(&bytes);
            assert_eq!(
                scene.media()[0].1.payload[..],
                body[..],
                "at {offset} to {new_size}"
            );
        }
    }
}

#[test]
fn sixty_four_thousand_chunk_streams_of_one_byte_each() {
    let mut scene = Scene::publishing();
    set_chunk_size(&mut scene, 1);
    let bytes: Vec<u8> = (3..65_600)
        .flat_map(|id| [type_0(id, 0, 0xFF_FFFF, VIDEO, 1), vec![1]].concat())
        .collect();
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    assert_chunk_stream_limit(&outcome);
    assert!(cost.bytes_max < 128 * KIB, "{cost:?}");
}

#[test]
fn unfinished_messages_on_all_chunk_streams_have_one_budget() {
    let mut config = SessionConfig::default();
    config.limits.buffered_bytes = MIB as usize;
    let mut scene = Scene::publishing_with(config);
    set_chunk_size(&mut scene, 100_000);
    let bytes: Vec<u8> = (10..60)
        .flat_map(|id| [type_0(id, 0, 0xFF_FFFF, VIDEO, 1), vec![1; 100_000]].concat())
        .collect();
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    assert_chunk_stream_limit(&outcome);
    assert!(cost.bytes_max < 3 * MIB, "{cost:?}");
}

#[test]
fn a_declared_length_reserves_nothing() {
    let mut scene = Scene::publishing();
    let header = type_0(6, 0, 0xFF_FFFF, VIDEO, 1);
    let (cost, outcome) = cost_of(&mut scene, &[header, vec![1; 100]].concat());
    outcome.unwrap();
    assert!(cost.bytes_max < 4 * KIB, "{cost:?}");
}

#[test]
fn a_message_of_ten_megabytes_in_chunks_of_one_byte() {
    let body = vec![0xC6; 10_000_000];
    let mut costs = Vec::new();
    for chunk_size in [1, 65_536] {
        let mut scene = Scene::publishing();
        let before = scene.session.counters().messages;
        set_chunk_size(&mut scene, chunk_size);
        let bytes = scene.client.video(1, 0, &body);
        let (cost, outcome) = cost_of(&mut scene, &bytes);
        outcome.unwrap();
        assert_eq!(scene.media()[0].1.payload.len(), body.len());
        assert_eq!(scene.session.counters().messages, before + 2);
        costs.push(cost);
    }
    let [ones, large] = costs[..] else {
        unreachable!()
    };
    assert!(
        ones.count_total < large.count_total + 64,
        "{ones:?} {large:?}"
    );
    assert!(ones.bytes_total < 4 * body.len() as u64, "{ones:?}");
    assert!(ones.bytes_max < 3 * body.len() as u64, "{ones:?}");
}

#[test]
fn windows_of_0_1_and_the_largest_number_cause_no_storm() {
    for window in [0, 1, 2, 1023, u32::MAX] {
        let mut scene = Scene::publishing();
        let control = ProtocolControl::WindowAcknowledgementSize(window);
        scene.say(|client| client.control(control)).unwrap();
        let frame = scene.client.video(1, 0, &vec![7; 500_000]);
        for piece in frame.chunks(10) {
            scene.send_ok(piece);
        }
        let answered = scene.answers.len() as u64;
        assert_eq!(answered, scene.session.counters().acknowledgements_sent);
        assert!(answered <= 500, "{answered} for a window of {window}");
        scene.say(|client| client.video(1, 1, &[1])).unwrap();
        assert_eq!(scene.media().len(), 2);
    }
}

/// A connect command whose object holds `value`, which is AMF0 or pretends to be.
fn connect_with_raw(value: &[u8]) -> Vec<u8> {
    let mut body = command_body("connect", 1.0, &[]);
    body.extend(b"\x03\x00\x03app");
    body.extend_from_slice(value);
    body
}

#[test]
fn hostile_amf0_in_connect_is_an_error() {
    let deep_objects = b"\x03\x00\x01a".repeat(10_000);
    let deep_arrays = b"\x0A\x00\x00\x00\x01".repeat(10_000);
    let attacks: [(&str, Vec<u8>); 8] = [
        ("nested objects", deep_objects),
        ("nested arrays", deep_arrays),
        (
            "count of an ECMA array",
            b"\x08\xFF\xFF\xFF\xFF\x00\x01a\x05".to_vec(),
        ),
        (
            "count of a strict array",
            b"\x0A\xFF\xFF\xFF\xFF\x05".to_vec(),
        ),
        ("string past the end", b"\x02\xFF\xFFabc".to_vec()),
        (
            "long string past the end",
            b"\x0C\xFF\xFF\xFF\xFFabc".to_vec(),
        ),
        (
            "tiny properties",
            b"\x03"
                .iter()
                .copied()
                .chain(b"\x00\x00\x05".repeat(20_000))
                .collect(),
        ),
        ("unknown marker", b"\x42".to_vec()),
    ];
    for (name, value) in attacks {
        let mut scene = Scene::shaken();
        let body = connect_with_raw(&value);
        let bytes = scene
            .client
            .message(3, MessageType::COMMAND_AMF0, 0, 0, &body);
        let (cost, outcome) = cost_of(&mut scene, &bytes);
        assert!(
            matches!(
                outcome,
                Err(SessionError::PeerMisbehaved(Misbehaviour::Command(_)))
            ),
            "{name}: {outcome:?}"
        );
        let allowed = 4 * body.len() as u64 + 16 * KIB;
        assert!(cost.bytes_max < allowed, "{name}: {cost:?}");
    }
}

#[test]
fn five_megabytes_of_tiny_properties() {
    let value: Vec<u8> = b"\x03"
        .iter()
        .copied()
        .chain(b"\x00\x01a\x05".repeat(1_250_000))
        .collect();
    let mut scene = Scene::shaken();
    let body = connect_with_raw(&value);
    let bytes = scene
        .client
        .message(3, MessageType::COMMAND_AMF0, 0, 0, &body);
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    assert!(
        matches!(outcome, Err(SessionError::LimitExceeded(_))),
        "{outcome:?}"
    );
    assert!(cost.bytes_max < 64 * KIB, "{cost:?}");

    // A publisher may send larger messages, but no larger commands; data are not read here.
    let mut scene = Scene::publishing();
    let bytes = scene
        .client
        .message(3, MessageType::COMMAND_AMF0, 0, 0, &body);
    let (_, outcome) = cost_of(&mut scene, &bytes);
    assert_eq!(
        outcome,
        Err(SessionError::LimitExceeded(Limit::CommandBytes))
    );
    let mut scene = Scene::publishing();
    let bytes = scene
        .client
        .message(3, MessageType::DATA_AMF0, 1, 0, &value);
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    outcome.unwrap();
    assert!(cost.bytes_max < 3 * value.len() as u64, "{cost:?}");
}

/// Bodies of command messages that are none.
const NO_COMMANDS: [&[u8]; 6] = [
    &[],
    &[5],
    &[0, 1],
    b"\x00\x3F\xF0\x00\x00\x00\x00\x00\x00",
    &[2, 0],
    &[0xFF; 40],
];

#[test]
fn commands_that_are_none() {
    for body in NO_COMMANDS {
        for message_type in [MessageType::COMMAND_AMF0, MessageType::COMMAND_AMF3] {
            let mut scene = Scene::connected("live");
            let outcome = scene.say(|client| client.message(3, message_type, 0, 0, body));
            assert!(
                matches!(
                    outcome,
                    Err(SessionError::PeerMisbehaved(
                        Misbehaviour::NamelessCommand | Misbehaviour::Command(_)
                    ))
                ),
                "{body:?}: {outcome:?}"
            );
        }
    }
}

/// Some cameras send commands of their own while they publish: those are whole messages, whatever is in
/// them.
#[test]
fn commands_that_are_none_end_no_publish() {
    let begun = command_body("deleteStream", 0.0, &[]);
    let cut_off = [&begun[..], &[3, 0, 1, b'a']].concat();
    let bodies = NO_COMMANDS.into_iter().chain([&cut_off[..]]);
    let mut scene = Scene::publishing();
    let mut ignored = 0;
    for body in bodies {
        for message_type in [MessageType::COMMAND_AMF0, MessageType::COMMAND_AMF3] {
            scene
                .say(|client| client.message(3, message_type, 0, 0, body))
                .unwrap();
            ignored += 1;
        }
    }
    assert_eq!(scene.session.counters().ignored_messages, ignored);
    assert_eq!(scene.answers, []);
    scene.say(|client| client.video(1, 0, &[7])).unwrap();
    assert_eq!(scene.media().len(), 1);

    scene.say(|client| client.delete_stream(1)).unwrap();
    let outcome = scene.say(|client| client.message(3, MessageType::COMMAND_AMF0, 0, 0, &[5]));
    assert!(outcome.is_err(), "nothing is at stake any more");
}

#[test]
fn aggregates_are_split() {
    let mut scene = Scene::publishing();
    let body = aggregate_of((0..100).map(|index| vec![index]));
    scene
        .say(|client| client.message(6, MessageType::AGGREGATE, 1, 500, &body))
        .unwrap();
    scene.say(|client| client.video(1, 600, &[200])).unwrap();
    let bodies: Vec<u8> = scene
        .media()
        .iter()
        .map(|(_, media)| media.payload[0])
        .collect();
    let expected: Vec<u8> = (0..100).chain([200]).collect();
    assert_eq!(bodies, expected);
    assert_eq!(scene.media()[0].1.payload.headroom(), 256);
}

#[test]
fn what_follows_an_aggregate_waits_until_it_is_taken_out() {
    let mut scene = Scene::publishing();
    let aggregates = [0..100, 100..200].map(|bodies| {
        let body = aggregate_of(bodies.map(|index| vec![index]));
        scene
            .client
            .message(6, MessageType::AGGREGATE, 1, 500, &body)
    });
    let bytes = [aggregates.concat(), scene.client.video(1, 600, &[200])].concat();
    let taken = scene.session.handle_input(scene.now, &bytes).unwrap();
    assert!(taken < bytes.len(), "the second has to wait for the first");
    scene.settle();
    scene.send_ok(&bytes[taken..]);
    let media = scene.media();
    let bodies: Vec<u8> = media.iter().map(|(_, media)| media.payload[0]).collect();
    let expected: Vec<u8> = (0..=200).collect();
    assert_eq!(bodies, expected);
}

#[test]
fn nested_aggregates_and_lying_back_pointers_are_errors() {
    let good = aggregate_of([vec![1], vec![2]]);
    let mut nested = good.clone();
    nested[0] = 22;
    let mut control = good.clone();
    control[0] = 1;
    let mut lying = good.clone();
    let end = lying.len();
    lying[end - 1] = 200;
    let mut too_long = good.clone();
    too_long[1] = 0xFF;
    let cut = good[..good.len() - 1].to_vec();
    for body in [nested, control, lying, too_long, cut, vec![1]] {
        let mut scene = Scene::publishing();
        let outcome = scene.say(|client| client.message(6, MessageType::AGGREGATE, 1, 0, &body));
        assert!(
            matches!(
                outcome,
                Err(SessionError::PeerMisbehaved(Misbehaviour::Aggregate(_)))
            ),
            "{outcome:?}"
        );
        assert_eq!(scene.media().len(), 0);
    }
}

#[test]
fn an_aggregate_of_very_many_messages_is_taken_out_bit_by_bit() {
    let mut scene = Scene::publishing();
    let body = aggregate_of((0..200_000).map(|_| vec![1]));
    let bytes = scene.client.message(6, MessageType::AGGREGATE, 1, 0, &body);
    let mut reported = 0;
    let cost = measure(|| {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let taken = scene.session.handle_input(scene.now, rest).unwrap();
            rest = &rest[taken..];
            while let Some(event) = scene.session.poll_event() {
                reported += usize::from(matches!(event, Event::Media { .. }));
            }
        }
    });
    assert_eq!(reported, 200_000);
    assert!(cost.bytes_max < 3 * body.len() as u64, "{cost:?}");
}

/// To look for the next message that is one takes no longer than to pass over the others.
#[test]
fn what_is_nothing_in_an_aggregate_is_passed_over_without_work() {
    let mut scene = Scene::publishing();
    let nothing = aggregate_of((0..200_000).map(|_| vec![]));
    let commands = aggregate_of((0..50_000).map(|_| vec![7]));
    let commands: Vec<u8> = commands
        .chunks(16)
        .flat_map(|message| [&[20], &message[1..]].concat())
        .collect();
    let body = [nothing, commands, aggregate_of([vec![9]])].concat();
    let bytes = scene.client.message(6, MessageType::AGGREGATE, 1, 0, &body);
    scene.session.handle_input(scene.now, &bytes).unwrap();
    let mut event = None;
    let cost = measure(|| event = scene.session.poll_event());
    match event {
        Some(Event::Media { media, .. }) => assert_eq!(media.payload[..], [9]),
        other => panic!("{other:?}"),
    }
    assert!(cost.count_total < 10, "{cost:?}");
    assert_eq!(scene.session.counters().ignored_messages, 250_000);
}

#[test]
fn an_aggregate_of_a_stream_that_nobody_publishes_is_ignored_as_a_whole() {
    let mut scene = Scene::publishing();
    scene.say(|client| client.publish(2, "another")).unwrap();
    scene.events.clear();
    let body = aggregate_of((0..1000).map(|_| vec![1]));
    scene
        .say(|client| client.message(6, MessageType::AGGREGATE, 9, 0, &body))
        .unwrap();
    assert!(scene.events.is_empty(), "{:?}", scene.events);
    assert!(scene.session.wants_input());
}

#[test]
fn empty_messages_are_nothing_to_report() {
    let mut scene = Scene::publishing();
    let bytes = [
        scene.client.video(1, 0, &[]),
        scene.client.audio(1, 0, &[]),
        scene.client.video(1, 40, &[7]),
    ];
    scene.send_ok(&bytes.concat());
    let timestamps: Vec<u32> = scene
        .media()
        .iter()
        .map(|(_, media)| media.timestamp.0)
        .collect();
    assert_eq!(timestamps, [40]);
    assert_eq!(scene.session.counters().ignored_messages, 2);
}

/// Whoever drives the session can see to others in between.
#[test]
fn a_call_handles_a_bounded_number_of_messages() {
    let mut scene = Scene::publishing();
    // A full header and four bytes; most have a shorter one.
    let longest = 12 + 4;
    let before = scene.session.counters().messages;
    let acknowledgements: Vec<u8> = (0..1000)
        .flat_map(|_| scene.client.control(ProtocolControl::Acknowledgement(1)))
        .collect();
    let mut rest = &acknowledgements[..];
    let mut calls = 0;
    while !rest.is_empty() {
        let handled = scene.session.counters().messages;
        let taken = scene.session.handle_input(scene.now, rest).unwrap();
        assert!(taken > 0 && taken <= 64 * longest);
        assert!(scene.session.counters().messages - handled <= 64);
        assert!(scene.session.wants_input(), "there is nothing to wait for");
        rest = &rest[taken..];
        calls += 1;
    }
    assert_eq!(calls, 16);
    assert_eq!(scene.session.counters().messages - before, 1000);
}

#[test]
fn messages_with_next_to_nothing_in_them_are_limited() {
    let most = SessionConfig::default().limits.small_messages;
    let floods: [fn(&mut Wire) -> Vec<u8>; 6] = [
        |client| client.control(ProtocolControl::Acknowledgement(1)),
        |client| client.user_control(&UserControl::PingResponse(Timestamp(1))),
        |client| client.call(0, "nobody knows this", &[]),
        |client| client.video(1, 0, &[]),
        |client| client.video(1, 0, &[0x17]),
        |client| client.audio(1, 0, &[0xAF; 15]),
    ];
    for (flood, publishing) in floods
        .into_iter()
        .flat_map(|flood| [(flood, false), (flood, true)])
    {
        let mut scene = match publishing {
            true => Scene::publishing(),
            false => Scene::connected("live"),
        };
        let mut sent = 0;
        let outcome = loop {
            sent += 1;
            scene.events.clear();
            scene.answers.clear();
            if let Err(error) = scene.say(flood) {
                break error;
            }
        };
        assert_eq!(outcome, SessionError::LimitExceeded(Limit::SmallMessages));
        assert!((most - 10..=most + 1).contains(&sent), "{sent}");
    }
}

/// As many as somebody sends who means no harm: a thousand a second, or more with media.
#[test]
fn small_messages_of_an_ordinary_publisher_go_on_for_ever() {
    let mut scene = Scene::publishing();
    for millisecond in 0..60_000 {
        scene.now += Duration::from_millis(1);
        scene.events.clear();
        let sent = scene.say(|client| client.audio(1, millisecond, &[0xAF, 1, 0]));
        assert_eq!(sent, Ok(()), "after {millisecond} ms");
        if millisecond % 1000 == 0 {
            scene
                .say(|client| client.video(1, millisecond, &[7; 100]))
                .unwrap();
        }
    }
    // A file that is sent as fast as it goes, with silence.
    for frame in 0..20_000 {
        scene.events.clear();
        scene
            .say(|client| client.audio(1, frame, &[0xAF, 1, 0]))
            .unwrap();
        scene
            .say(|client| client.audio(1, frame, &[0xAF, 1, 0]))
            .unwrap();
        scene
            .say(|client| client.video(1, frame, &[7; 200]))
            .unwrap();
    }
}

#[test]
fn every_control_message_with_bodies_of_all_lengths() {
    for message_type in 1..=6 {
        for length in 0..=20 {
            for filling in [0, 1, 6, 0xFF] {
                let mut scene = Scene::publishing();
                let body = vec![filling; length];
                let bytes = [type_0(2, 0, length, message_type, 0), body].concat();
                let (cost, outcome) = cost_of(&mut scene, &bytes);
                match outcome {
                    Ok(()) => assert!(!scene.session.has_ended()),
                    // Set Chunk Size and Abort: what comes behind them could not be read.
                    Err(SessionError::PeerMisbehaved(_)) if message_type <= 2 => {
                        assert!(scene.session.has_ended());
                    }
                    Err(other) => panic!("{other:?}"),
                }
                assert!(cost.bytes_max < 4 * KIB, "{cost:?}");
                assert!(scene.answers.len() <= 1, "{:?}", scene.answers);
            }
        }
    }
}

#[test]
fn user_control_with_bodies_of_all_lengths() {
    for event_type in (0..40_u16).chain([u16::MAX]) {
        for length in 0..=12 {
            let mut scene = Scene::publishing();
            let body = [&event_type.to_be_bytes()[..], &vec![0xFF; length]].concat();
            let outcome =
                scene.say(|client| client.message(2, MessageType::USER_CONTROL, 0, 0, &body));
            assert!(outcome.is_ok(), "{event_type} {length}: {outcome:?}");
            assert!(scene.answers.len() <= 1);
        }
    }
}

#[test]
fn names_of_one_megabyte_are_errors() {
    let long = "x".repeat(1_000_000);
    for key in ["app", "tcUrl", "flashVer", "pageUrl"] {
        let mut scene = Scene::shaken();
        let object = [(key.to_owned(), Value::from(long.as_str()))]
            .into_iter()
            .collect();
        let bytes = scene.client.call(0, "connect", &[Value::Object(object)]);
        let (cost, outcome) = cost_of(&mut scene, &bytes);
        assert!(
            matches!(outcome, Err(SessionError::LimitExceeded(_))),
            "{key}: {outcome:?}"
        );
        assert!(cost.bytes_max < 16 * KIB, "{key}: {cost:?}");
    }
    let mut scene = Scene::connected("live");
    let bytes = scene.client.publish(1, &long);
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    assert!(
        matches!(outcome, Err(SessionError::LimitExceeded(_))),
        "{outcome:?}"
    );
    assert!(cost.bytes_max < 16 * KIB, "{cost:?}");
}

#[test]
fn names_that_are_too_long_are_errors_and_told() {
    let long = "x".repeat(5000);
    let mut scene = Scene::shaken();
    let outcome = scene.say(|client| client.connect(&long));
    assert_eq!(outcome, Err(SessionError::LimitExceeded(Limit::NameBytes)));
    let told = scene.answer_to(1.0);
    assert_eq!(
        told.code().as_deref(),
        Some("NetConnection.Connect.Rejected")
    );

    for arguments in [
        [Value::Null, long.as_str().into(), "live".into()],
        [Value::Null, "a".into(), long.as_str().into()],
    ] {
        let mut scene = Scene::connected("live");
        let outcome = scene.say(|client| client.call(1, "publish", &arguments));
        assert_eq!(outcome, Err(SessionError::LimitExceeded(Limit::NameBytes)));
        let told = scene.answers.last().unwrap();
        assert_eq!(
            told.code().as_deref(),
            Some("NetConnection.Connect.Rejected")
        );
    }
}

#[test]
fn hostile_names_stay_within_one_line() {
    for name in [
        "..",
        "a/../../b",
        "a\0b",
        "%2e%2e",
        "a\\b",
        "a\r\nb",
        "\x1B[31m",
        "\u{202E}abc",
    ] {
        let mut scene = Scene::connected(name);
        scene.say(|client| client.publish(1, name)).unwrap();
        let request = scene.requests()[0];
        assert_eq!(
            (request.app.as_str(), request.stream_name.as_str()),
            (name, name)
        );
        scene
            .say(|client| client.command(0, name, 50.0, &[]))
            .unwrap();
        let description = scene.answer_to(50.0).information("description").unwrap();
        assert!(
            !description.chars().any(char::is_control),
            "{description:?}"
        );
        let shown = format!("{:?}{:?}", scene.events, scene.session);
        assert!(!shown.chars().any(char::is_control), "{shown}");
    }
}

/// Who calls without end and reads no answer is not read from any more.
#[test]
fn calls_without_reading_the_answers() {
    let mut scene = Scene::publishing();
    scene.peer_reads = false;
    let bytes: Vec<u8> = (0..100_000)
        .flat_map(|_| scene.client.call(0, "foo", &[Value::Null]))
        .collect();
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    outcome.unwrap();
    assert!(!scene.session.wants_input());
    assert!(cost.bytes_max < 256 * KIB, "{cost:?}");
    let commands = scene.session.counters().commands;
    assert!(commands < 1000, "{commands}");
}

#[test]
fn events_that_nobody_polls_stop_the_input() {
    for (body, most) in [
        (vec![1], 20 * KIB),
        (vec![1; 1000], 40 * KIB),
        (vec![1; 900_000], 5 * MIB),
    ] {
        let mut scene = Scene::publishing();
        let bytes: Vec<u8> = (0..30)
            .flat_map(|time| scene.client.video(1, time, &body))
            .collect();
        let mut taken = 0;
        let cost = measure(|| taken = scene.session.handle_input(scene.now, &bytes).unwrap());
        assert!(taken < bytes.len());
        assert!(!scene.session.wants_input());
        assert!(cost.bytes_max < most, "{} bytes each: {cost:?}", body.len());
        assert_eq!(
            scene.session.handle_input(scene.now, &bytes[taken..]),
            Ok(0)
        );
        scene.settle();
        scene.send_ok(&bytes[taken..]);
        assert_eq!(scene.media().len(), 30);
    }
}

#[test]
fn streams_that_are_created_and_never_used_cost_nothing() {
    let mut scene = Scene::connected("live");
    let bytes: Vec<u8> = (0..9_000)
        .flat_map(|_| scene.client.create_stream())
        .collect();
    let cost = measure(|| {
        for piece in bytes.chunks(1000) {
            scene.send_ok(piece);
            scene.answers.clear();
        }
    });
    assert!(cost.bytes_current < 4 * KIB as i64, "{cost:?}");
}

#[test]
fn a_session_at_rest_is_small() {
    let session = size_of::<rtmp_server::ServerSession>();
    assert!(session < 1024, "{session}");
    let mut scene = Scene::default();
    let idle = measure(|| scene.session = Scene::shaken().session);
    let publishing = measure(|| scene.session = Scene::publishing().session);
    assert!(idle.bytes_current < 2 * KIB as i64, "{idle:?}");
    assert!(publishing.bytes_current < 4 * KIB as i64, "{publishing:?}");
}

/// Opening of a publish, and where each state of the session begins in it.
fn opening() -> (Vec<u8>, Vec<usize>) {
    let mut client = Wire::default();
    let mut bytes = Vec::new();
    let mut states = vec![0];
    for part in [
        Handshake::c0_c1(),
        Handshake::c2(),
        client.connect("live"),
        client.create_stream(),
        client.publish(1, "stream1"),
        client.video(1, 0, &[0x17, 0, 0, 0, 0, 1, 2, 3]),
    ] {
        bytes.extend(part);
        states.push(bytes.len());
    }
    (bytes, states)
}

/// Whatever came: it ends, every publish that began ended, and nothing is held.
fn assert_settled(mut scene: Scene) {
    scene.session.handle_disconnect();
    scene.settle();
    assert!(scene.session.is_closed());
    assert!(scene.session.poll_event().is_none());
    assert_eq!(scene.session.poll_timeout(), None);
    let ended = scene
        .events
        .iter()
        .filter(|event| matches!(event, Event::PublishEnded { .. }));
    assert_eq!(ended.count(), scene.requests().len());
    let closed = scene
        .events
        .iter()
        .filter(|event| matches!(event, Event::Closed(_)));
    assert_eq!(closed.count(), 1);
}

proptest! {
    #[test]
    fn random_bytes_after_each_state(
        state in 0_usize..7,
        noise in proptest::collection::vec(any::<u8>(), 0..2000),
        size in 1_usize..500,
    ) {
        let (bytes, states) = opening();
        let mut scene = Scene::default();
        scene.send_ok(&bytes[..states[state]]);
        scene.peer_reads = state != 0;
        let cost = measure(|| {
            for piece in noise.chunks(size) {
                let _ = scene.send(piece);
            }
        });
        prop_assert!(cost.bytes_max < 64 * KIB, "{cost:?}");
        assert_settled(scene);
    }

    #[test]
    fn mutated_sessions(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        piece in 1_usize..5000,
    ) {
        let mut bytes = include_bytes!("../sessions/ffmpeg_short.rtmp").to_vec();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let mut scene = Scene { peer_reads: false, ..Scene::default() };
        for piece in bytes.chunks(piece) {
            if scene.send(piece).is_err() {
                break;
            }
            while let Some(sent) = scene.session.poll_transmit() {
                scene.session.handle_transmitted(scene.now, sent.len());
            }
        }
        assert_settled(scene);
    }
}

#[test]
fn disconnect_shutdown_and_refusal_in_each_state_leave_nothing_behind() {
    let (bytes, states) = opening();
    for state in states {
        for end in 0..3 {
            let mut scene = Scene::default();
            scene.send_ok(&bytes[..state]);
            let status = Status::new(StatusCode::APP_SHUTDOWN, "Good night.");
            match end {
                0 => scene.session.shutdown(scene.now, status),
                1 => scene
                    .session
                    .end_publish(scene.now, rtmp_server::proto::StreamId(1), status),
                _ => {}
            }
            assert_settled(scene);
        }
    }
}

/// The answers to a flood are as many as its calls, no more.
#[test]
fn one_answer_per_message_at_most() {
    let mut scene = Scene::publishing();
    let answered = |scene: &Scene| scene.answers.len();
    for _ in 0..100 {
        let before = answered(&scene);
        scene
            .say(|client| client.call(0, "foo", &[Value::Null]))
            .unwrap();
        assert_eq!(answered(&scene), before + 1);
        assert!(matches!(scene.answers[before], Answer::Command { .. }));
    }
}

/// Whoever calls FCPublish without end and reads nothing is not read from any more.
#[test]
fn fc_publish_without_end() {
    let mut scene = Scene::connected("live");
    scene.peer_reads = false;
    let arguments = [Value::Null, "stream1".into()];
    let bytes: Vec<u8> = (0..10_000)
        .flat_map(|_| scene.client.call(0, "FCPublish", &arguments))
        .collect();
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    outcome.unwrap();
    assert!(!scene.session.wants_input());
    assert!(cost.bytes_max < 256 * KIB, "{cost:?}");
}

#[test]
fn publishes_on_a_thousand_message_streams() {
    let mut scene = Scene::connected("live");
    let bytes: Vec<u8> = (1..=1000)
        .flat_map(|stream| scene.client.publish(stream, &format!("stream{stream}")))
        .collect();
    let (cost, outcome) = cost_of(&mut scene, &bytes);
    assert_eq!(outcome, Err(SessionError::LimitExceeded(Limit::Publishes)));
    assert!(cost.bytes_max < 256 * KIB, "{cost:?}");
    let ended = scene.events.iter();
    let ended = ended.filter(|event| matches!(event, Event::PublishEnded { .. }));
    assert_eq!((scene.requests().len(), ended.count()), (16, 16));
}

/// What a publisher may send is for publishers.
#[test]
fn the_limits_of_those_who_publish_nothing_are_back_after_unpublish() {
    for ended_by in ["deleteStream", "publish"] {
        let mut scene = Scene::publishing();
        let large = vec![1; 8 << 20];
        scene.say(|client| client.video(1, 0, &large)).unwrap();
        assert_eq!(scene.media().len(), 1);
        let arguments = match ended_by {
            "publish" => vec![Value::Null, false.into()],
            _ => vec![Value::Null, 1.0.into()],
        };
        scene
            .say(|client| client.call(1, ended_by, &arguments))
            .unwrap();
        let message = scene.client.video(1, 0, &large);
        let (cost, outcome) = cost_of(&mut scene, &message);
        assert_eq!(outcome, Ok(()), "it may have been sent before");
        assert_eq!(scene.media().len(), 1);
        assert!(cost.bytes_max < 256 * KIB, "{cost:?}");
        let command = vec![2; 200_000];
        let outcome =
            scene.say(|client| client.message(3, MessageType::COMMAND_AMF0, 0, 0, &command));
        assert!(
            matches!(
                outcome,
                Err(SessionError::LimitExceeded(Limit::ChunkStream(_)))
            ),
            "{outcome:?}"
        );
    }

    // As long as one publish is left, nothing changes; and the next one has its own.
    let mut scene = Scene::publishing();
    scene.say(|client| client.publish(2, "stream2")).unwrap();
    scene.say(|client| client.delete_stream(1)).unwrap();
    let large = vec![1; 1 << 20];
    scene.say(|client| client.video(2, 0, &large)).unwrap();
    scene.say(|client| client.delete_stream(2)).unwrap();
    scene.say(|client| client.publish(3, "stream3")).unwrap();
    scene.say(|client| client.video(3, 0, &large)).unwrap();
    assert_eq!(scene.media().len(), 2);
}

/// A message that is half there when the publish ends does not stay for long.
#[test]
fn half_a_message_of_a_publish_that_has_ended() {
    let mut scene = Scene::publishing();
    let delete = scene.client.delete_stream(1);
    let half = [type_0(6, 0, 8 << 20, 9, 1), vec![1; 128]].concat();
    scene.send_ok(&half);
    let more: Vec<u8> = (0..50_000)
        .flat_map(|_| [type_3(6), vec![1; 128]].concat())
        .collect();
    scene.send_ok(&more);
    let (freed, outcome) = cost_of(&mut scene, &delete);
    assert_eq!(outcome, Ok(()));
    assert!(freed.bytes_current < -6_000_000, "{freed:?}");
    let (cost, outcome) = cost_of(&mut scene, &more);
    assert_eq!(outcome, Ok(()), "it may have been under way");
    assert!(cost.bytes_max < 64 * KIB, "{cost:?}");
}
