//! The session: all that a recorded publisher sent, from its handshake to its last picture, in frozen time.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use rtmp_server::proto::EnhancedCapabilities;
use rtmp_server::{Event, ServerSession, SessionConfig};

use crate::Case;

const FFMPEG: &[u8] = include_bytes!("../../../rtmp-server/tests/sessions/ffmpeg.rtmp");
const OBS: &[u8] = include_bytes!("../../../rtmp-server/tests/sessions/obs.rtmp");

const PIECE: usize = 16 * 1024;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("session/ffmpeg", FFMPEG, 47 + 132 + 1),
        case("session/obs", OBS, 31 + 45 + 1),
    ]
}

fn case(name: &'static str, bytes: &'static [u8], media: usize) -> Case {
    let now = Instant::now();
    let config = Arc::new(SessionConfig::default());
    Case::new(name, "media message", media, move || {
        let session = ServerSession::new(Arc::clone(&config), now, &[0; 1528]);
        let mut publish = Publish {
            session,
            now,
            media: 0,
        };
        for piece in black_box(bytes).chunks(PIECE) {
            publish.feed(piece);
        }
        publish.media
    })
}

struct Publish {
    session: ServerSession,
    now: Instant,
    media: usize,
}

impl Publish {
    fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Ok(taken) = self.session.handle_input(self.now, bytes) else {
                return;
            };
            bytes = bytes.get(taken..).unwrap_or_default();
            self.poll();
        }
    }

    fn poll(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::ConnectRequested(_) => {
                    self.session
                        .accept_connect(self.now, &EnhancedCapabilities::none());
                }
                Event::PublishRequested(request) => {
                    self.session.accept_publish(self.now, request.id);
                }
                Event::Media { media, .. } => {
                    black_box(media);
                    self.media += 1;
                }
                _ => {}
            }
        }
        while let Some(bytes) = self.session.poll_transmit() {
            self.session.handle_transmitted(self.now, bytes.len());
        }
    }
}
