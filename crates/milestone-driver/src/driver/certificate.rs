//! The certificate of RTMPS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rtmp_server::tls::TlsIdentityError;
use rtmp_server::{ReloadingTls, TlsIdentity};

use crate::log::Log;
use crate::problem::Problem;

/// Where the certificate is, and its password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CertificateSource {
    file: PathBuf,
    password: String,
}

impl CertificateSource {
    /// `rtmp.pfx` in the driver's folder.
    pub(super) fn in_folder(data_dir: &Path, password: &str) -> Self {
        Self {
            file: data_dir.join("rtmp.pfx"),
            password: password.to_owned(),
        }
    }

    /// Reads the certificate. Takes a while: the password is turned into a key by many rounds of hashing.
    pub(super) fn open(self) -> Result<ReloadingTls, Problem> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ReloadingTls::open(self.file, self.password, provider).map_err(|error| problem(&error))
    }
}

pub(super) fn problem(error: &TlsIdentityError) -> Problem {
    match error {
        TlsIdentityError::FileMissing(file) => Problem::CertificateMissing {
            file: file.display().to_string(),
        },
        TlsIdentityError::WrongPassword => Problem::WrongCertificatePassword,
        error => Problem::CertificateUnusable {
            reason: error.to_string(),
        },
    }
}

/// New connections get this certificate.
pub(super) fn log_in_use(log: &Log, identity: &TlsIdentity) {
    log.info("certificate read from rtmp.pfx");
    for warning in identity.warnings(SystemTime::now()) {
        log.warning(format_args!("rtmp.pfx: {warning}"));
    }
}
