use core::ops::Deref;

use rtmp_payload::Payload;

/// The bytes of a message, for the pictures in it.
#[derive(Debug)]
pub(super) enum Body<'a> {
    /// The message's own buffer, which becomes that of its last picture.
    Last(Payload),
    /// More of the message is to come: these are copied.
    Shared(&'a [u8]),
}

impl Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Last(payload) => payload,
            Self::Shared(bytes) => bytes,
        }
    }
}
