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

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use milestone_driver::{Codec, Frame, LiveSession, Ticks};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::Web;
use super::connections::Slot;

const HEADER_BYTES: usize = 40;
/// How long the session waits for a frame. Closing it ends that before.
const LONG: Duration = Duration::from_secs(60);
/// Frames between session and socket. Short: what a slow page leaves lying belongs to the session,
/// which counts what it drops.
const QUEUE: usize = 4;
/// Pages only ask for the clock.
const LARGEST_REQUEST: usize = 1024;

pub(super) async fn connect(
    State(web): State<Web>,
    Path(camera): Path<usize>,
    Extension(slot): Extension<Slot>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(permit) = Arc::clone(&web.live_sessions).try_acquire_owned() else {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many pages are open.\n",
        )
            .into_response();
    };
    let session = camera
        .checked_sub(1)
        .and_then(|device| web.driver.open_preview(device).ok());
    let Some(session) = session else {
        return (StatusCode::NOT_FOUND, "There is no such camera.\n").into_response();
    };
    upgrade
        .max_message_size(LARGEST_REQUEST)
        .on_upgrade(async move |socket| {
            serve(socket, Arc::new(session)).await;
            drop((permit, slot));
        })
}

async fn serve(mut socket: WebSocket, session: Arc<LiveSession>) {
    let (sender, mut frames) = mpsc::channel(QUEUE);
    let pulling = Arc::clone(&session);
    let started = thread::Builder::new()
        .name("page session".to_owned())
        .spawn(move || pull_frames(&pulling, &sender));
    if started.is_err() {
        return;
    }
    let mut delivered = 0;
    loop {
        let answer = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => {
                    delivered += u64::from(!frame.placeholder);
                    Message::Binary(message(&frame, delivered, session.dropped_frames()))
                }
                None => break,
            },
            request = socket.recv() => match request {
                Some(Ok(Message::Text(text))) => match ClockRequest::answer(&text) {
                    Some(answer) => Message::Text(answer.into()),
                    None => continue,
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => continue,
            },
        };
        if socket.send(answer).await.is_err() {
            break;
        }
    }
    session.close();
}

/// Runs on a thread of its own, as in a Recording Server, until the session or the page ends.
fn pull_frames(session: &LiveSession, page: &mpsc::Sender<Frame>) {
    while let Ok(frame) = session.next_frame(LONG) {
        if let Some(frame) = frame
            && page.blocking_send(frame).is_err()
        {
            return;
        }
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
        u8::from(frame.key) | u8::from(frame.discontinuity) << 1 | u8::from(frame.placeholder) << 2,
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
