//! Which of the certificates in a file a server shows, and in which order.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SigningKey};
use tokio_rustls::rustls;

use super::certificate::Certificate;

/// The chain for a key: its own certificate, then issuer after issuer as far as the file goes (RFC
/// 8446, section 4.4.2). A root is left out: whoever trusts it has it. `None` if no certificate is
/// that of the key.
pub(super) fn chain_for(
    signing_key: &Arc<dyn SigningKey>,
    certificates: &[Vec<u8>],
) -> Option<Vec<CertificateDer<'static>>> {
    let links: Vec<Link<'_>> = certificates.iter().filter_map(Link::read).collect();
    // A renewed certificate may lie beside the one before.
    let own = links
        .iter()
        .filter(|link| link.is_for(signing_key))
        .max_by_key(|link| link.certificate.not_after)?;
    let mut chain = vec![own];
    while let Some(issuer) = issuer_of(chain.last()?, &links, &chain) {
        chain.push(issuer);
    }
    Some(chain.into_iter().map(Link::to_der).collect())
}

fn issuer_of<'l, 'a>(
    link: &Link<'_>,
    links: &'l [Link<'a>],
    chain: &[&Link<'_>],
) -> Option<&'l Link<'a>> {
    links
        .iter()
        .filter(|issuer| issuer.certificate.subject == link.certificate.issuer)
        .filter(|issuer| !issuer.certificate.is_self_issued())
        .filter(|issuer| !chain.iter().any(|used| used.der == issuer.der))
        .max_by_key(|issuer| issuer.certificate.not_after)
}

/// A certificate of the file.
struct Link<'a> {
    der: &'a [u8],
    certificate: Certificate<'a>,
}

impl<'a> Link<'a> {
    /// What is no certificate, or none that can be understood, cannot be shown either.
    fn read(der: &'a Vec<u8>) -> Option<Self> {
        let certificate = Certificate::read(der).ok()?;
        Some(Self { der, certificate })
    }

    fn is_for(&self, key: &Arc<dyn SigningKey>) -> bool {
        CertifiedKey::new(vec![self.to_der()], Arc::clone(key))
            .keys_match()
            .is_ok()
    }

    fn to_der(&self) -> CertificateDer<'static> {
        CertificateDer::from(self.der.to_vec())
    }
}
