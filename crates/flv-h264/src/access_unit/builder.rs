use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use nom::Offset;
use rtmp_payload::Payload;

use crate::flv::video::codec::{UnsupportedCodec, VideoCodec};
use crate::h264::configuration::AvcDecoderConfigurationRecord;
use crate::h264::hevc;
use crate::h264::nal_unit_type::{H264, NalUnitType};
use crate::h264::sei::RecoveryPoint;
use crate::h264::slice::Relation;
use crate::h264::slice_header::{SliceHeader, SliceKind};
use crate::nal::annex_b::{AnnexBUnits, starts_with_start_code};
use crate::nal::codec::UnitKind;
use crate::nal::unit::NalUnit;

use super::assembly::Assembly;
use super::composition::Composition;
use super::counters::{Counters, add};
use super::event::{AccessUnit, Habit, SyncPoint, VideoEvent};
use super::framing::{Framer, Framing};
use super::habits::Habits;
use super::held::{Held, delimiter};
use super::intra_start::IntraStart;
use super::known_sets::KnownSets;
use super::message::{self, Message};
use super::ordinary;
use super::pace::Pace;
use super::parameter_sets::{Learned, ParameterSets};
use super::picture::{Header, Picture, sync_point};
use super::sighting::Sighting;
use super::units::{Span, Units};

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
    events: VecDeque<VideoEvent>,
    framer: Framer,
    /// The units of the current message.
    units: Units<H264>,
    /// The track that is followed, once there was a message.
    track: Option<u8>,
    /// The last good sequence header, as it came, unless it was absurdly long.
    sequence_header: Vec<u8>,
    sets: KnownSets,
    /// What came before the next picture.
    held: Held,
    /// The picture that may go on in the next message.
    open: Option<Picture>,
    /// What was seen of the picture that was delivered last.
    delivered: Option<Sighting>,
    /// Whether pictures are cut into several messages, once that is known.
    splits: Option<bool>,
    pace: Pace,
    intra_start: IntraStart,
    composition: Composition,
    /// There was a B slice.
    bipredicts: bool,
    habits: Habits,
    counters: Counters,
}

/// The longest sequence header that is remembered to recognise its repetition.
const MAX_SEQUENCE_HEADER: usize = 16 * 1024;

/// The most pictures of one message.
const MAX_PICTURES: u32 = 256;

/// The largest picture that is put together from several messages.
const MAX_JOINED: usize = 16 * 1024 * 1024;

/// How many events there is room for without being asked again.
const EVENTS_KEPT: usize = 32;

/// What HEVC under a label that says H.264 is refused with.
const HEVC: UnsupportedCodec = UnsupportedCodec {
    codec: VideoCodec::Hevc,
};

