//! The certificate of RTMPS.

use std::path::{Path, PathBuf};

use rtmp_server::ReloadingTls;

use crate::picture::Problem;

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

    /// Reads the certificate.
    pub(super) fn open(self) -> Result<ReloadingTls, Problem> {
        if self.file.exists() {
            let reason = "PKCS#12 files cannot be read yet".to_owned();
            return Err(Problem::CertificateUnusable { reason });
        }
        let file = self.file.display().to_string();
        Err(Problem::CertificateMissing { file })
    }
}
