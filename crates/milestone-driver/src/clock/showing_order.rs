//! The order in which an encoder says that its pictures are shown.
//!
//! Where timestamps are times of showing, those of B frames go to and fro, which is only seen when one goes back. By
//! then the frame before has its time. `pic_order_cnt_lsb` tells it with that frame already: it is shown several
//! pictures after the one before, and so its timestamp is several steps of decoding away.

use crate::time::Ticks;

/// A sequence of pictures that may be shown in another order than that in which they are decoded.
#[derive(Debug, Default)]
pub(crate) struct ShowingOrder {
    /// From a picture to the next, if the encoder says so; else 0.
    interval: i64,
    /// `pic_order_cnt_lsb` of the picture before.
    before: Option<u32>,
}

/// A picture that is shown `pictures` after the one that was decoded before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ahead {
    pub(super) pictures: u32,
    pub(super) interval: i64,
}

/// A picture may have 16 others as references.
const FURTHEST: u32 = 16;

impl ShowingOrder {
    pub(crate) fn new(frames_per_second: Option<f64>) -> Self {
        let interval =
            frames_per_second.map_or(0, |rate| (Ticks::PER_SECOND as f64 / rate.max(1.0)) as i64);
        Self {
            interval,
            before: None,
        }
    }

    /// Whether the next picture is shown further behind the one before than it is decoded. Pictures are counted in
    /// fields, but for some encoders, whom odd numbers give away.
    pub(crate) fn picture(&mut self, pic_order_cnt_lsb: u32) -> Option<Ahead> {
        let before = self.before.replace(pic_order_cnt_lsb)?;
        let fields = pic_order_cnt_lsb.checked_sub(before)?;
        let pictures = if fields % 2 == 0 { fields / 2 } else { fields };
        (2..=FURTHEST).contains(&pictures).then_some(Ahead {
            pictures,
            interval: self.interval,
        })
    }
}
