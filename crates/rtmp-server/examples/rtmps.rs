//! RTMPS with a configuration of rustls of one's own: cryptography, certificates, ALPN.
//!
//! ```text
//! openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
//!     -keyout key.pem -out certificate.pem
//! cargo run -p rtmp-server --example rtmps -- 1936 certificate.pem key.pem
//! ffmpeg -re -i video.mp4 -c copy -f flv rtmps://localhost:1936/live/anything
//! ```
//!
//! With a third file, of certificates of authorities, only publishers get in that have a
//! certificate by one of them.

use std::sync::Arc;
use std::time::Instant;

use rtmp_server::{
    ConnectionHandle, EndReason, Media, MediaSink, Observer, PublishCall, Server, Status, TlsInfo,
    listen, service_fn,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(1936), |port| port.parse())?;
    let certificate = arguments
        .next()
        .ok_or("a file of certificates is missing")?;
    let key = arguments.next().ok_or("a file with the key is missing")?;
    let config = configuration(&certificate, &key, arguments.next().as_deref())?;

    let publish = service_fn(|call: PublishCall| async move {
        println!("{} publishes {:?}", call.peer, call.request.stream_name);
        Ok(Count::default())
    });
    let listener = listen(None, port)?;
    println!("listening on {}", listener.local_addr());
    let ctrl_c = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    Server::builder()
        .tls(Arc::new(config))
        .observer(Print)
        .publish(publish)
        .build()
        .serve_with_shutdown([listener], ctrl_c)
        .await;
    Ok(())
}

/// What a server of your own may already have for other protocols.
fn configuration(
    certificate: &str,
    key: &str,
    authorities: Option<&str>,
) -> Result<ServerConfig, Error> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match authorities {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for authority in CertificateDer::pem_file_iter(file)? {
                roots.add(authority?)?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key)?;
    // librtmp with GnuTLS takes tickets for an error.
    config.send_tls13_tickets = 0;
    Ok(config)
}

struct Print;

impl Observer for Print {
    fn encrypted(&self, connection: &ConnectionHandle, tls: &TlsInfo) {
        let certificates = tls.client_certificates.len();
        println!(
            "{}: {}, showed {certificates} certificates",
            connection.peer(),
            tls.version
        );
    }
}

#[derive(Default)]
struct Count {
    messages: u64,
}

impl MediaSink for Count {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), Status> {
        self.messages += 1;
        Ok(())
    }

    fn end(&mut self, _: Instant, reason: &EndReason) {
        println!("{} messages, then: {reason}", self.messages);
    }
}
