//! What a live session hands out.

use std::fmt;
use std::time::Instant;

use bytes::Bytes;
use flv_h264::nal::{NalUnit, UnitLengths};

use crate::statistics::VideoCodec;
use crate::time::Ticks;

/// How a frame is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// A JPEG file: an offline picture.
    Jpeg,
    /// An H.264 access unit as a byte stream (Annex B) with 4-byte start codes.
    H264,
    /// An H.265 access unit, likewise.
    H265,
}

impl From<VideoCodec> for Codec {
    fn from(codec: VideoCodec) -> Self {
        match codec {
            VideoCodec::H264 => Self::H264,
            VideoCodec::H265 => Self::H265,
        }
    }
}

/// One picture.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// How [`data`](Self::data) is coded.
    pub codec: Codec,
    /// The coded picture. Sessions of a camera share the bytes.
    pub data: Bytes,
    /// How long the NAL units of a byte stream are, so that nobody has to look for start codes; none for a JPEG.
    pub unit_lengths: UnitLengths,
    /// When the picture was taken, in whole milliseconds: each frame of a session at least one later than the frame
    /// before.
    pub time: Ticks,
    /// Time of the latest frame that decoding can start at: of this one if [`key`](Self::key) is set.
    pub sync_time: Ticks,
    /// Decoding can start here: an IDR or other sync point with its parameter sets, or a JPEG.
    pub key: bool,
    /// Frames are missing between the session's previous frame and this one, or the source is another one.
    pub discontinuity: bool,
    /// An offline picture of the driver, not of the camera.
    pub offline_picture: bool,
    /// Which publish of the camera the picture belongs to, counted from 1 since the driver started; 0 for an
    /// offline picture. A recorder starts a new file when it changes.
    pub publish: u64,
    /// When the first byte of the picture arrived, as near as that can be told, or when the offline picture was shown.
    pub received: Instant,
    /// The publisher's own clock as it came: milliseconds that wrap at 32 bits, and may be anything. It tells how long
    /// the video is where [`time`](Self::time), which is never in the future, cannot: when it is sent faster than it
    /// plays. 0 for an offline picture.
    pub timestamp_ms: u32,
    /// Milliseconds from decoding to showing the picture as the publisher says: other than 0 with B frames only.
    pub composition_offset_ms: i32,
}

impl Frame {
    /// A picture of a camera's first publish that decoding can start at. For tests of hosts, which set what else
    /// matters to them.
    #[must_use]
    pub fn new(codec: Codec, data: Bytes, time: Ticks) -> Self {
        let unit_lengths = match codec {
            Codec::Jpeg => UnitLengths::NONE,
            Codec::H264 | Codec::H265 => UnitLengths::of(&data),
        };
        Self {
            codec,
            data,
            unit_lengths,
            time,
            sync_time: time,
            key: true,
            discontinuity: false,
            offline_picture: false,
            publish: 1,
            received: Instant::now(),
            timestamp_ms: 0,
            composition_offset_ms: 0,
        }
    }

    /// The NAL units of a byte stream, without start codes; none of a JPEG.
    pub fn units(&self) -> impl Iterator<Item = NalUnit<'_>> + Clone {
        self.unit_lengths.units_of(&self.data)
    }
}

/// Of the data only its length.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("codec", &self.codec)
            .field("bytes", &self.data.len())
            .field("time", &self.time)
            .field("sync_time", &self.sync_time)
            .field("key", &self.key)
            .field("discontinuity", &self.discontinuity)
            .field("publish", &self.publish)
            .finish_non_exhaustive()
    }
}
