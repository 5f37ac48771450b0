/// How far apart the pictures of a message are, which has one timestamp for all of them: as far as
/// those of the message before were.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Pace {
    /// The timestamp of the message before, and how many pictures it had.
    before: Option<(u32, u32)>,
}

/// Pictures are not further apart than that, whatever timestamps say.
const MAX_STEP_MS: u32 = 200;

impl Pace {
    /// The time between the pictures of a message with that timestamp.
    pub(super) fn step_ms(&self, timestamp_ms: u32) -> u32 {
        let step = self
            .before
            .and_then(|(before, pictures)| timestamp_ms.wrapping_sub(before).checked_div(pictures));
        step.filter(|step| (1..=MAX_STEP_MS).contains(step))
            .unwrap_or(1)
    }

    /// A message had so many pictures.
    pub(super) const fn message(&mut self, timestamp_ms: u32, pictures: u32) {
        self.before = Some((timestamp_ms, pictures));
    }
}
