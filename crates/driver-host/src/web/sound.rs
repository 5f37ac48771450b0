//! `/api/cameras/{n}/sound`: the sound of a camera's microphone, from a session of its own, over a WebSocket.
//!
//! Every binary message is one frame: a header of 16 bytes, big-endian, then the sound as the session delivered it.
//!
//! | Offset | Type | What |
//! |---|---|---|
//! | 0 | u8 | codec: 1 AAC with ADTS headers, 2 A-law, 3 mu-law, 4 PCM of 16 bits, little endian |
//! | 1 | u8 | channels |
//! | 2 | u8 | 1 if frames are missing before this one, or the source is another one |
//! | 4 | u32 | samples a second |
//! | 8 | i64 | time, µs since 1970 |

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use milestone_driver::{AudioEncoding, Driver, MicrophoneSession, NextFrameError, SoundFrame};

use super::stream::Stream;

const HEADER_BYTES: usize = 16;

impl Stream for MicrophoneSession {
    type Frame = SoundFrame;

    const THREAD: &str = "page sound";
    /// What a look at the microphone finds.
    const QUEUE: usize = 16;
    const MISSING: &str = "microphone";

    fn open(driver: &Driver, device: usize) -> Option<Self> {
        driver.open_microphone_preview(device).ok()
    }

    fn next_frame(&self, timeout: Duration) -> Result<Option<SoundFrame>, NextFrameError> {
        Self::next_frame(self, timeout)
    }

    fn close(&self) {
        Self::close(self);
    }

    fn message(&self, frame: &SoundFrame) -> Bytes {
        message(frame)
    }

    /// Pages say nothing.
    fn answer(&self, _: &str) -> Option<String> {
        None
    }
}

fn message(frame: &SoundFrame) -> Bytes {
    let mut message = BytesMut::with_capacity(HEADER_BYTES + frame.data.len());
    message.put_u8(match frame.format.encoding {
        AudioEncoding::Aac => 1,
        AudioEncoding::ALaw => 2,
        AudioEncoding::MuLaw => 3,
        AudioEncoding::Pcm => 4,
    });
    message.put_u8(frame.format.channels);
    message.put_u8(frame.discontinuity.into());
    message.put_u8(0);
    message.put_u32(frame.format.sample_rate);
    message.put_i64((frame.time.unix_seconds() * 1e6) as i64);
    message.extend_from_slice(&frame.data);
    message.freeze()
}
