//! A certificate with its key.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls;

use super::certificate::{Certificate, IdentityWarning};
use super::chain::chain_for;
use super::key;
use super::pkcs12;

/// The largest file that is read. A key and a long chain have a few ten thousand bytes.
const FILE_BYTES: u64 = 1 << 20;

/// A private key and the chain of certificates that vouches for it, ready to serve TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
    valid: Option<Validity>,
    faults: Vec<IdentityWarning>,
    certificates: usize,
}

/// When a certificate may be used.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validity {
    /// Not before this time.
    pub from: SystemTime,
    /// Not after this time.
    pub until: SystemTime,
}

impl TlsIdentity {
    /// Reads a PKCS#12 file (`.pfx`, `.p12`): a private key, its certificate and the issuers of
    /// that. `provider` is the cryptography that TLS is to be spoken with.
    ///
    /// # Errors
    /// There is no such file, the password is wrong, …: each has its own variant and message.
    pub fn from_pkcs12_file(
        path: impl AsRef<Path>,
        password: &str,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsIdentityError> {
        let path = path.as_ref();
        Self::from_pkcs12(&read_file(path)?, password, provider)
    }

    /// The same from the content of the file.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use rtmp_server::TlsIdentity;
    /// use rtmp_server::tls::TlsIdentityError;
    ///
    /// let provider = Arc::new(rustls::crypto::ring::default_provider());
    /// let error = TlsIdentity::from_pkcs12(b"-----BEGIN CERTIFICATE-----", "", &provider).unwrap_err();
    /// assert!(matches!(error, TlsIdentityError::Pem));
    /// ```
    ///
    /// # Errors
    /// As for [`from_pkcs12_file`](Self::from_pkcs12_file), without those about the file.
    pub fn from_pkcs12(
        content: &[u8],
        password: &str,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsIdentityError> {
        let contents = pkcs12::read(content, password).map_err(|error| match error {
            pkcs12::Error::Malformed if content.trim_ascii_start().starts_with(b"-----BEGIN") => {
                TlsIdentityError::Pem
            }
            pkcs12::Error::Malformed => TlsIdentityError::NotPkcs12,
            pkcs12::Error::WrongPassword => TlsIdentityError::WrongPassword,
            pkcs12::Error::Unsupported(what) => TlsIdentityError::Unsupported(what.to_string()),
            pkcs12::Error::TooExpensive => TlsIdentityError::TooExpensive,
        })?;
        if contents.keys.is_empty() {
            return Err(TlsIdentityError::NoPrivateKey);
        }
        let mut failure = TlsIdentityError::NoCertificate;
        for key in &contents.keys {
            let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.clone()));
            match provider.key_provider.load_private_key(der) {
                Ok(signing_key) => {
                    if let Some(chain) = chain_for(&signing_key, &contents.certificates) {
                        return Self::new(CertifiedKey::new(chain, signing_key), provider);
                    }
                }
                Err(error) => failure = TlsIdentityError::Unusable(key::fault(key, &error)),
            }
        }
        Err(failure)
    }

    /// An identity out of its parts: the server's own certificate first, then its issuers, in DER.
    ///
    /// # Errors
    /// The key cannot be used, or is not that of the certificate.
    pub fn from_parts(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsIdentityError> {
        let certified = CertifiedKey::from_der(chain, key, provider).map_err(unusable)?;
        Self::new(certified, provider)
    }

    fn new(
        certified: CertifiedKey,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsIdentityError> {
        let leaf = certified
            .cert
            .first()
            .ok_or(TlsIdentityError::NoCertificate)?;
        let leaf = Certificate::read(leaf).ok();
        let valid = leaf.as_ref().map(|leaf| Validity {
            from: leaf.not_before,
            until: leaf.not_after,
        });
        let faults = leaf.map_or_else(Vec::new, |leaf| leaf.faults());
        let certificates = certified.cert.len();
        let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(unusable)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        // librtmp with GnuTLS takes the tickets of TLS 1.3 for an error. A publisher connects once and stays, so nothing
        // is kept to resume by either.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self {
            config: Arc::new(config),
            valid,
            faults,
            certificates,
        })
    }

