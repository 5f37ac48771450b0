//! The streams that a peer publishes on one connection.

use std::time::{Duration, Instant};

use super::event::StreamId;

/// The message stream of the connection itself (RTMP 1.0 section 7.2.1.3), on which some peers
/// publish all the same.
const CONTROL_STREAM: StreamId = StreamId(0);

/// One accepted publish.
pub(super) struct Publication {
    pub(super) stream: StreamId,
    pub(super) name: String,
    /// When its first video message has to be there; none once it was.
    pub(super) video_by: Option<Instant>,
}

/// The accepted publishes of a connection: mostly one, never many.
#[derive(Default)]
pub(super) struct Publications(Vec<Publication>);

impl Publications {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, publication: Publication) {
        self.0.push(publication);
    }

    pub(super) fn contains(&self, stream: StreamId) -> bool {
        self.0.iter().any(|it| it.stream == stream)
    }

    pub(super) fn remove(&mut self, stream: StreamId) -> Option<Publication> {
        let index = self.0.iter().position(|it| it.stream == stream)?;
        Some(self.0.remove(index))
    }

    /// The publish that media on `stream` belong to.
    ///
    /// Peers that publish on message stream 0 send their media there or on 1, and some send media
    /// on 0 whatever they published on. With a single publish there is no doubt about what they
    /// mean.
    pub(super) fn of_media(&mut self, stream: StreamId) -> Option<&mut Publication> {
        let index = match self.0.iter().position(|it| it.stream == stream) {
            Some(index) => index,
            None => match self.0.as_slice() {
                [only] if only.stream == CONTROL_STREAM || stream == CONTROL_STREAM => 0,
                _ => return None,
            },
        };
        self.0.get_mut(index)
    }

    /// The publish that FCUnpublish names: what counts is the name, but a peer with a single
    /// publish means that one.
    pub(super) fn named(&self, name: &str) -> Option<StreamId> {
        let named = self.0.iter().find(|it| it.name == name);
        match (named, self.0.as_slice()) {
            (Some(publication), _) | (None, [publication]) => Some(publication.stream),
            _ => None,
        }
    }

    pub(super) fn streams(&self) -> Vec<u32> {
        self.0.iter().map(|it| it.stream.0).collect()
    }

    /// When the first of the missing videos has to be there.
    pub(super) fn video_by(&self) -> Option<Instant> {
        self.0.iter().filter_map(|it| it.video_by).min()
    }

    /// Gives each of the missing videos more time.
    pub(super) fn put_off_video(&mut self, by: Duration) {
        for publication in &mut self.0 {
            publication.video_by = publication.video_by.and_then(|at| at.checked_add(by));
        }
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Publication> {
        self.0.drain(..)
    }
}
