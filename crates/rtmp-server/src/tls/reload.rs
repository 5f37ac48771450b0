//! An identity that can be replaced while the server runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_rustls::rustls::ServerConfig;

use super::TlsIdentity;

/// The identity that new connections get. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct ReloadingTls {
    current: Arc<Mutex<TlsIdentity>>,
}

impl ReloadingTls {
    /// Starts with `identity`.
    pub fn new(identity: TlsIdentity) -> Self {
        Self {
            current: Arc::new(Mutex::new(identity)),
        }
    }

    /// Gives `identity` to new connections. Nobody who is connected is touched.
    pub fn replace(&self, identity: TlsIdentity) {
        *self.current() = identity;
    }

    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        self.current().server_config()
    }

    fn current(&self) -> MutexGuard<'_, TlsIdentity> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
