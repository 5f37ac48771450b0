//! Raw byte sequence payloads, read bit by bit (H.264 sections 7.2 and 9.1).

use super::unit::NalUnit;
use crate::error::{ParseError, ParseErrorKind};

/// Reads the bits behind a NAL unit header, leaving out emulation prevention bytes as it goes.
#[derive(Clone, Debug)]
pub(crate) struct RbspReader<'a> {
    /// The whole unit.
    bytes: &'a [u8],
    position: usize,
    /// Zero bytes directly in front of `position`.
    zeros: u8,
    current: u8,
    bits_left: u8,
}

/// Section 7.3.1 names the byte.
const EMULATION_PREVENTION_THREE_BYTE: u8 = 3;

impl<'a> RbspReader<'a> {
    /// Of a unit with a header of so many bytes.
    pub(crate) const fn new(unit: NalUnit<'a>, header: usize) -> Self {
        Self {
            bytes: unit.bytes(),
            position: header,
            zeros: 0,
            current: 0,
            bits_left: 0,
        }
    }

    /// Something is wrong at the byte that was read last.
    pub(crate) const fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError::new(self.position.saturating_sub(1), kind)
    }

    /// u(1), as a flag.
    pub(crate) fn flag(&mut self) -> Result<bool, ParseError> {
        if self.bits_left == 0 {
            self.current = self.next_byte()?;
            self.bits_left = 8;
        }
        self.bits_left = self.bits_left.saturating_sub(1);
        Ok(self.current >> self.bits_left & 1 == 1)
    }

    /// u(n), n at most 32.
    pub(crate) fn bits(&mut self, count: u32) -> Result<u32, ParseError> {
        (0..count).try_fold(0, |value, _| Ok(value << 1 | u32::from(self.flag()?)))
    }

    /// u(8).
    pub(crate) fn byte(&mut self) -> Result<u8, ParseError> {
        match self.bits_left {
            0 => self.next_byte(),
            _ => (0..8).try_fold(0, |value, _| Ok(value << 1 | u8::from(self.flag()?))),
        }
    }

    /// ue(v), section 9.1.
    pub(crate) fn ue(&mut self) -> Result<u32, ParseError> {
        let mut leading_zero_bits = 0_u32;
        while !self.flag()? {
            leading_zero_bits = leading_zero_bits.saturating_add(1);
            if leading_zero_bits > 31 {
                return Err(self.error(ParseErrorKind::OutOfRange));
            }
        }
        let suffix = self.bits(leading_zero_bits)?;
        Ok((1_u32 << leading_zero_bits)
            .wrapping_sub(1)
            .wrapping_add(suffix))
    }

    /// se(v), section 9.1.1.
    pub(crate) fn se(&mut self) -> Result<i32, ParseError> {
        let code = self.ue()?;
        let magnitude = (code.div_ceil(2)) as i32;
        Ok(match code % 2 {
            1 => magnitude,
            _ => magnitude.wrapping_neg(),
        })
    }

    /// ue(v) with a largest value.
    pub(crate) fn ue_up_to(&mut self, max: u32) -> Result<u32, ParseError> {
        let value = self.ue()?;
        match value <= max {
            true => Ok(value),
            false => Err(self.error(ParseErrorKind::OutOfRange)),
        }
    }

    /// `more_rbsp_data()`: whether anything but `rbsp_trailing_bits` is left.
    pub(crate) fn more_data(&self) -> bool {
        let mut ahead = self.clone();
        match ahead.flag() {
            Err(_) => false,
            Ok(false) => true,
            Ok(true) => loop {
                match ahead.flag() {
                    Ok(true) => return true,
                    Ok(false) => {}
                    Err(_) => return false,
                }
            },
        }
    }

    fn next_byte(&mut self) -> Result<u8, ParseError> {
        if self.zeros >= 2 && self.peek()? == EMULATION_PREVENTION_THREE_BYTE {
            self.position = self.position.saturating_add(1);
            self.zeros = 0;
        }
        let byte = self.peek()?;
        self.position = self.position.saturating_add(1);
        self.zeros = match byte {
            0 => self.zeros.saturating_add(1),
            _ => 0,
        };
        Ok(byte)
    }

    fn peek(&self) -> Result<u8, ParseError> {
        match self.bytes.get(self.position) {
            Some(byte) => Ok(*byte),
            None => Err(ParseError::new(
                self.position.min(self.bytes.len()),
                ParseErrorKind::Truncated,
            )),
        }
    }
}
