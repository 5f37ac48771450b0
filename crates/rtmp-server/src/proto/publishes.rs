//! The streams that a peer publishes on one connection.

use std::time::{Duration, Instant};

use super::request::{PublishType, StreamId};

/// One accepted publish.
pub(super) struct Publish {
    pub(super) stream: StreamId,
    pub(super) name: String,
    pub(super) publish_type: PublishType,
    /// When its first video message has to be there; none if that limit was lifted.
    pub(super) video_by: Option<Instant>,
    /// It was there.
    pub(super) has_video: bool,
}

/// The accepted publishes of a connection: mostly one, never many.
#[derive(Default)]
pub(super) struct Publishes {
    accepted: Vec<Publish>,
    /// There were several at a time: the peer tells its message streams apart.
    several: bool,
    /// The name of the one that ended last.
    ended: Option<String>,
}

impl Publishes {
    pub(super) fn len(&self) -> usize {
        self.accepted.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.accepted.is_empty()
    }

    pub(super) fn add(&mut self, publish: Publish) {
        self.accepted.push(publish);
        self.several |= self.accepted.len() > 1;
    }

    pub(super) fn contains(&self, stream: StreamId) -> bool {
        self.accepted.iter().any(|it| it.stream == stream)
    }

    pub(super) fn remove(&mut self, stream: StreamId) -> Option<Publish> {
        let index = self.accepted.iter().position(|it| it.stream == stream)?;
        let publish = self.accepted.remove(index);
        self.ended = Some(publish.name.clone());
        Some(publish)
    }

    /// The publish that media on `stream` belong to.
    ///
    /// Peers that publish on message stream 0 send their media there or on 1, some send media on 0
    /// or 1 whatever they published on, and some on the stream of an earlier publish. With a single
    /// publish there is no doubt about what they mean, unless there was another one beside it.
    pub(super) fn of_media(&mut self, stream: StreamId) -> Option<&mut Publish> {
        let index = match self.accepted.iter().position(|it| it.stream == stream) {
            Some(index) => index,
            None => match self.accepted.as_slice() {
                [_only] if !self.several => 0,
                [only] if only.stream == StreamId::CONTROL || stream == StreamId::CONTROL => 0,
                _ => return None,
            },
        };
        self.accepted.get_mut(index)
    }

    /// Whether this is published on `stream`.
    pub(super) fn is_published(
        &self,
        stream: StreamId,
        name: &str,
        publish_type: &PublishType,
    ) -> bool {
        self.accepted
            .iter()
            .any(|it| it.stream == stream && it.name == name && it.publish_type == *publish_type)
    }

    /// The publish that has this name.
    pub(super) fn of_name(&self, name: &str) -> Option<StreamId> {
        let publish = self.accepted.iter().find(|it| it.name == name)?;
        Some(publish.stream)
    }

    /// The publish that FCUnpublish names: what counts is the name, but a peer that never had more than
    /// one at a time means that one, unless it says once more that the one before has ended.
    pub(super) fn named(&self, name: &str) -> Option<StreamId> {
        let has_ended = self.ended.as_deref() == Some(name);
        self.of_name(name)
            .or_else(|| self.only().filter(|_| !has_ended))
    }

    /// The publish that closeStream on `stream` ends: that of the message stream which it numbers, as
    /// some do on the stream of the connection, or else of the one that it comes on. On the stream of the
    /// connection, and without a number, it can only mean the only one.
    pub(super) fn closed(&self, stream: StreamId, numbered: Option<StreamId>) -> Option<StreamId> {
        numbered
            .into_iter()
            .chain([stream])
            .find(|stream| self.contains(*stream))
            .or_else(|| {
                let says_nothing = stream == StreamId::CONTROL && numbered.is_none();
                self.only().filter(|_| says_nothing)
            })
    }

    /// The publish of a peer that never had more than one at a time.
    fn only(&self) -> Option<StreamId> {
        match self.accepted.as_slice() {
            [publish] if !self.several => Some(publish.stream),
            _ => None,
        }
    }

    pub(super) fn streams(&self) -> Vec<StreamId> {
        self.accepted.iter().map(|it| it.stream).collect()
    }

    /// When the first of the missing videos has to be there.
    pub(super) fn video_by(&self) -> Option<Instant> {
        let missing = self.accepted.iter().filter(|it| !it.has_video);
        missing.filter_map(|it| it.video_by).min()
    }

    pub(super) fn set_has_video(&mut self, stream: StreamId, has_video: bool) {
        if let Some(publish) = self.accepted.iter_mut().find(|it| it.stream == stream) {
            publish.has_video = has_video;
        }
    }

    /// Gives each of the missing videos more time.
    pub(super) fn put_off_video(&mut self, by: Duration) {
        for publish in &mut self.accepted {
            publish.video_by = publish.video_by.and_then(|at| at.checked_add(by));
        }
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Publish> {
        self.accepted.drain(..)
    }
}
