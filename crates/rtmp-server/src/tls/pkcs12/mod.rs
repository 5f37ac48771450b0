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
use der::{Decode, Reader, SliceReader};
use pkcs12::cms::cert::x509::spki::AlgorithmIdentifierOwned;
use pkcs12::cms::content_info::ContentInfo;
use pkcs12::cms::encrypted_data::EncryptedData;
use pkcs12::pbe_params::EncryptedPrivateKeyInfo;
use pkcs12::{AuthenticatedSafe, Pfx};

use self::encryption::decrypt;
use self::normal_form::{SEQUENCE, normal_form};
use self::password::{Budget, Password};
use super::partial::{enter, explicit};

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
            // It is the file's, whatever the form of the password.
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
        if safe.content_type == ID_ENCRYPTED_DATA {
            let safe_contents = decrypt_safe(&safe, password, budget)?;
            let bags = bags_in(&safe_contents).map_err(|_| Error::WrongPassword)?;
            contents.add_bags(bags, password, budget, DEPTH)?;
        } else {
            let safe_contents = normal_form(data(&safe)?)?;
            contents.add_bags(bags_in(&safe_contents)?, password, budget, DEPTH)?;
        }
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
    decrypt_sequence(
        &info.content_enc_alg,
        ciphertext.as_bytes(),
        password,
        budget,
    )
}

/// Decrypts a sequence. One wrong password in 256 gives nonsense that looks well padded; such is hardly
/// ever a sequence.
fn decrypt_sequence(
    algorithm: &AlgorithmIdentifierOwned,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let decrypted = decrypt(algorithm, ciphertext, password, budget)?;
    let sequence = normal_form(&decrypted).map_err(|_| Error::WrongPassword)?;
    if sequence.first() == Some(&SEQUENCE) {
        Ok(sequence)
    } else {
        Err(Error::WrongPassword)
    }
}

/// A `SafeBag` (RFC 7292, section 4.2) without its attributes, which do not matter here.
struct Bag<'a> {
    id: ObjectIdentifier,
    value: &'a [u8],
}

impl<'a> Bag<'a> {
    fn read(safe_contents: &mut SliceReader<'a>) -> der::Result<Self> {
        let mut fields = enter(safe_contents)?;
        Ok(Self {
            id: fields.decode()?,
            value: explicit(&mut fields)?,
        })
    }
}

/// `SafeContents` (RFC 7292, section 4.2).
fn bags_in(safe_contents: &[u8]) -> der::Result<Vec<Bag<'_>>> {
    let mut reader = enter(&mut SliceReader::new(safe_contents)?)?;
    let mut bags = Vec::new();
    while !reader.is_finished() {
        bags.push(Bag::read(&mut reader)?);
    }
    Ok(bags)
}

/// The certificate in a `CertBag` (RFC 7292, section 4.2.3), unless it is another than an X.509
/// certificate.
fn x509_certificate(bag: &[u8]) -> der::Result<Option<&[u8]>> {
    let mut fields = enter(&mut SliceReader::new(bag)?)?;
    if fields.decode::<ObjectIdentifier>()? != pkcs12::PKCS_12_X509_CERT_OID {
        return Ok(None);
    }
    let certificate = <&OctetStringRef>::from_der(explicit(&mut fields)?)?;
    Ok(Some(certificate.as_bytes()))
}

