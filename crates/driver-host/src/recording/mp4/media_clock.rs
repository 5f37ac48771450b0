//! How long the video lasts, and when each picture is decoded.

use milestone_driver::{Frame, SoundFrame, Ticks};

/// A publisher's clock that moves by more than this against the session's from one picture to the next was set.
const CLOCK_WAS_SET_MS: i64 = 10_000;

/// No encoder shows its first picture later.
const LATEST_SHOWN_MS: i32 = 1000;
/// Sound and pictures are of one clock if their session's times differ by no more from it.
const CLOCKS_AGREE_MS: i64 = 500;

/// Decoding times in milliseconds since the first picture, each at least one later than the one before.
///
/// A session's times have the publisher's spacing, repaired where its clock is broken. But they are never in the
/// future: of a video that is sent faster than it plays they are squeezed together. So where the publisher's clock
/// runs ahead of them, the video is as long as that clock says.
#[derive(Debug)]
pub(super) struct MediaClock {
    start: Ticks,
    /// How long after its decoding the first picture is shown, by the publisher; in the movie that is at once.
    shown_after_ms: i64,
    latest: Latest,
    /// How far the publisher's clock is ahead of the session's times since the beginning.
    ahead_ms: i64,
    /// The furthest it has been: what decoding times have more than the session's.
    lead_ms: i64,
}

#[derive(Debug)]
struct Latest {
    /// In the session, since the first picture.
    session_ms: i64,
    timestamp_ms: u32,
    /// When it is decoded.
    media_ms: i64,
}

impl MediaClock {
    /// With the first picture, whose time is 0.
    pub(super) fn starting_with(frame: &Frame) -> Self {
        Self {
            start: frame.time,
            shown_after_ms: match frame.composition_offset_ms {
                offset @ 0..=LATEST_SHOWN_MS => offset.into(),
                _ => 0,
            },
            latest: Latest {
                session_ms: 0,
                timestamp_ms: frame.timestamp_ms,
                media_ms: 0,
            },
            ahead_ms: 0,
            lead_ms: 0,
        }
    }

    /// The time of the next picture.
    pub(super) fn next(&mut self, frame: &Frame) -> i64 {
        let session_ms = frame.time.since(self.start) / Ticks::PER_MILLISECOND;
        let waited = session_ms - self.latest.session_ms;
        let step = frame.timestamp_ms.wrapping_sub(self.latest.timestamp_ms);
        let surplus = i64::from(step.cast_signed()) - waited;
        if surplus.abs() <= CLOCK_WAS_SET_MS {
            self.ahead_ms += surplus;
            self.lead_ms = self.lead_ms.max(self.ahead_ms);
        }
        let media_ms = session_ms + self.lead_ms;
        self.latest = Latest {
            session_ms,
            timestamp_ms: frame.timestamp_ms,
            media_ms,
        };
        media_ms
    }

    /// The time of sound: as far from the latest picture as the publisher's clock says, unless that has little to do
    /// with the session's times. Negative before the first picture.
    pub(super) fn of_sound(&self, frame: &SoundFrame) -> i64 {
        let by_session = frame.time.since(self.start) / Ticks::PER_MILLISECOND + self.lead_ms;
        let behind = frame.timestamp_ms.wrapping_sub(self.latest.timestamp_ms);
        let by_publisher = self.latest.media_ms + i64::from(behind.cast_signed());
        if (by_publisher - by_session).abs() <= CLOCKS_AGREE_MS {
            by_publisher - self.shown_after_ms
        } else {
            by_session - self.shown_after_ms
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::tests::frame;

    /// Decoding times of pictures with these session times and timestamps.
    fn times(pictures: impl IntoIterator<Item = (i64, u32)>) -> Vec<i64> {
        let mut pictures = pictures.into_iter();
        let picture = |(time, timestamp_ms)| {
            let mut frame = frame(time);
            frame.timestamp_ms = timestamp_ms;
            frame
        };
        let first = picture(pictures.next().expect("a picture"));
        let mut clock = MediaClock::starting_with(&first);
        let rest = pictures.map(|it| clock.next(&picture(it)));
        rest.collect()
    }

    #[test]
    fn a_paced_publish_has_the_times_of_the_session() {
        let pictures = (0..100).map(|n| (n * 40, 7_000 + n as u32 * 40));
        let expected: Vec<_> = (1..100).map(|n| n * 40).collect();
        assert_eq!(times(pictures), expected);
    }

    #[test]
    fn a_publish_faster_than_real_time_lasts_as_long_as_its_clock_says() {
        // The first second as it is, then a millisecond for each picture; the clock wraps on the way.
        let pictures = (0..200).map(|n: i64| {
            let timestamp = u32::MAX.wrapping_sub(3_000).wrapping_add(n as u32 * 40);
            (n.min(25) * 40 + (n - 25).max(0), timestamp)
        });
        let expected: Vec<_> = (1..200).map(|n| n * 40).collect();
        assert_eq!(times(pictures), expected);
    }

    #[test]
    fn a_clock_that_stands_still_slips_or_is_set_leaves_it_to_the_session() {
        let expected: Vec<_> = (1..100).map(|n| n * 40).collect();
        assert_eq!(times((0..100).map(|n| (n * 40, 5))), expected);
        assert_eq!(times((0..100).map(|n| (n * 40, n as u32))), expected);
        let set = |n: i64| if n < 50 { 0 } else { 20_000_000 };
        let ahead = (0..100).map(|n| (n * 40, (n * 40 + set(n)) as u32));
        assert_eq!(times(ahead), expected);
        let back = (0..100).map(|n| (n * 40, (20_000_000 + n * 40 - set(n)) as u32));
        assert_eq!(times(back), expected);
    }

    #[test]
    fn a_clock_that_goes_to_and_fro_moves_pictures_once() {
        // Presentation times of I B B P as timestamps: each P comes 80 ms too early, each B 40 ms too late.
        let shown = |n: i64| match n % 3 {
            1 => n + 2,
            _ => n - i64::from(n > 0),
        };
        let times = times((0..99).map(|n| (n * 40, (1000 + shown(n) * 40) as u32)));
        let expected: Vec<_> = (1..99).map(|n| n * 40 + 80).collect();
        assert_eq!(times, expected);
    }
}