    /// When the certificate may be used; `None` if it does not say so in a way that can be read.
    pub fn validity(&self) -> Option<Validity> {
        self.valid
    }

    /// How many certificates a peer is shown: the server's own and its issuers.
    pub fn certificates(&self) -> usize {
        self.certificates
    }

    /// What speaks against the identity at this time.
    pub fn warnings(&self, now: SystemTime) -> impl Iterator<Item = IdentityWarning> {
        let untimely = self.valid.and_then(|valid| {
            if now > valid.until {
                Some(IdentityWarning::Expired)
            } else if now < valid.from {
                Some(IdentityWarning::NotYetValid)
            } else {
                None
            }
        });
        untimely.into_iter().chain(self.faults.iter().copied())
    }

    /// The configuration of rustls that serves it.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity")
            .field("valid", &self.valid)
            .field("certificates", &self.certificates)
            .finish_non_exhaustive()
    }
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, TlsIdentityError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => TlsIdentityError::FileMissing(path.to_owned()),
        kind => TlsIdentityError::FileUnreadable(path.to_owned(), kind),
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES {
        return Err(TlsIdentityError::NotPkcs12);
    }
    std::fs::read(path).map_err(unreadable)
}

fn unusable(error: rustls::Error) -> TlsIdentityError {
    TlsIdentityError::Unusable(error.to_string())
}

/// Why there is no identity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsIdentityError {
    /// There is no such file.
    FileMissing(PathBuf),
    /// The file cannot be read.
    FileUnreadable(PathBuf, io::ErrorKind),
    /// It is no PKCS#12 file, or a broken one.
    NotPkcs12,
    /// It is a PEM file.
    Pem,
    /// The password is wrong.
    WrongPassword,
    /// The file holds no private key.
    NoPrivateKey,
    /// The file holds a private key, but not its certificate.
    NoCertificate,
    /// The file uses an algorithm that is not supported, given by its object identifier.
    Unsupported(String),
    /// Reading the file would take too long: it asks for too many iterations of key derivation.
    TooExpensive,
    /// The private key or the certificate cannot be used for TLS, for this reason.
    Unusable(String),
}

impl fmt::Display for TlsIdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileMissing(path) => {
                write!(f, "the certificate file {} does not exist", path.display())
            }
            Self::FileUnreadable(path, kind) => {
                write!(
                    f,
                    "the certificate file {} cannot be read: {kind}",
                    path.display()
                )
            }
            Self::NotPkcs12 => {
                f.write_str("the certificate file is not a PKCS#12 file (.pfx), or it is damaged")
            }
            Self::Pem => f.write_str(
                "the certificate file is a PEM file; a PKCS#12 file (.pfx) is needed, \
                 which \"openssl pkcs12 -export\" makes",
            ),
            Self::WrongPassword => f.write_str("the password of the certificate file is wrong"),
            Self::NoPrivateKey => f.write_str(
                "the certificate file holds no private key; \
                 export the certificate with its private key",
            ),
            Self::NoCertificate => f.write_str(
                "the certificate file holds a private key, \
                     but not the certificate that belongs to it",
            ),
            Self::Unsupported(what) => write!(
                f,
                "the certificate file uses an algorithm that is not supported ({what}); \
                 export it again with AES-256 or triple DES"
            ),
            Self::TooExpensive => f.write_str(
                "the certificate file asks for more than a million iterations of key derivation; \
                 export it again with fewer, such as openssl's 2048",
            ),
            Self::Unusable(reason) => {
                write!(
                    f,
                    "the certificate or its private key cannot be used: {reason}"
                )
            }
        }
    }
}

impl std::error::Error for TlsIdentityError {}
