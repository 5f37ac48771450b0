//! Wherever the bytes of either direction are cut, the same happens.

use rtmp_server::proto::client::{DigestScheme, HandshakeKind};
use rtmp_server::{MediaKind, Status};

use crate::common::Decision;
use crate::pair::{Cuts, Pair, config};

/// What both ends report of a short publish, and how many bytes each received.
fn history(
    up: Cuts,
    down: Cuts,
    kind: HandshakeKind,
    decision: Decision,
) -> (String, (usize, usize)) {
    let mut config = config();
    config.handshake = kind;
    let mut pair = Pair::new(config).cut(up, down);
    pair.decision = decision;
    pair.publish("camera");
    if pair.client.stream().is_some() {
        pair.send(MediaKind::Audio, 5, &[0xAF, 1, 2, 3][..]);
        pair.send(MediaKind::Video, 40, vec![0x27; 5000]);
        pair.client.unpublish(pair.now);
        pair.publish("again");
        pair.send(MediaKind::Video, 0xFFFF_FFF0, vec![0x17; 300]);
        pair.client.close(pair.now);
        pair.settle();
        assert_eq!(pair.media().len(), 3);
        assert_eq!(pair.media()[1].payload[..], [0x27; 5000]);
    }
    let media: Vec<_> = pair
        .media()
        .iter()
        .map(|it| (it.kind, it.timestamp, it.payload.len()))
        .collect();
    let ends: Vec<_> = pair
        .server_events
        .iter()
        .map(std::mem::discriminant)
        .collect();
    let history = format!("{:?} {ends:?} {media:?}", pair.client_events);
    (history, pair.carried())
}

const KINDS: [HandshakeKind; 2] = [
    HandshakeKind::Simple,
    HandshakeKind::Digest(DigestScheme::DigestFirst),
];

#[test]
fn cut_once_at_every_place_of_both_directions() {
    let kind = HandshakeKind::Simple;
    let accepted = || Decision::Accept;
    let (whole, (up, down)) = history(Cuts::Nowhere, Cuts::Nowhere, kind, accepted());
    assert!(up > 8000 && down > 3500, "{up} {down}");
    for at in 1..up {
        let (cut, _) = history(Cuts::Behind(at), Cuts::Nowhere, kind, accepted());
        assert_eq!(cut, whole, "to the server, behind {at} bytes");
    }
    for at in 1..down {
        let (cut, _) = history(Cuts::Nowhere, Cuts::Behind(at), kind, accepted());
        assert_eq!(cut, whole, "to the client, behind {at} bytes");
    }
}

#[test]
fn cut_into_pieces_of_any_length() {
    for kind in KINDS {
        for decision in [Decision::Accept, Decision::Refuse(Status::bad_name("No."))] {
            let (whole, _) = history(Cuts::Nowhere, Cuts::Nowhere, kind, decision.clone());
            for length in [1, 2, 3, 7, 12, 128, 1535, 1536, 1537] {
                let cuts = Cuts::Every(length);
                let (cut, _) = history(cuts, cuts, kind, decision.clone());
                assert_eq!(cut, whole, "pieces of {length}");
            }
        }
    }
}
