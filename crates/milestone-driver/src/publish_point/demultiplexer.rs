//! From a publisher's messages to the tracks.

use std::task::Waker;
use std::time::Instant;

use flv_h264::{UnsupportedCodec, VideoCodec, flv::OnMetaData};
use rtmp_server::{Media, MediaKind, Status};

use super::publish::{Known, Publish, Source};
use super::sound::SoundTrack;
use super::video::VideoTrack;
use super::words::in_a_line;
use crate::log::Escaped;

/// What becomes of the messages of a publish.
pub(super) struct Demultiplexer {
    publish: Publish,
    video: VideoTrack,
    sound: SoundTrack,
    /// What `onMetaData` says of the video.
    declared_codec: Option<VideoCodec>,
}

impl Demultiplexer {
    pub(super) fn new(publish: Publish, video: VideoTrack, sound: SoundTrack) -> Self {
        Self {
            publish,
            video,
            sound,
            declared_codec: None,
        }
    }

    /// What is known before the first message.
    pub(super) fn begin(&mut self) {
        self.video.begin(&self.publish);
    }

    pub(super) fn media(&mut self, now: Instant, media: Media) -> Result<(), Status> {
        let publish = &mut self.publish;
        publish.now = Some(now);
        match media.kind {
            MediaKind::Video => {
                let arrival = publish.arrival(media.first_byte_at.unwrap_or(now));
                let taken = self
                    .video
                    .message(publish, arrival, media.timestamp.0, media.payload);
                return taken.map_err(|unsupported| self.refuse(unsupported));
            }
            MediaKind::Audio => {
                let arrival = publish.arrival(media.first_byte_at.unwrap_or(now));
                self.sound
                    .message(publish, arrival, media.timestamp.0, media.payload);
            }
            MediaKind::Data => {
                if let Some(declared) = OnMetaData::parse(&media.payload) {
                    self.sound.declare(&declared);
                    self.declared_codec = declared.video_codec.or(self.declared_codec);
                    publish
                        .point
                        .set_declared(publish.number(), in_a_line(&declared));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Something has come that is video of a codec that is taken.
    pub(super) fn has_video(&self) -> bool {
        self.video.has_come()
    }

    /// A track may have no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.video.writer.is_full() || self.sound.writer.is_full()
    }

    /// Until when the publisher has to wait for room on the tracks, unless `waker` is woken before.
    pub(super) fn poll_room(&mut self, now: Instant, waker: &Waker) -> Option<Instant> {
        let video = self.video.writer.poll_room(now, waker);
        let sound = self.sound.writer.poll_room(now, waker);
        video.max(sound)
    }

    /// Wakes the sessions that wait for what has come.
    pub(super) fn flush(&mut self) {
        self.video.flush();
        self.sound.flush();
    }

    /// Delivers the first picture if nothing more has come for a while.
    pub(super) fn release_first_picture(&mut self, now: Instant, silent_since: Instant) {
        self.video
            .release_first_picture(&mut self.publish, now, silent_since);
    }

    /// Delivers what is held back, and ends the publish.
    pub(super) fn end(&mut self, reason: &str) -> Known {
        self.video.finish(&mut self.publish);
        self.publish
            .point
            .publish_ended(self.publish.number(), reason);
        Known {
            video: self.video.take_builder().into_successor(),
            sound: self.sound.take_builder().into_successor(),
        }
    }

    /// The publisher has stopped publishing, but is still connected.
    pub(super) fn remember(&self, source: Source) {
        self.publish.point.remember(source);
    }

    fn refuse(&self, unsupported: UnsupportedCodec) -> Status {
        let codec = Escaped::foreign(&unsupported.codec.to_string()).to_string();
        let refusal = Status::rejected(format!(
            "The video is {codec}, but H.264 or H.265 is needed: set the encoder's video codec to H.264 (AVC) or H.265 \
             (HEVC)"
        ));
        self.refuse_codec(&codec, &refusal.description);
        refusal
    }

    /// No message was video of any codec that has a name; what the source declares tells what it may have been.
    pub(super) fn refuse_declared_codec(&self) {
        if let Some(codec) = self
            .declared_codec
            .filter(|codec| !matches!(codec, VideoCodec::Avc | VideoCodec::Hevc))
        {
            let codec = Escaped::foreign(&codec.to_string()).to_string();
            let description = format!(
                "Nothing that came is video, and onMetaData declares {codec}, but H.264 or H.265 is needed: set the \
                 encoder's video codec to H.264 (AVC) or H.265 (HEVC)"
            );
            self.refuse_codec(&codec, &description);
        }
    }

    fn refuse_codec(&self, codec: &str, description: &str) {
        let publish = &self.publish;
        publish
            .point
            .refuse_codec(publish.number(), codec, description);
    }
}
