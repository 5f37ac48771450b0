//! Counting what goes through a publish point.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use crate::statistics::{DropStatistics, FlowStatistics, SpacingStatistics};
use crate::time::Ticks;
use crate::track::{Deliveries, Flow};

/// All that is counted for one publish. It belongs to that publish for good: whoever still has to do with a publish that
/// was replaced, its connection or a session that takes its last frames, counts there.
#[derive(Default)]
pub(super) struct PublishMeters {
    input: Mutex<InputMeter>,
    /// What the sessions on the camera took.
    pub(super) video: Arc<Deliveries>,
    output_rate: Mutex<Rate>,
    sound_input: Mutex<SoundMeter>,
    /// What the sessions on the microphone took.
    pub(super) sound: Arc<Deliveries>,
    sound_output_rate: Mutex<Rate>,
}

/// What sound came in.
#[derive(Default)]
pub(super) struct SoundMeter {
    flow: Flow,
    rate: Rate,
    /// Messages and frames that cannot be delivered.
    pub(super) left_out: u64,
}

/// What came in.
#[derive(Default)]
pub(super) struct InputMeter {
    flow: Flow,
    rate: Rate,
    latest_key_frame: Option<Ticks>,
    frames_since_key_frame: u64,
    group_of_pictures: Option<u64>,
    latest: Option<Ticks>,
    /// Of the second that is running, of the last whole one, and of all since the last report.
    spacing_now: Spacing,
    spacing_shown: Spacing,
    spacing_reported: Spacing,
    pub(super) before_key_frame: u64,
    pub(super) unusable_messages: u64,
}

impl PublishMeters {
    pub(super) fn starting(number: u64, now: Instant) -> Self {
        let input = InputMeter {
            rate: Rate::starting(now),
            ..InputMeter::default()
        };
        Self {
            input: Mutex::new(input),
            video: Arc::new(Deliveries::of_publish(number)),
            output_rate: Mutex::new(Rate::starting(now)),
            sound_input: Mutex::new(SoundMeter {
                rate: Rate::starting(now),
                ..SoundMeter::default()
            }),
            sound: Arc::new(Deliveries::of_publish(number)),
            sound_output_rate: Mutex::new(Rate::starting(now)),
        }
    }

    /// The publish, counted from 1.
    pub(super) fn number(&self) -> u64 {
        self.video.number
    }

    pub(super) fn input(&self) -> MutexGuard<'_, InputMeter> {
        self.input.lock()
    }

    /// What the sessions were given, and how fast.
    pub(super) fn output_flow(&self) -> FlowStatistics {
        self.output_rate.lock().flow(self.video.totals())
    }

    pub(super) fn sound_input(&self) -> MutexGuard<'_, SoundMeter> {
        self.sound_input.lock()
    }

    /// What sound the sessions were given, and how fast.
    pub(super) fn sound_output_flow(&self) -> FlowStatistics {
        self.sound_output_rate.lock().flow(self.sound.totals())
    }

    /// A second has passed.
    pub(super) fn tick(&self, now: Instant) {
        self.input().tick(now);
        self.output_rate.lock().tick(now, self.video.totals());
        self.sound_input().tick(now);
        self.sound_output_rate.lock().tick(now, self.sound.totals());
    }
}

impl SoundMeter {
    pub(super) fn frame(&mut self, bytes: usize) {
        self.flow.samples += 1;
        self.flow.bytes += bytes as u64;
    }

    pub(super) fn totals(&self) -> Flow {
        self.flow
    }

    pub(super) fn flow(&self) -> FlowStatistics {
        self.rate.flow(self.flow)
    }

    fn tick(&mut self, now: Instant) {
        self.rate.tick(now, self.flow);
    }
}

impl InputMeter {
    pub(super) fn frame(&mut self, time: Ticks, bytes: usize, sync: bool) {
        self.flow.samples += 1;
        self.flow.bytes += bytes as u64;
        if sync {
            self.flow.sync_points += 1;
            self.group_of_pictures = self.latest_key_frame.map(|_| self.frames_since_key_frame);
            self.latest_key_frame = Some(time);
            self.frames_since_key_frame = 0;
        }
        self.frames_since_key_frame += 1;
        if let Some(latest) = self.latest.replace(time) {
            self.spacing_now.add(time.since(latest));
            self.spacing_reported.add(time.since(latest));
        }
    }

    /// A second has passed.
    fn tick(&mut self, now: Instant) {
        self.rate.tick(now, self.flow);
        self.spacing_shown = std::mem::take(&mut self.spacing_now);
    }

    pub(super) fn frames(&self) -> u64 {
        self.flow.samples
    }

    pub(super) fn totals(&self) -> Flow {
        self.flow
    }

