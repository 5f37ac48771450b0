//! nom, with errors that know where they happened.

use nom::IResult;
use nom::error::ErrorKind;

use crate::error::{ParseError, ParseErrorKind};

/// What a grammar rule yields: the bytes behind it and its value.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Fault>;

/// An error as nom carries it: how much input was left, and what is wrong.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    remaining: usize,
    kind: ParseErrorKind,
}

/// Fails at `input`.
pub(crate) fn fail<T>(input: &[u8], kind: ParseErrorKind) -> Parsed<'_, T> {
    Err(nom::Err::Error(Fault {
        remaining: input.len(),
        kind,
    }))
}

/// Runs a rule over the whole of `input`.
pub(crate) fn run<'a, T>(
    rule: impl FnOnce(&'a [u8]) -> Parsed<'a, T>,
    input: &'a [u8],
) -> Result<T, ParseError> {
    match rule(input) {
        Ok((_, value)) => Ok(value),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(ParseError::new(
            input.len().saturating_sub(fault.remaining),
            fault.kind,
        )),
        Err(nom::Err::Incomplete(_)) => {
            Err(ParseError::new(input.len(), ParseErrorKind::Truncated))
        }
    }
}

impl nom::error::ParseError<&[u8]> for Fault {
    fn from_error_kind(input: &[u8], _: ErrorKind) -> Self {
        // The rules here use number and take parsers alone: they fail on short input only.
        Self {
            remaining: input.len(),
            kind: ParseErrorKind::Truncated,
        }
    }

    fn append(_: &[u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}
