//! A load balancer in front, which says by the PROXY protocol whose connections it passes on.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rtmp_server::connection::ConnectionEnd;
use rtmp_server::net::TrustedProxies;
use rtmp_server::proxy_protocol::{Networks, ProxyHeaderError};
use rtmp_server::service::AdmissionRefusal;
use tokio::io::{AsyncWriteExt, BufStream};
use tokio::task::yield_now;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::common::{Answer, Handshake};
use crate::encrypted::{encrypt, fixed};
use crate::peer::Peer;
use crate::running::{Running, Setup, Told, soon};

const VERSION_1: &[u8] = b"PROXY TCP4 203.0.113.7 192.0.2.1 50000 1935\r\n";
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// A header of version 2 for a publisher at this address.
fn version_2(address: [u8; 4]) -> Vec<u8> {
    let addresses = [&address[..], &[192, 0, 2, 1, 0xC3, 0x50, 7, 0x8F]].concat();
    // With a name of the host, as some proxies tell it.
    let told = [&[2, 0, 4], &b"host"[..]].concat();
    let length = [0, (addresses.len() + told.len()) as u8];
    [
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11",
        &length[..],
        &addresses,
        &told,
    ]
    .concat()
}

/// A header of version 1 with the addresses that the connection has.
fn own_address(peer: &Peer) -> String {
    let local = peer.socket.local_addr().expect("an address");
    let remote = peer.socket.peer_addr().expect("an address");
    let (from, to) = (local.ip(), remote.ip());
    format!(
        "PROXY TCP4 {from} {to} {} {}\r\n",
        local.port(),
        remote.port()
    )
}

fn publisher(address: [u8; 4]) -> SocketAddr {
    (address, 50000).into()
}

/// Trusts this machine.
fn behind_proxy(setup: Setup) -> Setup {
    let proxies = trust("127.0.0.1");
    Setup { proxies, ..setup }
}

fn trust(networks: &str) -> Arc<TrustedProxies> {
    let networks: Networks = networks.parse().expect("networks");
    Arc::new(TrustedProxies::new(networks))
}

/// A peer that begins with these bytes.
async fn beginning_with(server: &Running, bytes: &[u8]) -> Peer {
    let mut peer = Peer::connect(server.address).await;
    peer.send(bytes).await;
    peer
}

impl Running {
    /// The address of the next connection that is refused is not told here, but the reason is.
    async fn turned_away(&mut self) -> AdmissionRefusal {
        match self.next().await {
            Told::Refused(refusal) => refusal,
            told => panic!("refused first: {told:?}"),
        }
    }
}

fn no_header(error: ProxyHeaderError) -> AdmissionRefusal {
    AdmissionRefusal::ProxyHeader(error)
}

#[tokio::test]
async fn the_publisher_is_who_the_header_says() {
    for header in [VERSION_1, &version_2([203, 0, 113, 7])] {
        let mut server = behind_proxy(Setup::default()).run();
        let mut peer = Peer::connect(server.address).await;
        // Header and handshake in one segment: nothing of what comes behind is lost.
        let opening = peer.client.opening("live", "camera");
        peer.send(&[header, &opening].concat()).await;
        assert_eq!(peer.publish_code().await, "NetStream.Publish.Start");
        let handle = server.accepted().await;
        assert_eq!(handle.peer(), publisher([203, 0, 113, 7]));
        assert_eq!(handle.proxy(), peer.socket.local_addr().ok());
    }
}

#[tokio::test]
async fn a_header_byte_by_byte() {
    for header in [VERSION_1, &version_2([203, 0, 113, 7])] {
        let mut server = behind_proxy(Setup::default()).run();
        let mut peer = Peer::connect(server.address).await;
        let opening = peer.client.opening("live", "camera");
        let bytes = [header, &opening].concat();
        let pause = Duration::from_millis(1);
        let sent = peer.dribble(&bytes[..header.len() + 20], pause).await;
        peer.send(&bytes[sent..]).await;
        assert_eq!(peer.publish_code().await, "NetStream.Publish.Start");
        let handle = server.accepted().await;
        assert_eq!(handle.peer(), publisher([203, 0, 113, 7]));
    }
}