impl Contents {
    /// What is neither key nor certificate is passed over.
    fn add_bags(
        &mut self,
        bags: Vec<Bag<'_>>,
        password: &Password,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<(), Error> {
        for Bag { id, value } in bags {
            match id {
                pkcs12::PKCS_12_KEY_BAG_OID => self.keys.push(value.to_vec()),
                pkcs12::PKCS_12_PKCS8_KEY_BAG_OID => {
                    let key = EncryptedPrivateKeyInfo::from_der(value)?;
                    let ciphertext = key.encrypted_data.as_bytes();
                    let algorithm = &key.encryption_algorithm;
                    let key = decrypt_sequence(algorithm, ciphertext, password, budget)?;
                    self.keys.push(key);
                }
                pkcs12::PKCS_12_CERT_BAG_OID => {
                    let certificate = x509_certificate(value)?;
                    self.certificates.extend(certificate.map(<[u8]>::to_vec));
                }
                pkcs12::PKCS_12_SAFE_CONTENTS_BAG_OID => {
                    let depth = depth.checked_sub(1).ok_or(Error::Malformed)?;
                    self.add_bags(bags_in(value)?, password, budget, depth)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pkcs5::pbes2;

    use super::*;

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, content.len().try_into().unwrap()], &content[..]].concat()
    }

    const DATA: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
    const ENCRYPTED_DATA: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06";
    const PBES2: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0D";
    /// PBKDF2 with one iteration.
    const DERIVATION: &[u8] =
        b"\x30\x14\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0C\x30\x07\x04\x02ab\x02\x01\x01";
    const TRIPLE_DES: &[u8] = b"\x30\x14\x06\x08\x2A\x86\x48\x86\xF7\x0D\x03\x07\x04\x08initial!";
    const KEY_BAG: &[u8] = b"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x01";
    const CERT_BAG: &[u8] = b"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x03";
    const X509: &[u8] = b"\x06\x0A\x2A\x86\x48\x86\xF7\x0D\x01\x09\x16\x01";
    const SDSI: &[u8] = b"\x06\x0A\x2A\x86\x48\x86\xF7\x0D\x01\x09\x16\x02";

    fn certificate_bag(kind: &[u8], certificate: &[u8]) -> Vec<u8> {
        let certificate = element(0xA0, &[certificate]);
        let value = element(0x30, &[kind, &certificate]);
        element(0x30, &[CERT_BAG, &element(0xA0, &[&value])])
    }

    fn read_bags(bags: &[&[u8]]) -> Result<Contents, Error> {
        let [password] = &Password::forms("secret")[..] else {
            unreachable!()
        };
        let mut budget = Budget::FILE;
        let mut contents = Contents::default();
        let safe_contents = element(0x30, bags);
        contents.add_bags(bags_in(&safe_contents)?, password, &mut budget, DEPTH)?;
        Ok(contents)
    }

    /// An `AuthenticatedSafe` with one safe that holds `plaintext`, encrypted.
    fn encrypted_safe(plaintext: &[u8], password: &Password) -> Vec<u8> {
        let parameters = element(0x30, &[DERIVATION, TRIPLE_DES]);
        let ciphertext = pbes2::Parameters::from_der(&parameters)
            .unwrap()
            .encrypt(&password.utf8, plaintext)
            .unwrap();
        let algorithm = element(0x30, &[PBES2, &parameters]);
        let info = element(0x30, &[DATA, &algorithm, &element(0x80, &[&ciphertext])]);
        let data = element(0x30, &[b"\x02\x01\x00", &info]);
        let safe = element(0x30, &[ENCRYPTED_DATA, &element(0xA0, &[&data])]);
        element(0x30, &[&safe])
    }

    /// The wrong password seldom gives padding that looks right. The right one always does.
    #[test]
    fn whatever_decrypts_to_nonsense_was_given_the_wrong_password() {
        let [password] = &Password::forms("secret")[..] else {
            unreachable!()
        };
        let open = |plaintext| {
            let safe = encrypted_safe(plaintext, password);
            let mut budget = Budget::FILE;
            open(&safe, password, &mut budget).map(|contents| contents.keys)
        };
        for nonsense in [
            &b""[..],
            b"nonsense",
            b"\x04\x00",
            b"\x30\x01",
            b"\x30\x02\x04\x00",
            b"\x30\x02\x30\x00",
        ] {
            assert_eq!(open(nonsense), Err(Error::WrongPassword), "{nonsense:02X?}");
        }
        assert_eq!(open(b"\x30\x00"), Ok(Vec::new()));
    }

    #[test]
    fn attributes_need_not_be_readable() {
        // An object identifier longer than the crate can hold, and no values.
        let name = element(0x06, &[&[0x2A; 60]]);
        let attributes = element(0x31, &[&element(0x30, &[&name])]);
        let key = element(0xA0, &[b"\x30\x00"]);
        let contents = read_bags(&[&element(0x30, &[KEY_BAG, &key, &attributes])]).unwrap();
        assert_eq!(contents.keys, [b"\x30\x00"]);
    }

    #[test]
    fn other_certificates_are_passed_over() {
        let sdsi = certificate_bag(SDSI, b"\x16\x04text");
        let x509 = certificate_bag(X509, b"\x04\x02\x30\x00");
        let contents = read_bags(&[&sdsi, &x509]).unwrap();
        assert_eq!(contents.certificates, [b"\x30\x00"]);
    }

    #[test]
    fn bags_have_an_explicit_tag() {
        for value in [&b"\x30\x00"[..], b"\x80\x00", b"\xA1\x02\x30\x00", b""] {
            let contents = read_bags(&[&element(0x30, &[KEY_BAG, value])]);
            assert_eq!(contents.err(), Some(Error::Malformed), "{value:02X?}");
        }
    }
}
