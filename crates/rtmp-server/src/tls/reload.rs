//! An identity that can be replaced while the server runs.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::crypto::CryptoProvider;

use super::identity::read_file;
use super::{TlsConfig, TlsIdentity, TlsIdentityError};

/// The identity that new connections get, and the file it comes from.
///
/// Cheap to clone; clones share the identity. A [`Server`](crate::Server) that has it looks at the
/// file every other second, and a changed one is picked up without touching anybody who is
/// connected. While a changed file cannot be used, the identity before stays.
#[derive(Clone)]
pub struct ReloadingTls {
    shared: Arc<Shared>,
}

struct Shared {
    current: Mutex<TlsIdentity>,
    /// That of the identity.
    config: TlsConfig,
    file: Option<WatchedFile>,
}

/// What [`ReloadingTls::refresh`] found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refreshed {
    /// The file is as it was.
    Unchanged,
    /// The file has changed, and new connections get this identity.
    Replaced(TlsIdentity),
}

impl ReloadingTls {
    /// Starts with `identity`. It changes by [`replace`](Self::replace) only.
    pub fn fixed(identity: TlsIdentity) -> Self {
        Self::with(identity, None)
    }

    /// Starts with the identity in a PKCS#12 file, and goes on with what the file becomes.
    ///
    /// # Errors
    /// As for [`TlsIdentity::from_pkcs12_file`].
    pub fn open(
        path: impl Into<PathBuf>,
        password: impl Into<String>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, TlsIdentityError> {
        let (file, identity) = WatchedFile::open(path.into(), password.into(), provider)?;
        Ok(Self::with(identity, Some(file)))
    }

    fn with(identity: TlsIdentity, file: Option<WatchedFile>) -> Self {
        Self {
            shared: Arc::new(Shared {
                config: TlsConfig::new(identity.server_config()),
                current: Mutex::new(identity),
                file,
            }),
        }
    }

    /// The identity that new connections get.
    pub fn identity(&self) -> TlsIdentity {
        self.shared.current.lock().clone()
    }

    /// Gives `identity` to new connections. Nobody who is connected is touched.
    pub fn replace(&self, identity: TlsIdentity) {
        let mut current = self.shared.current.lock();
        self.shared.config.replace(identity.server_config());
        *current = identity;
    }

    /// Looks at the file, and takes up what it has become. Reads files, so not for a thread that
    /// must not block. Servers call it on their own.
    ///
    /// # Errors
    /// The file has changed and cannot be used. Each state of the file is reported once.
    pub fn refresh(&self) -> Result<Refreshed, TlsIdentityError> {
        let Some(file) = &self.shared.file else {
            return Ok(Refreshed::Unchanged);
        };
        let Some(identity) = file.changed()? else {
            return Ok(Refreshed::Unchanged);
        };
        self.replace(identity.clone());
        Ok(Refreshed::Replaced(identity))
    }

    /// True if there is a file to look at.
    pub(crate) fn watches_a_file(&self) -> bool {
        self.shared.file.is_some()
    }

    pub(crate) fn config(&self) -> &TlsConfig {
        &self.shared.config
    }
}

impl std::fmt::Debug for ReloadingTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReloadingTls")
            .field("identity", &*self.shared.current.lock())
            .field("file", &self.shared.file.as_ref().map(|file| &file.path))
            .finish()
    }
}

/// A PKCS#12 file, and what is known of it.
///
/// It is small, so it is read whenever it is looked at: that sees every change, whatever the file
/// system makes of times.
struct WatchedFile {
    path: PathBuf,
    password: String,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

/// The last look at the file.
struct Seen {
    /// A digest of the content; `None` if there was none to read.
    content: Option<[u8; 32]>,
    /// Why that cannot be used. Reported when the next look finds the same, as the file may be in
    /// the middle of being written.
    failure: Option<TlsIdentityError>,
}

impl WatchedFile {
    fn open(
        path: PathBuf,
        password: String,
        provider: Arc<CryptoProvider>,
    ) -> Result<(Self, TlsIdentity), TlsIdentityError> {
        let content = read_file(&path)?;
        let identity = TlsIdentity::from_pkcs12(&content, &password, &provider)?;
        let seen = Mutex::new(Seen {
            content: Some(digest_of(&content)),
            failure: None,
        });
        Ok((
            Self {
                path,
                password,
                provider,
                seen,
            },
            identity,
        ))
    }

    /// What the file has become, if it has changed.
    fn changed(&self) -> Result<Option<TlsIdentity>, TlsIdentityError> {
        let mut seen = self.seen.lock();
        let content = read_file(&self.path);
        let digest = content.as_deref().ok().map(digest_of);
        if digest == seen.content {
            return seen.failure.take().map_or(Ok(None), Err);
        }
        let identity = content
            .and_then(|content| TlsIdentity::from_pkcs12(&content, &self.password, &self.provider));
        seen.content = digest;
        seen.failure = identity.as_ref().err().cloned();
        Ok(identity.ok())
    }
}

fn digest_of(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}
