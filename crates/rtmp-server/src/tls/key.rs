//! What a private key is, in words: for those that cannot be used.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::DB;
use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, RSA_ENCRYPTION, SECP_256_R_1, SECP_384_R_1};
use const_oid::db::rfc8410::ID_ED_25519;
use der::asn1::{OctetStringRef, UintRef};
use der::{Decode, Reader, SliceReader};

use tokio_rustls::rustls;

use super::partial::enter;

/// What can be used: the limits of *ring*.
const USABLE: &str = "RSA of 2048 to 4096 bits, EC on P-256 or P-384, or Ed25519 is needed";

/// Why a private key in PKCS #8 was refused with `error`.
pub(super) fn fault(key: &[u8], error: &rustls::Error) -> String {
    match KeyKind::read(key) {
        Ok(kind) if !kind.is_usable() => format!("the key is {kind}; {USABLE}"),
        Ok(kind) => format!("the key, {kind}, is damaged or uncommon: {error}"),
        Err(_) => error.to_string(),
    }
}

/// The kind of a private key.
#[derive(Debug, PartialEq, Eq)]
enum KeyKind {
    Rsa { bits: usize },
    Ec { curve: ObjectIdentifier },
    Other(ObjectIdentifier),
}

impl KeyKind {
    /// Reads it from a key in PKCS #8 (RFC 5208, section 5).
    fn read(key: &[u8]) -> der::Result<Self> {
        let mut info = enter(&mut SliceReader::new(key)?)?;
        info.tlv_bytes()?; // version
        let mut algorithm = enter(&mut info)?;
        match algorithm.decode::<ObjectIdentifier>()? {
            RSA_ENCRYPTION => {
                let key = info.decode::<&OctetStringRef>()?;
                let bits = modulus_bits(key.as_bytes())?;
                Ok(Self::Rsa { bits })
            }
            ID_EC_PUBLIC_KEY => {
                let curve = algorithm.decode()?;
                Ok(Self::Ec { curve })
            }
            other => Ok(Self::Other(other)),
        }
    }

    fn is_usable(&self) -> bool {
        match self {
            Self::Rsa { bits } => (2048..=4096).contains(bits),
            Self::Ec { curve } => [SECP_256_R_1, SECP_384_R_1].contains(curve),
            Self::Other(algorithm) => *algorithm == ID_ED_25519,
        }
    }
}

/// The size of an `RSAPrivateKey` (RFC 8017, section A.1.2).
fn modulus_bits(key: &[u8]) -> der::Result<usize> {
    let mut fields = enter(&mut SliceReader::new(key)?)?;
    fields.tlv_bytes()?; // version
    let modulus = <UintRef<'_>>::from_der(fields.tlv_bytes()?)?;
    let octets = modulus.as_bytes();
    let unused = octets.first().map_or(0, |first| first.leading_zeros());
    let bits = octets.len().saturating_mul(8);
    Ok(bits.saturating_sub(usize::try_from(unused).unwrap_or(0)))
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA of {bits} bits"),
            Self::Ec { curve } => write!(f, "EC on the curve {}", Named(curve)),
            Self::Other(algorithm) => write!(f, "{}", Named(algorithm)),
        }
    }
}

/// An object identifier by its name, where there is one.
struct Named<'a>(&'a ObjectIdentifier);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DB.by_oid(self.0) {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}