#[tokio::test]
async fn rtmps_behind_a_header() {
    for (version, header) in [(&TLS12, VERSION_1), (&TLS13, &version_2([203, 0, 113, 7]))] {
        let mut server = behind_proxy(fixed()).run();
        let socket = Peer::connect(server.address).await.socket;
        // It leaves together with the beginning of TLS.
        let mut buffered = BufStream::new(socket);
        buffered.write_all(header).await.expect("buffered");
        let mut peer = encrypt(buffered, version).await;
        assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
        let handle = server.accepted().await;
        assert_eq!(handle.peer(), publisher([203, 0, 113, 7]));
    }
}

#[tokio::test]
async fn limits_are_the_publishers_and_not_the_proxys() {
    let mut server = behind_proxy(Setup::default()).run();
    server.limits.set_connections_per_ip(1);
    server.limits.set_unpublished_per_ip(1);
    server.limits.set_rate_per_second(1);
    server.limits.set_rate_limit_enabled(true);
    let mut publishers = Vec::new();
    for host in 1..=20 {
        let mut peer = beginning_with(&server, &version_2([203, 0, 113, host])).await;
        let handle = server.accepted().await;
        assert_eq!(handle.peer().ip(), IpAddr::from([203, 0, 113, host]));
        assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
        publishers.push(peer);
    }

    server.limits.set_rate_limit_enabled(false);
    let mut second = beginning_with(&server, &version_2([203, 0, 113, 1])).await;
    let address = [203, 0, 113, 1].into();
    let limit = AdmissionRefusal::PerIpLimit { limit: 1, address };
    let refused = server
        .next_that(|told| match told {
            Told::Refused(refusal) => Some(refusal),
            _ => None,
        })
        .await;
    assert_eq!(refused, limit);
    assert_eq!(second.hung_up().await, 0);
}

#[tokio::test]
async fn a_trusted_proxy_without_a_header_is_refused() {
    for setup in [Setup::default(), fixed()] {
        let mut server = behind_proxy(setup).run();
        for beginning in [
            &Handshake::c0_c1()[..],
            b"\x16\x03\x01\x02\x00\x01",
            b"POST /",
        ] {
            let mut peer = beginning_with(&server, beginning).await;
            let refusal = server.turned_away().await;
            assert_eq!(refusal, no_header(ProxyHeaderError::Missing));
            assert_eq!(peer.hung_up().await, 0);
        }
        let said = no_header(ProxyHeaderError::Missing).to_string();
        assert_eq!(
            said,
            "it comes from a trusted proxy, and there is no PROXY protocol header in front"
        );
    }
}

#[tokio::test]
async fn a_header_that_is_none_is_refused() {
    let mut server = behind_proxy(Setup::default()).run();
    let endless = [b"PROXY UNKNOWN ", &[b'x'; 200][..]].concat();
    for (header, error) in [
        (
            &b"PROXY TCP4 nowhere 192.0.2.1 50000 1935\r\n"[..],
            ProxyHeaderError::Malformed,
        ),
        (&endless, ProxyHeaderError::TooLong),
        (
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xFF\xFF",
            ProxyHeaderError::TooLong,
        ),
    ] {
        let mut peer = beginning_with(&server, header).await;
        assert_eq!(server.turned_away().await, no_header(error));
        assert_eq!(peer.hung_up().await, 0);
    }
    drop(beginning_with(&server, &VERSION_1[..20]).await);
    assert_eq!(
        server.turned_away().await,
        no_header(ProxyHeaderError::Incomplete)
    );
}

#[tokio::test]
async fn a_header_from_elsewhere_is_refused() {
    for encrypted in [false, true] {
        for proxies in ["", "192.0.2.0/24, 2001:db8::1"] {
            let setup = if encrypted { fixed() } else { Setup::default() };
            let proxies = trust(proxies);
            let mut server = Setup { proxies, ..setup }.run();
            for header in [VERSION_1, &version_2([203, 0, 113, 7]), LOCAL] {
                let bytes = [header, &Handshake::c0_c1()].concat();
                let mut peer = beginning_with(&server, &bytes).await;
                let handle = server.accepted().await;
                assert_eq!(Some(handle.peer()), peer.socket.local_addr().ok());
                let end = server.closed().await;
                assert!(matches!(end, ConnectionEnd::ProxyHeader), "{end:?}");
                assert_eq!(peer.hung_up().await, 0);
            }
        }
    }
}

