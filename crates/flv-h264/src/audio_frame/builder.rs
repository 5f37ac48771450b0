use alloc::collections::VecDeque;
use alloc::vec::Vec;

use nom::Offset;
use rtmp_payload::Payload;

use crate::aac::adts::{AdtsFrame, AdtsFrames, AdtsHeader};
use crate::aac::configuration::{AudioSpecificConfig, NotInAdts};
use crate::access_unit::counters::add;
use crate::flv::script::on_meta_data::OnMetaData;

use super::counters::AudioCounters;
use super::event::{AudioEvent, AudioFrame, AudioHabit};
use super::format::AudioFormat;
use super::left_out::LeftOut;
use super::message::{self, Message, adts_header, is_loas};
use super::time::MessageTime;

/// Turns the audio messages of one stream into frames.
///
/// Messages go in, events come out: after every [`push`](Self::push),
/// [`poll_event`](Self::poll_event) yields what there is, until it yields `None`. Nothing is held
/// back, so nothing has to be finished. Nothing is an error either: what cannot be delivered is
/// told ([`AudioEvent::LeftOut`]) and counted.
///
/// An ordinary frame of AAC gets its ADTS header in the free room in front of the message, or over
/// the tag's header where that suffices; samples of G.711 and PCM stay where they are. What the
/// builder remembers is bounded whatever comes: a sequence header of 1 KiB.
///
/// ```
/// use flv_h264::{AudioEvent, AudioFrameBuilder};
///
/// let mut builder = AudioFrameBuilder::new();
/// builder.push(0, vec![0xAF, 0, 0x12, 0x10].into());
/// builder.push(23, vec![0xAF, 1, 0x21, 0x10, 0x04].into());
/// let Some(AudioEvent::Format(format)) = builder.poll_event() else {
///     panic!("the format of the first frame");
/// };
/// assert_eq!(format.to_string(), "AAC, 44100 Hz, stereo");
/// let Some(AudioEvent::Frame(frame)) = builder.poll_event() else {
///     panic!("a frame");
/// };
/// assert_eq!((frame.timestamp_ms, frame.samples), (23, 1024));
/// assert_eq!(frame.data[..2], [0xFF, 0xF1]);
/// assert_eq!(frame.data[7..], [0x21, 0x10, 0x04]);
/// assert!(builder.poll_event().is_none());
/// ```
#[derive(Debug, Default)]
pub struct AudioFrameBuilder {
    events: VecDeque<AudioEvent>,
    /// The track that is followed, once there was a message.
    track: Option<u8>,
    /// That of the stream before, of which something is known.
    known_track: Option<u8>,
    aac: Option<Aac>,
    /// The sample rate of onMetaData in Hz.
    declared_rate: Option<u32>,
    told: Told,
    counters: AudioCounters,
}

/// What is known of AAC that has no headers of its own.
#[derive(Debug)]
struct Aac {
    /// The last good sequence header, as it came, unless it was absurdly long.
    sequence_header: Vec<u8>,
    /// What it says, if it was one of MPEG-4.
    config: Option<AudioSpecificConfig>,
    /// What stands in front of frames.
    header: Result<AdtsHeader, NotInAdts>,
}

/// What the events have told.
#[derive(Debug, Default)]
struct Told {
    /// The last word about the stream as a whole.
    stream: Option<Result<AudioFormat, LeftOut>>,
    /// What is told once.
    once: u8,
}

/// The longest sequence header that is remembered to recognise its repetition.
const MAX_SEQUENCE_HEADER: usize = 1024;

/// The most frames of one message.
const MAX_FRAMES: usize = 256;

/// How many events there is room for without being asked again.
const EVENTS_KEPT: usize = 32;

impl AudioFrameBuilder {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one audio message: the body of the RTMP message or FLV tag, with room in front of it or
    /// not.
    pub fn push(&mut self, timestamp_ms: u32, mut body: Payload) {
        add(&mut self.counters.messages, 1);
        if body.len() < 2 {
            return add(&mut self.counters.empty_messages, 1);
        }
        let selected = message::select(&body, self.track, self.declared_rate);
        add(&mut self.counters.other_track_messages, selected.others);
        let time = MessageTime {
            timestamp_ms,
            nanos: selected.nanos,
        };
        let track = selected.track;
        match selected.message {
            Message::SequenceHeader(header) => {
                self.follow(track);
                self.sequence_header(header);
            }
            Message::Aac(data) => {
                let (offset, length) = (body.offset(data), data.len());
                self.follow(track);
                body.advance(offset);
                body.truncate(length);
                self.aac(time, body);
            }
            Message::Samples(format, data) => {
                let (offset, length) = (body.offset(data), data.len());
                self.follow(track);
                body.advance(offset);
                body.truncate(length);
                self.samples(time, format, body);
            }
            Message::LeftOut(reason) => {
                self.follow(track);
                self.leave_out(reason);
            }
            Message::NoSound => add(&mut self.counters.silent_messages, 1),
            Message::OtherTracks => {}
            Message::Malformed => add(&mut self.counters.malformed_messages, 1),
        }
    }

