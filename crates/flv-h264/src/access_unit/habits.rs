use super::event::Habit;

/// Which habits have been told.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Habits {
    told: u8,
}

impl Habits {
    /// Whether the habit is news.
    pub(super) const fn note(&mut self, habit: Habit) -> bool {
        let bit = 1_u8
            << match habit {
                Habit::OtherLengthSize { .. } => 0,
                Habit::StartCodes => 1,
                Habit::StartCodesBehindLengths => 2,
                Habit::SplitPictures => 3,
                Habit::SeveralPictures => 4,
                Habit::IntraPictures => 5,
                Habit::UnflaggedRecoveryPoints => 6,
            };
        let is_news = self.told & bit == 0;
        self.told |= bit;
        is_news
    }
}
