//! What publishers make of the chunk stream.

use rtmp_chunk::{ChunkSize, MessageType, ProtocolControl, Timestamp, UserControl};
use rtmp_server::proto::{Limit, Misbehaviour, SessionError};

use crate::common::chunks::{type_0, type_1, type_2, type_3};
use crate::common::{Answer, Handshake, Scene, Wire};

const VIDEO: u8 = 9;
const AUDIO: u8 = 8;
/// Four hours, 39 minutes and 37 seconds: the last time that fits into three bytes is one
/// millisecond earlier.
const EXTENDED: u32 = 0xFF_FFFF;

/// The media that a publishing session makes of hand-written chunks: times and bodies.
fn media_of(chunks: &[Vec<u8>]) -> Vec<(u32, Vec<u8>)> {
    let mut scene = Scene::publishing();
    scene.send_ok(&chunks.concat());
    times_and_bodies(&scene)
}

fn times_and_bodies(scene: &Scene) -> Vec<(u32, Vec<u8>)> {
    let media = scene.media().into_iter();
    media
        .map(|(_, media)| (media.timestamp.0, media.payload.to_vec()))
        .collect()
}

/// `length` bytes that differ from each other and look like no timestamp.
fn body(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8 | 1).collect()
}

#[test]
fn type_3_chunks_repeat_the_extended_timestamp() {
    let body = body(300);
    for time in [EXTENDED, EXTENDED + 1, 1_700_000_000, u32::MAX] {
        let mut chunks = vec![type_0(6, time, 300, VIDEO, 1), body[..128].to_vec()];
        for part in [&body[128..256], &body[256..]] {
            chunks.extend([type_3(6), time.to_be_bytes().to_vec(), part.to_vec()]);
        }
        assert_eq!(media_of(&chunks), [(time, body.clone())]);
    }
}

#[test]
fn type_3_chunks_leave_the_extended_timestamp_out() {
    let body = body(300);
    for time in [EXTENDED, 1_700_000_000] {
        let chunks = [
            type_0(6, time, 300, VIDEO, 1),
            body[..128].to_vec(),
            type_3(6),
            body[128..256].to_vec(),
            type_3(6),
            body[256..].to_vec(),
        ];
        assert_eq!(media_of(&chunks), [(time, body.clone())]);
    }
}

#[test]
fn type_3_starts_a_message_after_type_0() {
    let chunks = [
        type_0(6, 1000, 2, VIDEO, 1),
        vec![1, 2],
        type_3(6),
        vec![3, 4],
    ];
    assert_eq!(media_of(&chunks), [(1000, vec![1, 2]), (1000, vec![3, 4])]);
}

#[test]
fn type_3_starts_a_message_after_a_delta() {
    let chunks = [
        type_0(6, 1000, 2, VIDEO, 1),
        vec![1, 2],
        type_2(6, 40),
        vec![3, 4],
        type_3(6),
        vec![5, 6],
        type_3(6),
        vec![7, 8],
    ];
    let times: Vec<u32> = media_of(&chunks)
        .into_iter()
        .map(|(time, _)| time)
        .collect();
    assert_eq!(times, [1000, 1040, 1080, 1120]);
}

#[test]
fn the_delta_counts_once_per_message_and_not_per_chunk() {
    let body = body(300);
    let chunks = [
        type_0(6, 1000, 1, VIDEO, 1),
        vec![1],
        type_1(6, 40, 300, VIDEO),
        body[..128].to_vec(),
        type_3(6),
        body[128..256].to_vec(),
        type_3(6),
        body[256..].to_vec(),
        type_2(6, 40),
        body[..128].to_vec(),
        type_3(6),
        body[128..256].to_vec(),
        type_3(6),
        body[256..].to_vec(),
    ];
    assert_eq!(
        media_of(&chunks),
        [(1000, vec![1]), (1040, body.clone()), (1080, body)]
    );
}

#[test]
fn a_new_chunk_stream_begins_with_type_1() {
    let mut scene = Scene::publishing();
    // The ping of librtmp: basic header 0x42, no message stream id.
    let mut ping = type_1(2, 0, 6, 4);
    ping.extend([0, 6, 0, 0, 0, 9]);
    assert_eq!(ping[0], 0x42);
    scene.send_ok(&ping);
    assert_eq!(
        scene.answers,
        [Answer::User(UserControl::PingResponse(Timestamp(9)))]
    );

    let mut fresh = Scene::publishing();
    fresh.client = Wire::default();
    // Publishers on message stream 0 can begin their media like that, too.
    let published_on_0 = fresh.client.publish(0, "stream2");
    fresh.send_ok(&[published_on_0, type_1(9, 40, 2, VIDEO), vec![1, 2]].concat());
    assert_eq!(times_and_bodies(&fresh), [(40, vec![1, 2])]);
}

