//! What publishers do with time.

use crate::publish::Publish;

/// Everything later, so that the clock may wrap.
pub(crate) fn shifted(publish: &mut Publish, detail: u32) {
    for message in &mut publish.messages {
        message.timestamp = message.timestamp.wrapping_add(detail.wrapping_mul(0x1001));
    }
}

/// A clock that stands still.
pub(crate) fn frozen(publish: &mut Publish, detail: u32) {
    for message in &mut publish.messages {
        message.timestamp = detail;
    }
}

/// A few milliseconds to and fro.
pub(crate) fn to_and_fro(publish: &mut Publish, detail: u32) {
    for (index, message) in publish.messages.iter_mut().enumerate() {
        let by = (index as u32).wrapping_mul(7).wrapping_add(detail) % 10;
        message.timestamp = message.timestamp.wrapping_add(by);
    }
}

/// The same composition time for every picture, and a large one.
pub(crate) fn absurd_composition(publish: &mut Publish, detail: u32) {
    publish
        .coded_mut()
        .for_each(|coded| coded.composition = (detail % 0x7F_FFFF) as i32);
}
