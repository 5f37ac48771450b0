//! RTMPS.

use std::io;
use std::sync::Arc;

use rtmp_server::connection::{ConnectionEnd, TlsVersion};
use rtmp_server::tls::{Refreshed, TlsIdentityError};
use rtmp_server::{EndReason, ReloadingTls, TlsConfig, TlsIdentity, TlsInfo};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsConnector, rustls};

use crate::peer::Peer;
use crate::running::{Running, Setup, Told, soon};

const PFX: &[u8] = include_bytes!("../pkcs12/chain.pfx");
const OTHER_PFX: &[u8] = include_bytes!("../pkcs12/openssl3-rsa.pfx");
const ROOT: &[u8] = include_bytes!("../pkcs12/root.der");
const INTERMEDIATE: &[u8] = include_bytes!("../pkcs12/intermediate.der");

pub fn fixed() -> Setup {
    Setup::tls(ReloadingTls::fixed(identity()))
}

pub fn identity() -> TlsIdentity {
    TlsIdentity::from_pkcs12(PFX, "secret", &provider()).expect("an identity")
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
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
    Peer::on(
        shake_hands(client_config(version), socket)
            .await
            .expect("a handshake"),
    )
}

fn client_config(version: &'static SupportedProtocolVersion) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for root in [ROOT, INTERMEDIATE] {
        roots.add(CertificateDer::from(root)).expect("a root");
    }
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

async fn shake_hands<S: AsyncRead + AsyncWrite + Unpin>(
    config: ClientConfig,
    socket: S,
) -> io::Result<TlsStream<S>> {
    let name = "localhost".try_into().expect("a name");
    soon(TlsConnector::from(Arc::new(config)).connect(name, socket)).await
}

impl Running {
    async fn encrypted(&mut self) -> TlsInfo {
        self.next_that(|told| match told {
            Told::Encrypted(info) => Some(info),
            _ => None,
        })
        .await
    }
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
        let info = server.encrypted().await;
        assert_eq!(info.version, told);
        assert_eq!(info.server_name.as_deref(), Some("localhost"));
        for timestamp in 0..20u32 {
            let frame = vec![timestamp as u8; 100_000];
            peer.video(timestamp, &frame).await;
            assert_eq!(server.media().await.payload[..], frame);
        }
    }
}

/// A configuration of rustls is taken as it is, here with ALPN, and can be replaced.
#[tokio::test]
async fn a_configuration_of_the_callers_own() {
    let mut config = ServerConfig::clone(&identity().server_config());
    config.alpn_protocols = vec![b"rtmp".to_vec()];
    let config = TlsConfig::new(Arc::new(config));
    let tls_config = Some(config.clone());
    let mut server = Setup {
        tls_config,
        ..Setup::default()
    }
    .run();
    let alpn = |offered: &[u8]| {
        let mut client = client_config(&rustls::version::TLS13);
        client.alpn_protocols = vec![offered.to_vec()];
        client
    };
    let socket = Peer::connect(server.address).await.socket;
    let mut old = Peer::on(
        shake_hands(alpn(b"rtmp"), socket)
            .await
            .expect("a handshake"),
    );
    assert_eq!(old.publish("camera").await, "NetStream.Publish.Start");
    let info = server.encrypted().await;
    assert_eq!(info.protocol.as_deref(), Some(&b"rtmp"[..]));
    assert_eq!(info.client_certificates.len(), 0);
    let socket = Peer::connect(server.address).await.socket;
    shake_hands(alpn(b"h2"), socket)
        .await
        .expect_err("no protocol in common");

    // From now on whoever connects has to have a certificate.
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ROOT)).expect("a root");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    let own = identity().server_config();
    let demanding = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("a version")
        .with_client_cert_verifier(verifier.build().expect("a verifier"))
        .with_cert_resolver(Arc::clone(&own.cert_resolver));
    config.replace(Arc::new(demanding));
    let socket = Peer::connect(server.address).await.socket;
    let client = client_config(&rustls::version::TLS12);
    shake_hands(client, socket)
        .await
        .expect_err("no certificate");
    old.video(0, b"still here").await;
    assert_eq!(server.media().await.payload[..], *b"still here");
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
    let tls = ReloadingTls::open(&file, "secret", provider()).expect("an identity");
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
    let tls = ReloadingTls::open(&file, "secret", provider()).expect("an identity");
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
    let tls = ReloadingTls::open(&file, "secret", provider()).expect("an identity");

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
