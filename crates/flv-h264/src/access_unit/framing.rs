use crate::h264::annex_b::{AnnexBUnits, START_CODE, starts_with_start_code};
use crate::h264::length_prefixed::{LengthSize, NalError, NalUnits};
use crate::h264::nal_unit::NalUnit;

use super::survey::Survey;

/// How the NAL units of a message are told apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    LengthPrefixed(LengthSize),
    AnnexB,
    /// Lengths, and behind a length one or more units with start codes.
    AnnexBBehindLengths(LengthSize),
}

impl Framing {
    pub(super) fn units(self, body: &[u8]) -> Units<'_> {
        match self {
            Self::LengthPrefixed(size) => Units::LengthPrefixed(NalUnits::new(body, size)),
            Self::AnnexB => Units::AnnexB(AnnexBUnits::new(body)),
            Self::AnnexBBehindLengths(size) => Units::AnnexBBehindLengths {
                outer: NalUnits::new(body, size),
                inner: AnnexBUnits::new(&[]),
            },
        }
    }
}

/// The NAL units of a message, up to where they cannot be told apart any more.
#[derive(Clone, Debug)]
pub(super) enum Units<'a> {
    LengthPrefixed(NalUnits<'a>),
    AnnexB(AnnexBUnits<'a>),
    AnnexBBehindLengths {
        outer: NalUnits<'a>,
        inner: AnnexBUnits<'a>,
    },
}

impl<'a> Iterator for Units<'a> {
    type Item = NalUnit<'a>;

    fn next(&mut self) -> Option<NalUnit<'a>> {
        match self {
            Self::LengthPrefixed(units) => units.next()?.ok(),
            Self::AnnexB(units) => units.next(),
            Self::AnnexBBehindLengths { outer, inner } => loop {
                if let Some(unit) = inner.next() {
                    return Some(unit);
                }
                match outer.next()?.ok()? {
                    NalUnit(bytes) if starts_with_start_code(bytes) => {
                        *inner = AnnexBUnits::new(bytes);
                    }
                    unit => return Some(unit),
                }
            },
        }
    }
}

/// Surveys a message, finding out how its NAL units are framed.
///
/// The rule is lengths. Only what begins with a start code and whose lengths do not tile it is
/// Annex B; where both would do, `annex_b_before` decides, the framing of the message before. A
/// tail too short for a length is left out.
pub(super) fn recognise(
    body: &[u8],
    length_size: LengthSize,
    annex_b_before: bool,
) -> Result<(Framing, Survey), NalError> {
    let start_code = starts_with_start_code(body);
    if start_code && annex_b_before {
        return Ok((Framing::AnnexB, annex_b(body)));
    }
    let mut survey = Survey {
        in_place: length_size == LengthSize::FOUR,
        ..Survey::default()
    };
    for unit in NalUnits::new(body, length_size) {
        match unit {
            Ok(unit) => survey.add(unit),
            Err(_) if start_code => return Ok((Framing::AnnexB, annex_b(body))),
            Err(NalError::TruncatedLength { .. }) if survey.units > 0 => break,
            Err(error) => return Err(error),
        }
    }
    if survey.wrapped {
        let framing = Framing::AnnexBBehindLengths(length_size);
        let mut survey = Survey::default();
        framing.units(body).for_each(|unit| survey.add(unit));
        return Ok((framing, survey));
    }
    Ok((Framing::LengthPrefixed(length_size), survey))
}

fn annex_b(body: &[u8]) -> Survey {
    let mut survey = Survey {
        in_place: true,
        ..Survey::default()
    };
    for unit in AnnexBUnits::new(body) {
        let from_here = body.get(survey.length..).unwrap_or_default();
        survey.in_place &= from_here.starts_with(&START_CODE);
        survey.add(unit);
    }
    survey
}
