//! What a server has to know of a certificate (RFC 5280, section 4.1).

use std::time::{SystemTime, UNIX_EPOCH};

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagMode, TagNumber, Tagged};
use pkcs12::cms::cert::x509::time::{Time, Validity};

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
        let validity: Validity = fields.decode()?;
        let subject = fields.tlv_bytes()?;
        Ok(Self {
            issuer,
            subject,
            not_before: system_time(validity.not_before),
            not_after: system_time(validity.not_after),
        })
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }
}

/// A reader of the content of a sequence. Unlike [`Reader::sequence`] it need not be read to the end.
fn enter<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    let sequence = AnyRef::decode(reader)?;
    sequence.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(sequence.value())
}

/// Times before 1970, which the crate refuses, are none that a certificate has.
fn system_time(time: Time) -> SystemTime {
    UNIX_EPOCH
        .checked_add(time.to_unix_duration())
        .unwrap_or(UNIX_EPOCH)
}
