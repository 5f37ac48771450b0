//! What a server has to know of a certificate (RFC 5280, section 4.1).

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{
    ANY_EXTENDED_KEY_USAGE, DSA_WITH_SHA_1, ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE,
    ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME, ID_KP_SERVER_AUTH, MD_2_WITH_RSA_ENCRYPTION,
    MD_5_WITH_RSA_ENCRYPTION, SHA_1_WITH_RSA_ENCRYPTION,
};
use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag, TagMode, TagNumber, Tagged};
use pkcs12::cms::cert::x509::time::Time;

use super::partial::enter;

/// The parts of a certificate that decide its place in a chain and how long it may be used. Nothing
/// else is read: it is for the peer to find fault with the rest.
pub(super) struct Certificate<'a> {
    /// Distinguished names, encoded.
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
    /// `AlgorithmIdentifier` of the signature.
    signature: &'a [u8],
    /// The rest of `TBSCertificate` behind the public key.
    behind_key: SliceReader<'a>,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut certificate = enter(&mut SliceReader::new(der)?)?;
        let mut fields = enter(&mut certificate)?;
        fields.context_specific::<u8>(TagNumber(0), TagMode::Explicit)?; // version
        fields.tlv_bytes()?; // serialNumber
        let signature = fields.tlv_bytes()?;
        let issuer = fields.tlv_bytes()?;
        let mut validity = enter(&mut fields)?;
        let not_before = read_time(&mut validity)?;
        let not_after = read_time(&mut validity)?;
        let subject = fields.tlv_bytes()?;
        fields.tlv_bytes()?; // subjectPublicKeyInfo
        Ok(Self {
            issuer,
            subject,
            not_before,
            not_after,
            signature,
            behind_key: fields,
        })
    }

    /// What publishers may find fault with, in a server's certificate.
    pub(super) fn faults(&self) -> Vec<IdentityWarning> {
        let extensions = self.extensions().unwrap_or_default();
        let value = |id| {
            let mut found = extensions.iter().filter(|extension| extension.id == id);
            found.next().map(|extension| extension.value)
        };
        let faults = [
            (
                value(ID_CE_BASIC_CONSTRAINTS).is_some_and(|value| is_ca(value) == Ok(true)),
                IdentityWarning::Authority,
            ),
            (
                value(ID_CE_EXT_KEY_USAGE).is_some_and(|value| is_for_servers(value) == Ok(false))
                    || value(ID_CE_KEY_USAGE).is_some_and(|value| may_sign(value) == Ok(false)),
                IdentityWarning::NotForServers,
            ),
            (
                value(ID_CE_SUBJECT_ALT_NAME).is_none(),
                IdentityWarning::NoAlternativeName,
            ),
            (
                self.is_signed_weakly() == Ok(true),
                IdentityWarning::WeakSignature,
            ),
        ];
        let faults = faults.into_iter().filter(|(is_there, _)| *is_there);
        faults.map(|(_, fault)| fault).collect()
    }

    /// MD2, MD5 or SHA-1, whose collisions can be computed.
    fn is_signed_weakly(&self) -> der::Result<bool> {
        const ECDSA_WITH_SHA_1: ObjectIdentifier =
            ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
        const WEAK: [ObjectIdentifier; 5] = [
            MD_2_WITH_RSA_ENCRYPTION,
            MD_5_WITH_RSA_ENCRYPTION,
            SHA_1_WITH_RSA_ENCRYPTION,
            ECDSA_WITH_SHA_1,
            DSA_WITH_SHA_1,
        ];
        let mut algorithm = enter(&mut SliceReader::new(self.signature)?)?;
        Ok(WEAK.contains(&algorithm.decode()?))
    }

    /// Section 4.1: an explicit context-specific tag 3, behind what hardly any certificate has.
    fn extensions(&self) -> der::Result<Vec<Extension<'a>>> {
        let mut fields = self.behind_key.clone();
        while !fields.is_finished() {
            let field = AnyRef::decode(&mut fields)?;
            if field.tag().number() == TagNumber(3) {
                let mut list = enter(&mut SliceReader::new(field.value())?)?;
                let mut extensions = Vec::new();
                while !list.is_finished() {
                    extensions.push(Extension::read(&mut list)?);
                }
                return Ok(extensions);
            }
        }
        Ok(Vec::new())
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }
}

/// An extension (RFC 5280, section 4.2).
struct Extension<'a> {
    id: ObjectIdentifier,
    value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn read(reader: &mut SliceReader<'a>) -> der::Result<Self> {
        let mut fields = enter(reader)?;
        let id = fields.decode()?;
        if Tag::peek(&fields)? == Tag::Boolean {
            fields.tlv_bytes()?; // critical
        }
        let value = fields.decode::<&OctetStringRef>()?.as_bytes();
        Ok(Self { id, value })
    }
}

