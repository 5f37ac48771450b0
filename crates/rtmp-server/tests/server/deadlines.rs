//! Peers that take their time, in each state of a connection. The limits are absolute: one byte now
//! and then does not extend them, and the slot is free afterwards.

use std::time::{Duration, Instant};

use rtmp_server::connection::ConnectionEnd;
use rtmp_server::proto::{CloseReason, Deadline, SessionError};
use rtmp_server::{EndReason, Media, MediaSink, ReloadingTls, Status};

use crate::common::Handshake;
use crate::encrypted::identity;
use crate::peer::Peer;
use crate::running::{Running, Setup};

const LIMIT: Duration = Duration::from_millis(300);
const PAUSE: Duration = Duration::from_millis(20);

/// A server with room for one connection, whose other limits are far away.
fn patient_but_for(change: impl FnOnce(&mut rtmp_server::proto::Timeouts)) -> Setup {
    Setup::session(|session| {
        let far_away = Duration::from_secs(3600);
        session.timeouts.publish = far_away;
        session.timeouts.first_video = far_away;
        session.timeouts.idle = far_away;
        session.timeouts.transmit = far_away;
        session.timeouts.linger_publisher = LIMIT;
        change(&mut session.timeouts);
        session.limits.small_messages = usize::MAX;
    })
}

fn run(setup: Setup) -> Running {
    let server = setup.run();
    server.limits.set_connections(1);
    server
}

fn missed(deadline: Deadline) -> String {
    let error = SessionError::Timeout(deadline);
    ConnectionEnd::Session(CloseReason::Failed(error)).to_string()
}