    /// What has become of the messages so far; `None` until the next one.
    pub fn poll_event(&mut self) -> Option<AudioEvent> {
        let event = self.events.pop_front();
        if self.events.is_empty() && self.events.capacity() > EVENTS_KEPT {
            self.events = VecDeque::new();
        }
        event
    }

    /// What the source says of its sound in onMetaData. Believed where a tag's own bits cannot say
    /// it: the rate of PCM of 8, 16, 32 and 48 kHz. What comes later need not say it again.
    pub fn declare(&mut self, declared: &OnMetaData) {
        let rate = declared.audio_sample_rate.map(|rate| rate as u32);
        self.declared_rate = rate.or(self.declared_rate);
    }

    /// A builder for the next stream of the same source, which knows the sequence header of this
    /// one, and has counted and told nothing.
    #[must_use]
    pub fn into_successor(self) -> Self {
        Self {
            known_track: self.track.or(self.known_track),
            aac: self.aac,
            ..Self::default()
        }
    }

    /// The newest sequence header; `None` before there is one.
    pub fn audio_specific_config(&self) -> Option<&AudioSpecificConfig> {
        self.aac.as_ref()?.config.as_ref()
    }

    /// What was seen and skipped so far.
    pub const fn counters(&self) -> AudioCounters {
        self.counters
    }

    /// Another track than the one followed so far, which is a lower one, or than that of the stream before takes
    /// over, with nothing known about it.
    fn follow(&mut self, track: u8) {
        let known = self.track.or(self.known_track);
        if known.is_some_and(|known| known != track) {
            self.aac = None;
        }
        self.track = Some(track);
    }

    /// A sequence header replaces the one before.
    fn sequence_header(&mut self, bytes: &[u8]) {
        let before = self.aac.as_ref().map(|aac| aac.sequence_header.as_slice());
        if !bytes.is_empty() && before == Some(bytes) {
            return add(&mut self.counters.repeated_sequence_headers, 1);
        }
        let (config, header) = match (adts_header(bytes), AudioSpecificConfig::parse(bytes)) {
            (Some(header), _) => (None, Ok(header)),
            (None, Ok(config)) => (Some(config), config.adts_header()),
            (None, Err(_)) => return add(&mut self.counters.broken_sequence_headers, 1),
        };
        add(
            &mut self.counters.sequence_header_changes,
            before.is_some().into(),
        );
        if let Err(reason) = header {
            self.report_stream(Err(LeftOut::NotInAdts(reason)));
        }
        let is_kept = bytes.len() <= MAX_SEQUENCE_HEADER;
        self.aac = Some(Aac {
            sequence_header: if is_kept { bytes.to_vec() } else { Vec::new() },
            config,
            header,
        });
    }
}

/// Frames.
impl AudioFrameBuilder {
    fn aac(&mut self, time: MessageTime, body: Payload) {
        let data = &*body;
        if data.is_empty() {
            return add(&mut self.counters.empty_messages, 1);
        }
        if let Some(header) = adts_header(data) {
            return self.adts(time, header, body);
        }
        if is_loas(data) {
            return self.leave_out(LeftOut::Loas);
        }
        match self.aac.as_ref().map(|aac| aac.header) {
            Some(Ok(header)) => self.aac_frame((time.timestamp_ms, time.nanos), header, body),
            Some(Err(reason)) => self.leave_out(LeftOut::NotInAdts(reason)),
            None => self.leave_out(LeftOut::NoSequenceHeader),
        }
    }

    /// A message of AAC with headers of its own.
    fn adts(&mut self, time: MessageTime, header: AdtsHeader, mut body: Payload) {
        add(&mut self.counters.adts_messages, 1);
        self.report(AudioHabit::AdtsHeaders);
        let data = &*body;
        let mut frames = AdtsFrames::new(data);
        let count = frames.by_ref().take(MAX_FRAMES).count();
        let rest = frames.rest();
        let goes_on = adts_header(rest).is_some();
        if count == 0 || count == 1 && !goes_on {
            // One frame, whatever its header says of the length.
            let has_wrong_length = usize::from(header.frame_length) != data.len();
            add(
                &mut self.counters.wrong_adts_lengths,
                has_wrong_length.into(),
            );
            body.advance(header.length());
            return self.adts_frame((time.timestamp_ms, time.nanos), header, body);
        }
        self.report(AudioHabit::SeveralFrames);
        let has_surplus = goes_on && count == MAX_FRAMES;
        let has_wrong_length = !rest.is_empty() && !has_surplus;
        let counters = &mut self.counters;
        add(&mut counters.surplus_frames, has_surplus.into());
        add(&mut counters.wrong_adts_lengths, has_wrong_length.into());
        let mut samples = 0_u64;
        for frame in AdtsFrames::new(data).take(count) {
            let AdtsFrame { header, .. } = frame;
            add(&mut self.counters.further_frames, (samples > 0).into());
            let time = time.behind(samples, header.sampling_frequency());
            samples = samples.saturating_add(header.samples().into());
            let mut body = Payload::with_headroom(AdtsHeader::LENGTH, frame.payload().len());
            body.extend([frame.payload()]);
            self.adts_frame(time, header, body);
        }
    }

