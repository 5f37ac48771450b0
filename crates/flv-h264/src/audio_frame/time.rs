/// The time at which samples of a message begin, on the encoder's clock.
#[derive(Copy, Clone, Debug)]
pub(super) struct MessageTime {
    pub(super) timestamp_ms: u32,
    /// 0..=999 999.
    pub(super) nanos: u32,
}

const NANOS_PER_MS: u64 = 1_000_000;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

impl MessageTime {
    /// So many samples later: milliseconds, which wrap, and nanoseconds.
    pub(super) fn behind(self, samples: u64, sample_rate: u32) -> (u32, u32) {
        let later = samples
            .saturating_mul(NANOS_PER_SECOND)
            .checked_div(sample_rate.into())
            .unwrap_or_default()
            .saturating_add(self.nanos.into());
        let ms = self
            .timestamp_ms
            .wrapping_add((later / NANOS_PER_MS) as u32);
        (ms, (later % NANOS_PER_MS) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::MessageTime;

    #[test]
    fn times_within_a_message_follow_from_the_samples() {
        let time = MessageTime {
            timestamp_ms: u32::MAX,
            nanos: 900_000,
        };
        assert_eq!(time.behind(0, 44_100), (u32::MAX, 900_000));
        assert_eq!(time.behind(1024, 44_100), (23, 119_954));
        assert_eq!(time.behind(8000 * 60, 8000), (59_999, 900_000));
    }

    #[test]
    fn without_a_rate_there_is_no_later() {
        let time = MessageTime {
            timestamp_ms: 5,
            nanos: 0,
        };
        assert_eq!(time.behind(1024, 0), (5, 0));
    }
}
