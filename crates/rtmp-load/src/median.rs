//! The median.

/// The value in the middle, or half way between the two there. Not a number if there is none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (
        values.get(middle),
        values.len() % 2,
        values.get(middle.wrapping_sub(1)),
    ) {
        (Some(upper), 0, Some(lower)) => f64::midpoint(*upper, *lower),
        (Some(only), _, _) => *only,
        (None, ..) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert!(median([].into_iter()).is_nan());
    }
}