    /// A frame with what its own header says.
    fn adts_frame(&mut self, time: (u32, u32), mut header: AdtsHeader, body: Payload) {
        if body.is_empty() {
            return add(&mut self.counters.empty_messages, 1);
        }
        if header.has_checksum && header.raw_data_blocks > 1 {
            return self.leave_out(LeftOut::ChecksumsBetweenBlocks);
        }
        if header.channel_configuration == 0 {
            match self.aac.as_ref().map(|aac| aac.header) {
                Some(Ok(known)) => header.channel_configuration = known.channel_configuration,
                _ => return self.leave_out(LeftOut::NotInAdts(NotInAdts::Channels)),
            }
        }
        self.aac_frame(time, header, body);
    }

    /// A frame, in front of which the header is to be put.
    fn aac_frame(&mut self, time: (u32, u32), header: AdtsHeader, mut body: Payload) {
        let Some(header) = header.with_payload(body.len()) else {
            return self.leave_out(LeftOut::TooLong);
        };
        let (Ok(bytes), Some(format)) = (header.encode(), AudioFormat::of_adts(&header)) else {
            return self.leave_out(LeftOut::NotInAdts(NotInAdts::Channels));
        };
        body.prepend(&[&bytes]);
        self.deliver(time, format, header.samples(), body);
    }

    /// A message of G.711 or PCM, in pieces of a second at most.
    fn samples(&mut self, time: MessageTime, format: AudioFormat, mut body: Payload) {
        let sample_bytes = format.sample_bytes().unwrap_or(1);
        let length = body.len();
        let partial = length.checked_rem(sample_bytes).unwrap_or_default();
        add(&mut self.counters.partial_sample_bytes, partial);
        let whole = length.saturating_sub(partial);
        body.truncate(whole);
        let count = |bytes: usize| bytes.checked_div(sample_bytes).unwrap_or_default() as u32;
        let second = sample_bytes.saturating_mul(format.sample_rate as usize);
        match whole {
            0 => add(&mut self.counters.empty_messages, 1),
            _ if whole <= second => {
                self.deliver((time.timestamp_ms, time.nanos), format, count(whole), body);
            }
            _ => {
                let pieces = body.chunks(second);
                let surplus = pieces.len().saturating_sub(MAX_FRAMES);
                add(&mut self.counters.surplus_frames, surplus);
                let mut samples = 0_u64;
                for piece in pieces.take(MAX_FRAMES) {
                    add(&mut self.counters.further_frames, (samples > 0).into());
                    let time = time.behind(samples, format.sample_rate);
                    let length = count(piece.len());
                    samples = samples.saturating_add(length.into());
                    self.deliver(time, format, length, piece.to_vec().into());
                }
            }
        }
    }

    fn deliver(&mut self, time: (u32, u32), format: AudioFormat, samples: u32, mut body: Payload) {
        add(&mut self.counters.frames, 1);
        self.report_stream(Ok(format));
        let (timestamp_ms, timestamp_nanos) = time;
        body.shrink();
        let (buffer_bytes, data) = (body.capacity(), body.freeze());
        self.events.push_back(AudioEvent::Frame(AudioFrame {
            timestamp_ms,
            timestamp_nanos,
            format,
            samples,
            data,
            buffer_bytes,
        }));
    }
}

/// What is told.
impl AudioFrameBuilder {
    fn leave_out(&mut self, reason: LeftOut) {
        add(&mut self.counters.left_out, 1);
        let single = match reason {
            LeftOut::TooLong => 1 << 2,
            LeftOut::NoSequenceHeader => 1 << 3,
            LeftOut::ChecksumsBetweenBlocks => 1 << 4,
            _ => return self.report_stream(Err(reason)),
        };
        if self.told.once(single) {
            self.events.push_back(AudioEvent::LeftOut(reason));
        }
    }

    /// What holds for the stream from now on.
    fn report_stream(&mut self, word: Result<AudioFormat, LeftOut>) {
        if self.told.stream == Some(word) {
            return;
        }
        self.told.stream = Some(word);
        self.events.push_back(match word {
            Ok(format) => AudioEvent::Format(format),
            Err(reason) => AudioEvent::LeftOut(reason),
        });
    }

    fn report(&mut self, habit: AudioHabit) {
        let bit = match habit {
            AudioHabit::AdtsHeaders => 1 << 0,
            AudioHabit::SeveralFrames => 1 << 1,
        };
        if self.told.once(bit) {
            self.events.push_back(AudioEvent::Habit(habit));
        }
    }
}

impl Told {
    /// Whether it is the first time.
    const fn once(&mut self, bit: u8) -> bool {
        let is_first = self.once & bit == 0;
        self.once |= bit;
        is_first
    }
}
