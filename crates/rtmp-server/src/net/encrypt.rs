//! The TLS handshake.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ProtocolVersion, ServerConnection};

use super::rationed::Rationed;
use super::transport::Transport;
use crate::connection::{TlsInfo, TlsVersion};
use crate::tls::{TlsConfig, failure_in_words};

/// Encrypts the connection; an error says what went wrong.
pub(super) async fn encrypt(
    stream: TcpStream,
    tls: &TlsConfig,
) -> Result<(Transport, TlsInfo), String> {
    let acceptor = TlsAcceptor::from(tls.current());
    let stream = acceptor
        .accept(Rationed::new(stream))
        .await
        .map_err(|error| describe(&error))?;
    let info = agreed(stream.get_ref().1);
    Ok((Transport::Tls(Box::new(stream)), info))
}

/// What was agreed on in the handshake.
fn agreed(connection: &ServerConnection) -> TlsInfo {
    let suite = connection.negotiated_cipher_suite();
    TlsInfo {
        version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
            _ => TlsVersion::Tls13,
        },
        cipher_suite: suite
            .map(|suite| format!("{:?}", suite.suite()))
            .unwrap_or_default(),
        server_name: connection.server_name().map(str::to_owned),
        protocol: connection.alpn_protocol().map(<[u8]>::to_vec),
        client_certificates: connection
            .peer_certificates()
            .unwrap_or_default()
            .iter()
            .map(|certificate| certificate.to_vec())
            .collect(),
    }
}

fn describe(error: &io::Error) -> String {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(error) => failure_in_words(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the peer hung up".to_owned(),
        None => error.to_string(),
    }
}
