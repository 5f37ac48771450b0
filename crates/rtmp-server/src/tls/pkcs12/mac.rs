//! The message authentication code that tells whether a password is right (RFC 7292, section 5.1).

use const_oid::db::rfc5912::{ID_SHA_1, ID_SHA_256, ID_SHA_384, ID_SHA_512};
use hmac::digest::block_api::EagerHash;
use hmac::digest::{FixedOutputReset, OutputSizeUser};
use hmac::{Hmac, KeyInit, Mac};
use pkcs12::MacData;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::Error;
use super::password::{Budget, Password};

pub(super) fn verify(
    mac: &MacData,
    authenticated: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<(), Error> {
    let verify = match mac.mac.algorithm.oid {
        ID_SHA_1 => verify_with::<Sha1>,
        ID_SHA_256 => verify_with::<Sha256>,
        ID_SHA_384 => verify_with::<Sha384>,
        ID_SHA_512 => verify_with::<Sha512>,
        other => return Err(Error::Unsupported(other)),
    };
    budget.spend(mac.iterations.try_into().map_err(|_| Error::Malformed)?, 1)?;
    verify(mac, authenticated, password)
}

fn verify_with<D>(mac: &MacData, authenticated: &[u8], password: &Password) -> Result<(), Error>
where
    D: Digest + EagerHash + FixedOutputReset,
    Hmac<D>: Mac + KeyInit,
{
    let key = derive_key::<D>(
        &password.bmp,
        mac.mac_salt.as_bytes(),
        Pkcs12KeyType::Mac,
        mac.iterations,
        <D as OutputSizeUser>::output_size(),
    );
    <Hmac<D> as KeyInit>::new_from_slice(&key)
        .map_err(|_| Error::Malformed)?
        .chain_update(authenticated)
        .verify_slice(mac.mac.digest.as_bytes())
        .map_err(|_| Error::WrongPassword)
}
