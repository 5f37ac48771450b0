//! PKCS#12 files: a private key and certificates, locked with a password (RFC 7292).
//!
//! Reads what `Export-PfxCertificate`, OpenSSL 1 and OpenSSL 3 write, and their relatives: BER as
//! well as DER, bags in any order and depth of encryption, both spellings of the empty password.

pub(super) mod ber;
mod encryption;
mod oid;
mod password;

use std::borrow::Cow;

use ring::{digest, hmac};

use self::ber::{Malformed, Reader, tag};
use self::encryption::decrypt;
use self::password::{Budget, Password, Purpose, derive};

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
    Unsupported(String),
    /// It asks for too many iterations of key derivation.
    TooExpensive,
}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Reads a file (RFC 7292, section 4).
pub(super) fn read(file: &[u8], password: &str) -> Result<Contents, Error> {
    let mut pfx = Reader::new(file).enter(tag::SEQUENCE)?;
    if pfx.unsigned()? != 3 {
        return Err(Error::Malformed);
    }
    let (kind, mut content) = content_info(&mut pfx)?;
    if kind != oid::DATA {
        return Err(Error::Unsupported(oid::dotted(kind)));
    }
    let authenticated = content.octets(tag::OCTET_STRING)?;
    let mac = pfx.optional(tag::SEQUENCE)?;

    let mut budget = Budget::FILE;
    let mut error = Error::WrongPassword;
    for password in Password::forms(password) {
        let opened = match mac {
            Some(mac) => verify(Reader::new(mac), &authenticated, &password, &mut budget),
            None => Ok(()),
        };
        match opened.and_then(|()| open(&authenticated, &password, &mut budget)) {
            Ok(contents) => return Ok(contents),
            Err(Error::WrongPassword) => {}
            Err(other) => error = other,
        }
    }
    Err(error)
}

/// `ContentInfo`: its type, and its content out of the explicit tag.
fn content_info<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], Reader<'a>), Error> {
    let mut info = reader.enter(tag::SEQUENCE)?;
    let kind = info.expect(tag::OBJECT_IDENTIFIER)?;
    let content = info.enter(tag::CONTEXT_0)?;
    Ok((kind, content))
}

/// Checks the message authentication code (RFC 7292, section 5.1).
fn verify(
    mut mac: Reader<'_>,
    authenticated: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<(), Error> {
    let mut digest_info = mac.enter(tag::SEQUENCE)?;
    let algorithm = digest_info
        .enter(tag::SEQUENCE)?
        .expect(tag::OBJECT_IDENTIFIER)?;
    let expected = digest_info.octets(tag::OCTET_STRING)?;
    let salt = mac.octets(tag::OCTET_STRING)?;
    let iterations = if mac.is_empty() { 1 } else { mac.unsigned()? };

    let (hash, hmac) = match algorithm {
        oid::SHA1 => (
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        ),
        oid::SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
        oid::SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
        oid::SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
        other => return Err(Error::Unsupported(oid::dotted(other))),
    };
    let iterations = budget.spend(iterations, 1)?;
    let key = derive(
        hash,
        password,
        &salt,
        Purpose::MacKey,
        iterations,
        hash.output_len(),
    );
    hmac::verify(&hmac::Key::new(hmac, &key), authenticated, &expected)
        .map_err(|_| Error::WrongPassword)
}

/// `AuthenticatedSafe`: plain and encrypted safes (RFC 7292, section 4.1).
fn open(authenticated: &[u8], password: &Password, budget: &mut Budget) -> Result<Contents, Error> {
    let mut contents = Contents::default();
    let mut safes = Reader::new(authenticated).enter(tag::SEQUENCE)?;
    while !safes.is_empty() {
        let (kind, mut content) = content_info(&mut safes)?;
        let safe = match kind {
            oid::DATA => content.octets(tag::OCTET_STRING)?,
            oid::ENCRYPTED_DATA => Cow::Owned(decrypt_safe(content, password, budget)?),
            other => return Err(Error::Unsupported(oid::dotted(other))),
        };
        let bags = Reader::new(&safe)
            .enter(tag::SEQUENCE)
            .map_err(|_| match kind {
                // What was decrypted with the wrong key may still look well padded.
                oid::ENCRYPTED_DATA => Error::WrongPassword,
                _ => Error::Malformed,
            })?;
        contents.add_bags(bags, password, budget, DEPTH)?;
    }
    Ok(contents)
}

/// `EncryptedData` (RFC 5652, section 8).
fn decrypt_safe(
    mut content: Reader<'_>,
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let mut encrypted = content.enter(tag::SEQUENCE)?;
    encrypted.unsigned()?;
    let mut info = encrypted.enter(tag::SEQUENCE)?;
    info.expect(tag::OBJECT_IDENTIFIER)?;
    let algorithm = info.enter(tag::SEQUENCE)?;
    let ciphertext = info.octets(tag::CONTEXT_0_PRIMITIVE)?;
    decrypt(algorithm, &ciphertext, password, budget)
}

impl Contents {
    /// `SafeContents` (RFC 7292, section 4.2). What is neither key nor certificate is passed over.
    fn add_bags(
        &mut self,
        mut bags: Reader<'_>,
        password: &Password,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<(), Error> {
        while !bags.is_empty() {
            let mut bag = bags.enter(tag::SEQUENCE)?;
            let kind = bag.expect(tag::OBJECT_IDENTIFIER)?;
            let mut value = bag.enter(tag::CONTEXT_0)?;
            match kind {
                oid::KEY_BAG => {
                    let der = value.any()?.whole.to_vec();
                    self.keys.push(der);
                }
                oid::SHROUDED_KEY_BAG => {
                    let mut key = value.enter(tag::SEQUENCE)?;
                    let algorithm = key.enter(tag::SEQUENCE)?;
                    let ciphertext = key.octets(tag::OCTET_STRING)?;
                    let der = decrypt(algorithm, &ciphertext, password, budget)?;
                    self.keys.push(der);
                }
                oid::CERTIFICATE_BAG => {
                    let mut certificate = value.enter(tag::SEQUENCE)?;
                    if certificate.expect(tag::OBJECT_IDENTIFIER)? == oid::X509_CERTIFICATE {
                        let der = certificate
                            .enter(tag::CONTEXT_0)?
                            .octets(tag::OCTET_STRING)?
                            .into_owned();
                        self.certificates.push(der);
                    }
                }
                oid::SAFE_CONTENTS_BAG => {
                    let depth = depth.checked_sub(1).ok_or(Error::Malformed)?;
                    self.add_bags(value.enter(tag::SEQUENCE)?, password, budget, depth)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
