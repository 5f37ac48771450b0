//! What a server has to know of a certificate (RFC 5280, section 4.1).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::pkcs12::ber::{Malformed, Reader, tag};

/// The parts of a certificate that decide its place in a chain and how long it may be used.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// Distinguished names, encoded.
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        let mut certificate = Reader::new(der).enter(tag::SEQUENCE)?;
        let mut fields = certificate.enter(tag::SEQUENCE)?;
        fields.optional(tag::CONTEXT_0)?; // version
        fields.expect(tag::INTEGER)?; // serialNumber
        fields.expect(tag::SEQUENCE)?; // signature
        let issuer = fields.expect(tag::SEQUENCE)?;
        let mut validity = fields.enter(tag::SEQUENCE)?;
        let subject = fields.expect(tag::SEQUENCE)?;
        Ok(Self {
            issuer,
            subject,
            not_before: time(&mut validity)?,
            not_after: time(&mut validity)?,
        })
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }
}

/// `Time`, which is in UTC, to the second (RFC 5280, section 4.1.2.5). Times before 1970 count as
/// 1970.
fn time(reader: &mut Reader<'_>) -> Result<SystemTime, Malformed> {
    let element = reader.any()?;
    let year_digits = match element.tag {
        tag::UTC_TIME => 2,
        tag::GENERALIZED_TIME => 4,
        _ => return Err(Malformed),
    };
    let digits = element.content.strip_suffix(b"Z").ok_or(Malformed)?;
    let (year, rest) = digits.split_at_checked(year_digits).ok_or(Malformed)?;
    let year = match (year_digits, number(year)?) {
        (2, year @ 0..50) => year.saturating_add(2000),
        (2, year) => year.saturating_add(1900),
        (_, year) => year,
    };
    let ([month, day, hour, minute, second], []) = rest.as_chunks::<2>() else {
        return Err(Malformed);
    };
    let days = days_since_1970(year, number(month)?, number(day)?).ok_or(Malformed)?;
    let seconds = [
        (days, 86_400),
        (number(hour)?, 3_600),
        (number(minute)?, 60),
        (number(second)?, 1),
    ]
    .into_iter()
    .try_fold(0u64, |sum, (count, unit)| {
        sum.checked_add(count.checked_mul(unit)?)
    })
    .ok_or(Malformed)?;
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .ok_or(Malformed)
}

fn number(digits: &[u8]) -> Result<u64, Malformed> {
    digits.iter().try_fold(0u64, |number, digit| match digit {
        b'0'..=b'9' => Ok(number
            .saturating_mul(10)
            .saturating_add(u64::from(digit & 0x0F))),
        _ => Err(Malformed),
    })
}

fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    const BEFORE_MONTH: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let before_month = BEFORE_MONTH.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let is_leap_year =
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let leap_day = u64::from(is_leap_year && month > 2);
    let since_1970 = year.saturating_sub(1970);
    let leap_days = leap_years_before(year).saturating_sub(leap_years_before(1970));
    [
        since_1970.checked_mul(365)?,
        leap_days,
        *before_month,
        leap_day,
        day.checked_sub(1)?,
    ]
    .into_iter()
    .try_fold(0, u64::checked_add)
}

fn leap_years_before(year: u64) -> u64 {
    let years = year.saturating_sub(1);
    (years / 4)
        .saturating_sub(years / 100)
        .saturating_add(years / 400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(tag: u8, text: &str) -> Option<u64> {
        let mut element = vec![tag, u8::try_from(text.len()).unwrap()];
        element.extend_from_slice(text.as_bytes());
        let time = time(&mut Reader::new(&element)).ok()?;
        Some(time.duration_since(UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn times() {
        assert_eq!(seconds(tag::UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(seconds(tag::UTC_TIME, "000301000000Z"), Some(951_868_800));
        assert_eq!(seconds(tag::UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(
            seconds(tag::GENERALIZED_TIME, "20500101000000Z"),
            Some(2_524_608_000)
        );
        assert_eq!(
            seconds(tag::GENERALIZED_TIME, "99991231235959Z"),
            Some(253_402_300_799)
        );
        assert_eq!(seconds(tag::UTC_TIME, "500101000000Z"), Some(0));
    }

    #[test]
    fn broken_times() {
        for text in [
            "",
            "Z",
            "700101000000",
            "7001010000Z",
            "70010100000aZ",
            "701301000000Z",
            "700100000000Z",
        ] {
            assert_eq!(seconds(tag::UTC_TIME, text), None, "{text:?}");
        }
    }
}