/// Whether `BasicConstraints` (section 4.2.1.9) are those of an authority.
fn is_ca(value: &[u8]) -> der::Result<bool> {
    let mut fields = enter(&mut SliceReader::new(value)?)?;
    // False is left out.
    Ok(!fields.is_finished() && Tag::peek(&fields)? == Tag::Boolean && fields.decode()?)
}

/// Whether `ExtKeyUsageSyntax` (section 4.2.1.12) has TLS servers in it.
fn is_for_servers(value: &[u8]) -> der::Result<bool> {
    let mut purposes = enter(&mut SliceReader::new(value)?)?;
    while !purposes.is_finished() {
        let purpose: ObjectIdentifier = purposes.decode()?;
        if [ID_KP_SERVER_AUTH, ANY_EXTENDED_KEY_USAGE].contains(&purpose) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether `KeyUsage` (section 4.2.1.3) allows digital signatures, with which servers prove in all but the oldest
/// handshakes that the key is theirs.
fn may_sign(value: &[u8]) -> der::Result<bool> {
    const DIGITAL_SIGNATURE: u8 = 0x80;
    let usage = BitStringRef::from_der(value)?;
    let first = usage.raw_bytes().first();
    Ok(first.is_some_and(|first| first & DIGITAL_SIGNATURE != 0))
}

/// A time (RFC 5280, section 4.1.2.5). One before 1970, which the crate refuses, is past all the same:
/// it counts as 1970.
fn read_time(reader: &mut SliceReader<'_>) -> der::Result<SystemTime> {
    let time = reader.tlv_bytes()?;
    if is_before_1970(AnyRef::from_der(time)?) {
        return Ok(UNIX_EPOCH);
    }
    let since_1970 = Time::from_der(time)?.to_unix_duration();
    Ok(UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH))
}

/// Judged by the year, of which `UTCTime` has two digits: from 50 on they are those of 1950.
fn is_before_1970(time: AnyRef<'_>) -> bool {
    let digits = time.value();
    match time.tag() {
        Tag::UtcTime => digits
            .first_chunk::<2>()
            .is_some_and(|year| (b"50"..b"70").contains(&year)),
        Tag::GeneralizedTime => digits.first_chunk::<4>().is_some_and(|year| year < b"1970"),
        _ => false,
    }
}

/// What speaks against an identity, but not so much that it cannot be used.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityWarning {
    /// The certificate has expired: most publishers will refuse it.
    Expired,
    /// The certificate is not valid yet: most publishers will refuse it.
    NotYetValid,
    /// The certificate is that of an authority (CA:TRUE): some publishers refuse it as that of a
    /// server.
    Authority,
    /// The certificate is made for something else than TLS servers: many publishers will refuse it.
    NotForServers,
    /// The certificate names no host in its subjectAltName: many publishers look nowhere else.
    NoAlternativeName,
    /// The certificate is signed with MD5 or SHA-1: many publishers will refuse it.
    WeakSignature,
}

impl fmt::Display for IdentityWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the certificate has expired; most publishers will refuse it",
            Self::NotYetValid => "the certificate is not valid yet; most publishers will refuse it",
            Self::Authority => {
                "the certificate is that of an authority (CA:TRUE); some publishers will refuse it"
            }
            Self::NotForServers => {
                "the certificate is made for something else than TLS servers (its key usage); many \
                 publishers will refuse it"
            }
            Self::NoAlternativeName => {
                "the certificate names no host in its subjectAltName; many publishers will refuse it"
            }
            Self::WeakSignature => {
                "the certificate is signed with MD5 or SHA-1; many publishers will refuse it"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_before_1970_counts_as_1970() {
        let tagged = |tag: u8, time: &[u8]| [&[tag, time.len().try_into().unwrap()], time].concat();
        let read = |tag, time: &[u8]| read_time(&mut SliceReader::new(&tagged(tag, time)).unwrap());
        let utc = |time| read(23, time);
        let generalized = |time| read(24, time);

        let since_1970 = |seconds| Ok(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(utc(b"500101000000Z"), since_1970(0));
        assert_eq!(utc(b"691231235959Z"), since_1970(0));
        assert_eq!(utc(b"700101000001Z"), since_1970(1));
        assert_eq!(utc(b"490101000000Z"), since_1970(2_493_072_000));
        assert_eq!(generalized(b"00000101000000Z"), since_1970(0));
        assert_eq!(generalized(b"19691231235959Z"), since_1970(0));
        assert_eq!(generalized(b"19700101000001Z"), since_1970(1));

        utc(b"5").expect_err("no year");
        generalized(b"196").expect_err("no year");
        utc(b"701301000000Z").expect_err("no month");
    }
}
