//! What holds for any publish.

use proptest::collection::vec;
use proptest::prelude::*;
use rtmp_server::proto::client::{ClientChunkSize, DigestScheme, HandshakeKind};
use rtmp_server::{MediaKind, SessionConfig, Timestamp};

use crate::pair::{Cuts, Pair, config};

fn kinds() -> impl Strategy<Value = MediaKind> {
    prop_oneof![
        Just(MediaKind::Audio),
        Just(MediaKind::Video),
        Just(MediaKind::Data)
    ]
}

fn media() -> impl Strategy<Value = Vec<(MediaKind, u32, Vec<u8>)>> {
    let timestamp = prop_oneof![
        0..3000_u32,
        Just(0xFF_FFFE),
        Just(0xFF_FFFF),
        Just(0x100_0000),
        any::<u32>()
    ];
    let length = prop_oneof![
        1..200_usize,
        120..140_usize,
        4090..4100_usize,
        1..40_000_usize
    ];
    let body = (any::<u8>(), length).prop_map(|(byte, length)| vec![byte; length]);
    vec((kinds(), timestamp, body), 0..20)
        .prop_filter("a leap from 0xFFFFFF", |media| !leap_from_0xffffff(media))
}

/// A server takes a leap by days, from just before 0xFFFFFF, for a timestamp of that value without an extension.
fn leap_from_0xffffff(media: &[(MediaKind, u32, Vec<u8>)]) -> bool {
    [MediaKind::Audio, MediaKind::Video].iter().any(|kind| {
        let of_kind = media.iter().filter(|(other, ..)| other == kind);
        let times: Vec<u32> = of_kind.map(|(_, time, _)| *time).collect();
        times.windows(2).any(|times| {
            (0xFF_FFFF - 60_000..=0xFF_FFFF).contains(&times[0])
                && (0x1000_0000..0xF000_0000).contains(&times[1])
        })
    })
}

fn chunk_sizes() -> impl Strategy<Value = u32> {
    prop_oneof![1..200_u32, 4000..5000_u32, Just(65_536), any::<u32>()]
}

fn cuts() -> impl Strategy<Value = Cuts> {
    prop_oneof![
        Just(Cuts::Nowhere),
        (1..10_000_usize).prop_map(Cuts::Every),
        (1..10_000_usize).prop_map(Cuts::Behind)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn all_media_arrive_in_their_order(
        media in media(),
        server_size in chunk_sizes(),
        client_size in prop::option::of(chunk_sizes()),
        digest in any::<bool>(),
        flash_calls in any::<bool>(),
        up in cuts(),
        down in cuts(),
    ) {
        let mut server = SessionConfig::default();
        server.chunk_size = server_size;
        let mut client = config();
        client.flash_calls = flash_calls;
        client.chunk_size = client_size.map_or(ClientChunkSize::AsServer, ClientChunkSize::Bytes);
        if digest {
            client.handshake = HandshakeKind::Digest(DigestScheme::KeyFirst);
        }
        let mut pair = Pair::with_server(client, server).cut(up, down);
        pair.publish("camera");
        for (kind, timestamp, body) in &media {
            pair.send(*kind, *timestamp, body.clone());
            if timestamp % 3 == 0 {
                pair.settle();
            }
        }
        pair.client.close(pair.now);
        pair.settle();
        let received: Vec<_> = pair.media().into_iter().map(|it| {
            (it.kind, it.timestamp, it.payload.to_vec())
        }).collect();
        let sent: Vec<_> = media.into_iter().map(|(kind, timestamp, body)| {
            (kind, Timestamp(timestamp), body)
        }).collect();
        prop_assert_eq!(received, sent);
        prop_assert_eq!(pair.client.unsent(), 0);
    }
}
