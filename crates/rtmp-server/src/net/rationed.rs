//! A socket below TLS, of which so much is read at a time.
//!
//! TLS reads on until there is nothing more, or its caller's buffer is full. Records with next to nothing
//! in them, each of which has to be decrypted, would so keep the thread from all other connections.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How much is read at a time. Of the smallest records these are 1500.
const RATION: usize = 32 << 10;

/// A socket that seems to have nothing more when its ration is used up.
pub(super) struct Rationed {
    stream: TcpStream,
    /// None while TLS shakes hands, where nothing is without end.
    ration: Option<usize>,
}

impl Rationed {
    /// A socket without a ration as yet.
    pub(super) const fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            ration: None,
        }
    }

    /// Gives it a new ration.
    pub(super) const fn give(&mut self) {
        self.ration = Some(RATION);
    }

    /// How much of the ration was read.
    pub(super) fn taken(&self) -> usize {
        self.ration.map_or(0, |left| RATION.saturating_sub(left))
    }

    /// Whether there is nothing left of the ration: whoever reads is not woken then.
    pub(super) const fn is_used_up(&self) -> bool {
        matches!(self.ration, Some(0))
    }
}

impl AsyncRead for Rationed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(left) = self.ration else {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        };
        if left == 0 {
            return Poll::Pending;
        }
        let room = left.min(buffer.remaining());
        let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(room));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let read = piece.filled().len();
        buffer.advance(read);
        self.ration = Some(left.saturating_sub(read));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rationed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(all(test, feature = "pkcs12"))]
mod tests {
    use std::future::poll_fn;
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::time::Duration;

    use rustls::crypto::cipher::{OutboundChunks, OutboundPlainMessage};
    use rustls::crypto::{CryptoProvider, ring};
    use rustls::pki_types::CertificateDer;
    use rustls::{
        ClientConfig, ConnectionTrafficSecrets, ContentType, ProtocolVersion, RootCertStore,
    };
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls;

    use super::*;
    use crate::net::clock;
    use crate::net::encrypt::encrypt;
    use crate::net::transport::Transport;
    use crate::net::turn::Turn;
    use crate::tls::{TlsConfig, TlsIdentity};

    const PFX: &[u8] = include_bytes!("../../tests/pkcs12/chain.pfx");
    const ROOT: &[u8] = include_bytes!("../../tests/pkcs12/root.der");
    /// More records with nothing in them, one after the other, are an error.
    const EMPTY: usize = 32;
    const GROUPS: usize = 1000;
    /// What a record of TLS 1.3 takes besides its data: header, content type and tag.
    const OVERHEAD: usize = 22;

    /// A connection to the server, and what it is written to.
    async fn connected() -> (Transport, TcpStream, impl FnMut(&[u8]) -> Vec<u8>) {
        let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
        let provider = Arc::new(CryptoProvider {
            cipher_suites: vec![suite],
            ..ring::default_provider()
        });
        let identity = TlsIdentity::from_pkcs12(PFX, "secret", &provider).expect("an identity");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(ROOT)).expect("a root");
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.enable_secret_extraction = true;

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let client = async {
            let socket = TcpStream::connect(address).await.expect("a connection");
            let name = "localhost".try_into().expect("a name");
            let connector = TlsConnector::from(Arc::new(config));
            connector.connect(name, socket).await.expect("a handshake")
        };
        let server = async {
            let (socket, _) = listener.accept().await.expect("a connection");
            let tls = TlsConfig::from(identity.server_config());
            encrypt(socket, &tls).await.expect("a handshake").0
        };
        let (client, transport) = tokio::join!(client, server);
        let (socket, connection) = client.into_inner();
        let secrets = connection.dangerous_extract_secrets().expect("allowed");
        let (mut number, ConnectionTrafficSecrets::Aes128Gcm { key, iv }) = secrets.tx else {
            panic!("another cipher suite was agreed on");
        };
        let suite = suite.tls13().expect("of TLS 1.3");
        let mut encrypter = suite.aead_alg.encrypter(key, iv);
        let record = move |data: &[u8]| {
            let message = OutboundPlainMessage {
                typ: ContentType::ApplicationData,
                version: ProtocolVersion::TLSv1_3,
                payload: OutboundChunks::Single(data),
            };
            let record = encrypter.encrypt(message, number).expect("a record");
            number += 1;
            record.encode()
        };
        (transport, socket, record)
    }

    #[tokio::test]
    async fn records_with_next_to_nothing_in_them_are_read_in_rations_that_count_as_work() {
        let (mut transport, mut socket, mut record) = connected().await;
        let mut flood = Vec::new();
        for _ in 0..GROUPS {
            flood.extend((0..EMPTY).flat_map(|_| record(b"")));
            flood.extend(record(b"!"));
        }
        let length = flood.len();
        assert_eq!(length, GROUPS * (OVERHEAD * (EMPTY + 1) + 1));
        let sending = tokio::spawn(async move {
            socket.write_all(&flood).await.expect("taken");
            socket
        });
        // Whoever reads finds as much as the kernel holds.
        tokio::task::yield_now().await;

        let never = clock::now() + Duration::from_secs(3600);
        let (mut worked, mut received) = (0, 0);
        while received < GROUPS {
            poll_fn(|cx| {
                loop {
                    let mut turn = Turn::starting(never);
                    let read = transport.poll_read(cx, &mut turn, |_, turn, data| {
                        turn.spend_bytes(data.len());
                        received += data.len();
                    });
                    let records = turn.work() / OVERHEAD;
                    assert!(turn.work() <= RATION, "{records} records at a time");
                    worked += turn.work();
                    if read.is_ready() || !transport.has_more() {
                        return read;
                    }
                }
            })
            .await
            .expect("it is no error");
        }
        assert_eq!(worked, length, "all of it is work");
        sending.await.expect("no panic");
    }
}
