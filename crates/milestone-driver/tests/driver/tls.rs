//! RTMPS.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use milestone_driver::{Change, DriverConfig, Problem};
use rustls::crypto::ring;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::bench::{Bench, Publisher, config_apart, next_picture, next_video, wait_until};

/// A driver's folder with a certificate, and the settings to use it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn with(fixture: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.replace(fixture);
        folder
    }

    fn certificate(&self) -> PathBuf {
        self.0.path().join("rtmp.pfx")
    }

    fn replace(&self, fixture: &str) {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rtmp-server/tests/pkcs12");
        std::fs::copy(fixtures.join(fixture), self.certificate()).unwrap();
    }

    pub(crate) fn config(&self) -> DriverConfig {
        // A listener with another certificate takes the port once more.
        let mut config = config_apart(tls_on());
        config.data_dir = self.0.path().to_owned();
        config
    }
}

fn tls_on() -> [Change; 2] {
    [
        Change::new("EnableTls", "true"),
        Change::new("TlsCertificatePassword", "secret"),
    ]
}

/// Who issued the fixtures' certificates.
const ISSUER: &[u8] = include_bytes!("../../../rtmp-server/tests/pkcs12/intermediate.der");

#[derive(Debug)]
struct May2020;

impl TimeProvider for May2020 {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(
            1_589_000_000,
        )))
    }
}

pub(crate) type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// A publisher over TLS, at a time at which the certificates of all fixtures are valid.
fn connect(bench: &Bench, version: &'static SupportedProtocolVersion) -> Publisher<TlsStream> {
    encrypt(TcpStream::connect(bench.address()).unwrap(), version)
}

/// The same on a connection that there is.
pub(crate) fn encrypt(
    stream: TcpStream,
    version: &'static SupportedProtocolVersion,
) -> Publisher<TlsStream> {
    let mut roots = RootCertStore::empty();
    roots.add(ISSUER.into()).unwrap();
    let config =
        ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(May2020))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream
            .conn
            .complete_io(&mut stream.sock)
            .expect("a TLS handshake");
    }
    stream
        .sock
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    Publisher::new(stream)
}

fn publish(bench: &Bench, path: &str) -> Publisher<TlsStream> {
    let mut publisher = connect(bench, &TLS13);
    publisher.publish(path, "");
    publisher
}

#[test]
fn tls_1_2_and_1_3() {
    let folder = Folder::with("openssl3-rsa.pfx");
    let bench = Bench::with(folder.config());
    assert!(bench.driver.push_url(0).unwrap().starts_with("rtmps://"));
    let session = bench.driver.open_session(0).unwrap();
    for (version, name) in [(&TLS12, "TLS 1.2"), (&TLS13, "TLS 1.3")] {
        let mut publisher = connect(&bench, version);
        publisher.publish("stream1", "");
        publisher.send_group(0, 2);
        assert!(next_video(&session).key);
        assert!(bench.driver.statistics(0).unwrap().publisher.unwrap().tls);
        bench.log_with(name);
        drop(publisher);
        next_picture(&session);
    }
    bench.log_with("for RTMPS");
    bench.log_with("certificate read from rtmp.pfx");
}

#[test]
fn plain_rtmp_is_refused_where_tls_is_on() {
    let folder = Folder::with("openssl3-p256.pfx");
    let bench = Bench::with(folder.config());
    let mut plain = bench.connect();
    plain.begin("stream1", "");
    bench.log_with("TLS handshake failed");
}

#[test]
fn an_expired_certificate_is_a_warning() {
    let folder = Folder::with("expired.pfx");
    let bench = Bench::with(folder.config());
    let log = bench.log_with("expired");
    assert!(
        log.iter()
            .any(|line| line.starts_with("warning: ") && line.contains("expired")),
        "{log:?}"
    );
    let _session = bench.driver.open_session(0).unwrap();
    publish(&bench, "stream1");
}

#[test]
fn switching_tls_on_and_off_keeps_the_port() {
    let folder = Folder::with("openssl3-p256.pfx");
    let mut plain = config_apart([]);
    plain.data_dir = folder.0.path().to_owned();
    let bench = Bench::with(plain);
    let port = bench.driver.port();
    let session = bench.driver.open_session(0).unwrap();
    let mut publisher = bench.publish("stream1", "");
    bench.apply(tls_on());
    publisher.wait_until_closed();
    assert!(bench.driver.status().listening && bench.driver.status().tls);
    assert_eq!(bench.driver.port(), port);
    let mut encrypted = publish(&bench, "stream1");
    encrypted.send_group(0, 1);
    assert!(next_video(&session).key);
    bench.apply([Change::new("EnableTls", "false")]);
    encrypted.wait_until_closed();
    bench.publish("stream1", "");
    assert_eq!(bench.driver.port(), port);
}

#[test]
fn a_certificate_that_goes_wrong_is_told_and_waited_for() {
    let folder = Folder::with("openssl3-p256.pfx");
    let bench = Bench::with(folder.config());
    let session = bench.driver.open_session(0).unwrap();
    bench.apply([Change::new("TlsCertificatePassword", "wrong")]);
    let status = bench.driver.status();
    assert_eq!(
        (status.listening, status.problem),
        (false, Some(Problem::WrongCertificatePassword))
    );
    assert_eq!(
        bench.driver.statistics(0).unwrap().problem,
        Some(Problem::WrongCertificatePassword)
    );
    assert!(next_picture(&session).offline_picture, "the hardware stays");

    std::fs::remove_file(folder.certificate()).unwrap();
    bench.apply([Change::new("TlsCertificatePassword", "secret")]);
    assert!(matches!(
        bench.driver.status().problem,
        Some(Problem::CertificateMissing { .. })
    ));
    folder.replace("openssl3-p256.pfx");
    wait_until("the certificate", || bench.driver.status().listening);
    publish(&bench, "stream1");
}

#[test]
fn a_new_certificate_is_picked_up_without_dropping_anybody() {
    let folder = Folder::with("openssl3-p256.pfx");
    let bench = Bench::with(folder.config());
    let session = bench.driver.open_session(0).unwrap();
    let _other = bench.driver.open_session(1).unwrap();
    let mut publisher = publish(&bench, "stream1");
    folder.replace("openssl3-rsa.pfx");
    wait_until("the new certificate", || {
        bench
            .log_with("certificate read")
            .iter()
            .filter(|line| line.contains("certificate read"))
            .count()
            == 2
    });
    publish(&bench, "stream2");
    publisher.send_group(0, 1);
    assert!(next_video(&session).key);

    std::fs::remove_file(folder.certificate()).unwrap();
    bench.log_with("the certificate before stays in use");
    let status = bench.driver.status();
    assert!(
        status.listening && matches!(status.problem, Some(Problem::CertificateMissing { .. })),
        "{status:?}"
    );
    assert_eq!(
        bench.driver.statistics(1).unwrap().problem,
        None,
        "whoever publishes need not care"
    );
    folder.replace("openssl3-rsa.pfx");
    wait_until("the problem's end", || {
        bench.driver.status().problem.is_none()
    });
    assert!(!publisher.is_closed());
}
