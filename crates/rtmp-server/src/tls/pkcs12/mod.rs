//! PKCS#12 files: a private key and certificates, locked with a password (RFC 7292).
//!
//! Reads what `Export-PfxCertificate`, OpenSSL 1 and OpenSSL 3 write, and their relatives: BER as
//! well as DER, bags in any order and depth of encryption, both spellings of the empty password.
//! The structures, the key derivation and PBES2 are those of the crates `pkcs12`, `cms` and `pkcs5`.

mod encryption;
mod mac;
mod normal_form;
mod password;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_DATA, ID_ENCRYPTED_DATA};
use der::asn1::OctetStringRef;
use der::{AnyRef, Decode};
use pkcs12::cms::content_info::ContentInfo;
use pkcs12::cms::encrypted_data::EncryptedData;
use pkcs12::pbe_params::EncryptedPrivateKeyInfo;
use pkcs12::safe_bag::SafeContents;
use pkcs12::{AuthenticatedSafe, CertBag, Pfx};

use self::encryption::decrypt;
use self::normal_form::normal_form;
use self::password::{Budget, Password};

/// How deep bags may lie in bags.
const DEPTH: usize = 4;

/// What a file holds.
#[derive(Default)]
pub(super) struct Contents {
    /// Private keys, in PKCS #8.
    pub(super) keys: Vec<Vec<u8>>,
    /// X.509 certificates.
    pub(super) certificates: Vec<Vec<u8>>,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// It is not PKCS#12, or broken.
    Malformed,
    WrongPassword,
    /// It uses this algorithm or feature.
    Unsupported(ObjectIdentifier),
    /// It asks for too many iterations of key derivation.
    TooExpensive,
}

impl From<der::Error> for Error {
    fn from(error: der::Error) -> Self {
        match error.kind() {
            der::ErrorKind::OidUnknown { oid } => Self::Unsupported(oid),
            _ => Self::Malformed,
        }
    }
}

/// Reads a file (RFC 7292, section 4).
pub(super) fn read(file: &[u8], password: &str) -> Result<Contents, Error> {
    let pfx = Pfx::from_der(&normal_form(file)?)?;
    let authenticated = data(&pfx.auth_safe)?;

    let mut budget = Budget::FILE;
    let mut error = Error::WrongPassword;
    for password in Password::forms(password) {
        let opened = match &pfx.mac_data {
            Some(mac) => mac::verify(mac, authenticated, &password, &mut budget),
            None => Ok(()),
        };
        match opened.and_then(|()| open(authenticated, &password, &mut budget)) {
            Ok(contents) => return Ok(contents),
            Err(Error::WrongPassword) => {}
            Err(other) => error = other,
        }
    }
    Err(error)
}

/// The octets in a `ContentInfo` of the type data (RFC 5652, section 4).
fn data(info: &ContentInfo) -> Result<&[u8], Error> {
    if info.content_type != ID_DATA {
        return Err(Error::Unsupported(info.content_type));
    }
    Ok(info.content.decode_as::<&OctetStringRef>()?.as_bytes())
}

/// Plain and encrypted safes (RFC 7292, section 4.1).
fn open(authenticated: &[u8], password: &Password, budget: &mut Budget) -> Result<Contents, Error> {
    let mut contents = Contents::default();
    for safe in AuthenticatedSafe::from_der(&normal_form(authenticated)?)? {
        let bags = if safe.content_type == ID_ENCRYPTED_DATA {
            let bags = decrypt_safe(&safe, password, budget)?;
            // What was decrypted with the wrong key may still look well padded.
            normal_form(&bags).map_err(|_| Error::WrongPassword)?
        } else {
            normal_form(data(&safe)?)?
        };
        contents.add_bags(&bags, password, budget, DEPTH)?;
    }
    Ok(contents)
}

fn decrypt_safe(
    safe: &ContentInfo,
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let info = safe.content.decode_as::<EncryptedData>()?.enc_content_info;
    let ciphertext = info.encrypted_content.ok_or(Error::Malformed)?;
    decrypt(
        &info.content_enc_alg,
        ciphertext.as_bytes(),
        password,
        budget,
    )
}

impl Contents {
    /// `SafeContents` (RFC 7292, section 4.2). What is neither key nor certificate is passed over.
    fn add_bags(
        &mut self,
        bags: &[u8],
        password: &Password,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<(), Error> {
        for bag in SafeContents::from_der(bags)? {
            // The crate keeps the explicit tag around the value.
            let value = AnyRef::from_der(&bag.bag_value)?.value();
            match bag.bag_id {
                pkcs12::PKCS_12_KEY_BAG_OID => self.keys.push(value.to_vec()),
                pkcs12::PKCS_12_PKCS8_KEY_BAG_OID => {
                    let key = EncryptedPrivateKeyInfo::from_der(value)?;
                    let ciphertext = key.encrypted_data.as_bytes();
                    let der = decrypt(&key.encryption_algorithm, ciphertext, password, budget)?;
                    self.keys.push(der);
                }
                pkcs12::PKCS_12_CERT_BAG_OID => {
                    let certificate = CertBag::from_der(value)?;
                    if certificate.cert_id == pkcs12::PKCS_12_X509_CERT_OID {
                        self.certificates
                            .push(certificate.cert_value.into_bytes().into());
                    }
                }
                pkcs12::PKCS_12_SAFE_CONTENTS_BAG_OID => {
                    let depth = depth.checked_sub(1).ok_or(Error::Malformed)?;
                    self.add_bags(value, password, budget, depth)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