#[test]
fn type_2_or_3_on_a_fresh_chunk_stream_is_an_error_with_a_clear_message() {
    for (chunk, chunk_type) in [(type_2(9, 40), "2"), (type_3(9), "3")] {
        let mut scene = Scene::publishing();
        let error = scene.send(&chunk).unwrap_err();
        assert!(matches!(
            error,
            SessionError::PeerMisbehaved(Misbehaviour::ChunkStream(_))
        ));
        let text = error.to_string();
        assert!(text.contains("chunk stream 9"), "{text}");
        assert!(text.contains(&format!("type {chunk_type}")), "{text}");
        assert!(scene.session.has_ended());
    }
}

#[test]
fn chunk_stream_ids_of_two_and_three_bytes() {
    for id in [3, 63, 64, 65, 319, 320, 321, 65_599] {
        let chunks = [type_0(id, 7, 2, VIDEO, 1), vec![1, 2]];
        assert_eq!(media_of(&chunks), [(7, vec![1, 2])], "id {id}");
    }
}

#[test]
fn interleaved_chunk_streams_are_independent() {
    let video = body(300);
    let audio = body(200);
    let chunks = [
        type_0(6, 1000, 300, VIDEO, 1),
        video[..128].to_vec(),
        type_0(70, 2000, 200, AUDIO, 1),
        audio[..128].to_vec(),
        type_3(6),
        video[128..256].to_vec(),
        type_3(70),
        audio[128..].to_vec(),
        type_3(6),
        video[256..].to_vec(),
        type_1(70, 10, 1, AUDIO),
        vec![5],
        type_2(6, 40),
        video[..128].to_vec(),
        type_3(6),
        video[128..256].to_vec(),
        type_3(6),
        video[256..].to_vec(),
    ];
    assert_eq!(
        media_of(&chunks),
        [
            (2000, audio),
            (1000, video.clone()),
            (2010, vec![5]),
            (1040, video)
        ]
    );
}

#[test]
fn control_messages_come_on_any_chunk_stream() {
    for id in 3..=6 {
        let mut scene = Scene::publishing();
        let mut size = type_0(id, 0, 4, 1, 0);
        size.extend(500_u32.to_be_bytes());
        scene.send_ok(&size);
        let mut ping = type_0(id, 0, 6, 4, 0);
        ping.extend([0, 6, 0, 0, 0, 9]);
        scene.send_ok(&ping);
        assert_eq!(
            scene.answers,
            [Answer::User(UserControl::PingResponse(Timestamp(9)))]
        );
        scene.send_ok(&[type_0(8, 0, 500, VIDEO, 1), body(500)].concat());
        assert_eq!(
            times_and_bodies(&scene),
            [(0, body(500))],
            "chunk stream {id}"
        );
    }
}

#[test]
fn chunk_sizes_beyond_any_message_are_clamped() {
    for size in [0x00FF_FFFF_u32, 134_217_728, 0x7FFF_FFFF, u32::MAX] {
        let mut scene = Scene::publishing();
        let mut control = type_0(2, 0, 4, 1, 0);
        control.extend(size.to_be_bytes());
        let held = allocation_counter::measure(|| {
            scene.send_ok(&control);
            scene.send_ok(&type_0(6, 0, 0xFF_FFFF, VIDEO, 1));
            scene.send_ok(&[1, 2, 3]);
        });
        assert!(held.bytes_max < 16 * 1024, "size {size}: {held:?}");
        scene.send_ok(&body(0xFF_FFFF - 3));
        assert_eq!(scene.media()[0].1.payload.len(), 0xFF_FFFF);
    }
}

#[test]
fn a_chunk_size_of_0_is_an_error() {
    let mut scene = Scene::publishing();
    let mut control = type_0(2, 0, 4, 1, 0);
    control.extend([0; 4]);
    assert!(scene.send(&control).is_err());
}

#[test]
fn set_chunk_size_before_connect() {
    let mut scene = Scene::default();
    scene.send_ok(&Handshake::bytes());
    let size = ProtocolControl::SetChunkSize(ChunkSize::new(4096).unwrap());
    scene.say(|client| client.control(size)).unwrap();
    let opening = [
        scene.client.connect("live"),
        scene.client.create_stream(),
        scene.client.publish(1, "stream1"),
        scene.client.video(1, 0, &body(5000)),
    ];
    scene.send_ok(&opening.concat());
    assert_eq!(times_and_bodies(&scene), [(0, body(5000))]);
}

#[test]
fn set_chunk_size_after_publish() {
    let mut scene = Scene::publishing();
    for (index, size) in [1, 4096, 100, 70_000].into_iter().enumerate() {
        let control = ProtocolControl::SetChunkSize(ChunkSize::new(size).unwrap());
        scene.say(|client| client.control(control)).unwrap();
        let time = index as u32;
        scene
            .say(|client| client.video(1, time, &body(5000)))
            .unwrap();
        assert_eq!(times_and_bodies(&scene)[index], (time, body(5000)));
    }
}

