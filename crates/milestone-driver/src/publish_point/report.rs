//! The statistics block in the log: every 30 s and at the end of a publish.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::PublishPoint;
use super::publisher::{Publisher, Reported};
use crate::track::Flow;

/// How often the statistics of a publish are logged.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);

impl PublishPoint {
    /// The lines of a report on `publisher`, if it is time for one.
    pub(super) fn due_report(
        &self,
        publisher: &mut Publisher,
        now: Instant,
    ) -> Option<Vec<String>> {
        if now.saturating_duration_since(publisher.reported.at) < REPORT_INTERVAL {
            return None;
        }
        let lines = self.report(publisher, now);
        publisher.reported = Reported {
            at: now,
            input: publisher.meters.input().totals(),
            output: publisher.meters.video.totals(),
            sound: publisher.meters.sound_input().totals(),
        };
        Some(lines)
    }

    /// The lines of a report on what happened since the latest one.
    pub(super) fn report(&self, publisher: &Publisher, now: Instant) -> Vec<String> {
        let meters = &publisher.meters;
        let mut input = meters.input();
        let (totals, flow, drops) = (input.totals(), input.flow(), input.drops());
        let spacing = input.take_reported_spacing();
        drop(input);
        let since = &publisher.reported;
        let elapsed = now.saturating_duration_since(since.at);
        let rates = |totals: Flow, before: &Flow| {
            let (frames, bits) = totals.rates_since(before, elapsed);
            format!("{frames:.2} fps, {:.2} Mbit/s", bits / 1e6)
        };

        let mut source = format!(
            "statistics: {} for {} s by {}",
            publisher.connection.peer(),
            now.saturating_duration_since(publisher.accepted).as_secs(),
            if publisher.tls { "RTMPS" } else { "RTMP" }
        );
        match &publisher.video {
            // Writing to a String does not fail.
            Some(video) => _ = write!(source, ", {video}"),
            None => source.push_str(", no parameter sets yet"),
        }
        if let Some(encoder) = &publisher.encoder {
            _ = write!(source, ", encoder {encoder}");
        }
        if let Some(declared) = &publisher.declared {
            _ = write!(source, ", declares {declared}");
        }

        let group = flow
            .group_of_pictures
            .map(|frames| format!(", {frames} frames from key frame to key frame"));
        let spacing = spacing.map(|spacing| {
            format!(
                ", {:.1}/{:.1}/{:.1} ms between frames",
                spacing.shortest.as_secs_f64() * 1e3,
                spacing.mean.as_secs_f64() * 1e3,
                spacing.longest.as_secs_f64() * 1e3
            )
        });
        let received = format!(
            "in: {} frames, {} key frames, {}{}{}",
            totals.samples,
            totals.sync_points,
            rates(totals, &since.input),
            group.unwrap_or_default(),
            spacing.unwrap_or_default()
        );
        let out = meters.video.totals();
        let delivered = format!(
            "out: {} frames, {} key frames, {} to {} session(s), {} frames wait",
            out.samples,
            out.sync_points,
            rates(out, &since.output),
            self.camera.feed().track().readers(),
            self.camera.feed().track().depth()
        );
        let dropped = format!(
            "dropped: {} frames for slow sessions, {} before the first key frame, {} unusable video messages",
            meters.video.total_dropped(),
            drops.before_key_frame,
            drops.unusable_messages
        );
        let mut lines = vec![source, received, delivered, dropped];
        lines.extend(self.report_on_sound(publisher, elapsed));
        lines
    }

    /// The line about sound, if some has come.
    fn report_on_sound(&self, publisher: &Publisher, elapsed: Duration) -> Option<String> {
        let meters = &publisher.meters;
        let input = meters.sound_input();
        let (totals, left_out) = (input.totals(), input.left_out);
        drop(input);
        let has_come = totals.samples > 0 || left_out > 0;
        let (_, bits) = totals.rates_since(&publisher.reported.sound, elapsed);
        has_come.then(|| {
            format!(
                "sound: {}; in: {} frames, {:.0} kbit/s, out: {} frames; dropped: {} for slow sessions, {left_out} \
                 left out",
                publisher.sound,
                totals.samples,
                bits / 1e3,
                meters.sound.totals().samples,
                meters.sound.total_dropped(),
            )
        })
    }
}
