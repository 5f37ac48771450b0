//! What a microphone's track is of.

use std::time::Duration;

use flv_h264::AudioFormat;

use crate::track::{Bounds, Medium};

/// What a piece of sound carries beside its bytes.
#[derive(Clone)]
pub(crate) struct Sound {
    pub(crate) format: AudioFormat,
    /// In every channel.
    pub(crate) samples: u32,
    /// The publisher's own clock as it came.
    pub(crate) timestamp_ms: u32,
}

impl Sound {
    /// What is kept of a microphone at most, for sessions that have yet to take it.
    pub(crate) const BOUNDS: Bounds = Bounds {
        samples: 1000,
        bytes: 4 << 20,
        duration: Duration::from_secs(2),
    };
}

impl Medium for Sound {
    const KEPT_SINCE_SYNC: bool = false;

    fn is_sync(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use flv_h264::AudioEncoding;

    use super::*;
    use crate::time::Ticks;
    use crate::track::{Budget, Deliveries, Sample, Track, WhenSlow};

    /// A frame of AAC, so many of which last 10 s.
    fn sample(number: i64) -> Sample<Sound> {
        Sample {
            data: vec![0; 300].into(),
            buffer_bytes: 300,
            time: Ticks(number * Ticks::PER_SECOND / 43),
            received: Instant::now(),
            publish: Arc::default(),
            first: number == 0,
            medium: Sound {
                format: AudioFormat {
                    encoding: AudioEncoding::Aac,
                    sample_rate: 44_100,
                    channels: 2,
                },
                samples: 1024,
                timestamp_ms: 0,
            },
        }
    }

    #[test]
    fn two_seconds_are_kept_for_who_takes_nothing_and_nothing_for_nobody() {
        let now = Instant::now();
        let track = Track::new(Sound::BOUNDS, &Budget::of_process());
        let publish = Deliveries::default();
        track.begin_publish(publish.number);
        for number in 0..430 {
            track.push(sample(number), now).expect("it is published");
        }
        assert_eq!(track.kept_bytes(), 0);
        let mut reader = track.reader(WhenSlow::HoldPublisher, now);
        assert!(reader.read(|_| {}).is_none(), "it begins with the present");
        for number in 430..860 {
            track.push(sample(number), now).expect("it is published");
        }
        let mut lost = 0;
        let kept = std::iter::from_fn(|| reader.read(|samples| lost += samples));
        let times: Vec<Ticks> = kept.map(|sample| sample.time).collect();
        assert!((85..=88).contains(&times.len()), "{}", times.len());
        assert_eq!(lost, 430 - times.len() as u64);
        assert_eq!(times.last(), Some(&sample(859).time), "the oldest went");
    }
}