/// The units of a message that belong to one picture.
#[derive(Copy, Clone, Debug)]
struct Part<'a> {
    header: Header,
    /// What is known of the picture with them.
    sighting: Sighting,
    /// The picture has begun in a message before.
    continues: bool,
    spans: &'a [Span],
    learned: Learned,
}

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
    /// The stream has another codec than H.264.
    pub fn push(&mut self, timestamp_ms: u32, mut body: Payload) -> Result<(), UnsupportedCodec> {
        add(&mut self.counters.messages, 1);
        if body.len() < 2 {
            add(&mut self.counters.empty_messages, 1);
            return Ok(());
        }
        let selected = message::select(&body, self.track)?;
        add(&mut self.counters.other_track_messages, selected.others);
        match selected.message {
            Message::SequenceHeader(record) => {
                self.follow(selected.track);
                return self.sequence_header(record);
            }
            Message::Coded(coded) => {
                self.follow(selected.track);
                let header = Header::new(timestamp_ms, &coded);
                let (offset, length) = (body.offset(coded.data), coded.data.len());
                body.advance(offset);
                body.truncate(length);
                return self.coded(header, body);
            }
            Message::EndOfSequence => {
                self.end_picture();
                self.events.push_back(VideoEvent::EndOfSequence);
            }
            Message::NoPicture => add(&mut self.counters.non_picture_messages, 1),
            Message::OtherTracks => {}
            Message::UndefinedCodecId => add(&mut self.counters.undefined_codec_ids, 1),
            Message::Malformed => add(&mut self.counters.malformed_messages, 1),
        }
        Ok(())
    }

    /// What has become of the messages so far; `None` until the next one.
    pub fn poll_event(&mut self) -> Option<VideoEvent> {
        let event = self.events.pop_front();
        if self.events.is_empty() && self.events.capacity() > EVENTS_KEPT {
            self.events = VecDeque::new();
        }
        event
    }

    /// Whether a picture has come and is held back, because the next message may go on with it.
    pub const fn holds_picture(&self) -> bool {
        self.open.is_some()
    }

    /// Whether that is so only because too little has come to tell how the stream is cut into
    /// messages. If nothing more comes for a while, it is complete ([`release`](Self::release)).
    pub const fn holds_first_picture(&self) -> bool {
        self.open.is_some() && self.splits.is_none()
    }

    /// The picture that is held back has been waited for long enough.
    pub fn release(&mut self) {
        self.complete(None);
    }

    /// The stream ends: what is held back comes out. The builder may go on with the source's next
    /// stream ([`into_successor`](Self::into_successor)).
    pub fn finish(&mut self) {
        self.end_picture();
        self.intra_start.end();
        self.composition = Composition::default();
    }

    /// A builder for the next stream of the same source, which knows the parameter sets and the
    /// habits of this one, and has counted and told nothing.
    #[must_use]
    pub fn into_successor(mut self) -> Self {
        self.finish();
        self.events = VecDeque::new();
        self.habits = Habits::default();
        self.counters = Counters::default();
        self
    }

    /// Intra pictures that are flagged as key frames are sync points from now on, until there is an
    /// IDR picture or a recovery point. That happens by itself when the timestamps have gone on for
    /// two seconds; by this it can also happen by another clock.
    pub const fn start_at_intra_pictures(&mut self) {
        self.intra_start.allow();
    }

    /// The newest parameter sets; `None` before there are any.
    pub fn parameter_sets(&self) -> Option<&Arc<ParameterSets>> {
        self.sets.is_complete().then(|| self.sets.latest())
    }

    /// What was seen and skipped so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// A lower track than the one followed takes over, with nothing known about it.
    fn follow(&mut self, track: u8) {
        if self.track.is_some_and(|followed| track < followed) {
            self.complete(None);
            *self = Self {
                events: mem::take(&mut self.events),
                habits: self.habits,
                counters: self.counters,
                ..Self::default()
            };
        }
        self.track = Some(track);
    }

    fn tell(&mut self, habit: Habit) {
        if self.habits.note(habit) {
            self.events.push_back(VideoEvent::Habit(habit));
        }
    }
}

/// Sequence headers.
impl AccessUnitBuilder {
    /// A sequence header: its parameter sets replace all before, from the next IDR picture on.
    fn sequence_header(&mut self, bytes: &[u8]) -> Result<(), UnsupportedCodec> {
        if !bytes.is_empty() && bytes == self.sequence_header {
            add(&mut self.counters.repeated_sequence_headers, 1);
            return Ok(());
        }
        if starts_with_start_code(bytes) {
            return self.annex_b_sequence_header(bytes);
        }
        let record = AvcDecoderConfigurationRecord::parse_tolerant(bytes);
        if record.as_ref().is_ok_and(|record| record.sps.is_empty())
            && hevc::is_configuration_record(bytes)
        {
            return Err(HEVC);
        }
        let Ok(record) = record else {
            add(&mut self.counters.broken_sequence_headers, 1);
            return Ok(());
        };
        let mut sets = ParameterSets::default();
        let learned = sets.learn(record.parameter_sets());
        if !sets.is_complete() {
            self.incomplete_sequence_header(bytes);
            return Ok(());
        }
        self.framer.declare(record.length_size);
        self.sequence_header.clear();
        if bytes.len() <= MAX_SEQUENCE_HEADER {
            self.sequence_header.extend_from_slice(bytes);
        }
        self.replace_parameter_sets(sets, learned);
        Ok(())
    }

