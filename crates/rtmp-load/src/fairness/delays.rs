//! How long frames took.

use std::time::Duration;

/// From sending to delivery, of every frame that was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Delays {
    delivered: Vec<Duration>,
    /// Frames that never came.
    pub(super) lost: usize,
}

impl Delays {
    pub(super) fn new(mut delivered: Vec<Duration>, lost: usize) -> Delays {
        delivered.sort_unstable();
        Delays { delivered, lost }
    }

    pub(super) fn frames(&self) -> usize {
        self.delivered.len() + self.lost
    }

    /// So large a part of the frames took no longer. Zero if there were none.
    pub(super) fn quantile(&self, part: f64) -> Duration {
        let rank = (self.delivered.len() as f64 * part).ceil() as usize;
        let place = rank.clamp(1, self.delivered.len().max(1)) - 1;
        self.delivered.get(place).copied().unwrap_or_default()
    }

    pub(super) fn longest(&self) -> Duration {
        self.quantile(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_frames() {
        let milliseconds = |count: u64| (1..=count).rev().map(Duration::from_millis).collect();
        let delays = Delays::new(milliseconds(200), 1);
        assert_eq!(delays.frames(), 201);
        assert_eq!(delays.quantile(0.5), Duration::from_millis(100));
        assert_eq!(delays.quantile(0.99), Duration::from_millis(198));
        assert_eq!(delays.longest(), Duration::from_millis(200));
        assert_eq!(Delays::default().longest(), Duration::ZERO);
    }
}