/// Whoever is behind the proxy cannot pretend to be somebody else by a header of his own.
#[tokio::test]
async fn one_header_only() {
    let mut server = behind_proxy(Setup::default()).run();
    let mut peer = Peer::connect(server.address).await;
    let opening = peer.client.opening("live", "camera");
    let forged = version_2([198, 51, 100, 1]);
    peer.send(&[VERSION_1, &forged, &opening].concat()).await;
    let handle = server.accepted().await;
    assert_eq!(handle.peer(), publisher([203, 0, 113, 7]));
    let end = server.closed().await;
    assert!(matches!(end, ConnectionEnd::ProxyHeader), "{end:?}");
    peer.hung_up().await;
}

/// Whether somebody is there is looked at every other second: nobody is told, and no limit counts it.
#[tokio::test]
async fn health_checks_are_not_worth_a_word() {
    let mut server = behind_proxy(Setup::default()).run();
    server.limits.set_rate_per_second(1);
    server.limits.set_rate_limit_enabled(true);
    for _ in 0..20 {
        drop(Peer::connect(server.address).await);
        Peer::connect(server.address).await.vanish();
        drop(beginning_with(&server, LOCAL).await);
        drop(beginning_with(&server, b"PROXY UNKNOWN\r\n").await);
        // As HAProxy checks with version 1: from itself, and away at once.
        let mut check = Peer::connect(server.address).await;
        let itself = own_address(&check);
        check.send(itself.as_bytes()).await;
        check.vanish();
    }
    // The proxy itself is somebody who may publish.
    let mut peer = beginning_with(&server, LOCAL).await;
    assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
    let Told::Accepted(handle) = server.next().await else {
        panic!("nobody was told of those before");
    };
    assert_eq!(Some(handle.peer()), peer.socket.local_addr().ok());
    assert_eq!(handle.proxy(), None);
}

/// Whoever publishes on the proxy's own machine by a connection of the proxy's own.
#[tokio::test]
async fn a_proxy_that_names_itself_may_publish() {
    let mut server = behind_proxy(Setup::default()).run();
    let mut peer = Peer::connect(server.address).await;
    let itself = own_address(&peer);
    peer.send(itself.as_bytes()).await;
    assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
    let handle = server.accepted().await;
    assert_eq!(Some(handle.peer()), peer.socket.local_addr().ok());
}

