//! Messages that carry next to nothing, each as much work as a picture.

use std::time::Instant;

use rtmp_chunk::MessageType;

/// A message that carries fewer bytes is small.
const SMALL: usize = 16;
/// What comes back of the allowance.
const PER_SECOND: u64 = 1000;
const BYTES_OF_MEDIA_FOR_ONE: u64 = 64;

/// How many small messages a peer may still send. The allowance comes back with time, and with
/// media: who sends the sound of silence as fast as it goes sends pictures as well.
#[derive(Debug)]
pub(super) struct SmallMessages {
    most: u64,
    left: u64,
    since: Instant,
    /// Bytes of media since then.
    media: u64,
}

impl SmallMessages {
    pub(super) const fn new(most: usize, now: Instant) -> Self {
        Self {
            most: most as u64,
            left: most as u64,
            since: now,
            media: 0,
        }
    }

    /// Takes note of a message. False: it is one too many.
    #[inline]
    pub(super) fn admit(&mut self, now: Instant, message_type: MessageType, length: usize) -> bool {
        if length >= SMALL && carries_media(message_type) {
            self.earn(length);
            return true;
        }
        self.admit_small(now)
    }

    /// Takes note of media, of whichever direction.
    pub(super) const fn earn(&mut self, bytes: usize) {
        self.media = self.media.saturating_add(bytes as u64);
    }

    /// Takes note of a message that is small, whatever its length.
    #[cold]
    pub(super) fn admit_small(&mut self, now: Instant) -> bool {
        if self.left == 0 {
            self.refill(now);
        }
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return false,
        }
        true
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.since).as_millis();
        let for_time = u64::try_from(elapsed)
            .unwrap_or(u64::MAX)
            .saturating_mul(PER_SECOND)
            / 1000;
        let for_media = self.media / BYTES_OF_MEDIA_FOR_ONE;
        self.left = for_time.saturating_add(for_media).min(self.most);
        self.since = now;
        self.media = 0;
    }
}

const fn carries_media(message_type: MessageType) -> bool {
    matches!(
        message_type,
        MessageType::AUDIO
            | MessageType::VIDEO
            | MessageType::DATA_AMF0
            | MessageType::DATA_AMF3
            | MessageType::AGGREGATE
    )
}
