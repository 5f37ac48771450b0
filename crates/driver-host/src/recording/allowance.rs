//! How many files a camera may begin.

use std::collections::VecDeque;

use milestone_driver::Ticks;

/// A publisher decides when files begin: with every publish, and with every change of its parameter sets.
const FILES_A_MINUTE: usize = 30;
const MINUTE: i64 = 60 * Ticks::PER_SECOND;

/// At most [`FILES_A_MINUTE`] in any minute.
#[derive(Debug, Default)]
pub(super) struct FileAllowance {
    /// When the latest files were begun.
    begun: VecDeque<Ticks>,
    told: Option<Ticks>,
}

impl FileAllowance {
    /// Whether so many files may begin; they count if so.
    pub(super) fn take(&mut self, files: usize, now: Ticks) -> bool {
        while self
            .begun
            .front()
            .is_some_and(|begun| now.since(*begun) >= MINUTE)
        {
            self.begun.pop_front();
        }
        let granted = self.begun.len() + files <= FILES_A_MINUTE;
        if granted {
            self.begun.extend(std::iter::repeat_n(now, files));
        }
        granted
    }

    /// Whether to tell that it is used up: once a minute.
    pub(super) fn is_to_be_told(&mut self, now: Ticks) -> bool {
        let is_news = self.told.is_none_or(|told| now.since(told) >= MINUTE);
        if is_news {
            self.told = Some(now);
        }
        is_news
    }
}
