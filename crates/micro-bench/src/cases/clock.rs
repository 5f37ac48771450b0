//! From a publisher's clock to UTC: ten minutes at 30 pictures a second, over a network that holds some back.

use std::hint::black_box;

use milestone_driver::Ticks;
use milestone_driver::measuring::PublisherClock;

use crate::Case;

const FRAMES: u32 = 18_000;
const START: Ticks = Ticks(638_000_000_000_000_000);

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new("clock", "frame", FRAMES as usize, || {
        let mut clock = PublisherClock::default();
        let mut latest = Ticks(0);
        (0..FRAMES)
            .filter(|frame| {
                let timestamp_ms = frame * 100 / 3;
                let delay_ms = frame * 7 % 40;
                let arrival =
                    START.plus(i64::from(timestamp_ms + delay_ms) * Ticks::PER_MILLISECOND);
                let time = clock.place(black_box(timestamp_ms), arrival);
                std::mem::replace(&mut latest, time) < time
            })
            .count()
    })]
}