/// A peer does `before`, and then sends `slowly` byte by byte: it does not get to the end of it.
async fn is_cut_off(before: Vec<u8>, slowly: Vec<u8>) {
    let mut server = run(patient_but_for(|timeouts| timeouts.publish = LIMIT));
    let mut peer = Peer::connect(server.address).await;
    peer.send(&before).await;
    let endless = slowly.into_iter().cycle().take(100_000).collect::<Vec<_>>();
    let sent = peer.dribble(&endless, PAUSE).await;
    assert!(sent < endless.len());
    assert_eq!(server.closed().await.to_string(), missed(Deadline::Publish));

    let mut next = Peer::connect(server.address).await;
    assert_eq!(next.publish("camera").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn limits_can_be_lifted() {
    let setup = Setup::session(|session| {
        session.timeouts.publish = Duration::MAX;
        session.timeouts.first_video = Duration::MAX;
        session.timeouts.idle = Duration::MAX;
        session.timeouts.transmit = Duration::MAX;
        session.timeouts.linger = Duration::MAX;
    });
    for tls in [None, Some(ReloadingTls::fixed(identity()))] {
        let session = setup.session.clone();
        let encrypted = tls.is_some();
        let mut server = Setup {
            session,
            tls,
            ..Setup::default()
        }
        .run();
        let mut peer = Peer::connect(server.address).await;
        server.accepted().await;
        if !encrypted {
            assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
        }
        drop(peer);
        let end = server.closed().await;
        assert!(!matches!(end, ConnectionEnd::Panicked), "{end:?}");
        server.shut_down().await;
    }
}

#[tokio::test]
async fn slow_c0_c1() {
    is_cut_off(Vec::new(), Handshake::c0_c1()).await;
}

#[tokio::test]
async fn slow_c2() {
    is_cut_off(Handshake::c0_c1(), Handshake::c2()).await;
}

#[tokio::test]
async fn slow_connect() {
    // A chunk of a command that never ends: its length is far away.
    let mut connect = vec![3, 0, 0, 0, 0, 0xF0, 0, 20, 0, 0, 0, 0];
    connect.extend([0; 128]);
    is_cut_off(Handshake::bytes(), connect).await;
}

#[tokio::test]
async fn no_publish_after_connect() {
    let mut client = crate::common::Wire::default();
    let connect = client.connect("live");
    let ping = client.call(0, "_checkbw", &[]);
    is_cut_off([Handshake::bytes(), connect].concat(), ping).await;
}

#[tokio::test]
async fn slow_tls() {
    let setup = patient_but_for(|timeouts| timeouts.publish = LIMIT);
    let mut server = run(Setup {
        tls: Some(ReloadingTls::fixed(identity())),
        ..setup
    });
    let mut peer = Peer::connect(server.address).await;
    // A handshake record, TLS 1.0 to the outside, of 512 bytes: a long ClientHello.
    let mut hello = vec![22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
    hello.resize(500, 7);
    let sent = peer.dribble(&hello, PAUSE).await;
    assert!(sent < hello.len());
    let end = server.closed().await;
    assert!(matches!(end, ConnectionEnd::TlsHandshakeTimeout), "{end:?}");

    let _next = Peer::connect(server.address).await;
    server.accepted().await;
}

#[tokio::test]
async fn publishing_without_video() {
    let mut server = run(patient_but_for(|timeouts| timeouts.first_video = LIMIT));
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    let audio = peer.client.audio(1, 0, &[0xAF, 1, 2, 3]);
    let endless = audio.into_iter().cycle().take(100_000).collect::<Vec<_>>();
    peer.dribble(&endless, PAUSE).await;
    assert_eq!(
        server.closed().await.to_string(),
        missed(Deadline::FirstVideo)
    );
}

/// Takes nothing for video before a message of its liking.
struct Choosy {
    has_video: bool,
}

impl MediaSink for Choosy {
    fn media(&mut self, _: Instant, media: Media) -> Result<(), Status> {
        self.has_video |= media.payload.starts_with(b"a picture");
        Ok(())
    }

    fn has_video(&self) -> bool {
        self.has_video
    }

    fn end(&mut self, _: Instant, _: &EndReason) {}
}

#[tokio::test]
async fn publishing_what_the_sink_takes_for_no_video() {
    let setup = patient_but_for(|timeouts| timeouts.first_video = LIMIT);
    let mut server = setup.run_into(|_| Choosy { has_video: false });
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    let nonsense = peer.client.video(1, 0, b"nonsense");
    let nonsensical = async {
        use tokio::io::AsyncWriteExt;
        while peer.socket.write_all(&nonsense).await.is_ok() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let (end, ()) = tokio::join!(server.closed(), nonsensical);
    assert_eq!(end.to_string(), missed(Deadline::FirstVideo));

    let mut peer = Peer::connect(server.address).await;
    let opening = [
        peer.client.opening("live", "camera"),
        peer.client.video(1, 0, b"nonsense"),
        peer.client.video(1, 40, b"a picture"),
        peer.client.video(1, 80, b"nonsense"),
    ];
    peer.send(&opening.concat()).await;
    assert_eq!(peer.publish_code().await, "NetStream.Publish.Start");
    tokio::time::sleep(2 * LIMIT).await;
    peer.video(120, b"nonsense").await;
    drop(peer);
    let end = server.closed().await;
    assert!(
        matches!(end, ConnectionEnd::Session(CloseReason::Disconnected)),
        "{end:?}"
    );
}

#[tokio::test]
async fn publishing_and_then_silent() {
    let mut server = run(patient_but_for(|timeouts| timeouts.idle = LIMIT));
    let mut peer = Peer::connect(server.address).await;
    peer.publish("camera").await;
    peer.video(0, b"a picture").await;
    let reason = server.sink_ended().await;
    let missed_reason = rtmp_server::EndReason::Failed(SessionError::Timeout(Deadline::Idle));
    assert_eq!(reason, missed_reason);
    assert_eq!(server.closed().await.to_string(), missed(Deadline::Idle));
    peer.hung_up().await;
}

#[tokio::test]
async fn not_reading_what_is_sent() {
    let mut server = run(patient_but_for(|timeouts| timeouts.transmit = LIMIT));
    let mut peer = Peer::connect(server.address).await;
    let small = socket2::SockRef::from(&peer.socket).set_recv_buffer_size(4096);
    small.expect("a small buffer");
    let connect = peer.client.connect("live");
    let opening = [Handshake::bytes(), connect].concat();
    peer.send(&opening).await;
    let question = peer.client.call(0, "whatIsTheMeaningOfThis", &[]);
    let questions = question.repeat(1000);
    let asking = async {
        use tokio::io::AsyncWriteExt;
        while peer.socket.write_all(&questions).await.is_ok() {}
    };
    let (end, ()) = tokio::join!(server.closed(), asking);
    assert_eq!(end.to_string(), missed(Deadline::Transmit));
}