    pub(super) fn flow(&self) -> FlowStatistics {
        FlowStatistics {
            latest_key_frame: self.latest_key_frame,
            group_of_pictures: self.group_of_pictures,
            ..self.rate.flow(self.flow)
        }
    }

    pub(super) fn drops(&self) -> DropStatistics {
        DropStatistics {
            slow_session: 0,
            before_key_frame: self.before_key_frame,
            unusable_messages: self.unusable_messages,
        }
    }

    pub(super) fn spacing(&self) -> Option<SpacingStatistics> {
        self.spacing_shown.statistics()
    }

    /// Spacing since the last report.
    pub(super) fn take_reported_spacing(&mut self) -> Option<SpacingStatistics> {
        std::mem::take(&mut self.spacing_reported).statistics()
    }
}

/// Rates over the last seconds.
#[derive(Default)]
struct Rate {
    seconds: VecDeque<(Instant, Flow)>,
}

impl Rate {
    /// Seconds that a rate is taken over.
    const SECONDS: usize = 3;

    fn starting(now: Instant) -> Self {
        let mut rate = Self::default();
        rate.tick(now, Flow::default());
        rate
    }

    fn tick(&mut self, now: Instant, totals: Flow) {
        self.seconds.push_back((now, totals));
        if self.seconds.len() > Self::SECONDS + 1 {
            self.seconds.pop_front();
        }
    }

    fn flow(&self, totals: Flow) -> FlowStatistics {
        let (frame_rate, bit_rate) = match (self.seconds.front(), self.seconds.back()) {
            (Some((since, first)), Some((until, last))) if until > since => {
                last.rates_since(first, *until - *since)
            }
            _ => (0.0, 0.0),
        };
        FlowStatistics {
            frames: totals.samples,
            bytes: totals.bytes,
            key_frames: totals.sync_points,
            latest_key_frame: None,
            frame_rate,
            bit_rate,
            group_of_pictures: None,
        }
    }
}

/// Times between frames.
#[derive(Clone, Copy, Default)]
struct Spacing {
    count: i64,
    sum: i64,
    shortest: i64,
    longest: i64,
}

impl Spacing {
    fn add(&mut self, ticks: i64) {
        self.merge(Self {
            count: 1,
            sum: ticks,
            shortest: ticks,
            longest: ticks,
        });
    }

    fn merge(&mut self, other: Self) {
        if self.count == 0 {
            *self = other;
        } else if other.count > 0 {
            self.count += other.count;
            self.sum += other.sum;
            self.shortest = self.shortest.min(other.shortest);
            self.longest = self.longest.max(other.longest);
        }
    }

    fn statistics(self) -> Option<SpacingStatistics> {
        let duration =
            |ticks: i64| Duration::from_nanos(ticks.max(0).cast_unsigned().saturating_mul(100));
        (self.count > 0).then(|| SpacingStatistics {
            shortest: duration(self.shortest),
            mean: duration(self.sum / self.count),
            longest: duration(self.longest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORTY_MILLISECONDS: i64 = 40 * Ticks::PER_MILLISECOND;

    #[test]
    fn groups_of_pictures_and_spacing() {
        let mut meter = InputMeter::default();
        for frame in 0..75_i64 {
            meter.frame(Ticks(frame * FORTY_MILLISECONDS), 1_000, frame % 25 == 0);
        }
        meter.tick(Instant::now());
        let flow = meter.flow();
        assert_eq!((flow.frames, flow.bytes, flow.key_frames), (75, 75_000, 3));
        assert_eq!(flow.group_of_pictures, Some(25));
        assert_eq!(flow.latest_key_frame, Some(Ticks(50 * FORTY_MILLISECONDS)));
        let spacing = meter.spacing().expect("frames came");
        let expected = Duration::from_millis(40);
        assert_eq!(
            (spacing.shortest, spacing.mean, spacing.longest),
            (expected, expected, expected)
        );
        meter.frame(Ticks(200 * FORTY_MILLISECONDS), 1_000, false);
        let reported = meter.take_reported_spacing().expect("frames came");
        assert_eq!(
            (reported.shortest, reported.longest),
            (expected, 126 * expected)
        );
        meter.tick(Instant::now());
        assert_eq!(
            meter.take_reported_spacing(),
            None,
            "each frame is in one report"
        );
    }

    #[test]
    fn rates_are_those_of_the_last_seconds() {
        let start = Instant::now();
        let (mut rate, mut totals) = (Rate::default(), Flow::default());
        for second in 0..10 {
            rate.tick(start + Duration::from_secs(second), totals);
            totals.samples += if second < 5 { 100 } else { 30 };
            totals.bytes += 125_000;
        }
        let flow = rate.flow(totals);
        assert!((flow.frame_rate - 30.0).abs() < 1e-9, "{}", flow.frame_rate);
        assert!((flow.bit_rate - 1e6).abs() < 1e-3, "{}", flow.bit_rate);
    }
}
