//! A configuration of rustls that can be replaced while the server runs.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_rustls::rustls::ServerConfig;

/// What new connections are encrypted with.
///
/// It is taken as it is: with the cryptography (`CryptoProvider`) that you choose, client
/// certificates, ALPN, any number of certificates. Clones share the configuration.
///
/// Publishers expect little of a server, and some cannot bear everything that rustls does: librtmp
/// with GnuTLS takes the tickets of TLS 1.3 for an error, so set `send_tls13_tickets` to 0.
///
/// ```
/// use std::sync::Arc;
///
/// use rtmp_server::{Server, TlsConfig};
/// use rustls::ServerConfig;
///
/// fn server(config: Arc<ServerConfig>) -> (Server, TlsConfig) {
///     let tls = TlsConfig::new(config);
///     (Server::builder().tls(tls.clone()).build(), tls)
/// }
///
/// fn renew(tls: &TlsConfig, config: Arc<ServerConfig>) {
///     // For those who connect from now on.
///     tls.replace(config);
/// }
/// ```
#[derive(Clone)]
pub struct TlsConfig {
    current: Arc<Mutex<Arc<ServerConfig>>>,
}

impl TlsConfig {
    /// Begins with `config`.
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self {
            current: Arc::new(Mutex::new(config)),
        }
    }

    /// What new connections get.
    pub fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.lock())
    }

    /// Gives `config` to new connections. Nobody who is connected is touched.
    pub fn replace(&self, config: Arc<ServerConfig>) {
        *self.current.lock() = config;
    }
}

impl From<Arc<ServerConfig>> for TlsConfig {
    fn from(config: Arc<ServerConfig>) -> Self {
        Self::new(config)
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").finish_non_exhaustive()
    }
}
