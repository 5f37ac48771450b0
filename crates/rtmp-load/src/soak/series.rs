//! A figure over time.

use crate::median::median;

/// What was measured of it, in the order of time.
#[derive(Debug)]
pub(super) struct Series(Vec<u64>);

impl Series {
    pub(super) fn new(values: impl Iterator<Item = u64>) -> Series {
        Series(values.collect())
    }

    pub(super) fn first(&self) -> u64 {
        self.0.first().copied().unwrap_or_default()
    }

    pub(super) fn last(&self) -> u64 {
        self.0.last().copied().unwrap_or_default()
    }

    pub(super) fn max(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or_default()
    }

    pub(super) fn median(&self) -> u64 {
        whole_median(&self.0)
    }

    /// The median of the second quarter of the time, when all that is ever needed has been taken, and of the last.
    pub(super) fn second_and_last_quarter(&self) -> (u64, u64) {
        let quarter = |number: usize| {
            let bound = |number: usize| self.0.len() * number / 4;
            whole_median(
                self.0
                    .get(bound(number - 1)..bound(number))
                    .unwrap_or_default(),
            )
        };
        (quarter(2), quarter(4))
    }
}

/// Rounded down; 0 if there are none.
fn whole_median(values: &[u64]) -> u64 {
    median(values.iter().map(|value| *value as f64)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_of_the_time() {
        let series = Series::new([9, 9, 1, 2, 3, 9, 9, 9, 5, 6, 7, 8].into_iter());
        assert_eq!(series.second_and_last_quarter(), (3, 7));
        let series = Series::new([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4].into_iter());
        assert_eq!(series.second_and_last_quarter(), (2, 4));
        assert_eq!(
            Series::new([].into_iter()).second_and_last_quarter(),
            (0, 0)
        );
    }
}
