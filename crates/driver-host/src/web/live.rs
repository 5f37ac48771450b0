//! `/api/cameras/{n}/live`: the frames of a live session of its own, over a WebSocket.
//!
//! Every binary message is one frame: a header of 40 bytes, big-endian, then the picture as the
//! session delivered it (Annex B, or a JPEG while nobody publishes).
//!
//! | Offset | Type | What |
//! |---|---|---|
//! | 0 | u8 | codec: 1 JPEG, 2 H.264, 3 H.265 |
//! | 1 | u8 | flags: 1 key frame, 2 discontinuity, 4 offline picture |
//! | 4 | u32 | frames that the session was too slow for, so far |
//! | 8 | u64 | frames of publishers that the session delivered, this one included |
//! | 16 | i64 | picture time, µs since 1970 |
//! | 24 | f64 | when the first byte of the picture arrived, ms since 1970 |
//! | 32 | f64 | when it was sent to the page, ms since 1970 |
//!
//! A text message `{"clock": ms}` is answered with `{"clock": ms, "server": ms}`, so that a page can
//! compare clocks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use milestone_driver::{Codec, Driver, Frame, LiveSession, NextFrameError, Ticks};
use serde::{Deserialize, Serialize};

use super::stream::Stream;

const HEADER_BYTES: usize = 40;

pub(super) struct Pictures {
    session: LiveSession,
    /// Frames of publishers.
    delivered: AtomicU64,
}

impl Stream for Pictures {
    type Frame = Frame;

    const THREAD: &str = "page session";
    /// Short, as a picture may be large.
    const QUEUE: usize = 4;
    const MISSING: &str = "camera";

    fn open(driver: &Driver, device: usize) -> Option<Self> {
        Some(Self {
            session: driver.open_preview(device).ok()?,
            delivered: AtomicU64::new(0),
        })
    }

    fn next_frame(&self, timeout: Duration) -> Result<Option<Frame>, NextFrameError> {
        self.session.next_frame(timeout)
    }

    fn close(&self) {
        self.session.close();
    }

    fn message(&self, frame: &Frame) -> Bytes {
        let one = u64::from(!frame.offline_picture);
        let delivered = self.delivered.fetch_add(one, Ordering::Relaxed) + one;
        message(frame, delivered, self.session.dropped_frames())
    }

    fn answer(&self, text: &str) -> Option<String> {
        ClockRequest::answer(text)
    }
}

fn message(frame: &Frame, delivered: u64, dropped: u64) -> Bytes {
    let now = Ticks::now();
    let received = unix_milliseconds(now) - frame.received.elapsed().as_secs_f64() * 1e3;
    let mut message = BytesMut::with_capacity(HEADER_BYTES + frame.data.len());
    message.put_u8(match frame.codec {
        Codec::Jpeg => 1,
        Codec::H265 => 3,
        _ => 2,
    });
    message.put_u8(
        u8::from(frame.key)
            | u8::from(frame.discontinuity) << 1
            | u8::from(frame.offline_picture) << 2,
    );
    message.put_u16(0);
    message.put_u32(u32::try_from(dropped).unwrap_or(u32::MAX));
    message.put_u64(delivered);
    message.put_i64((frame.time.unix_seconds() * 1e6) as i64);
    message.put_f64(received);
    message.put_f64(unix_milliseconds(now));
    message.extend_from_slice(&frame.data);
    message.freeze()
}

fn unix_milliseconds(time: Ticks) -> f64 {
    time.unix_seconds() * 1e3
}

#[derive(Deserialize)]
struct ClockRequest {
    clock: f64,
}

#[derive(Serialize)]
struct ClockAnswer {
    clock: f64,
    server: f64,
}

impl ClockRequest {
    fn answer(text: &str) -> Option<String> {
        let Self { clock } = serde_json::from_str(text).ok()?;
        let server = unix_milliseconds(Ticks::now());
        serde_json::to_string(&ClockAnswer { clock, server }).ok()
    }
}
