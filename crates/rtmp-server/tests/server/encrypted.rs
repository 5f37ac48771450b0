//! RTMPS.

use std::sync::Arc;

use rtmp_server::{
    ConnectionEnd, EndReason, Refreshed, ReloadingTls, TlsIdentity, TlsIdentityError, TlsVersion,
};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsConnector, rustls};

use crate::peer::Peer;
use crate::running::{Running, Setup, Told, soon};

pub const PFX: &[u8] = include_bytes!("../pkcs12/chain.pfx");
const OTHER_PFX: &[u8] = include_bytes!("../pkcs12/openssl3-rsa.pfx");
const ROOT: &[u8] = include_bytes!("../pkcs12/root.der");
const INTERMEDIATE: &[u8] = include_bytes!("../pkcs12/intermediate.der");

pub fn fixed() -> Setup {
    let identity = TlsIdentity::from_pkcs12(PFX, "secret").expect("an identity");
    Setup::tls(ReloadingTls::fixed(identity))
}

async fn connect(
    server: &Running,
    version: &'static SupportedProtocolVersion,
) -> Peer<TlsStream<TcpStream>> {
    encrypt(Peer::connect(server.address).await.socket, version).await
}

/// A peer that speaks TLS on `socket`.
pub async fn encrypt<S: AsyncRead + AsyncWrite + Unpin>(
    socket: S,
    version: &'static SupportedProtocolVersion,
) -> Peer<TlsStream<S>> {
    let mut roots = RootCertStore::empty();
    for root in [ROOT, INTERMEDIATE] {
        roots.add(CertificateDer::from(root)).expect("a root");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, socket);
    Peer::on(soon(connecting).await.expect("a handshake"))
}

fn certificate(peer: &Peer<TlsStream<TcpStream>>) -> CertificateDer<'static> {
    let certificates = peer
        .socket
        .get_ref()
        .1
        .peer_certificates()
        .expect("certificates");
    certificates[0].clone().into_owned()
}

#[tokio::test]
async fn publishing_over_tls() {
    for (version, told) in [
        (&rustls::version::TLS12, TlsVersion::Tls12),
        (&rustls::version::TLS13, TlsVersion::Tls13),
    ] {
        let mut server = fixed().run();
        let mut peer = connect(&server, version).await;
        assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
        let info = server
            .next_that(|told| match told {
                Told::Encrypted(info) => Some(info),
                _ => None,
            })
            .await;
        assert_eq!(info.version, told);
        assert_eq!(info.server_name.as_deref(), Some("localhost"));
        for timestamp in 0..20u32 {
            let frame = vec![timestamp as u8; 100_000];
            peer.video(timestamp, &frame).await;
            assert_eq!(server.media().await.payload[..], frame);
        }
    }
}

#[tokio::test]
async fn a_refused_publisher_reads_why_over_tls() {
    let server = fixed().run();
    let mut peer = connect(&server, &rustls::version::TLS13).await;
    assert_eq!(peer.publish("refuse").await, "NetStream.Publish.BadName");
    peer.rest().await;
}

#[tokio::test]
async fn a_publisher_that_hangs_up_without_a_word_of_tls() {
    let mut server = fixed().run();
    let mut peer = connect(&server, &rustls::version::TLS13).await;
    peer.publish("camera").await;
    drop(peer);
    assert_eq!(server.sink_ended().await, EndReason::Disconnected);
}

#[tokio::test]
async fn plain_rtmp_where_tls_is_spoken() {
    let mut server = fixed().run();
    let mut peer = Peer::connect(server.address).await;
    peer.shake_hands().await;
    peer.hung_up().await;
    let end = server.closed().await;
    assert!(matches!(end, ConnectionEnd::TlsHandshake(_)), "{end:?}");
    assert!(end.to_string().contains("rtmps://"), "{end}");
}

#[tokio::test]
async fn shutdown_during_the_tls_handshake() {
    let mut server = fixed().run();
    let _peer = Peer::connect(server.address).await;
    server.accepted().await;
    let told = server.shut_down().await;
    assert!(
        matches!(told[..], [Told::Closed(ConnectionEnd::Stopped(_))]),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_changed_certificate_is_for_new_connections() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rtmp.pfx");
    std::fs::write(&file, PFX).expect("a file");
    let tls = ReloadingTls::open(&file, "secret").expect("an identity");
    let server = Setup::tls(tls.clone()).run();
    let mut old = connect(&server, &rustls::version::TLS13).await;
    old.publish("camera").await;

    assert!(matches!(tls.refresh(), Ok(Refreshed::Unchanged)));
    std::fs::write(&file, OTHER_PFX).expect("a file");
    // The server looks at the file by itself as well; one of the two finds it.
    while certificate(&connect(&server, &rustls::version::TLS13).await) == certificate(&old) {
        tls.refresh().expect("a good file");
    }
    old.video(0, b"still here").await;
    let mut new = connect(&server, &rustls::version::TLS12).await;
    assert_eq!(new.publish("other").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn a_server_looks_at_the_file_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rtmp.pfx");
    std::fs::write(&file, PFX).expect("a file");
    let tls = ReloadingTls::open(&file, "secret").expect("an identity");
    let mut server = Setup::tls(tls).run();
    let before = certificate(&connect(&server, &rustls::version::TLS13).await);

    std::fs::write(&file, b"no certificate").expect("a file");
    let rejected = server
        .next_that(|told| match told {
            Told::CertificateRejected(error) => Some(error),
            _ => None,
        })
        .await;
    assert_eq!(rejected, TlsIdentityError::NotPkcs12);
    let meanwhile = certificate(&connect(&server, &rustls::version::TLS13).await);
    assert_eq!(meanwhile, before);

    std::fs::write(&file, OTHER_PFX).expect("a file");
    let reloaded = server
        .next_that(|told| match told {
            Told::CertificateReloaded(identity) => Some(identity),
            _ => None,
        })
        .await;
    assert_eq!(reloaded.certificates(), 1);
    assert_ne!(
        certificate(&connect(&server, &rustls::version::TLS13).await),
        before
    );
}

#[test]
fn a_broken_certificate_leaves_the_one_before_and_is_reported_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rtmp.pfx");
    std::fs::write(&file, PFX).expect("a file");
    let tls = ReloadingTls::open(&file, "secret").expect("an identity");

    std::fs::write(&file, &OTHER_PFX[..1000]).expect("a file");
    // It may be in the middle of being written.
    assert!(matches!(tls.refresh(), Ok(Refreshed::Unchanged)));
    assert_eq!(
        tls.refresh().expect_err("broken"),
        TlsIdentityError::NotPkcs12
    );
    assert!(matches!(tls.refresh(), Ok(Refreshed::Unchanged)));
    assert_eq!(tls.identity().certificates(), 2, "the one before");

    std::fs::remove_file(&file).expect("removed");
    assert!(matches!(tls.refresh(), Ok(Refreshed::Unchanged)));
    assert_eq!(
        tls.refresh().expect_err("missing"),
        TlsIdentityError::FileMissing(file.clone())
    );

    std::fs::write(&file, OTHER_PFX).expect("a file");
    assert!(matches!(tls.refresh(), Ok(Refreshed::Replaced(_))));
    assert_eq!(tls.identity().certificates(), 1, "the new one");
}
