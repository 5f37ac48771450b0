//! The statistics block in the log: every 30 s and at the end of a publish.

use std::fmt::Write;
use std::time::Instant;

use super::meters::{Flow, PublishMeters};
use super::publisher::Publisher;
use super::{Camera, REPORT_INTERVAL, State};

/// Where the latest report ended.
pub(crate) struct Report {
    at: Instant,
    input: Flow,
    output: Flow,
}

impl Report {
    pub(crate) fn starting(now: Instant) -> Self {
        Self {
            at: now,
            input: Flow::default(),
            output: Flow::default(),
        }
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) >= REPORT_INTERVAL
    }

    pub(crate) fn done(&mut self, now: Instant, meters: &PublishMeters) {
        *self = Self {
            at: now,
            input: meters.input().totals(),
            output: meters.output(),
        };
    }
}

impl Camera {
    /// The lines of a report on what happened since the latest one.
    pub(crate) fn report(&self, state: &State, publisher: &Publisher, now: Instant) -> [String; 4] {
        let meters = &publisher.meters;
        let mut input = meters.input();
        let (totals, flow, drops) = (input.totals(), input.flow(), input.drops());
        let spacing = input.take_reported_spacing();
        drop(input);
        let since = &publisher.report;
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
            Some(video) => _ = write!(source, ", H.264 {video}"),
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
            totals.frames,
            totals.key_frames,
            rates(totals, &since.input),
            group.unwrap_or_default(),
            spacing.unwrap_or_default()
        );
        let out = meters.output();
        let delivered = format!(
            "out: {} frames, {} key frames, {} to {} session(s), {} frames wait",
            out.frames,
            out.key_frames,
            rates(out, &since.output),
            state.sessions,
            self.ring.depth()
        );
        let dropped = format!(
            "dropped: {} frames for slow sessions, {} before the first key frame, {} unusable video messages; {} \
             audio messages ignored",
            meters.total_dropped(),
            drops.before_key_frame,
            drops.unusable_messages,
            drops.audio_messages
        );
        [source, received, delivered, dropped]
    }
}
