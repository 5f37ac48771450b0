use alloc::boxed::Box;
use alloc::sync::Arc;
use core::mem;

use nom::Offset;
use rtmp_payload::Payload;

use crate::flv::video::codec::UnsupportedCodec;
use crate::nal::codec::NalCodec;
use crate::nal::parameter_sets::ParameterSets;

use super::codec::{self, AnyStream, Labels};
use super::counters::{Counters, add};
use super::event::VideoEvent;
use super::message::{self, Message};
use super::output::Output;
use super::picture::Header;
use super::stream::OtherCodec;

/// Turns the video messages of one stream into access units.
///
/// Messages go in, events come out: after every [`push`](Self::push), and after
/// [`finish`](Self::finish), [`poll_event`](Self::poll_event) yields what there is, until it yields
/// `None`. Nearly always a message is a picture, and comes out at once; the first picture of a
/// stream, and all pictures of a stream that was seen to cut them into several messages, come out
/// when the next one begins, or at the end.
///
/// An ordinary picture costs one look at each NAL length and slice header: start codes are written
/// over the lengths, and parameter sets are put into the free room in front of a sync point. What
/// the builder remembers is bounded whatever comes: 8 KiB of parameter sets (twice), 64 KiB of SEI,
/// and one picture.
///
/// ```
/// use flv_h264::{AccessUnitBuilder, SyncPoint, VideoEvent};
///
/// let mut builder = AccessUnitBuilder::new();
/// let header = [
///     0x17, 0, 0, 0, 0, 1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0, 5, 0x67, 0x42, 0xC0, 0x1E, 0x80, 1,
///     0, 2, 0x68, 0xCE,
/// ];
/// builder.push(0, header.to_vec().into())?;
/// let Some(VideoEvent::ParameterSets(sets)) = builder.poll_event() else {
///     panic!("the sequence header has parameter sets");
/// };
/// assert_eq!(sets.pps[0], [0x68, 0xCE].as_slice());
///
/// let idr = [0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88];
/// builder.push(0, idr.to_vec().into())?;
/// builder.finish();
/// let Some(VideoEvent::AccessUnit(unit)) = builder.poll_event() else {
///     panic!("a picture");
/// };
/// assert_eq!(unit.sync, SyncPoint::Idr);
/// assert!(unit.data.starts_with(&[0, 0, 0, 1, 0x67]));
/// assert!(unit.data.ends_with(&[0, 0, 0, 1, 0x65, 0x88]));
/// assert!(builder.poll_event().is_none());
/// # Ok::<(), flv_h264::UnsupportedCodec>(())
/// ```
#[derive(Debug, Default)]
pub struct AccessUnitBuilder {
    stream: AnyStream,
    /// What came in another codec than the stream has, and is not enough to go on with.
    candidate: Option<Box<AnyStream>>,
    labels: Labels,
    /// The track that is followed, once there was a message.
    track: Option<u8>,
    /// That of the stream before, of which something is known.
    known_track: Option<u8>,
    /// Messages of codecs that are not taken, since the last one of the stream.
    unsupported: u8,
}

/// So many messages in a row of a codec that is not taken are no slip: the encoder has changed to it.
const MAX_UNSUPPORTED: u8 = 8;

impl AccessUnitBuilder {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one video message: the body of the RTMP message or FLV tag, with room in front of it or
    /// not.
    ///
    /// Never an error for junk: that is counted and skipped.
    ///
    /// # Errors
    /// The stream has another codec than H.264 and H.265, from its beginning or for several messages.
    pub fn push(&mut self, timestamp_ms: u32, mut body: Payload) -> Result<(), UnsupportedCodec> {
        let counters = &mut self.stream.output_mut().counters;
        add(&mut counters.messages, 1);
        if body.len() < 2 {
            add(&mut counters.empty_messages, 1);
            return Ok(());
        }
        let selected = match message::select(&body, self.track) {
            Ok(selected) => selected,
            Err(unsupported) => return self.unsupported(unsupported),
        };
        add(&mut counters.other_track_messages, selected.others);
        match selected.message {
            Message::SequenceHeader(codec, record) => {
                self.follow(selected.track);
                self.unsupported = 0;
                self.sequence_header(codec, record);
            }
            Message::Coded(codec, coded) => {
                self.follow(selected.track);
                self.unsupported = 0;
                let header = Header::new(timestamp_ms, &coded);
                let (offset, length) = (body.offset(coded.data), coded.data.len());
                body.advance(offset);
                body.truncate(length);
                self.coded(codec, header, body);
            }
            Message::EndOfSequence => self.stream.end_of_sequence(),
            Message::NoPicture => add(&mut counters.non_picture_messages, 1),
            Message::OtherTracks => {}
            Message::UndefinedCodecId => add(&mut counters.undefined_codec_ids, 1),
            Message::Malformed => add(&mut counters.malformed_messages, 1),
        }
        Ok(())
    }

