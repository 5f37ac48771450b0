//! Attacks on a running server, while somebody publishes: every frame of that publisher arrives, a
//! newcomer is served as ever, and the attackers' slots are free afterwards. What an attack may cost
//! at most is for the tests of the session to tell.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use amf0::Value;
use rtmp_chunk::{ChunkSize, MessageType, ProtocolControl};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

use crate::common::chunks::{type_0, type_1};
use crate::common::{Handshake, Wire};
use crate::peer::Peer;
use crate::running::{Running, Setup, Told};

const ATTACKERS: usize = 4;
const VIDEO: u8 = 9;

/// Attackers that send `attack`, as far as they get, and hang up. They read nothing.
async fn survives(attack: Vec<u8>) {
    let setup = Setup::session(|session| session.timeouts.transmit = Duration::from_millis(300));
    let mut server = setup.run();
    server.limits.set_connections(ATTACKERS + 2);
    let mut publisher = Peer::connect(server.address).await;
    assert_eq!(publisher.publish("camera").await, "NetStream.Publish.Start");

    let mut attackers = attackers(server.address, attack);
    let mut closed = 0;
    for frame in 0..10 {
        closed += server.takes_a_frame_of(&mut publisher, frame).await;
    }
    let mut newcomer = Peer::connect(server.address).await;
    assert_eq!(newcomer.publish("other").await, "NetStream.Publish.Start");
    drop(newcomer);
    let mut frame = 10;
    while !attackers.is_empty() {
        closed += server.takes_a_frame_of(&mut publisher, frame).await;
        frame += 1;
        while attackers.try_join_next().is_some() {}
    }

    while closed < ATTACKERS + 1 {
        server.closed().await;
        closed += 1;
    }
    server.limits.set_connections(2);
    let mut next = Peer::connect(server.address).await;
    assert_eq!(next.publish("other").await, "NetStream.Publish.Start");
}

fn attackers(address: SocketAddr, attack: Vec<u8>) -> JoinSet<()> {
    let attack = Arc::new(attack);
    let attackers = (0..ATTACKERS).map(|_| {
        let attack = Arc::clone(&attack);
        async move {
            let mut attacker = Peer::connect(address).await;
            // The server may have hung up before the end of it.
            let _ = attacker.socket.write_all(&attack).await;
        }
    });
    attackers.collect()
}

impl Running {
    /// The publisher sends a frame and it arrives. Returns how many connections closed meanwhile.
    async fn takes_a_frame_of(&mut self, publisher: &mut Peer, frame: u32) -> usize {
        let body = [b"in good health", &frame.to_be_bytes()[..]].concat();
        publisher.video(frame * 40, &body).await;
        let mut closed = 0;
        self.next_that(|told| match told {
            Told::Closed(_) => {
                closed += 1;
                None
            }
            Told::Media(media) => (media.payload[..] == body[..]).then_some(()),
            _ => None,
        })
        .await;
        closed
    }
}

/// What a publisher sends up to and with its publish command, and `then`.
fn after_publish(then: impl FnOnce(&mut Wire) -> Vec<u8>) -> Vec<u8> {
    let mut client = Wire::default();
    let opening = client.opening("live", "attack");
    [opening, then(&mut client)].concat()
}

fn after_handshake(then: impl FnOnce(&mut Wire) -> Vec<u8>) -> Vec<u8> {
    [Handshake::bytes(), then(&mut Wire::default())].concat()
}

fn chunk_size(client: &mut Wire, size: u32) -> Vec<u8> {
    client.control(ProtocolControl::SetChunkSize(
        ChunkSize::new(size).expect("a size"),
    ))
}

#[tokio::test]
async fn a_message_length_that_changes() {
    let start = [type_0(6, 0, 300, VIDEO, 1), vec![1; 128]].concat();
    let other = [type_1(6, 0, 0xFF_FFFF, VIDEO), vec![2; 100_000]].concat();
    survives(after_publish(|_| [start, other].concat())).await;
}