#[test]
fn set_chunk_size_in_the_middle_of_a_message() {
    let body = body(400);
    let mut size = type_0(2, 0, 4, 1, 0);
    size.extend(200_u32.to_be_bytes());
    let chunks = [
        type_0(6, 7, 400, VIDEO, 1),
        body[..128].to_vec(),
        size,
        type_3(6),
        body[128..328].to_vec(),
        type_3(6),
        body[328..].to_vec(),
    ];
    assert_eq!(media_of(&chunks), [(7, body)]);
}

#[test]
fn a_chunk_size_of_64_kib_is_announced_with_the_answer_to_connect() {
    let scene = Scene::connected("live");
    let announced = ProtocolControl::SetChunkSize(ChunkSize::new(65_536).unwrap());
    let position = |wanted: &dyn Fn(&Answer) -> bool| scene.answers.iter().position(wanted);
    let size = position(&|answer| *answer == Answer::Control(announced));
    let result = position(&|answer| matches!(answer, Answer::Command { .. }));
    assert!(size.unwrap() < result.unwrap(), "{:?}", scene.answers);
}

#[test]
fn a_key_frame_above_one_mib() {
    let mut scene = Scene::publishing();
    let frame = body(5 << 20);
    scene.say(|client| client.video(1, 0, &frame)).unwrap();
    assert_eq!(times_and_bodies(&scene), [(0, frame)]);
}

#[test]
fn a_message_beyond_the_limit_is_an_error() {
    let mut config = rtmp_server::SessionConfig::default();
    config.limits.message_bytes = 1 << 20;
    let mut scene = Scene::publishing_with(config);
    scene.send_ok(&[type_0(6, 0, 10, VIDEO, 1), body(10)].concat());
    let error = scene
        .send(&type_0(6, 0, (1 << 20) + 1, VIDEO, 1))
        .unwrap_err();
    assert!(matches!(
        error,
        SessionError::LimitExceeded(Limit::ChunkStream(_))
    ));
}

#[test]
fn whoever_has_not_published_gets_no_room_for_large_messages() {
    let mut scene = Scene::connected("live");
    let error = scene.send(&type_0(6, 0, 200_000, VIDEO, 1)).unwrap_err();
    assert!(matches!(
        error,
        SessionError::LimitExceeded(Limit::ChunkStream(_))
    ));
}

#[test]
fn received_bytes_are_acknowledged_at_half_the_window() {
    let mut scene = Scene::publishing();
    let window = ProtocolControl::WindowAcknowledgementSize(100_000);
    scene.say(|client| client.control(window)).unwrap();
    scene.answers.clear();
    for time in 0..100 {
        scene
            .say(|client| client.video(1, time, &body(10_000)))
            .unwrap();
    }
    let acknowledged: Vec<u64> = scene
        .answers
        .iter()
        .map(|answer| match answer {
            Answer::Control(ProtocolControl::Acknowledgement(total)) => u64::from(*total),
            other => panic!("{other:?}"),
        })
        .collect();
    let received = scene.session.counters().bytes_received;
    let mut last = 0;
    for total in acknowledged {
        assert!(total - last < 60_000 || last == 0, "{last} then {total}");
        last = total;
    }
    assert!(
        received - last < 50_000,
        "{received} received, {last} acknowledged"
    );
}

#[test]
fn without_a_window_of_the_peer_the_announced_one_counts() {
    let mut scene = Scene::publishing();
    for timestamp in 0..200 {
        scene
            .say(|client| client.video(1, timestamp, &body(100_000)))
            .unwrap();
    }
    let Some(Answer::Control(ProtocolControl::Acknowledgement(last))) = scene.answers.last() else {
        panic!("{:?}", scene.answers);
    };
    let received = scene.session.counters().bytes_received;
    assert!(received > 20_000_000);
    assert!(received - u64::from(*last) < 5_000_000);
    assert_eq!(scene.session.counters().acknowledgements_sent, 4);
}

#[test]
fn unknown_user_control_events_and_message_types_are_ignored() {
    let mut scene = Scene::publishing();
    for event_type in [5, 8, 26, 27, 31, 32, 0xFFFF] {
        for length in [0, 4, 40] {
            let data = vec![1; length];
            scene
                .say(|client| client.user_control(&UserControl::Unknown { event_type, data }))
                .unwrap();
        }
    }
    for message_type in [0, 7, 10, 14, 16, 19, 21, 23, 99, 255] {
        scene
            .say(|client| client.message(5, MessageType(message_type), 1, 0, &[1, 2, 3]))
            .unwrap();
    }
    assert_eq!(scene.answers, []);
    assert_eq!(scene.media().len(), 0);
    scene.say(|client| client.video(1, 0, &[1])).unwrap();
    assert_eq!(scene.media().len(), 1);
}
