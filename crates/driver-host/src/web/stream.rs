//! The frames of a session over a WebSocket. A thread pulls them, as in a Recording Server; what a slow page leaves lying
//! belongs to the session, which counts what it drops.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use milestone_driver::{Driver, NextFrameError};
use tokio::sync::mpsc;

use super::Web;
use super::connections::Slot;

/// What a page is sent.
pub(super) trait Stream: Sized + Send + Sync + 'static {
    type Frame: Send;

    /// What the thread is called that pulls frames.
    const THREAD: &str;
    /// Frames between session and socket.
    const QUEUE: usize;
    /// What there is not, where there is no such session.
    const MISSING: &str;

    /// A session on a device, counted from 0, if there is such a device.
    fn open(driver: &Driver, device: usize) -> Option<Self>;

    /// The session's next frame.
    fn next_frame(&self, timeout: Duration) -> Result<Option<Self::Frame>, NextFrameError>;

    /// Ends the session.
    fn close(&self);

    /// The message for a frame.
    fn message(&self, frame: &Self::Frame) -> Bytes;

    /// The answer to what a page says, if that is anything.
    fn answer(&self, text: &str) -> Option<String>;
}

/// How long the session waits for a frame. Closing it ends that before.
const LONG: Duration = Duration::from_secs(60);
/// Pages ask for the clock at most.
const LARGEST_REQUEST: usize = 1024;

/// Sends what a session of its own has, if there is room for one more.
pub(super) async fn connect<S: Stream>(
    State(web): State<Web>,
    Path(camera): Path<usize>,
    Extension(slot): Extension<Slot>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(permit) = Arc::clone(&web.live_sessions).try_acquire_owned() else {
        let full = "Too many pages are open.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, full).into_response();
    };
    let device = camera.checked_sub(1);
    let Some(stream) = device.and_then(|device| S::open(&web.driver, device)) else {
        let missing = format!("There is no such {}.\n", S::MISSING);
        return (StatusCode::NOT_FOUND, missing).into_response();
    };
    upgrade
        .max_message_size(LARGEST_REQUEST)
        .on_upgrade(async move |socket| {
            serve(socket, Arc::new(stream)).await;
            drop((permit, slot));
        })
}

async fn serve<S: Stream>(mut socket: WebSocket, stream: Arc<S>) {
    let (sender, mut frames) = mpsc::channel(S::QUEUE);
    let pulling = Arc::clone(&stream);
    let started = thread::Builder::new()
        .name(S::THREAD.to_owned())
        .spawn(move || pull_frames(&*pulling, &sender));
    if started.is_err() {
        return;
    }
    loop {
        let answer = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => Message::Binary(stream.message(&frame)),
                None => break,
            },
            request = socket.recv() => match request {
                Some(Ok(Message::Text(text))) => match stream.answer(&text) {
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
    stream.close();
}

/// Until the session or the page ends.
fn pull_frames<S: Stream>(stream: &S, page: &mpsc::Sender<S::Frame>) {
    while let Ok(frame) = stream.next_frame(LONG) {
        if let Some(frame) = frame
            && page.blocking_send(frame).is_err()
        {
            return;
        }
    }
}