#[tokio::test]
async fn all_chunk_streams() {
    survives(after_publish(|client| {
        let mut bytes = chunk_size(client, 1);
        for id in 3..65_600 {
            bytes.extend([type_0(id, 0, 0xFF_FFFF, VIDEO, 1), vec![1]].concat());
        }
        bytes
    }))
    .await;
}

#[tokio::test]
async fn a_large_message_in_chunks_of_one_byte() {
    survives(after_publish(|client| {
        let size = chunk_size(client, 1);
        [size, client.video(1, 0, &vec![7; 500_000])].concat()
    }))
    .await;
}

#[tokio::test]
async fn declared_lengths() {
    survives(after_publish(|client| {
        let mut bytes = chunk_size(client, 100_000);
        for id in 10..60 {
            bytes.extend([type_0(id, 0, 0xFF_FFFF, VIDEO, 1), vec![1; 100_000]].concat());
        }
        bytes
    }))
    .await;
}

#[tokio::test]
async fn windows_of_nothing() {
    survives(after_publish(|client| {
        let windows = [0, 1, u32::MAX, 1].map(|window| {
            let window = ProtocolControl::WindowAcknowledgementSize(window);
            let frame = client.video(1, 0, &vec![7; 300_000]);
            [client.control(window), frame].concat()
        });
        windows.concat()
    }))
    .await;
}

#[tokio::test]
async fn hostile_amf0() {
    for value in [
        b"\x03\x00\x01a".repeat(10_000),
        b"\x08\xFF\xFF\xFF\xFF\x00\x01a\x05".to_vec(),
        [b"\x03".to_vec(), b"\x00\x01a\x05".repeat(1_250_000)].concat(),
    ] {
        survives(after_handshake(|client| {
            let mut body = crate::common::command_body("connect", 1.0, &[]);
            body.extend(value);
            client.message(3, MessageType::COMMAND_AMF0, 0, 0, &body)
        }))
        .await;
    }
}

#[tokio::test]
async fn aggregates_without_end() {
    survives(after_publish(|client| {
        let nothing = [VIDEO, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11];
        let many = nothing.repeat(50_000);
        let good = client.message(6, MessageType::AGGREGATE, 1, 0, &many);
        let mut lying = nothing;
        lying[14] = 200;
        let bad = client.message(6, MessageType::AGGREGATE, 1, 0, &lying);
        [good, bad].concat()
    }))
    .await;
}

#[tokio::test]
async fn control_messages_of_nothing() {
    for message_type in 1..=6 {
        let message = type_0(2, 0, 1, message_type, 0);
        survives(after_publish(|_| [message, vec![0]].concat())).await;
    }
}

#[tokio::test]
async fn names_of_one_megabyte_and_hostile_ones() {
    let long = "x".repeat(1_000_000);
    survives(after_handshake(|client| client.connect(&long))).await;
    for name in ["../..", "a\0b", "%2e%2e", "a\\b", "a\r\nb", "\x1B[31m"] {
        let mut client = Wire::default();
        survives(client.opening(name, name)).await;
    }
}

#[tokio::test]
async fn calls_whose_answers_are_not_read() {
    survives(after_publish(|client| {
        client.call(0, "foo", &[Value::Null]).repeat(100_000)
    }))
    .await;
}

#[tokio::test]
async fn noise_in_each_state() {
    let noise: Vec<u8> = (0..100_000u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let opening = after_publish(|client| client.video(1, 0, b"a picture"));
    let handshake = Handshake::bytes().len();
    for state in [
        0,
        1,
        handshake / 2,
        handshake,
        handshake + 100,
        opening.len(),
    ] {
        survives([&opening[..state], &noise].concat()).await;
    }
}

#[tokio::test]
async fn hanging_up_in_each_state() {
    let opening = after_publish(|client| client.video(1, 0, b"a picture"));
    for state in (0..opening.len()).step_by(300) {
        survives(opening[..state].to_vec()).await;
    }
}