    /// A sequence header that leaves parameter sets to the stream, or that is broken.
    fn incomplete_sequence_header(&mut self, bytes: &[u8]) {
        let Ok(record) = AvcDecoderConfigurationRecord::parse(bytes) else {
            add(&mut self.counters.broken_sequence_headers, 1);
            return;
        };
        self.framer.declare(record.length_size);
        let learned = self.learn_between_pictures(record.parameter_sets(), None);
        self.tell_changed_parameter_sets(learned);
    }

    /// A sequence header that is not a record but a byte stream of parameter sets.
    fn annex_b_sequence_header(&mut self, bytes: &[u8]) -> Result<(), UnsupportedCodec> {
        let units = || AnnexBUnits::new(bytes).take(MAX_SEQUENCE_HEADER_UNITS);
        if hevc::are_parameter_sets(units()) {
            return Err(HEVC);
        }
        let mut sets = ParameterSets::default();
        let learned = sets.learn(units());
        if !sets.is_complete() {
            add(&mut self.counters.broken_sequence_headers, 1);
            return Ok(());
        }
        self.framer.expect_annex_b();
        self.replace_parameter_sets(sets, learned);
        Ok(())
    }

    fn replace_parameter_sets(&mut self, sets: ParameterSets, learned: Learned) {
        add(&mut self.counters.refused_parameter_sets, learned.refused);
        if sets == **self.sets.latest() {
            return;
        }
        self.complete(None);
        self.sets.replace(sets);
        add(&mut self.counters.parameter_set_changes, 1);
        let sets = Arc::clone(self.sets.latest());
        self.events.push_back(VideoEvent::ParameterSets(sets));
    }

    fn tell_changed_parameter_sets(&mut self, learned: Learned) {
        if learned.changed() && self.sets.is_complete() {
            let sets = Arc::clone(self.sets.latest());
            self.events.push_back(VideoEvent::ParameterSets(sets));
        }
    }

    /// Parameter sets in band. They stand between pictures: if they say something new, the one
    /// that is held back is complete.
    fn learn_between_pictures<'a>(
        &mut self,
        units: impl Iterator<Item = NalUnit<'a>> + Clone,
        next_offset: Option<i32>,
    ) -> Learned {
        if self.sets.know(units.clone()) {
            return Learned::default();
        }
        self.complete(next_offset);
        self.learn(units)
    }

    fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>>) -> Learned {
        let learned = self.sets.learn(units);
        add(&mut self.counters.refused_parameter_sets, learned.refused);
        add(
            &mut self.counters.parameter_set_changes,
            learned.changed().into(),
        );
        learned
    }
}

/// The most units of a sequence header that is a byte stream.
const MAX_SEQUENCE_HEADER_UNITS: usize = 1024;

/// Whether the bytes are a configuration record to the letter, with parameter sets.
fn is_sequence_header(bytes: &[u8]) -> bool {
    AvcDecoderConfigurationRecord::parse(bytes)
        .is_ok_and(|record| !record.sps.is_empty() && !record.pps.is_empty())
}

/// Whether the first slice of a message is not the first of a picture, as far as that can be told
/// without parameter sets: a picture may go on with it.
fn begins_within_a_picture<'a>(mut units: impl Iterator<Item = NalUnit<'a>>) -> bool {
    units
        .find(|unit| unit.unit_type().is_vcl())
        .and_then(|slice| SliceHeader::parse(slice).ok())
        .is_some_and(|header| !header.is_first_of_picture())
}

/// Messages of NAL units.
impl AccessUnitBuilder {
    fn coded(&mut self, header: Header, body: Payload) -> Result<(), UnsupportedCodec> {
        match self.see_ordinary(&header, &body) {
            Some(picture) => {
                self.ordinary(&header, picture, body);
                Ok(())
            }
            None => self.out_of_the_ordinary(header, body),
        }
    }

