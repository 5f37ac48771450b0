use super::event::SyncPoint;

/// When intra pictures that are flagged as key frames, and recovery points that are not, count as sync
/// points: where a stream has no better ones.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct IntraStart {
    /// The timestamp of the first picture of a sequence, later of its last IDR picture or recovery point.
    since: Option<u32>,
    /// There was one of these in it.
    had_better: bool,
    counts: bool,
    /// Where they stand in front of every picture, recovery points say nothing.
    recovery_points: RecoveryPoints,
}

/// Recovery points that are not flagged.
#[derive(Copy, Clone, Debug, Default)]
struct RecoveryPoints {
    /// The picture before was looked at, and had none.
    none_before: bool,
    /// The latest picture has one, and the one before had none.
    count: bool,
}

/// For how long to wait for an IDR picture or recovery point at the beginning, and for another
/// one. Groups of pictures of 2 s are usual; longer ones begin with what the first begins with.
const FIRST_MS: u32 = 2000;
const NEXT_MS: u32 = 10_000;

impl IntraStart {
    /// They count from now on.
    pub(super) const fn allow(&mut self) {
        self.counts = true;
    }

    /// Whether they count, so that recovery points have to be looked for.
    pub(super) const fn counts(&self) -> bool {
        self.counts
    }

    /// Whether the latest picture counts if it has a recovery point that is not flagged.
    pub(super) const fn recovery_point_counts(&self) -> bool {
        self.counts && self.recovery_points.count
    }

    /// A picture comes that is, or is not, a better sync point; with a recovery point or, as far as
    /// that was looked for, none.
    pub(super) const fn picture(
        &mut self,
        timestamp_ms: u32,
        better: SyncPoint,
        recovery_point: bool,
    ) {
        self.recovery_points = RecoveryPoints {
            none_before: self.counts && !recovery_point,
            count: recovery_point && self.recovery_points.none_before,
        };
        if better.is_sync() {
            *self = Self {
                since: Some(timestamp_ms),
                had_better: true,
                counts: false,
                recovery_points: RecoveryPoints {
                    none_before: false,
                    count: false,
                },
            };
            return;
        }
        let patience = if self.had_better { NEXT_MS } else { FIRST_MS };
        match self.since {
            Some(since) if timestamp_ms.wrapping_sub(since) as i32 >= 0 => {
                self.counts |= timestamp_ms.wrapping_sub(since) >= patience;
            }
            // The first one, or a clock that was set back.
            _ => self.since = Some(timestamp_ms),
        }
    }

    /// What comes is of another sequence: what began the one before says nothing of it. If nothing did, the wait goes on.
    pub(super) const fn another_sequence(&mut self) {
        if self.had_better {
            self.end();
        }
    }

    /// The publish has ended.
    pub(super) const fn end(&mut self) {
        self.since = None;
        self.had_better = false;
    }
}
