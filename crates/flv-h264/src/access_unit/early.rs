use rtmp_payload::Payload;

use super::held::Held;
use super::picture::Header;

/// A message with a picture at which decoding starts, whose parameter sets have not come. Some encoders send the two the
/// wrong way round, and all that follows needs the picture.
#[derive(Debug)]
pub(super) struct Early {
    pub(super) header: Header,
    pub(super) body: Payload,
    /// What came before it.
    pub(super) held: Held,
}

/// Larger ones are not kept.
const MAX_EARLY: usize = 4 * 1024 * 1024;

impl Early {
    pub(super) fn new(header: Header, mut body: Payload, held: Held) -> Option<Self> {
        if body.len() > MAX_EARLY {
            return None;
        }
        body.shrink();
        Some(Self { header, body, held })
    }
}