    /// What is seen of a message that is a picture like most.
    fn see_ordinary(&self, header: &Header, body: &[u8]) -> Option<Sighting> {
        let is_expected = self.splits == Some(false)
            && self.open.is_none()
            && self.held.is_empty()
            && self.framer.is_plain()
            && self.sets.are_settled()
            && self.delivered.as_ref().is_some_and(Sighting::has_first);
        if !is_expected {
            return None;
        }
        let seen = ordinary::see(body, &self.sets)?;
        let is_plain_sync = seen.idr && !ordinary::begins_with_delimiter(body);
        (is_plain_sync || !(seen.idr || header.key)).then_some(seen)
    }

    /// The shortest way.
    fn ordinary(&mut self, header: &Header, picture: Sighting, mut body: Payload) {
        ordinary::write_start_codes(&mut body);
        let sync = match picture.idr {
            true => SyncPoint::Idr,
            false => SyncPoint::None,
        };
        if sync.is_sync() {
            body.prepend(&[self.sets.active().annex_b()]);
        }
        self.intra_start.picture(header.timestamp_ms, sync);
        self.pace.message(header.timestamp_ms, 1);
        let composition_offset_ms = self.composition.of(header.composition_offset_ms, None);
        body.shrink();
        let (buffer_bytes, data) = (body.capacity(), body.freeze());
        let unit = AccessUnit {
            timestamp_ms: header.timestamp_ms,
            timestamp_nanos: header.timestamp_nanos,
            composition_offset_ms,
            sync,
            slice: picture.kind,
            pic_order_cnt_lsb: picture.pic_order_cnt_lsb(),
            data,
            buffer_bytes,
            new_parameter_sets: None,
            held: false,
        };
        self.deliver(unit, picture);
    }

    fn out_of_the_ordinary(
        &mut self,
        header: Header,
        body: Payload,
    ) -> Result<(), UnsupportedCodec> {
        let mut units = mem::take(&mut self.units);
        let taken = self.take_units(header, body, &mut units);
        units.give_back();
        self.units = units;
        taken
    }

    fn take_units(
        &mut self,
        header: Header,
        body: Payload,
        units: &mut Units<H264>,
    ) -> Result<(), UnsupportedCodec> {
        let glued_before = self.framer.glues();
        let Some(framing) = self.framer.read(&body, units) else {
            // A sequence header under the packet type of pictures.
            if is_sequence_header(&body) {
                return self.sequence_header(&body);
            }
            add(&mut self.counters.malformed_messages, 1);
            return Ok(());
        };
        self.note_framing(framing, glued_before);
        add(&mut self.counters.empty_nal_units, units.empty);

        let spans = units.spans();
        let nal_units = || spans.iter().map(|span| span.unit(&body));
        if !self.sets.is_complete() && hevc::are_parameter_sets(nal_units()) {
            return Err(HEVC);
        }
        let has = |kind| spans.iter().any(|span| span.kind == kind);
        let has_picture = has(UnitKind::Slice);
        let learned = match has(UnitKind::ParameterSet) {
            true if begins_within_a_picture(nal_units()) => self.learn(nal_units()),
            true => self.learn_between_pictures(
                nal_units(),
                has_picture.then_some(header.composition_offset_ms),
            ),
            false => Learned::default(),
        };
        if !has_picture {
            self.without_picture(header.key, learned, spans, &body);
        } else if !self.sets.is_complete() {
            add(&mut self.counters.pictures_without_parameter_sets, 1);
            self.held = Held::default();
        } else {
            self.pictures(header, learned, spans, body);
        }
        Ok(())
    }

    fn note_framing(&mut self, framing: Framing, glued_before: bool) {
        match framing {
            Framing::AnnexB => {
                add(&mut self.counters.annex_b_messages, 1);
                self.tell(Habit::StartCodes);
            }
            Framing::LengthPrefixed(found) if found != self.framer.declared() => {
                let declared = self.framer.declared();
                self.tell(Habit::OtherLengthSize { declared, found });
            }
            Framing::LengthPrefixed(_) => {}
        }
        if self.framer.glues() && !glued_before {
            self.tell(Habit::StartCodesBehindLengths);
        }
    }

    /// SEI messages, delimiters and parameter sets alone wait for the next picture.
    fn without_picture(&mut self, key: bool, learned: Learned, spans: &[Span], body: &[u8]) {
        add(&mut self.counters.non_picture_messages, 1);
        self.hold(key, learned, spans, body);
        self.tell_changed_parameter_sets(learned);
    }

