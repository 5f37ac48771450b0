//! What a camera's track is of.

use std::time::Duration;

use flv_h264::nal::UnitLengths;

use crate::statistics::VideoCodec;
use crate::track::{Bounds, Medium};

/// What a picture carries beside its bytes.
#[derive(Clone)]
pub(crate) struct Video {
    pub(crate) codec: VideoCodec,
    /// Decoding can start here.
    pub(crate) sync: bool,
    /// It refers to pictures from before the latest sync point (H.265 RASL).
    pub(crate) rasl: bool,
    /// How long its NAL units are.
    pub(crate) unit_lengths: UnitLengths,
    /// The publisher's own clock as it came.
    pub(crate) timestamp_ms: u32,
    /// From decoding to showing the picture, as the publisher says.
    pub(crate) composition_offset_ms: i32,
}

impl Video {
    /// What is kept of a camera at most.
    pub(crate) const BOUNDS: Bounds = Bounds {
        samples: 1000,
        bytes: 64 << 20,
        duration: Duration::MAX,
    };
}

impl Medium for Video {
    const KEPT_SINCE_SYNC: bool = true;

    fn is_sync(&self) -> bool {
        self.sync
    }

    fn reaches_behind_sync(&self) -> bool {
        self.rasl
    }
}
