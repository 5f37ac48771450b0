use super::event::SyncPoint;

/// When intra pictures count as sync points: where a stream has no better ones.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct IntraStart {
    /// The timestamp of the first picture, later of the last IDR picture or recovery point.
    since: Option<u32>,
    /// There was one of these.
    had_better: bool,
    counts: bool,
}

/// For how long to wait for an IDR picture or recovery point at the beginning, and for another
/// one. Groups of pictures of 2 s are usual; longer ones begin with what the first begins with.
const FIRST_MS: u32 = 2000;
const NEXT_MS: u32 = 10_000;

impl IntraStart {
    /// Intra pictures count from now on.
    pub(super) const fn allow(&mut self) {
        self.counts = true;
    }

    /// Whether an intra picture counts.
    pub(super) const fn counts(&self) -> bool {
        self.counts
    }

    /// A picture comes that is, or is not, a better sync point.
    pub(super) const fn picture(&mut self, timestamp_ms: u32, better: SyncPoint) {
        if better.is_sync() {
            *self = Self {
                since: Some(timestamp_ms),
                had_better: true,
                counts: false,
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

    /// The publish has ended.
    pub(super) const fn end(&mut self) {
        self.since = None;
        self.had_better = false;
    }
}
