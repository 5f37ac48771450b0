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

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use milestone_driver::{AudioEncoding, MicrophoneSession, SoundFrame};
use tokio::sync::mpsc;

use super::Web;
use super::connections::Slot;

const HEADER_BYTES: usize = 16;
/// How long the session waits for a frame. Closing it ends that before.
const LONG: Duration = Duration::from_secs(60);
/// Frames between session and socket: those of a look at the microphone.
const QUEUE: usize = 16;
/// Pages say nothing.
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
        .and_then(|device| web.driver.open_microphone_preview(device).ok());
    let Some(session) = session else {
        return (StatusCode::NOT_FOUND, "There is no such microphone.\n").into_response();
    };
    upgrade
        .max_message_size(LARGEST_REQUEST)
        .on_upgrade(async move |socket| {
            serve(socket, Arc::new(session)).await;
            drop((permit, slot));
        })
}

async fn serve(mut socket: WebSocket, session: Arc<MicrophoneSession>) {
    let (sender, mut frames) = mpsc::channel(QUEUE);
    let pulling = Arc::clone(&session);
    let started = thread::Builder::new()
        .name("page sound".to_owned())
        .spawn(move || pull_frames(&pulling, &sender));
    if started.is_err() {
        return;
    }
    loop {
        let frame = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => message(&frame),
                None => break,
            },
            request = socket.recv() => match request {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => continue,
            },
        };
        if socket.send(Message::Binary(frame)).await.is_err() {
            break;
        }
    }
    session.close();
}

/// Runs on a thread of its own, as in a Recording Server, until the session or the page ends.
fn pull_frames(session: &MicrophoneSession, page: &mpsc::Sender<SoundFrame>) {
    while let Ok(frame) = session.next_frame(LONG) {
        if let Some(frame) = frame
            && page.blocking_send(frame).is_err()
        {
            return;
        }
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
