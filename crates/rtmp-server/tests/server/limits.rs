//! Limits on connections. What is over a limit gets not a single byte.

use rtmp_server::service::AdmissionRefusal;

use crate::common::Answer;
use crate::peer::Peer;
use crate::running::{Running, Setup, Told};

impl Running {
    async fn refused(&mut self) -> AdmissionRefusal {
        self.next_that(|told| match told {
            Told::Refused(refusal) => Some(refusal),
            _ => None,
        })
        .await
    }
}

#[tokio::test]
async fn connections_in_all() {
    let mut server = Setup::default().run();
    server.limits.set_connections(2);
    let first = Peer::connect(server.address).await;
    server.accepted().await;
    let mut second = Peer::connect(server.address).await;
    server.accepted().await;

    let mut third = Peer::connect(server.address).await;
    assert_eq!(third.hung_up().await, 0);
    let limit = AdmissionRefusal::ConnectionLimit { limit: 2 };
    assert_eq!(server.refused().await, limit);
    assert_eq!(second.publish("camera").await, "NetStream.Publish.Start");

    drop(first);
    server.closed().await;
    let mut fourth = Peer::connect(server.address).await;
    assert_eq!(fourth.publish("camera").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn connections_in_all_changed_while_running() {
    let mut server = Setup::default().run();
    server.limits.set_connections(1);
    let mut first = Peer::connect(server.address).await;
    server.accepted().await;
    assert_eq!(Peer::connect(server.address).await.hung_up().await, 0);

    server.limits.set_connections(2);
    let mut second = Peer::connect(server.address).await;
    assert_eq!(second.publish("camera").await, "NetStream.Publish.Start");

    server.limits.set_connections(0);
    assert_eq!(Peer::connect(server.address).await.hung_up().await, 0);
    assert_eq!(first.publish("other").await, "NetStream.Publish.Start");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_per_address() {
    let mut server = Setup::default().run();
    server.limits.set_connections_per_ip(1);
    let _first = Peer::connect_from([127, 0, 0, 1], server.address).await;
    server.accepted().await;

    let mut second = Peer::connect_from([127, 0, 0, 1], server.address).await;
    assert_eq!(second.hung_up().await, 0);
    let address = [127, 0, 0, 1].into();
    let limit = AdmissionRefusal::PerIpLimit { limit: 1, address };
    assert_eq!(server.refused().await, limit);

    let mut other = Peer::connect_from([127, 0, 0, 2], server.address).await;
    assert_eq!(other.publish("camera").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn connections_per_second() {
    let mut server = Setup::default().run();
    server.limits.set_rate_per_second(1);
    server.limits.set_rate_limit_enabled(true);
    let mut peers = Vec::new();
    for _ in 0..30 {
        peers.push(Peer::connect(server.address).await);
    }
    let address = [127, 0, 0, 1].into();
    let limit = AdmissionRefusal::RateLimit {
        per_second: 1,
        address,
    };
    assert_eq!(server.refused().await, limit);

    server.limits.set_rate_limit_enabled(false);
    let mut peer = Peer::connect(server.address).await;
    assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn a_flood_of_connections_does_not_disturb_a_publisher() {
    let mut server = Setup::default().run();
    server.limits.set_connections(8);
    let mut publisher = Peer::connect(server.address).await;
    assert_eq!(publisher.publish("camera").await, "NetStream.Publish.Start");

    let address = server.address;
    let flood = tokio::spawn(async move {
        let mut held = Vec::new();
        for _ in 0..500 {
            held.push(Peer::connect(address).await);
        }
        held
    });
    for timestamp in 0..200u32 {
        publisher
            .video(timestamp * 40, &timestamp.to_be_bytes())
            .await;
        assert_eq!(server.media().await.payload[..], timestamp.to_be_bytes());
    }
    let held = flood.await.expect("a flood");
    drop(publisher);
    let told = server.shut_down().await;
    let accepted = told.iter().filter(|told| matches!(told, Told::Accepted(_)));
    assert!(accepted.count() < 8, "one of eight is the publisher");
    drop(held);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_per_address_that_publish_nothing_yet() {
    let mut server = Setup::default().run();
    server.limits.set_unpublished_per_ip(2);
    let mut first = Peer::connect_from([127, 0, 0, 1], server.address).await;
    server.accepted().await;
    let _second = Peer::connect_from([127, 0, 0, 1], server.address).await;
    server.accepted().await;

    let mut third = Peer::connect_from([127, 0, 0, 1], server.address).await;
    assert_eq!(third.hung_up().await, 0);
    let address = [127, 0, 0, 1].into();
    let limit = AdmissionRefusal::UnpublishedPerIpLimit { limit: 2, address };
    assert_eq!(server.refused().await, limit);
    let mut other = Peer::connect_from([127, 0, 0, 2], server.address).await;
    assert_eq!(other.publish("camera").await, "NetStream.Publish.Start");

    assert_eq!(first.publish("camera").await, "NetStream.Publish.Start");
    let mut fourth = Peer::connect_from([127, 0, 0, 1], server.address).await;
    assert_eq!(fourth.publish("camera").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn publishing_and_stopping_in_a_loop() {
    let mut server = Setup::default().run();
    server.limits.set_rate_limit_enabled(true);
    server.limits.set_rate_per_second(1);
    let mut peer = Peer::connect(server.address).await;
    let mut bytes = peer.client.opening("live", "camera");
    for _ in 0..50 {
        bytes.extend(peer.client.delete_stream(1));
        bytes.extend(peer.client.publish(1, "camera"));
    }
    peer.send(&bytes).await;
    let codes: Vec<_> = peer.rest().await.iter().filter_map(Answer::code).collect();
    let accepted = codes
        .iter()
        .filter(|code| *code == "NetStream.Publish.Start");
    assert!(accepted.count() < 50, "{codes:?}");
    assert_eq!(
        codes.last().map(String::as_str),
        Some("NetStream.Publish.Rejected")
    );
    let refused = server
        .next_that(|told| match told {
            Told::PublishRefused(status) => Some(status),
            _ => None,
        })
        .await;
    assert!(
        refused.description.contains("1 times per second"),
        "{refused}"
    );
}

/// Places are those of connections that exist, however these come and go.
#[tokio::test]
async fn no_place_is_lost() {
    let mut server = Setup::default().run();
    server.limits.set_connections(4);
    server.limits.set_connections_per_ip(4);
    server.limits.set_unpublished_per_ip(4);
    for round in 0..5 {
        let mut peers = Vec::new();
        for way in 0..4 {
            let mut peer = Peer::connect(server.address).await;
            let handle = server.accepted().await;
            match way {
                0 => drop(peer.publish("panic when asked")),
                1 => assert_eq!(peer.publish("refuse").await, "NetStream.Publish.BadName"),
                2 => {
                    peer.publish("camera").await;
                    handle.disconnect(rtmp_server::Status::bad_name("Go."));
                }
                _ => {}
            }
            peers.push(peer);
        }
        drop(peers);
        for _ in 0..4 {
            server.closed().await;
        }
        let mut next = Peer::connect(server.address).await;
        assert_eq!(
            next.publish("camera").await,
            "NetStream.Publish.Start",
            "round {round}"
        );
        drop(next);
        server.closed().await;
    }
}