    /// Keeps what belongs to the next picture.
    fn hold(&mut self, key: bool, learned: Learned, spans: &[Span], body: &[u8]) {
        let for_next_picture = self.sets.take_effect_at_once(learned);
        if for_next_picture {
            self.sets.activate();
        }
        for span in spans {
            let unit = span.unit(body);
            let kept = match span.kind {
                UnitKind::Delimiter => {
                    self.held.delimiter(unit);
                    true
                }
                UnitKind::ParameterSet => {
                    !for_next_picture
                        || unit.unit_type() != NalUnitType::PPS
                        || self.held.parameter_set(unit)
                }
                UnitKind::Filler => true,
                UnitKind::End => {
                    self.complete(None);
                    true
                }
                // Too late for a picture that was not known to go on.
                UnitKind::Suffix => {
                    let spans = &[*span];
                    self.go_on(&Assembly::of(spans), body);
                    self.pictures_are_split();
                    self.open.is_some()
                }
                _ => self.held.other(unit, key),
            };
            if !kept {
                let length = unit.bytes().len();
                add(&mut self.counters.discarded_held_bytes, length);
            }
        }
    }

    /// Finds out which slices belong to which picture (H.264 section 7.4.1.2.4).
    fn pictures(&mut self, mut header: Header, learned: Learned, spans: &[Span], body: Payload) {
        let mut current = match &self.open {
            Some(open) => Some(open.sighting),
            None => self.delivered,
        };
        let message_timestamp = header.timestamp_ms;
        let mut part: Option<Part<'_>> = None;
        let (mut rest, mut behind_picture, mut delimited, mut pictures) =
            (spans, 0_usize, false, 1_u32);
        for (index, span) in spans.iter().enumerate() {
            let behind = spans.len().saturating_sub(index).saturating_sub(1);
            match span.kind {
                UnitKind::Slice => {}
                UnitKind::Suffix | UnitKind::Filler | UnitKind::End | UnitKind::Unknown => {
                    behind_picture = behind;
                    continue;
                }
                UnitKind::Delimiter => {
                    delimited = true;
                    continue;
                }
                _ => continue,
            }
            let unit = span.unit(&body);
            let slice = self.sets.read_slice(unit);
            let told = current.and_then(|current| current.relation(slice.as_ref()));
            let relation = told.unwrap_or(match part.is_some() && !delimited {
                true => Relation::Continues,
                false => Relation::Begins,
            });
            if part.is_none() {
                self.learn_from_first_slice(told, slice.is_none_or(|slice| slice.can_begin()));
            }
            delimited = false;
            match (&mut current, relation) {
                (Some(current), Relation::Continues | Relation::OtherField) => {
                    current.add(slice, relation);
                    part.get_or_insert(Part {
                        header,
                        sighting: *current,
                        continues: true,
                        spans: &[],
                        learned: Learned::default(),
                    })
                    .sighting = *current;
                }
                _ => {
                    if let Some(before) = part {
                        let length = rest.len().saturating_sub(behind_picture);
                        let (picture, next) = rest.split_at_checked(length).unwrap_or_default();
                        rest = next;
                        pictures = pictures.saturating_add(1);
                        let step = self.pace.step_ms(message_timestamp);
                        header.timestamp_ms = header.timestamp_ms.wrapping_add(step);
                        if pictures > MAX_PICTURES {
                            add(&mut self.counters.surplus_pictures, 1);
                        } else {
                            let part = before.of(picture, learned);
                            self.part(&part, Err(&body));
                        }
                    }
                    let idr = unit.unit_type() == NalUnitType::IDR_SLICE;
                    let sighting = Sighting::new(slice, idr);
                    current = Some(sighting);
                    part = Some(Part {
                        header,
                        sighting,
                        continues: false,
                        spans: &[],
                        learned: Learned::default(),
                    });
                }
            }
            behind_picture = behind;
        }
        let Some(part) = part else { return };
        self.pace.message(message_timestamp, pictures);
        if pictures > 1 {
            add(
                &mut self.counters.further_pictures,
                pictures.saturating_sub(1) as usize,
            );
            self.tell(Habit::SeveralPictures);
        }
        let ends = spans.last().is_some_and(|span| span.kind == UnitKind::End);
        match rest.split_at_checked(rest.len().saturating_sub(behind_picture)) {
            // What stands behind the slices belongs to the next picture (section 7.4.1.2.3).
            Some((picture, next @ [_, ..])) => {
                self.part(&part.of(picture, learned), Err(&body));
                let learned = part.of(next, learned).learned;
                if learned.changed() {
                    self.complete(None);
                }
                self.hold(false, learned, next, &body);
            }
            _ => self.part(&part.of(rest, learned), Ok(body)),
        }
        if ends || !self.may_go_on() {
            self.complete(None);
        } else if let Some(open) = &mut self.open {
            open.is_held = true;
        }
    }

