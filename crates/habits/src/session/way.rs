//! The way of a session through the server.

use std::time::{Duration, Instant};

use rtmp_chunk::Message;
use rtmp_server::proto::EnhancedCapabilities;
use rtmp_server::{Event, Media, MediaKind, PublishRequest, ServerSession, SessionConfig};

use super::{OF_SESSIONS, Session, compose_session, is_audio_or_video};

/// What the server makes of a session.
#[derive(Debug, Default)]
pub struct Received {
    /// What it wanted to publish.
    pub requests: Vec<PublishRequest>,
    /// Audio, video and data.
    pub media: Vec<Media>,
    /// The publish was ended by whoever sent it.
    pub ended: bool,
}

/// Plays a session to a server that accepts every publish.
///
/// # Errors
/// The server ended it.
pub fn receive(session: &Session) -> Result<Received, String> {
    let mut now = Instant::now();
    let mut server = ServerSession::new(SessionConfig::default(), now, &[0; 1528]);
    let mut received = Received::default();
    let bytes = session.bytes();
    for (mut piece, pause) in session.arrival.pieces(&bytes) {
        while !piece.is_empty() {
            let taken = server.handle_input(now, piece);
            piece = &piece[taken.map_err(|error| error.to_string())?..];
            received.take(&mut server, now);
        }
        // Before there is video, and behind its end, there is no time to lose.
        let has_video = received.media.iter().any(|it| it.kind == MediaKind::Video);
        if has_video && !received.ended {
            now += pause;
            server
                .handle_timeout(now)
                .map_err(|error| error.to_string())?;
            received.take(&mut server, now);
        }
    }
    Ok(received)
}

impl Received {
    fn take(&mut self, server: &mut ServerSession, now: Instant) {
        while let Some(event) = server.poll_event() {
            match event {
                Event::ConnectRequested(_) => {
                    server.accept_connect(now, &EnhancedCapabilities::none());
                }
                Event::PublishRequested(request) => {
                    server.accept_publish(now, request.id);
                    self.requests.push(request);
                }
                Event::Media { media, .. } => self.media.push(media),
                Event::PublishEnded { .. } => self.ended = true,
                _ => {}
            }
        }
        while let Some(bytes) = server.poll_transmit() {
            server.handle_transmitted(now, bytes.len());
        }
    }
}

/// A message of audio or video: whether it is video, the time since the first one, and its body.
type Heard<'a> = (bool, u32, &'a [u8]);

impl Session {
    /// What arrives, piece by piece, and how long nothing comes behind each.
    pub fn arrivals(&self) -> Vec<(Vec<u8>, Duration)> {
        let bytes = self.bytes();
        let pieces = self.arrival.pieces(&bytes);
        pieces
            .map(|(piece, pause)| (piece.to_vec(), pause))
            .collect()
    }

    /// Sends the session with habits. The server is asked for the same path, and hands on the same
    /// audio and video in the same order at the same times: in the order of each, where chunks of
    /// both take turns.
    ///
    /// # Errors
    /// It does not.
    pub fn check(&self, habits: &[(u8, u32)]) -> Result<(), String> {
        let mut session = self.clone();
        compose_session(&mut session, habits);
        let differs = |what: String| format!("{what} with {:?}", names(habits));
        let received = receive(&session).map_err(differs)?;

        let [request] = received.requests.as_slice() else {
            return Err(differs(format!("{} requests", received.requests.len())));
        };
        let ornament = |c: char| c == '/' || c.is_whitespace();
        let path = self.address.path.as_str();
        if !request
            .addresses()
            .any(|address| address.path.trim_matches(ornament) == path)
        {
            return Err(differs(format!(
                "{:?} and {:?} are not {path}",
                request.app, request.stream_name
            )));
        }

        let sent = self.messages.iter().filter(|it| is_audio_or_video(it));
        let mut sent = heard(sent.map(of_message).filter(|(.., body)| !body.is_empty()));
        let mut came = heard(received.media.iter().filter_map(of_media));
        if session.chunking.interleaved {
            sent.sort_by_key(|(is_video, ..)| *is_video);
            came.sort_by_key(|(is_video, ..)| *is_video);
        }
        let first = sent.iter().zip(&came).position(|(sent, came)| sent != came);
        match first {
            Some(index) => Err(differs(format!("message {index} is another"))),
            None if sent.len() != came.len() => Err(differs(format!(
                "{} messages went in and {} came out",
                sent.len(),
                came.len()
            ))),
            None => Ok(()),
        }
    }
}

/// The habits by name.
pub(crate) fn names(habits: &[(u8, u32)]) -> Vec<(&'static str, u32)> {
    habits
        .iter()
        .map(|(index, detail)| {
            let (name, _) = OF_SESSIONS[usize::from(*index) % OF_SESSIONS.len()];
            (name, *detail)
        })
        .collect()
}

fn of_message(message: &Message) -> Heard<'_> {
    let is_video = message.header.message_type == rtmp_chunk::MessageType::VIDEO;
    (is_video, message.header.timestamp.0, &message.payload)
}

fn of_media(media: &Media) -> Option<Heard<'_>> {
    let is_video = match media.kind {
        MediaKind::Video => true,
        MediaKind::Audio => false,
        _ => return None,
    };
    Some((is_video, media.timestamp.0, &media.payload))
}

/// With times since the first video: audio beside it may come before it or after it.
fn heard<'a>(messages: impl Iterator<Item = Heard<'a>>) -> Vec<Heard<'a>> {
    let mut messages: Vec<_> = messages.collect();
    let first = messages.iter().find(|(is_video, ..)| *is_video);
    let first = first.map_or(0, |(_, timestamp, _)| *timestamp);
    for (_, timestamp, _) in &mut messages {
        *timestamp = timestamp.wrapping_sub(first);
    }
    messages
}
