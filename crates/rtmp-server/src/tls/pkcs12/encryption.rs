//! Password-based decryption (RFC 7292, appendix C; RFC 8018, section 6.2).

use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use const_oid::ObjectIdentifier;
use der::asn1::OctetStringRef;
use des::TdesEde3;
use pkcs5::pbes2::{self, Pbkdf2Prf};
use pkcs12::cms::cert::x509::spki::AlgorithmIdentifierOwned;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use pkcs12::pbe_params::{Pbes2Params, Pkcs12PbeParams};
use rc2::Rc2;
use sha1::Sha1;

use super::Error;
use super::password::{Budget, Password};

/// The block size of DES and RC2, in octets.
const LEGACY_BLOCK: usize = 8;

/// Decrypts `ciphertext`. Whoever gets the password wrong gets [`Error::WrongPassword`], or once in
/// 256 times nonsense.
pub(super) fn decrypt(
    algorithm: &AlgorithmIdentifierOwned,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    if algorithm.oid == pbes2::PBES2_OID {
        return decrypt_pbes2(algorithm, ciphertext, password, budget);
    }
    let cipher = LegacyCipher::of(algorithm.oid)?;
    let parameters = algorithm.parameters.as_ref().ok_or(Error::Malformed)?;
    let parameters = parameters.decode_as::<Pkcs12PbeParams>()?;
    decrypt_legacy(cipher, &parameters, ciphertext, password, budget)
}

fn decrypt_pbes2(
    algorithm: &AlgorithmIdentifierOwned,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let parameters = algorithm.parameters.as_ref().ok_or(Error::Malformed)?;
    check_initial_value(&parameters.decode_as()?)?;
    let parameters = parameters.decode_as::<pbes2::Parameters>()?;
    let Some(derivation) = parameters.kdf.pbkdf2() else {
        return Err(Error::Unsupported(parameters.kdf.oid()));
    };
    // A key of up to 32 octets takes two blocks of a shorter hash, and one of the others.
    let blocks = match derivation.prf {
        Pbkdf2Prf::HmacWithSha1 | Pbkdf2Prf::HmacWithSha224 => 2,
        _ => 1,
    };
    budget.spend(derivation.iteration_count, blocks)?;
    parameters
        .decrypt(&password.utf8, ciphertext)
        .map_err(|error| match error {
            pkcs5::Error::DecryptFailed => Error::WrongPassword,
            pkcs5::Error::UnsupportedAlgorithm { oid } => Error::Unsupported(oid),
            _ => Error::Malformed,
        })
}

/// `pkcs5` 0.8.1 panics at an initial value for triple DES that is too short.
fn check_initial_value(parameters: &Pbes2Params) -> Result<(), Error> {
    if parameters.encryption.oid != pbes2::DES_EDE3_CBC_OID {
        return Ok(());
    }
    let initial_value = parameters.encryption.parameters.as_ref();
    let initial_value = initial_value
        .ok_or(Error::Malformed)?
        .decode_as::<&OctetStringRef>()?;
    if initial_value.as_bytes().len() == LEGACY_BLOCK {
        Ok(())
    } else {
        Err(Error::Malformed)
    }
}

/// A cipher of RFC 7292, appendix C.
#[derive(Copy, Clone)]
enum LegacyCipher {
    TripleDes,
    Rc2 { key_octets: usize },
}

impl LegacyCipher {
    fn of(identifier: ObjectIdentifier) -> Result<Self, Error> {
        match identifier {
            pkcs12::PKCS_12_PBE_WITH_SHAAND3_KEY_TRIPLE_DES_CBC => Ok(Self::TripleDes),
            pkcs12::PKCS_12_PBE_WITH_SHAAND128_BIT_RC2_CBC => Ok(Self::Rc2 { key_octets: 16 }),
            pkcs12::PKCS_12_PBEWITH_SHAAND40_BIT_RC2_CBC => Ok(Self::Rc2 { key_octets: 5 }),
            other => Err(Error::Unsupported(other)),
        }
    }

    fn key_octets(self) -> usize {
        match self {
            Self::TripleDes => 24,
            Self::Rc2 { key_octets } => key_octets,
        }
    }
}

fn decrypt_legacy(
    cipher: LegacyCipher,
    parameters: &Pkcs12PbeParams,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let iterations = parameters.iterations;
    // Two blocks of SHA-1 are the longest key, one is the initial value.
    budget.spend(iterations.try_into().map_err(|_| Error::Malformed)?, 3)?;
    let salt = parameters.salt.as_bytes();
    let derive =
        |purpose, length| derive_key::<Sha1>(&password.bmp, salt, purpose, iterations, length);
    let key = derive(Pkcs12KeyType::EncryptionKey, cipher.key_octets());
    let initial_value = derive(Pkcs12KeyType::Iv, LEGACY_BLOCK);
    match cipher {
        LegacyCipher::TripleDes => {
            let cipher = TdesEde3::new_from_slice(&key).map_err(|_| Error::Malformed)?;
            decrypt_cbc(cipher, &initial_value, ciphertext)
        }
        LegacyCipher::Rc2 { key_octets } => {
            let cipher = Rc2::new_with_eff_key_len(&key, key_octets.saturating_mul(8));
            decrypt_cbc(cipher, &initial_value, ciphertext)
        }
    }
}

fn decrypt_cbc<C: BlockCipherDecrypt>(
    cipher: C,
    initial_value: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, Error> {
    Decryptor::inner_iv_slice_init(cipher, initial_value)
        .map_err(|_| Error::Malformed)?
        .decrypt_padded_vec::<Pkcs7>(ciphertext)
        .map_err(|_| Error::WrongPassword)
}

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    #[test]
    fn initial_values_for_triple_des_have_eight_octets() {
        for length in 0..=u8::try_from(LEGACY_BLOCK).unwrap() + 1 {
            let derivation = b"\x30\x14\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0C\x30\x07\x04\x02ab\x02\x01\x01";
            let mut encryption = vec![0x30, 12 + length];
            encryption.extend(b"\x06\x08\x2A\x86\x48\x86\xF7\x0D\x03\x07\x04");
            encryption.push(length);
            encryption.extend(vec![0; length.into()]);
            let mut algorithm =
                b"\x30\x00\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0D\x30".to_vec();
            algorithm.push(u8::try_from(derivation.len() + encryption.len()).unwrap());
            algorithm.extend(derivation);
            algorithm.extend(encryption);
            algorithm[1] = u8::try_from(algorithm.len() - 2).unwrap();
            let algorithm = AlgorithmIdentifierOwned::from_der(&algorithm).unwrap();

            let [password] = &Password::forms("secret")[..] else {
                unreachable!()
            };
            let mut budget = Budget::FILE;
            let opened = decrypt(&algorithm, &[0; 8], password, &mut budget);
            let expected = match usize::from(length) {
                LEGACY_BLOCK => Error::WrongPassword,
                _ => Error::Malformed,
            };
            assert_eq!(opened, Err(expected), "{length} octets");
        }
    }
}