    /// What the first slice of a message tells about how pictures are cut into messages.
    fn learn_from_first_slice(&mut self, told: Option<Relation>, can_begin: bool) {
        let splits = told == Some(Relation::Continues) || !can_begin;
        if splits {
            self.pictures_are_split();
        } else if self.splits.is_none() && (self.open.is_some() || self.delivered.is_some()) {
            self.splits = Some(false);
        }
    }

    fn pictures_are_split(&mut self) {
        self.splits = Some(true);
        self.tell(Habit::SplitPictures);
    }

    /// Whether the next message may go on with the picture that is open.
    fn may_go_on(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let sighting = &open.sighting;
            sighting.is_half() || (sighting.is_readable() && self.splits != Some(false))
        })
    }

    /// A picture, or a part of one, that ends where its units end, with its message or before that.
    fn part(&mut self, part: &Part<'_>, body: Result<Payload, &[u8]>) {
        let joined = self.open.as_ref().map(|open| open.body.len());
        let has_room = joined.is_some_and(|length| length < MAX_JOINED);
        if part.continues && has_room {
            match &body {
                Ok(body) => self.go_on_with(part, body),
                Err(body) => self.go_on_with(part, body),
            }
        } else {
            self.complete(Some(part.header.composition_offset_ms));
            self.begin(part, body);
        }
    }

    fn go_on_with(&mut self, part: &Part<'_>, body: &[u8]) {
        let assembly = Assembly {
            spans: part.spans,
            // They are for these slices, and were not in front of the picture.
            keep_parameter_sets: part.learned.changed(),
        };
        self.go_on(&assembly, body);
        if self.sets.take_effect_at_once(part.learned) {
            self.sets.activate();
        }
        if let Some(open) = &mut self.open {
            if part.learned.changed() {
                open.new_parameter_sets = Some(Arc::clone(self.sets.latest()));
            }
            open.sighting = part.sighting;
            open.header.key |= part.header.key;
            open.joined = true;
            open.is_held = false;
        }
    }

    /// Adds units to the picture that is open.
    fn go_on(&mut self, assembly: &Assembly<'_>, body: &[u8]) {
        if let Some(open) = &mut self.open {
            open.body.shrink();
            assembly.append_to(body, &mut open.body);
        }
    }

    fn begin(&mut self, part: &Part<'_>, body: Result<Payload, &[u8]>) {
        let Part {
            mut header,
            sighting,
            continues,
            spans,
            learned,
        } = *part;
        let bytes = body.as_ref().map_or_else(|bytes| *bytes, |body| &**body);
        let units = || spans.iter().map(|span| span.unit(bytes));
        header.key |= self.held.is_key();
        let recovery_point = header.key
            && !sighting.idr
            && (self.held.has_recovery_point()
                || units().any(|unit| RecoveryPoint::find(unit).is_some()));
        let sync = sync_point(header.key, &sighting, recovery_point, continues);
        self.sets.picture(sync, learned);
        let mut held = mem::take(&mut self.held);
        let in_front = spans
            .iter()
            .take_while(|span| span.kind != UnitKind::Slice)
            .find(|span| span.kind == UnitKind::Delimiter);
        held.delimiter = in_front
            .and_then(|span| delimiter(span.unit(bytes)))
            .or(held.delimiter);
        if continues {
            held.delimiter = None;
            add(&mut self.counters.late_rests, 1);
        }
        let assembly = Assembly {
            spans,
            // What a decoder has or gets already goes; what it could lack stays where it is.
            keep_parameter_sets: learned.refused > 0 || (learned.changed() && !sync.is_sync()),
        };
        let room = held
            .len()
            .saturating_add(match header.key || sync.is_sync() {
                true => self.sets.active().annex_b().len(),
                false => 0,
            });
        let body = match body {
            Ok(body) => assembly.of_body(body, room),
            Err(bytes) => assembly.copied(bytes, room),
        };
        self.open = Some(Picture {
            header,
            sighting,
            body,
            held,
            new_parameter_sets: learned.changed().then(|| Arc::clone(self.sets.latest())),
            recovery_point,
            joined: false,
            is_rest: continues,
            is_held: false,
        });
    }

    /// The picture that is open is complete. `next_offset` is the composition offset of the next
    /// one, if that is known.
    fn complete(&mut self, next_offset: Option<i32>) {
        let Some(mut picture) = self.open.take() else {
            return;
        };
        let better = picture.sync_point();
        self.intra_start
            .picture(picture.header.timestamp_ms, better);
        let mut sync = better;
        if !sync.is_sync() && picture.is_flagged_intra() && self.intra_start.counts() {
            sync = SyncPoint::IntraPicture;
            // Where there are no IDR pictures, nothing else says when new sets are used.
            self.sets.activate();
            self.tell(Habit::IntraPictures);
        }
        let parameter_sets = match sync.is_sync() {
            true => &self.sets.active().annex_b()[..],
            false => picture.held.parameter_sets(),
        };
        let delimiter = picture.held.delimiter.as_ref().map_or(&[][..], |unit| unit);
        picture
            .body
            .prepend(&[delimiter, parameter_sets, picture.held.others()]);
        let Header {
            timestamp_ms,
            timestamp_nanos,
            composition_offset_ms,
            ..
        } = picture.header;
        picture.body.shrink();
        let (buffer_bytes, data) = (picture.body.capacity(), picture.body.freeze());
        let unit = AccessUnit {
            timestamp_ms,
            timestamp_nanos,
            composition_offset_ms: self.composition.of(composition_offset_ms, next_offset),
            sync,
            slice: picture.sighting.kind,
            pic_order_cnt_lsb: picture.sighting.pic_order_cnt_lsb(),
            data,
            buffer_bytes,
            new_parameter_sets: picture.new_parameter_sets,
            held: picture.is_held,
        };
        add(&mut self.counters.joined_pictures, picture.joined.into());
        self.deliver(unit, picture.sighting);
    }

    fn deliver(&mut self, unit: AccessUnit, seen: Sighting) {
        self.count(&unit);
        self.delivered = Some(seen);
        self.events.push_back(VideoEvent::AccessUnit(unit));
    }
}

/// The end of a stream, and what is counted.
impl AccessUnitBuilder {
    fn end_picture(&mut self) {
        self.complete(None);
        self.delivered = None;
        self.held = Held::default();
    }

    fn count(&mut self, access_unit: &AccessUnit) {
        let counters = &mut self.counters;
        add(&mut counters.access_units, 1);
        match access_unit.sync {
            SyncPoint::Idr => add(&mut counters.idr_pictures, 1),
            SyncPoint::RecoveryPoint => add(&mut counters.recovery_points, 1),
            SyncPoint::IntraPicture | SyncPoint::None => {}
        }
        self.bipredicts |= access_unit.slice == SliceKind::B;
        if self.bipredicts && access_unit.composition_offset_ms != 0 {
            add(&mut counters.reordered_pictures, 1);
        }
    }
}

impl<'a> Part<'a> {
    /// The part with its units, and what was learned from those.
    fn of(self, spans: &'a [Span], learned: Learned) -> Self {
        let has_sets = spans.iter().any(|span| span.kind == UnitKind::ParameterSet);
        Self {
            spans,
            learned: if has_sets {
                learned
            } else {
                Learned::default()
            },
            ..self
        }
    }
}