    /// A message of another codec ends nothing by itself where there is something to lose.
    #[cold]
    fn unsupported(&mut self, unsupported: UnsupportedCodec) -> Result<(), UnsupportedCodec> {
        self.unsupported = self.unsupported.saturating_add(1);
        if self.stream.is_blank() || self.unsupported >= MAX_UNSUPPORTED {
            return Err(unsupported);
        }
        let counters = &mut self.stream.output_mut().counters;
        add(&mut counters.messages_of_other_codecs, 1);
        Ok(())
    }

    /// What has become of the messages so far; `None` until the next one.
    pub fn poll_event(&mut self) -> Option<VideoEvent> {
        self.stream.output_mut().poll_event()
    }

    /// Whether a picture has come and is held back, because the next message may go on with it.
    pub const fn holds_picture(&self) -> bool {
        self.stream.holds_picture()
    }

    /// Whether that is so only because too little has come to tell how the stream is cut into
    /// messages. If nothing more comes for a while, it is complete ([`release`](Self::release)).
    pub const fn holds_first_picture(&self) -> bool {
        self.stream.holds_first_picture()
    }

    /// The picture that is held back has been waited for long enough.
    pub fn release(&mut self) {
        self.stream.release();
    }

    /// The stream ends: what is held back comes out. The builder may go on with the source's next
    /// stream ([`into_successor`](Self::into_successor)).
    pub fn finish(&mut self) {
        self.stream.finish();
    }

    /// A builder for the next stream of the same source, which knows the parameter sets and the
    /// habits of this one, and has counted and told nothing.
    #[must_use]
    pub fn into_successor(mut self) -> Self {
        self.finish();
        *self.stream.output_mut() = Output::default();
        self.candidate = None;
        self.known_track = self.track.take().or(self.known_track);
        self.unsupported = 0;
        self
    }

    /// Intra pictures that are flagged as key frames, and recovery points that are not, are sync points
    /// from now on, until there is a picture at which decoding starts by the standard. That happens by
    /// itself when the timestamps have gone on for two seconds; by this it can also happen by another
    /// clock.
    pub const fn start_at_intra_pictures(&mut self) {
        self.stream.start_at_intra_pictures();
    }

    /// The newest parameter sets; `None` before there are any.
    pub fn parameter_sets(&self) -> Option<&Arc<ParameterSets>> {
        self.stream.parameter_sets()
    }

    /// What was seen and skipped so far.
    pub const fn counters(&self) -> Counters {
        self.stream.output().counters
    }

    #[inline]
    fn follow(&mut self, track: u8) {
        if self.track != Some(track) {
            self.follow_another(track);
        }
    }

    /// The first track, or a lower one than the one followed so far.
    #[cold]
    fn follow_another(&mut self, track: u8) {
        let known = self.track.or(self.known_track);
        if known.is_some_and(|known| known != track) {
            self.begin_anew();
        }
        self.track = Some(track);
    }

    /// Another track takes over, with nothing known about it.
    fn begin_anew(&mut self) {
        self.release();
        let takes_over = !self.stream.is_blank();
        let output = mem::take(self.stream.output_mut());
        *self = Self {
            stream: AnyStream::new(self.stream.codec(), output, takes_over),
            ..Self::default()
        };
    }
}

/// Which codec a message has.
impl AccessUnitBuilder {
    fn sequence_header(&mut self, label: NalCodec, bytes: &[u8]) {
        if !self.stream.repeats_sequence_header(bytes)
            && let Some(codec) = codec::of_sequence_header(label, bytes)
        {
            self.labels.mean(label, codec);
        }
        let codec = self.labels.codec(label);
        if codec == self.stream.codec() {
            self.candidate = None;
            self.stream.sequence_header(bytes);
        } else {
            self.other_codec(codec, |stream| stream.sequence_header(bytes));
        }
    }

    fn coded(&mut self, label: NalCodec, header: Header, body: Payload) {
        let codec = self.labels.codec(label);
        if codec != self.stream.codec() {
            // Whatever else it could be, it is told by its sequence header.
            self.other_codec(codec, |stream| drop(stream.coded(header, body)));
            return;
        }
        if self.candidate.is_some() {
            self.candidate = None;
        }
        if let Err(other) = self.stream.coded(header, body) {
            let OtherCodec {
                codec,
                header,
                body,
            } = other;
            self.labels.mean(label, codec);
            self.other_codec(codec, |stream| drop(stream.coded(header, body)));
        }
    }

    /// A message of another codec than the stream has. The stream goes on with it as soon as there
    /// is anything that could be decoded; if it is junk, nothing is lost.
    fn other_codec(&mut self, codec: NalCodec, take: impl FnOnce(&mut AnyStream)) {
        let takes_over = !self.stream.is_blank();
        let candidate = self.candidate.take().filter(|it| it.codec() == codec);
        let mut next = candidate
            .unwrap_or_else(|| Box::new(AnyStream::new(codec, Output::default(), takes_over)));
        next.output_mut().count_on(self.stream.output());
        take(&mut next);
        self.stream.output_mut().count_on(next.output());
        if takes_over && next.is_blank() {
            self.candidate = Some(next);
            return;
        }
        self.release();
        let mut output = mem::take(self.stream.output_mut());
        output.events.append(&mut next.output_mut().events);
        *next.output_mut() = output;
        self.stream = *next;
    }
}
