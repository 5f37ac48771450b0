//! Password-based decryption (RFC 7292, appendix C; RFC 8018, section 6.2).

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit, KeyIvInit};
use des::TdesEde3;
use rc2::Rc2;
use ring::{digest, pbkdf2};

use super::Error;
use super::ber::{Reader, tag};
use super::oid;
use super::password::{Budget, Password, Purpose, derive};

/// The block size of DES and RC2, in octets.
const LEGACY_BLOCK: usize = 8;

/// Decrypts `ciphertext` by the `algorithm` (an `AlgorithmIdentifier` whose content this is).
/// Whoever gets the password wrong gets [`Error::WrongPassword`], or with bad luck nonsense.
pub(super) fn decrypt(
    mut algorithm: Reader<'_>,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let identifier = algorithm.expect(tag::OBJECT_IDENTIFIER)?;
    let parameters = algorithm.enter(tag::SEQUENCE)?;
    if identifier == oid::PBES2 {
        return decrypt_pbes2(parameters, ciphertext, password, budget);
    }
    let cipher = LegacyCipher::of(identifier)?;
    decrypt_legacy(cipher, parameters, ciphertext, password, budget)
}

/// A cipher of RFC 7292, appendix C.
#[derive(Copy, Clone)]
enum LegacyCipher {
    TripleDes,
    Rc2 { key_octets: usize },
}

impl LegacyCipher {
    fn of(identifier: &[u8]) -> Result<Self, Error> {
        match identifier {
            oid::PBE_SHA1_3DES => Ok(Self::TripleDes),
            oid::PBE_SHA1_RC2_128 => Ok(Self::Rc2 { key_octets: 16 }),
            oid::PBE_SHA1_RC2_40 => Ok(Self::Rc2 { key_octets: 5 }),
            other => Err(Error::Unsupported(oid::dotted(other))),
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
    mut parameters: Reader<'_>,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let salt = parameters.octets(tag::OCTET_STRING)?;
    let iterations = parameters.unsigned()?;
    // Two blocks of SHA-1 are the longest key, one is the initial value.
    let iterations = budget.spend(iterations, 3)?;
    let derive = |purpose, length| {
        let hash = &digest::SHA1_FOR_LEGACY_USE_ONLY;
        derive(hash, password, &salt, purpose, iterations, length)
    };
    let key = derive(Purpose::EncryptionKey, cipher.key_octets());
    let initial_value = derive(Purpose::InitialValue, LEGACY_BLOCK);
    match cipher {
        LegacyCipher::TripleDes => decrypt_cbc::<TdesEde3>(&key, &initial_value, ciphertext),
        LegacyCipher::Rc2 { key_octets } => {
            let cipher = Rc2::new_with_eff_key_len(&key, key_octets.saturating_mul(8));
            let cbc = Decryptor::inner_iv_slice_init(cipher, &initial_value);
            unpad(cbc.map_err(|_| Error::Malformed)?, ciphertext)
        }
    }
}

fn decrypt_pbes2(
    mut parameters: Reader<'_>,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let mut derivation = parameters.enter(tag::SEQUENCE)?;
    let mut encryption = parameters.enter(tag::SEQUENCE)?;
    let cipher = encryption.expect(tag::OBJECT_IDENTIFIER)?;
    let initial_value = encryption.octets(tag::OCTET_STRING)?;
    let key_octets = match cipher {
        oid::DES_EDE3_CBC | oid::AES_192_CBC => 24,
        oid::AES_128_CBC => 16,
        oid::AES_256_CBC => 32,
        other => return Err(Error::Unsupported(oid::dotted(other))),
    };

    let identifier = derivation.expect(tag::OBJECT_IDENTIFIER)?;
    if identifier != oid::PBKDF2 {
        return Err(Error::Unsupported(oid::dotted(identifier)));
    }
    let pbkdf2 = Pbkdf2::read(derivation.enter(tag::SEQUENCE)?, budget)?;
    let mut key = vec![0; key_octets];
    pbkdf2::derive(
        pbkdf2.hmac,
        pbkdf2.iterations,
        &pbkdf2.salt,
        &password.utf8,
        &mut key,
    );
    match cipher {
        oid::DES_EDE3_CBC => decrypt_cbc::<TdesEde3>(&key, &initial_value, ciphertext),
        oid::AES_128_CBC => decrypt_cbc::<Aes128>(&key, &initial_value, ciphertext),
        oid::AES_192_CBC => decrypt_cbc::<Aes192>(&key, &initial_value, ciphertext),
        _ => decrypt_cbc::<Aes256>(&key, &initial_value, ciphertext),
    }
}

/// The parameters of PBKDF2 (RFC 8018, appendix A.2).
struct Pbkdf2 {
    hmac: pbkdf2::Algorithm,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

impl Pbkdf2 {
    fn read(mut parameters: Reader<'_>, budget: &mut Budget) -> Result<Self, Error> {
        let salt = parameters.octets(tag::OCTET_STRING)?.into_owned();
        let iterations = parameters.unsigned()?;
        // The length of the key is that of the cipher.
        parameters.optional(tag::INTEGER)?;
        let hmac = match parameters.optional(tag::SEQUENCE)? {
            None => oid::HMAC_SHA1,
            Some(function) => Reader::new(function).expect(tag::OBJECT_IDENTIFIER)?,
        };
        let (hmac, octets) = match hmac {
            oid::HMAC_SHA1 => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
            oid::HMAC_SHA256 => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
            oid::HMAC_SHA384 => (pbkdf2::PBKDF2_HMAC_SHA384, 48),
            oid::HMAC_SHA512 => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
            other => return Err(Error::Unsupported(oid::dotted(other))),
        };
        // A key of up to 32 octets takes two blocks of SHA-1, and one of the others.
        let iterations = budget.spend(iterations, if octets < 32 { 2 } else { 1 })?;
        Ok(Self {
            hmac,
            salt,
            iterations,
        })
    }
}

fn decrypt_cbc<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    initial_value: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, Error> {
    let cbc = Decryptor::<C>::new_from_slices(key, initial_value);
    unpad(cbc.map_err(|_| Error::Malformed)?, ciphertext)
}

fn unpad<C: BlockCipherDecrypt>(cbc: Decryptor<C>, ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
    cbc.decrypt_padded_vec::<Pkcs7>(ciphertext)
        .map_err(|_| Error::WrongPassword)
}
