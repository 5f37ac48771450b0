//! What a server has to know of a certificate (RFC 5280, section 4.1).

use std::time::{SystemTime, UNIX_EPOCH};

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagMode, TagNumber, Tagged};
use pkcs12::cms::cert::x509::time::Time;

use super::partial::enter;

/// The parts of a certificate that decide its place in a chain and how long it may be used. Nothing
/// else is read: it is for the peer to find fault with the rest.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// Distinguished names, encoded.
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut certificate = enter(&mut SliceReader::new(der)?)?;
        let mut fields = enter(&mut certificate)?;
        fields.context_specific::<u8>(TagNumber(0), TagMode::Explicit)?; // version
        fields.tlv_bytes()?; // serialNumber
        fields.tlv_bytes()?; // signature
        let issuer = fields.tlv_bytes()?;
        let mut validity = enter(&mut fields)?;
        let not_before = read_time(&mut validity)?;
        let not_after = read_time(&mut validity)?;
        let subject = fields.tlv_bytes()?;
        Ok(Self {
            issuer,
            subject,
            not_before,
            not_after,
        })
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }
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
