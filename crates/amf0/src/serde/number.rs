//! Integers as AMF0 numbers. Within ±2⁵³ every integer is a number of its own; beyond, some would
//! become others.

const EXACT: u64 = 1 << 53;

/// The number for an integer.
#[expect(clippy::cast_precision_loss, reason = "the range is checked")]
pub(super) fn exact(integer: i128) -> Option<f64> {
    (integer.unsigned_abs() <= EXACT.into()).then_some(integer as f64)
}

/// The integer that a number is. Negative zero is none: it would lose its sign.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the result is compared with what it came from"
)]
pub(super) fn whole(number: f64) -> Option<i64> {
    let whole = number as i64;
    let same = (whole as f64).to_bits() == number.to_bits();
    (same && whole.unsigned_abs() <= EXACT).then_some(whole)
}