#[tokio::test]
async fn a_header_that_trickles_in_has_the_time_of_a_handshake() {
    let setup = Setup::session(|session| session.timeouts.publish = Duration::from_millis(300));
    let mut server = behind_proxy(setup).run();
    for header in [VERSION_1, &version_2([203, 0, 113, 7])] {
        let mut peer = Peer::connect(server.address).await;
        let sent = peer.dribble(header, Duration::from_millis(50)).await;
        assert!(sent < header.len());
        assert_eq!(
            server.turned_away().await,
            no_header(ProxyHeaderError::Late)
        );
    }
    // One that is the proxy's own, and never says anything, is as any other.
    let _silent = beginning_with(&server, LOCAL).await;
    server.accepted().await;
    server.closed().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn as_many_wait_as_there_may_be_connections() {
    let mut server = behind_proxy(Setup::default()).run();
    server.limits.set_connections(2);
    let mut first = Peer::connect(server.address).await;
    let mut second = Peer::connect(server.address).await;
    let _third = Peer::connect(server.address).await;
    let limit = AdmissionRefusal::ProxyHeaderLimit { limit: 2 };
    assert_eq!(server.turned_away().await, limit);
    assert_eq!(first.hung_up().await, 0);

    // They take no place of those who have said who they are.
    let mut others = [
        Peer::connect_from([127, 0, 0, 2], server.address).await,
        Peer::connect_from([127, 0, 0, 3], server.address).await,
    ];
    for other in &mut others {
        assert_eq!(other.publish("camera").await, "NetStream.Publish.Start");
    }
    second.send(VERSION_1).await;
    let limit = AdmissionRefusal::ConnectionLimit { limit: 2 };
    let refused = server
        .next_that(|told| match told {
            Told::Refused(refusal) => Some(refusal),
            _ => None,
        })
        .await;
    assert_eq!(refused, limit);
}

/// Strangers can have connections wait where the balancer writes its header only with the first that
/// its client sends. Publishers send something at once.
#[tokio::test]
async fn who_waits_longest_gives_way() {
    let mut server = behind_proxy(Setup::default()).run();
    server.limits.set_connections(4);
    let mut silent = Vec::new();
    for beginning in [&b""[..], LOCAL, b"PROXY UNKNOWN\r\n", &VERSION_1[..20]] {
        silent.push(beginning_with(&server, beginning).await);
    }
    for host in 1..=4 {
        let header = version_2([203, 0, 113, host]);
        let mut peer = Peer::connect(server.address).await;
        peer.send(&header).await;
        assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
        let handle = server.accepted().await;
        assert_eq!(handle.peer().ip(), IpAddr::from([203, 0, 113, host]));
        silent.push(Peer::connect(server.address).await);
    }
    assert_eq!(silent.remove(0).hung_up().await, 0);
}

/// However many come at once: those whose header is there have said where they come from.
#[tokio::test]
async fn a_burst_of_connections_waits_for_nothing() {
    use std::io::Write as _;
    let mut server = behind_proxy(Setup::default()).run();
    server.limits.set_connections(2);
    // The server runs on this thread, so not yet.
    for _ in 0..50 {
        let mut check = std::net::TcpStream::connect(server.address).expect("a connection");
        check.write_all(LOCAL).expect("sent");
    }
    let mut first = beginning_with(&server, VERSION_1).await;
    assert_eq!(first.publish("camera").await, "NetStream.Publish.Start");
    assert!(matches!(server.next().await, Told::Accepted(_)));
}

#[tokio::test]
async fn proxies_changed_while_running() {
    let setup = Setup::default();
    let proxies = Arc::clone(&setup.proxies);
    let mut server = setup.run();
    let mut direct = Peer::connect(server.address).await;
    assert_eq!(direct.publish("camera").await, "NetStream.Publish.Start");

    proxies.set("127.0.0.0/8".parse().expect("a network"));
    let mut relayed = beginning_with(&server, VERSION_1).await;
    assert_eq!(relayed.publish("camera").await, "NetStream.Publish.Start");
    proxies.set(Networks::default());
    let mut last = Peer::connect(server.address).await;
    assert_eq!(last.publish("camera").await, "NetStream.Publish.Start");
    for (peer, bytes) in [(&mut direct, b"d"), (&mut relayed, b"r"), (&mut last, b"l")] {
        peer.video(0, bytes).await;
        assert_eq!(server.media().await.payload[..], bytes[..]);
    }
}

/// Neither a limit nor the observer knows of those who have yet to say whose they are.
#[tokio::test]
async fn who_waits_is_counted() {
    let setup = behind_proxy(Setup::default());
    let proxies = Arc::clone(&setup.proxies);
    let awaiting = async |count: usize| {
        let counted = async {
            while proxies.awaiting_header() != count {
                yield_now().await;
            }
        };
        soon(counted).await;
    };
    let mut server = setup.run();
    let silent = Peer::connect(server.address).await;
    let mut slow = beginning_with(&server, &VERSION_1[..20]).await;
    awaiting(2).await;
    let _refused = beginning_with(&server, b"GET / HTTP/1.1\r\n").await;
    server.turned_away().await;
    awaiting(2).await;
    slow.send(&VERSION_1[20..]).await;
    assert_eq!(slow.publish("camera").await, "NetStream.Publish.Start");
    server.accepted().await;
    awaiting(1).await;
    silent.vanish();
    awaiting(0).await;

    let _cut_off = Peer::connect(server.address).await;
    awaiting(1).await;
    server.shut_down().await;
    assert_eq!(proxies.awaiting_header(), 0);
}

#[tokio::test]
async fn shutting_down_waits_for_no_header() {
    let server = behind_proxy(Setup::default()).run();
    let mut silent = Peer::connect(server.address).await;
    let mut slow = beginning_with(&server, &VERSION_1[..20]).await;
    let mut peer = beginning_with(&server, VERSION_1).await;
    let opening = peer.client.opening("live", "camera");
    peer.send(&opening).await;
    assert_eq!(peer.publish_code().await, "NetStream.Publish.Start");
    server.shut_down().await;
    silent.hung_up().await;
    slow.hung_up().await;
    let status = peer.rest().await.iter().find_map(Answer::code);
    assert!(status.is_some(), "a publisher is told");
}
